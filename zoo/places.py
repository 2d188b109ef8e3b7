"""What a string means: a name of the zoo, or where a trained model lies.

Every command and function that takes a name takes, in its place,

    runs/mine                   the folder of a training
    mine.keras                  a whole model, with the card that `zoo train` puts in it
    mine.weights.h5             weights, with their card mine.json beside them
    hf://user/name@revision     a hub's, and https:// and file:// (see `zoo.hub`)

`find` is the one place that tells them apart. It does not import TensorFlow.
"""

import json
import os
import pathlib
from dataclasses import dataclass, replace

from keras_gen import strangers
from keras_gen.data import Spec
from keras_gen.errors import BadFile, UnknownName, unknown
from zoo import cards, registry
from zoo.pictures import called

SOURCES = "data.json"  # beside a model: the folders that its card gives the names of
KERAS, WEIGHTS, SAFE = ".keras", ".weights.h5", ".safetensors"


@dataclass(frozen=True)
class Place:
    """A trained model: its files, and what is known of it.

    Args:
        name: what it is called; an entry's name if it is one of the zoo's.
        file: the model (.keras), or its weights.
        known: its card, if it has one.
        origin: the string that it was found by.
    """

    name: str
    file: pathlib.Path
    known: dict | None
    origin: str

    @property
    def called(self) -> str:
        """Where it is from, for others: of a path its last name."""
        local = "://" not in self.origin or self.origin.startswith("file:")
        return pathlib.Path(self.origin).name if local else self.origin

    @property
    def card(self) -> dict:
        """What is known of it; a sentence where nothing is."""
        if self.known is None:
            raise BadFile(
                f"{self.origin} has no card, in it or beside it: it can be sampled and "
                "exported, but what it was trained on is not known. `zoo train` writes "
                "one."
            )
        return self.known

    @property
    def entry(self) -> registry.Entry | None:
        """The zoo's entry that it was trained by, if it is still there."""
        return registry.entries().get(self.known["name"]) if self.known else None

    @property
    def data(self) -> Spec | None:
        """What it was trained on, where that is known, and whose folder, too."""
        if self.known is None:
            return None
        about = self.known["data"]
        if "form" in about:
            sources = self._sources()
            if sources is None:
                return None
            form = {k: about["form"][k] for k in ("labels", "size", "channels")}
            form["skip_bad"] = about["form"]["skip_bad"]
            if other := about["form"].get("other"):
                form["pairs"] = about["form"]["pairs"]
                if form["pairs"] != "halves":
                    other = other | {"name": sources[1]}
                    form["other"] = Spec(**other, skip_bad=form["skip_bad"])
            return Spec(sources[0], about["binarise"], **form)
        entry = self.entry
        return entry and replace(entry.data, name=about["name"])

    def _sources(self) -> list[str] | None:
        """The names of data sets; of folders the paths, which lie beside the model."""
        about = self.known["data"]
        names = [s["name"] for s in (about, about["form"].get("other")) if s]
        if not any(name.endswith("/") for name in names):
            return names
        try:
            paths = json.loads(self.file.with_name(SOURCES).read_bytes())
            here = [pathlib.Path(path).is_dir() for path in paths]
            known = [called(path) for path in paths]
        except (OSError, ValueError, TypeError):
            return None
        folders = [name.endswith("/") for name in names]
        return paths if (known, here) == (names, folders) else None

    @property
    def data_here(self) -> Spec:
        """What it was trained on; a sentence where that is not here."""
        name = self.card["data"]["name"]
        if self.data is None:
            raise BadFile(
                f"{self.origin} was trained on {name}, and that is not here, or not "
                f"where it was: {SOURCES}, in the folder of its training, says where. "
                "Put it there again, or give that folder."
            )
        return self.data

    @property
    def facts(self) -> registry.Facts:
        """What its networks were built for."""
        form = self.card["data"].get("form")
        if form is None or form["size"] is None:
            return self.entry.facts
        other = form.get("other")
        return registry.Facts(
            (*form["size"], form["channels"]),
            form["levels"],
            len(form["classes"]),
            other and (*other["size"], other["channels"]),
        )

    @property
    def tasks(self) -> tuple[str, ...] | None:
        """What it is good for, where that is known."""
        return self.known and tuple(self.known["tasks"])

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes that it is told, where they are known."""
        if self.known is None:
            return ()
        if "form" in self.known["data"]:
            return tuple(self.known["data"]["form"]["classes"])
        data = self.data
        named = data and isinstance(data.labels, str) and data.info.factors[data.labels]
        return named or ()


def find(what) -> Place:
    """The trained model that a name or a path means.

    Example:
        >>> find("gan-ring").file.name
        'gan-ring.weights.h5'
    """
    what = os.fspath(what)
    if what in registry.entries():
        card = cards.card(what)
        return Place(what, cards.WEIGHTS / card["weights"]["file"], card, what)
    if "://" in what:
        from zoo import hub

        folder, pinned = hub.fetch(what)
        return _in_folder(folder, pinned)
    path = pathlib.Path(what).expanduser()
    if path.is_dir():
        return _in_folder(path, what)
    if path.is_file():
        return _file(path, what)
    if os.sep in what or what.endswith((KERAS, WEIGHTS)):
        raise BadFile(
            f"{what} does not exist. Give the folder of a training, a .keras file, a "
            ".weights.h5 file, or a name of `python -m zoo list`."
        )
    raise nothing(what)


def card(what) -> dict:
    """What is known of a trained model, in a closed schema.

    Example:
        >>> card("vae-digits")["licence"]
        'Apache-2.0'
    """
    return find(what).card


def nothing(what, others=(), hint: str = "") -> UnknownName:
    """The error for a string that is neither a name nor a path."""
    known = registry.entries()
    hint = hint or f"`python -m zoo list` shows all {len(known)}."
    return unknown(
        what,
        [*known, *others],
        "zoo entry",
        f"{hint} A path will do, too: the folder of a training, a .keras file.",
    )


def _in_folder(folder, origin):
    """The one model that a folder holds; the whole one rather than its weights."""
    for suffix in (SAFE, KERAS, WEIGHTS):
        found = sorted(folder.glob(f"*{suffix}"))
        if len(found) > 1:
            raise BadFile(
                f"{origin} holds {len(found)} models: give the path of one of "
                f"{', '.join(path.name for path in found)}."
            )
        if found:
            return _file(found[0], origin)
    hint = ""
    if (folder / "checkpoints").is_dir():
        hint = " Its training has not ended: give the same command again."
    raise BadFile(f"{origin} holds no .keras and no {WEIGHTS} file.{hint}")


def _file(path, origin):
    for suffix in (SAFE, KERAS, WEIGHTS):
        if path.name.endswith(suffix):
            break
    else:
        raise BadFile(
            f"{origin} is no model: give a .keras file, or a {WEIGHTS} file with its "
            "card beside it."
        )
    name = path.name.removesuffix(suffix)
    beside = path.with_name("card.json" if suffix == SAFE else f"{name}.json")
    known = cards.read(beside) if beside.exists() else None
    if suffix == KERAS:
        inside = strangers.keras_file(path)
        if inside is not None:
            cards.check(inside, cards.SCHEMA, f"the card in {path.name}")
            known = inside
    elif known is None and suffix == WEIGHTS:
        raise BadFile(
            f"{path} holds numbers alone: its card {beside.name}, which says of what "
            "model, is not beside it."
        )
    return Place(known["name"] if known else name, path, known, origin)
