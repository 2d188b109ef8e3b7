"""What an annotation says: whether a value is that, and the same in words.

A type, a union of some, a literal, a list or tuple of such; beside a type in
`Annotated` stand rules, objects with `words` and a test, `holds(value)`.
"""

import math
import numbers
import types
import typing
from collections.abc import Callable, Sequence
from typing import Annotated

from keras_gen.errors import KerasGenError

_SEVERAL = {list: (list, tuple), tuple: (list, tuple), Sequence: (list, tuple, range)}


def fits(value, wanted) -> bool:
    """Whether the value is what the annotation says.

    Example:
        >>> fits(3, int | None), fits(3.5, int), fits((1, "2"), tuple[int, ...])
        (True, False, False)
    """
    origin, options = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is Annotated:
        kind, *rules = options
        return fits(value, kind) and all(_holds(rule, value) for rule in rules)
    if origin in (types.UnionType, typing.Union):
        return any(fits(value, option) for option in options)
    if origin is typing.Literal:
        return isinstance(value, str) and value in options
    if origin in _SEVERAL:
        if not isinstance(value, _SEVERAL[origin]):
            return False
        if origin is tuple and options[-1] is not Ellipsis:
            pairs = zip(value, options, strict=False)
            return len(value) == len(options) and all(fits(*pair) for pair in pairs)
        return all(fits(v, options[0]) for v in value)
    if origin is Callable or wanted is Callable:
        return callable(value)
    if options or wanted is typing.Any:
        return True
    if wanted is float:
        number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        return number and _finite(value)
    if wanted is int:
        return isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if _is_network(wanted):
        return isinstance(value, wanted) and hasattr(value, "input_shape")
    return not isinstance(wanted, type) or isinstance(value, wanted)


def _holds(rule, value) -> bool:
    """What a rule's test cannot even compare, it does not hold of."""
    try:
        return bool(rule.holds(value))
    except KerasGenError:
        raise
    except Exception:
        return False


def _finite(value) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # whole numbers beyond every float
        return False


def _is_network(wanted):
    where = getattr(wanted, "__module__", "")
    return where.startswith("keras.src.models.")


def words(wanted) -> str:
    """What the annotation says, for a sentence.

    Example:
        >>> words(list[int])
        'a list, of which each is a whole number'
    """
    origin, options = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is Annotated:
        kind, *rules = options
        rest = ", ".join(rule.words for rule in rules)
        return rest if kind is typing.Any else f"{words(kind)} {rest}"
    if origin is typing.Literal:
        return " or ".join(f'"{option}"' for option in options)
    if origin in (list, Sequence) or (origin is tuple and options[-1] is Ellipsis):
        kind = "tuple" if origin is tuple else "list"
        return f"a {kind}, of which each is {words(options[0])}"
    if origin is tuple:
        return f"a tuple ({', '.join(map(words, options))})"
    if origin in (types.UnionType, typing.Union):
        return " or ".join(map(words, options))
    if origin is Callable or wanted is Callable:
        return "a function"
    if wanted is type(None):
        return "None"
    if wanted is float:
        return "a finite number"
    if wanted is int:
        return "a whole number"
    if wanted is str:
        return "a text"
    if wanted is bool:
        return "True or False"
    if wanted is typing.Any or not hasattr(wanted, "__name__"):
        return "anything"
    if _is_network(wanted):
        return (
            "a keras.Model with a known input shape (functional, or Sequential with an "
            "Input; of a subclassed one make keras.Model(inputs, network(inputs)))"
        )
    return f"a {wanted.__name__}"


def short(value) -> str:
    """The value, or its kind where that would be long."""
    kind = f"a {type(value).__name__}"
    try:
        text = repr(value)
    except Exception:
        return kind
    return kind if len(text) > 60 or text.startswith("<") else text
