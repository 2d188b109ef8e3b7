"""What a model takes: its constructor's arguments, and those it hands on to its base.

A constructor that ends in `**options` hands these on. So what has a default in the next
one is an argument of its own, too; the others it gives itself:

    class ConditionalGAN(GAN):
        def __init__(self, generator, discriminator, classes, **options):
            super().__init__(generator, discriminator, **options)

takes `loss` and `critic_steps` as a GAN does. One that offers only some of its base's
arguments names them, and says `hands_on = False`: its options are Keras's alone.

What a value must be is written where the argument is, as its annotation, and is looked
at in one place: of models and layers by `Checked`, of functions by `checked`, of others
by `checked_class` (of dataclasses by `parts.part`). A type says what it is (float: a
finite number), and a `Rule` beside it what else must hold:

    def __init__(self, decay: Annotated[float, within("[0, 1)")] = 0.99)
"""

import functools
import inspect
import math
import numbers
import os
import pathlib
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from keras_gen.annotations import fits, short, words
from keras_gen.errors import BadInput, lookup, unknown


@dataclass(frozen=True, repr=False)
class Rule:
    """What a value is, in words, and the test of it; a test may raise its own words."""

    words: str
    holds: Callable[[typing.Any], bool]

    def __repr__(self):
        return self.words


def within(interval: str, meaning: str = "") -> Rule:
    """A number in an interval, such as "[0, 1)"; infinity is "inf".

    Example:
        >>> within("[0, 1)").holds(1.0)
        False
    """
    low, high = map(float, interval[1:-1].split(","))
    closed = interval[0] == "[", interval[-1] == "]"

    def holds(value):
        above = value >= low if closed[0] else value > low
        return above and (value <= high if closed[1] else value < high)

    start = interval[1:-1].split(",")[0]
    if high == math.inf:
        words = f"from {start} on" if closed[0] else f"above {start}"
    else:
        words = f"in {interval}"
    return Rule(f"{words}, {meaning}" if meaning else words, holds)


def named(table, kind: str) -> Rule:
    """If it is a name, one of this table; the error proposes the nearest."""

    def holds(value):
        if isinstance(value, str) and value not in table:
            raise unknown(value, table, kind)
        return True

    return Rule(f"of the known {kind} names", holds)


def _is_name(value) -> bool:
    return value.isprintable() and "/" not in value and 0 < len(value) <= 100


def _is_policy(value) -> bool:
    import keras  # slow, and only needed where there is a model

    try:
        keras.dtype_policies.get(value)
    except (ValueError, TypeError):
        return False
    return True


def _is_activation(value) -> bool:
    import keras

    return keras.activations.get(value) is not None


def is_path(value) -> bool:
    """Whether it can be one: without control characters, and no part of it too long."""
    parts = pathlib.Path(value).parts
    return all(part.isprintable() and len(part.encode()) <= 200 for part in parts)


def _may_be_written(value) -> bool:
    return is_path(value) and pathlib.Path(value).absolute().parent.is_dir()


def _is_model(value) -> bool:
    """By what it can do, not by its class."""
    if isinstance(value, str):  # which encodes
        return False
    asked = (
        "sample",
        "log_prob",
        "encode",
        "elbo",
        "energy",
        "log_likelihood",
        "trial",
        "discriminate",
        "reconstruct",
        "decode",
        "generate",
        "signatures",
    )
    return any(callable(getattr(value, method, None)) for method in asked)


def is_array(value) -> bool:
    """Whether it can be one: lists of unequal lengths cannot."""
    import numpy as np  # slow, as Keras is

    try:
        return np.asarray(value).dtype != object
    except (ValueError, TypeError):
        return False


def _are_numbers(value) -> bool:
    if isinstance(value, tuple) and any(hasattr(part, "shape") for part in value):
        return all(map(_are_numbers, value))  # examples, and what is given with them
    import numpy as np

    try:
        array = np.asarray(value)
    except (ValueError, TypeError):  # ragged
        return False
    if array.dtype.kind not in "fiub" and array.dtype.name != "bfloat16":
        return False
    return array.size > 0 and bool(np.isfinite(array.astype("float64")).all())


# What many arguments are.
Positive = Annotated[float, within("(0, inf)")]
NotNegative = Annotated[float, within("[0, inf)")]
Share = Annotated[float, within("[0, 1]")]
Decay = Annotated[float, within("[0, 1)")]
Size = Annotated[int, within("[1, 65536]")]
Count = Annotated[int, within("[1, 1000000000]")]
CountFrom0 = Annotated[int, within("[0, 1000000000]")]
Seed = Annotated[int, within("[0, 18446744073709551616)")]
AnySeed = Annotated[int, within("[-9223372036854775808, 18446744073709551616)")]
Shape = Annotated[
    tuple[Size, ...], Rule("of one dimension or more", lambda shape: len(shape) > 0)
]
ImageShape = Annotated[
    tuple[Size, ...], Rule("(height, width, channels)", lambda shape: len(shape) == 3)
]
Sizes = tuple[Size, ...]
Activation = Annotated[
    typing.Any, Rule("the name of one of Keras's activations, or one", _is_activation)
]
Name = Annotated[str, Rule('of at most 100 printable characters, none a "/"', _is_name)]
Numbers = Annotated[
    typing.Any,
    Rule("an array of finite numbers (none is NaN), and not empty", _are_numbers),
]
Model = Annotated[
    typing.Any, Rule("a model, or an object with one of its methods", _is_model)
]
ModelOrNumbers = Annotated[
    typing.Any,
    Rule(
        "a model, or an array of finite numbers",
        lambda v: _is_model(v) or _are_numbers(v),
    ),
]
Folder = Annotated[
    str | os.PathLike, Rule("of printable characters, at most 200 a part", is_path)
]
Path = Annotated[
    str | os.PathLike, Rule("of a file in a folder that is there", _may_be_written)
]
KERAS = {  # what every model and layer takes besides
    "name": Name | None,
    "dtype": Annotated[
        typing.Any,
        Rule('a precision, such as "float32" or "mixed_float16"', _is_policy),
    ],
}


