"""The one place where a model, its data and its recipe are put together.

An entry is full-size numbers and their reasons, nothing for tests. It is declared by
decorating the function that makes its recipe, in recipes/FAMILY/SYSTEM.py:

    @entry("vae-digits", system="VAE", paper="arXiv:1312.6114", ...)
    def vae_digits() -> Recipe: ...

Everything else (command lines, exports, cards, tables in the docs) walks this registry.
Declaring costs nothing: recipes import TensorFlow when called.
"""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from keras_gen import SYSTEMS
from keras_gen import data as datasets
from keras_gen.errors import BadInput, lookup, unknown
from zoo import recipes

FAMILIES = tuple(SYSTEMS)
_FAMILY = {s: family for family, systems in SYSTEMS.items() for s in systems}
TASKS = ("generate", "encode", "density", "reconstruct", "denoise", "inpaint",
         "segment", "translate", "classify")  # fmt: skip


@dataclass
class Recipe:
    """A model that is ready to be compiled, and how it is trained.

    Args:
        model: a `GenerativeModel`.
        optimizer: what `model.compile` takes, or a function of the number of steps
            that gives it, for rates that decay over the training.
        batch: examples in a (global) batch.
        epochs: passes through the training data.
        jit: whether XLA compiles the step, on one processor. A step of narrow dense
            layers then takes two thirds of the time; of convolutions it takes more.
    """

    model: Any
    optimizer: Any
    batch: int
    epochs: int
    jit: bool = False

    def compile(self, steps: int):
        """Compile the model for a training of so many steps."""
        from keras_gen.training.strategies import replicated

        optimizer = self.optimizer
        alone = not replicated(self.model.distribute_strategy)
        self.model.compile(
            optimizer(steps) if callable(optimizer) else optimizer,
            jit_compile=True if self.jit and alone else "auto",
        )


@dataclass(frozen=True)
class Facts:
    """Of data, what networks depend on.

    Args:
        shape: of an example.
        levels: how many values a pixel can take; None for points.
        classes: how many there are to be told, 0 where labels are not used.
        other: the shape of the second image, where a batch is two.
    """

    shape: tuple[int, ...]
    levels: int | None
    classes: int = 0
    other: tuple[int, ...] | None = None

    @classmethod
    def of(cls, spec: datasets.Spec) -> "Facts":
        """Those of data in this form."""
        info, names = spec.info, ()
        if isinstance(spec.labels, str):
            names = info.factors.get(spec.labels) or ()
        other = tuple(spec.second.info.shape) if spec.other is not None else None
        if spec.pairs == "halves":
            other = tuple(info.shape)
        return cls(tuple(info.shape), info.levels, len(names), other)

    def __str__(self):
        classes = f" of {self.classes} classes" if self.classes else ""
        other = f" and {self.other}" if self.other else ""
        return f"examples of shape {self.shape}{other}{classes}"


@dataclass(frozen=True)
class Entry:
    """One named model; `make` gives its `Recipe`, anew each time.

    A recipe that takes `Facts` builds its networks for other data, too.
    """

    name: str
    system: str
    family: str
    tasks: tuple[str, ...]
    paper: str
    title: str
    data: datasets.Spec
    licence: str
    make: Callable[[], Recipe] = field(repr=False)
    weights: bool = True
    precision: str = "float16"
    shown: bool = True

    @property
    def facts(self) -> Facts:
        """Of its own data."""
        return Facts.of(self.data)

    @property
    def adapts(self) -> bool:
        """Whether its networks can be built for data of another form."""
        return bool(inspect.signature(self.make).parameters)

    def made_for(self, facts: Facts) -> Recipe:
        """Its recipe for other data; a sentence where it has none."""
        own = self.facts
        if facts == own:
            return self.make()
        if self.adapts:
            return self.make(facts)
        if replace(facts, levels=None) != replace(own, levels=None):
            raise BadInput(
                f"{self.name} is made for {own}; these are {facts}. Recipes that are "
                f"built for what the data are: {', '.join(adapting(self.family))}."
            )
        recipe = self.make()
        levels = getattr(getattr(recipe.model, "likelihood", None), "levels", None)
        if levels not in (None, facts.levels):
            raise BadInput(
                f"{self.name} has a likelihood of {levels} levels, and the data have "
                f"{facts.levels}. Recipes with as many as the data: "
                f"{', '.join(adapting(self.family))}."
            )
        return recipe


_ENTRIES: dict[str, Entry] = {}


def entry(
    name: str,
    *,
    system: str,
    paper: str,
    title: str,
    tasks: tuple[str, ...],
    data: datasets.Spec,
    licence: str = "Apache-2.0",
    weights: bool = True,
    precision: str = "float16",
    shown: bool = True,
):
    """Declare a named model; decorates the function that makes its recipe.

    Args:
        name: `system-dataset`, with `-paper` for a published set-up.
        system: the class, one of `keras_gen.SYSTEMS`, which knows its family.
        paper: where it was proposed.
        title: a phrase for tables.
        tasks: what it is good for, out of `TASKS`.
        data: what it is trained and tested on.
        licence: of the weights, where that of the data asks for another than ours.
        weights: False where none are published: set-ups that are too large to be
            trained here, and those that were not yet.
        precision: of the weights in their file; "float32" where half of it would move a
            metric by more than its standard error, with the reason beside it; "float12"
            and "float10" where less is enough (see `zoo.packing`).
        shown: False where the page of the zoo has no picture of it: it is there for a
            number that others are compared with, with the reason beside it.
    """

    def declare(make):
        if name in _ENTRIES:
            raise ValueError(f'two zoo entries are called "{name}"; rename one.')
        for task in tasks:
            _known(task, TASKS, "task")
        _known(system, _FAMILY, "system")
        family = _FAMILY[system]
        _ENTRIES[name] = Entry(
            name,
            system,
            family,
            tasks,
            paper,
            title,
            data,
            licence,
            make,
            weights,
            precision,
            shown,
        )
        return make

    return declare


@functools.cache
def _declare_all():
    """Import all recipes."""
    for module in pkgutil.walk_packages(recipes.__path__, f"{recipes.__name__}."):
        importlib.import_module(module.name)


def entries() -> dict[str, Entry]:
    """All entries by name; systems as in `keras_gen.SYSTEMS`, each as in its file."""
    _declare_all()
    order = {system: place for place, system in enumerate(_FAMILY)}
    found = sorted(_ENTRIES.values(), key=lambda entry: order[entry.system])
    return {entry.name: entry for entry in found}


def find(name: str) -> Entry:
    """The entry of this name."""
    known = entries()
    hint = f"`python -m zoo list` shows all {len(known)}."
    return lookup(known, name, "zoo entry", hint)


def names(
    family: str | None = None, task: str | None = None, dataset: str | None = None
) -> list[str]:
    """Names of the entries, of one family, for one task or on one dataset.

    Example:
        >>> names(family="adversarial", dataset="points/ring")[0]
        'gan-ring'
    """
    _known(family, FAMILIES, "family")
    _known(task, TASKS, "task")
    _known(dataset, {e.data.name for e in entries().values()}, "dataset in the zoo")
    return [
        e.name
        for e in entries().values()
        if family in (None, e.family)
        and (task is None or task in e.tasks)
        and dataset in (None, e.data.name)
    ]


def adapting(family: str) -> list[str]:
    """The names of a family's entries that can be built for other data."""
    return [e.name for e in entries().values() if e.family == family and e.adapts]


def _known(name, legal, kind):
    if name is not None and name not in legal:
        raise unknown(name, legal, kind)
