"""What a model takes: its constructor's arguments, and those it hands on to its base.

A constructor that ends in `**options` hands these on. So what has a default in the next
one is an argument of its own, too; the others it gives itself:

    class ConditionalGAN(GAN):
        def __init__(self, generator, discriminator, classes, **options):
            super().__init__(generator, discriminator, **options)

takes `loss` and `critic_steps` as a GAN does. One that offers only some of its base's
arguments names them, and says `hands_on = False`: its options are Keras's alone.
"""

import inspect
import math
import numbers
import types
import typing

from keras_gen.errors import BadInput, lookup

KERAS = ("name", "dtype")


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
        for name in KERAS if rest else ():
            found.setdefault(name, inspect.Parameter(name, named, default=None))
        return inspect.Signature(found.values())


def own(cls) -> list[str]:
    """Those that its constructor names."""
    _, *named = inspect.signature(cls.__init__).parameters.values()
    return [a.name for a in named if a.kind is not a.VAR_KEYWORD]


def check(cls, args, kwargs):
    """Raise in words for what `cls(*args, **kwargs)` does not take.

    A keyword that is none of its arguments, and a value that is not what the argument's
    annotation says.
    """
    known = inspect.signature(cls).parameters
    for name in kwargs:
        lookup(known, name, f"{cls.__name__} argument")
    given = dict(zip(known, args, strict=False)) | kwargs
    for name, value in given.items():
        wanted = known[name].annotation
        if wanted is not inspect.Parameter.empty and not _fits(value, wanted):
            raise BadInput(
                f"{cls.__name__}: {name} is {_words(wanted)}; received {_short(value)}."
            )


def _fits(value, wanted) -> bool:
    if options := typing.get_args(wanted):
        if typing.get_origin(wanted) is list:
            fitting = (_fits(v, options[0]) for v in value)
            return isinstance(value, (list, tuple)) and all(fitting)
        if isinstance(wanted, types.UnionType):
            return any(_fits(value, option) for option in options)
        return True
    if wanted is float:
        number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        return number and math.isfinite(value)
    if wanted is int:
        return isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if _is_network(wanted):
        return isinstance(value, wanted) and hasattr(value, "input_shape")
    return not isinstance(wanted, type) or isinstance(value, wanted)


def _is_network(wanted):
    return f"{wanted.__module__}.{wanted.__name__}".startswith("keras.src.models.")


def _words(wanted) -> str:
    if options := typing.get_args(wanted):
        if typing.get_origin(wanted) is list:
            return f"a list, of which each is {_words(options[0])}"
        return " or ".join(map(_words, options))
    if wanted is type(None):
        return "None"
    if wanted is float:
        return "a finite number"
    if wanted is int:
        return "a whole number"
    if _is_network(wanted):
        return (
            "a keras.Model with a known input shape (functional, or Sequential with an "
            "Input; of a subclassed one make keras.Model(inputs, network(inputs)))"
        )
    return f"a {wanted.__name__}"


def _short(value) -> str:
    text = repr(value)
    kind = type(value).__name__
    return f"a {kind}" if len(text) > 60 or text.startswith("<") else text
