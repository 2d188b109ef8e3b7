"""Named, trained, carded, reproducible models.

    >>> import zoo
    >>> "made-digits" in zoo.names(task="density", dataset="digits")
    True
    >>> zoo.load("dcgan-fashion").sample(64, seed=1).shape
    (64, 28, 28, 1)

Where a name is asked for, a path to what was trained elsewhere will do
(`zoo.places`). `names`, `card` and `entry` answer without TensorFlow.
"""

from keras_gen import lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "names": "zoo.registry:names",
        "entry": "zoo.registry:find",
        "card": "zoo.places:card",
        "build": "zoo.loading:build",
        "load": "zoo.loading:load",
        "push": "zoo.hub:push",
        "train": "zoo.training:train",
        "evaluate": "zoo.evaluation:evaluate",
    },
)
