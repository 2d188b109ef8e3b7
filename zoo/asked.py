"""What `sample` is asked for, looked over before TensorFlow is loaded."""

import os
import pathlib
from dataclasses import dataclass

from keras_gen.arguments import whole_number
from keras_gen.errors import BadInput, OutputRefused, unknown
from zoo.places import Place, find

PICTURES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Asked:
    """Samples of a model, and the files that they are to be."""

    place: Place
    conditions: dict[str, int | str]
    files: list[pathlib.Path]


def check(
    name, n: int, seed: int, files, label=None, caption=None, force: bool = False
) -> Asked:
    """What is meant, or a sentence says why it cannot be; see `zoo.sampling.write`."""
    place = find(name)
    conditions = {} if label is None else {"label": _number(place, label)}
    if caption is not None:
        conditions["caption"] = _sentence(place, caption)
    files = list(dict.fromkeys(map(pathlib.Path, files)))
    for file in files:
        _check_file(file, force)
    whole_number("n", n, 1)
    whole_number("seed", seed, 0)
    return Asked(place, conditions, files)


def _check_file(file, force):
    if file.suffix.lower() not in (*PICTURES, ".npy"):
        raise BadInput(
            f"{file} is a picture if it ends in {', '.join(PICTURES)}, and the numbers "
            "if in .npy; give --out such a name."
        )
    if file.exists() and not force:
        raise OutputRefused(f"{file} exists. Give another --out, or --force.")
    if file.is_dir() or not file.parent.is_dir():
        raise OutputRefused(
            f"{file} is a folder, or in none. Give the name of a .png file in a "
            "folder that exists."
        )
    if not os.access(file.parent, os.W_OK):
        raise OutputRefused(f"cannot write in {file.parent}. Give another --out.")


def _number(place, label: str) -> int:
    """Which class of the model's data this is."""
    classes = place.classes
    if place.known is not None and not classes:
        raise BadInput(f"{place.name} is not conditioned on labels; leave out --label.")
    if label in classes:
        return classes.index(label)
    if label.isdigit() and (int(label) < len(classes) or place.known is None):
        return int(label)
    raise unknown(label, classes, place.data.labels if place.data else "class")


def _sentence(place, caption: str) -> str:
    """The same, if the model reads any."""
    if place.known is not None and getattr(place.data, "labels", None) != "caption":
        raise BadInput(f"{place.name} reads no captions; leave out --caption.")
    return caption
