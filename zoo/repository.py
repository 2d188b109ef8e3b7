"""The files of a trained model as others get it: numbers and text, and no code.

keras_gen.json       the index: of each other file its hash and its size
config.json          the configuration, as Keras has it
model.safetensors    the arrays, numbered in the order of the model's weights
card.json            what is known of it, and README.md made of that

What was exported of it may lie beside (`zoo.shipped`): the index has its hashes, too,
and whoever loads the model leaves it where it is.
"""

import json
import pathlib

from keras_gen import strangers
from keras_gen.errors import BadFile
from keras_gen.files import sha256
from zoo import hub_page, shipped

INDEX, CONFIG, WEIGHTS = "keras_gen.json", "config.json", "model.safetensors"
CARD, README = "card.json", "README.md"
NEEDED, KNOWN = {CONFIG, WEIGHTS}, {CONFIG, WEIGHTS, CARD, README}


def write(model, known: dict | None, folder, url: str, exported=None):
    """The files of a repository, and their index.

    Args:
        model: a `GenerativeModel`.
        known: its card, if it has one.
        folder: an empty one, to write to.
        url: where it is going.
        exported: a folder of an export of this model, whose files go along.
    """
    import keras
    import numpy as np
    from safetensors.numpy import save

    folder, others = pathlib.Path(folder), []
    if exported is not None:
        manifest = shipped.read(exported)
        shipped.check(model, exported)
        others = shipped.copied(manifest, model, exported, folder)
    config = json.dumps(keras.saving.serialize_keras_object(model), indent=1)
    (folder / CONFIG).write_text(config)
    arrays = {
        f"{i:04d} {w.path}": np.asarray(w.numpy()) for i, w in enumerate(model.weights)
    }
    (folder / WEIGHTS).write_bytes(save(arrays, {"format": "keras_gen"}))
    if known is not None:
        (folder / CARD).write_text(json.dumps(known, indent=1))
    (folder / README).write_text(hub_page.page(model, known, url, others))
    files = {
        name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size}
        for name in sorted(KNOWN)
        if (folder / name).exists()
    }
    index = {"format": 1, "files": files}
    if others:
        index["exported"] = others
    (folder / INDEX).write_text(json.dumps(index, indent=1))


def read(place):
    """The model of a repository's files."""
    import keras
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    from zoo.loading import accepted

    config = parsed_json(place.file.with_name(CONFIG).read_bytes(), place.origin)
    strangers.check_config(config, place.origin)
    try:
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        model = accepted(model, place.origin)
        arrays = load_file(place.file)
    except BadFile:
        raise
    except (*strangers.FAILURES, SafetensorError) as error:
        reason = f"{str(error).strip().splitlines()[0]:.300}"
        raise BadFile(f"{place.origin} cannot be loaded: {reason}") from error
    arrays = [arrays[name] for name in sorted(arrays)]
    wanted = [(tuple(w.shape), np.dtype(w.dtype)) for w in model.weights]
    given = [(array.shape, array.dtype) for array in arrays]
    if given != wanted:
        raise BadFile(
            f"{place.origin}: the arrays of {WEIGHTS} are not those of the model that "
            f"{CONFIG} describes; these files do not belong together."
        )
    for weight, array in zip(model.weights, arrays, strict=True):
        weight.assign(array)
    return model


def listed(index: bytes, url) -> dict:
    """What an index says of its files, if these are files that we know."""
    content = parsed_json(index, url)
    files = content.get("files") if isinstance(content, dict) else None
    good = isinstance(files, dict) and NEEDED <= set(files) <= KNOWN
    if not good or content.get("format") != 1 or not all(map(_told, files.values())):
        raise BadFile(
            f"{url}: {INDEX} is not one that this version of keras_gen knows (it lists "
            f"{', '.join(sorted(KNOWN))}, each with its sha256 and bytes)."
        )
    return files


def _told(said) -> bool:
    return (
        isinstance(said, dict)
        and set(said) == {"sha256", "bytes"}
        and isinstance(said["sha256"], str)
        and type(said["bytes"]) is int
        and 0 <= said["bytes"] < 1 << 36
    )


def verify(folder, url):
    """Each file is the one that the index tells of."""
    for name, said in listed((folder / INDEX).read_bytes(), url).items():
        path = folder / name
        if not path.exists() or sha256(path) != said["sha256"]:
            raise BadFile(
                f"{url}: {name} is not the file of its index (truncated, or altered). "
                f"If it is here, in {folder}, remove that folder and load it again."
            )


def parsed_json(content: bytes, url):
    try:
        return json.loads(content)
    except ValueError as error:
        raise BadFile(f"{url} holds what is no JSON: {error}.") from None
