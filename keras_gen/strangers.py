"""What a stranger's file may hold: a configuration of our models, and arrays.

A `.keras` file is a zip of a configuration, which names classes, and of arrays in HDF5.
Loading it makes objects of these classes, so here it is read first, as text:

- its root is a model of this library, or a class that this process has registered;
- its parts are Keras's, this library's, or registered too: no other module is imported;
- no part holds code (`Lambda`) or runs a graph of its own (`TFSMLayer`);
- its arrays lie in the file itself: HDF5 can point to others of the reader's disk.

Keras's own safe mode stays on behind it. A zip that is damaged, or holds what is not
JSON, is one sentence.
"""

import io
import json
import sys
import zipfile

from keras_gen.errors import BadFile, KerasGenError
from keras_gen.saved import homes

CODE = ("Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer")
LIBRARIES = ("keras", "keras_gen", "builtins", None)
FUNCTIONS = ("keras.activations", "keras.ops", "keras_gen")  # where those may live
# What comes of a configuration that is none, from Keras or from a constructor.
FAILURES = (ValueError, TypeError, KeyError, OSError, ImportError, KerasGenError)
CARD = "card.json"  # beside what Keras reads of the zip


def keras_file(path) -> dict | None:
    """Look through a `.keras` file; returns the card that it carries, if any.

    Raises:
        BadFile: where it is not one, or holds what is not loaded.
    """
    try:
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
            config = json.loads(file.read("config.json"))
            card = json.loads(file.read(CARD)) if CARD in names else None
            weights = file.read("model.weights.h5")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadFile(f"{path} cannot be read as a .keras file: {error}.") from None
    check_config(config, path)
    check_arrays(io.BytesIO(weights), path)
    return card


def check_config(config, where):
    """Raise `BadFile` unless `config` is a model's, of classes that are known here."""
    root = config if isinstance(config, dict) else {}
    if not _ours(root.get("registered_name")):
        raise BadFile(
            f"{where} holds a {root.get('class_name', 'thing')!r} and no model of "
            "keras_gen: only its models are loaded here, and subclasses that are "
            "registered with Keras before. Any other is for keras.models.load_model, "
            "if you trust it."
        )
    for part in _parts(config):
        name, module = part["class_name"], part.get("module")
        if name in CODE:
            raise BadFile(
                f"{where} holds a {name}, which is code: a model that is loaded here "
                "is a configuration and numbers. Ask its author for one without."
            )
        known = module is None or str(module).partition(".")[0] in LIBRARIES
        if name == "function":
            known = str(module).startswith(FUNCTIONS)
        if not known and not _ours(part.get("registered_name")):
            raise BadFile(
                f"{where} asks for {module}.{name}, which is neither of Keras nor of "
                "keras_gen. If it is yours, register it with "
                "@keras.saving.register_keras_serializable() and import it before."
            )


def _parts(config):
    """All that is to be made of a configuration, at any depth."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(part.get("class_name"), str):
                yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _ours(name) -> bool:
    """Whether a name is registered: by this library, or by this process."""
    if not isinstance(name, str):
        return False
    if name.startswith("keras_gen>"):
        return name.partition(">")[2] in homes()
    keras = sys.modules.get("keras")
    return keras is not None and name in keras.saving.get_custom_objects()


def check_arrays(file, where):
    """Raise `BadFile` unless the HDF5 `file` is whole and holds all its arrays."""
    import h5py

    try:
        with h5py.File(file) as root:
            _inside(root, where)
    except OSError as error:
        if isinstance(error, BadFile):
            raise
        raise BadFile(f"{where} has no readable weights: {error}.") from None


def _inside(group, where):
    import h5py

    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise BadFile(f"{where}: {name} points to another place; not loaded.")
        item = group[name]
        if isinstance(item, h5py.Group):
            _inside(item, where)
        elif item.external or item.is_virtual:
            raise BadFile(f"{where}: {name} is stored in another file; not loaded.")
