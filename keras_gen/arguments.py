"""What a model takes: its constructor's arguments, and those it hands on to its base.

A constructor that ends in `**options` hands these on. So what has a default in the next
one is an argument of its own, too; the others it gives itself:

    class ConditionalGAN(GAN):
        def __init__(self, generator, discriminator, classes, **options):
            super().__init__(generator, discriminator, **options)

takes `loss` and `critic_steps` as a GAN does. One that offers only some of its base's
arguments names them, and ends in `**name_and_dtype`, for those are Keras's.
"""

import inspect

from keras_gen.errors import lookup

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
            if rest in ([], ["name_and_dtype"]):
                break
        for name in KERAS if rest else ():
            found.setdefault(name, inspect.Parameter(name, named, default=None))
        return inspect.Signature(found.values())


def own(cls) -> list[str]:
    """Those that its constructor names."""
    _, *named = inspect.signature(cls.__init__).parameters.values()
    return [a.name for a in named if a.kind is not a.VAR_KEYWORD]


def check(cls, names):
    """Raise `UnknownName` for a keyword that `cls(...)` does not take."""
    known = inspect.signature(cls).parameters
    for name in names:
        lookup(known, name, f"{cls.__name__} argument")
