"""SavedModel: all signatures in one folder, any batch size, weights stored once."""

import json

from export.formats.base import Finding, Format, Runtime

METADATA = ("assets.extra", "metadata.json")  # the place reserved for other people


class SavedModel(Format):
    name, title = "saved_model", "SavedModel"
    packages = ("tensorflow",)
    runtime = Runtime(
        "tensorflow", "tensorflow", "export.formats.saved_model.running:timed"
    )
    bound_limits = (1e-6, 1e-6, 0.0)  # the same operators compute the same numbers

    def files(self, signatures):
        return [signatures]

    def write(self, signatures, folder, batch=None, description=None):
        from export.formats.saved_model import writing

        return writing.write(signatures, folder, batch, description)

    def load(self, artefact):
        from export.formats.saved_model import running

        return running.load(artefact)

    def operators(self, artefact):
        from export.formats.saved_model import contents

        return contents.operators(artefact.path)

    def reaches_out(self, path):
        from export.formats.saved_model import contents

        return contents.reaches_out(path)

    def examine(self, name, used, graph, batch):
        return Finding(name, self.name, "yes", used)

    def recognises(self, path):
        return path.joinpath(*METADATA).is_file()

    def describe(self, path):
        return json.loads(path.joinpath(*METADATA).read_text(encoding="utf-8"))
