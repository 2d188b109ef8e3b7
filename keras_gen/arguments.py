"""What a model takes: its constructor's arguments, and those it hands on to its base.

A constructor that ends in `**options` hands these on whole. So what has a default in
the next one is an argument of its own, too; the others it gives itself:

    class ConditionalGAN(GAN):
        def __init__(self, generator, discriminator, classes, **options):
            super().__init__(generator, discriminator, **options)

takes `loss` and `critic_steps` as a GAN does. A constructor that ends in `**kwargs`
hands on Keras's `name` and `dtype` alone, be it the last one, or one that offers only
some of its base's arguments, which it then names.
"""

import inspect

from keras_gen.errors import lookup

KERAS = ("name", "dtype")


class Arguments:
    """All of them, as the `__signature__` of a class.

    Help and `inspect.signature` show it, the configuration is read from it, and what is
    not in it is refused.
    """

    def __get__(self, instance, cls) -> inspect.Signature:
        if instance is not None:  # its signature is that of calling it
            raise AttributeError("__signature__")
        constructors = (
            vars(c)["__init__"] for c in cls.__mro__ if "__init__" in vars(c)
        )
        found, named = {}, inspect.Parameter.KEYWORD_ONLY
        for depth, constructor in enumerate(constructors):
            _, *own = inspect.signature(constructor).parameters.values()
            rest = [a.name for a in own if a.kind is a.VAR_KEYWORD]
            for a in own:
                if depth == 0 and a.name not in rest:
                    found[a.name] = a
                elif a.default is not a.empty:  # of the same name, the first one counts
                    found.setdefault(a.name, a.replace(kind=named))
            if rest != ["options"]:
                break
        for name in KERAS if rest else ():
            found.setdefault(name, inspect.Parameter(name, named, default=None))
        return inspect.Signature(found.values())


def check(cls, names):
    """Raise `UnknownName` for a keyword that `cls(...)` does not take."""
    known = inspect.signature(cls).parameters
    for name in names:
        lookup(known, name, f"{cls.__name__} argument")
