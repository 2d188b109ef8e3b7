"""Named, trained, carded, reproducible models.

    >>> import zoo
    >>> "made-digits" in zoo.names(task="density", dataset="digits")
    True
    >>> zoo.load("dcgan-glyphs").sample(64, seed=1).shape
    (64, 28, 28, 1)

`names`, `card` and `entry` answer without TensorFlow.
"""

import importlib

_HOME = {
    "names": "zoo.registry",
    "entry": "zoo.registry",
    "card": "zoo.cards",
    "build": "zoo.loading",
    "load": "zoo.loading",
    "train": "zoo.training",
    "evaluate": "zoo.evaluation",
}

__all__ = list(_HOME)


def __getattr__(name):
    if name in _HOME:
        module = importlib.import_module(_HOME[name])
        return getattr(module, "find" if name == "entry" else name)
    raise AttributeError(f"module 'zoo' has no attribute {name!r}")
