"""What a training writes of its model: the file of its weights, its card's facts."""

import importlib.metadata
import platform
from dataclasses import replace

import numpy as np

from keras_gen.files import atomic, sha256
from zoo import pictures
from zoo.loading import golden
from zoo.packing import pack
from zoo.registry import Entry


def versions() -> dict:
    """Of Python and of the libraries that a training depends on."""
    libraries = ("keras-gen", "tensorflow", "keras", "tensorflow-probability", "numpy")
    versions = {library: importlib.metadata.version(library) for library in libraries}
    return {"python": platform.python_version(), **versions}


def write_weights(path, model) -> dict:
    """Write the file; returns what a card says of it."""
    with atomic(path) as temporary:
        plain = temporary.with_suffix(".weights.h5")  # the suffix Keras insists on
        model.save_weights(plain)
        pack(plain, temporary, golden(model))
        plain.unlink()
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}


def titled(entry: Entry, spec) -> str:
    """The entry's title; of other data, what they are called and whose recipe it is."""
    ours, theirs = ([s.name, s.second.name] for s in (entry.data, spec))
    if theirs == ours:
        return entry.title
    names = (pictures.called(name).rstrip("/") for name in theirs)
    data = " and ".join(dict.fromkeys(names))
    return f"{entry.system} of {data}, by the recipe of {entry.name}"


def described(entry: Entry, spec, model) -> dict:
    """What a card says of a model before it is trained."""
    info = spec.info
    own = replace(spec, augment=()) == replace(entry.data, augment=())
    return {
        "name": entry.name,
        "system": entry.system,
        "title": titled(entry, spec),
        "family": entry.family,
        "tasks": list(entry.tasks),
        "paper": entry.paper,
        "licence": entry.licence if own else f"as the data: {info.licence}",
        "data": {
            "name": pictures.called(spec.name),
            "binarise": spec.binarise,
            "licence": info.licence,
            "train": spec.count("train"),
            "test": spec.count("test"),
            **({} if own else {"form": pictures.form(spec)}),
        },
        "parameters": {
            player: sum(int(np.prod(w.shape)) for w in network.trainable_weights)
            for player, network in model.players().items()
        },
    }