class Arguments:
    """All of them, as the `__signature__` of a class.

    Help and `inspect.signature` show it, and what is not in it is refused.
    """

    def __get__(self, instance, cls) -> inspect.Signature:
        if instance is not None:  # its signature is that of calling it
            raise AttributeError("__signature__")
        found, named, rest = {}, inspect.Parameter.KEYWORD_ONLY, []
        for depth, base in enumerate(c for c in cls.__mro__ if "__init__" in vars(c)):
            if depth and "__signature__" in vars(base):  # the base of all systems
                break
            _, *own = inspect.signature(vars(base)["__init__"]).parameters.values()
            rest = [a.name for a in own if a.kind is a.VAR_KEYWORD]
            for a in own:
                if depth == 0 and a.name not in rest:
                    found[a.name] = a
                elif a.default is not a.empty:  # of the same name, the first one counts
                    found.setdefault(a.name, a.replace(kind=named))
            if not rest or not vars(base).get("hands_on", True):
                break
        for name in ("name", "dtype") if rest else ():
            found.setdefault(name, inspect.Parameter(name, named, default=None))
        return inspect.Signature(
            a.replace(annotation=KERAS[n]) if n in KERAS and a.default is None else a
            for n, a in found.items()
        )


def whole_number(name: str, value, least: int) -> int:
    """`value`, if it is a whole number of at least `least`."""
    if not isinstance(value, numbers.Integral) or value < least:
        raise BadInput(f"{name} is a whole number from {least} on; received {value!r}.")
    if value >= 1 << 32:
        raise BadInput(f"{name} is a number of at most 32 bits; received {value!r}.")
    return int(value)


def own(cls) -> list[str]:
    """Those that its constructor names."""
    _, *named = inspect.signature(cls.__init__).parameters.values()
    return [a.name for a in named if a.kind is not a.VAR_KEYWORD]


class Checked:
    """A model or layer whose arguments are looked at before its constructor runs."""

    __signature__ = Arguments()

    def __new__(cls, *args, **kwargs):
        check(cls, args, kwargs)
        return super().__new__(cls, *args, **kwargs)


def checked(function):
    """A function whose arguments are looked at before it runs.

    Example:
        >>> @checked
        ... def half(n: Size):
        ...     return n // 2
        >>> half(-1)
        Traceback (most recent call last):
        ...
        keras_gen.errors.BadInput: half: n is a whole number in [1, 65536]; received -1.
    """
    known = inspect.signature(function).parameters

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        look(function.__name__, known, args, kwargs)
        return function(*args, **kwargs)

    return wrapper


def checked_class(cls):
    """The class, whose arguments are looked at when it is made; as a decorator."""
    constructor = cls.__init__
    _, *own = inspect.signature(constructor).parameters.items()

    @functools.wraps(constructor)
    def wrapper(self, *args, **kwargs):
        look(type(self).__name__, dict(own), args, kwargs)
        constructor(self, *args, **kwargs)

    cls.__init__ = wrapper
    return cls


def check(cls, args, kwargs):
    """Raise in words for what `cls(*args, **kwargs)` does not take.

    A keyword that is none of its arguments, one that is missing, and a value that is
    not what the argument's annotation says.
    """
    look(cls.__name__, inspect.signature(cls).parameters, args, kwargs)


def look(who: str, known, args, kwargs) -> dict:
    """What `who(*args, **kwargs)` gives by name, if these parameters take it."""
    kinds = {a.kind for a in known.values()}
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        for name in kwargs:
            lookup(known, name, f"{who} argument", "" if known else "It takes none.")
    by_place = [n for n, a in known.items() if a.kind is a.POSITIONAL_OR_KEYWORD]
    if len(args) > len(by_place) and inspect.Parameter.VAR_POSITIONAL not in kinds:
        raise BadInput(
            f"{who} takes {len(by_place)} arguments by place, "
            f"{', '.join(by_place) or 'none'}; received {len(args)}."
        )
    given = dict(zip(by_place, args, strict=False))
    for name in given.keys() & kwargs.keys():
        raise BadInput(f"{who}: {name} is given twice, by place and by name.")
    given |= kwargs
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    missing = [
        name
        for name, a in known.items()
        if name not in given and a.default is a.empty and a.kind not in optional
    ]
    if missing:
        raise BadInput(f"{who} needs {', '.join(missing)}, and was not given it.")
    for name, value in given.items():
        if name not in known:
            continue  # one of the options that it hands on
        if value is None and known[name].default is None:
            continue
        _check_value(who, name, value, known[name].annotation)
    return given


def _check_value(who, name, value, wanted):
    if wanted is not inspect.Parameter.empty and not fits(value, wanted):
        raise BadInput(f"{who}: {name} is {words(wanted)}; received {short(value)}.")
