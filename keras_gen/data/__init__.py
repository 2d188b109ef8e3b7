"""Data: one way in, whatever the source.

    >>> from keras_gen import data
    >>> data.names()[:2]
    ('digits', 'digits/domains')
    >>> data.info("digits").shape
    (8, 8, 1)
    >>> train = data.load("digits", batch=32, binarise="dynamic")
    >>> x, y = data.arrays("digits", "test", labels="class")

Sources: the offline sets, which are always there (`digits`, `glyphs`, `points/...`);
any image set of TFDS, by its name; a folder of images; arrays; a `tf.data.Dataset`.
Images are float32 in [0, 1], NHWC; points are float32, (N, 2). Train, validation and
test are disjoint and fixed.

Listing and describing import neither TensorFlow nor the sources' own libraries.
"""

from keras_gen.data.catalogue import Info, info, names
from keras_gen.data.spec import Spec

__all__ = ["Info", "Spec", "arrays", "info", "load", "names"]


def __getattr__(name):
    if name in ("arrays", "load"):
        from keras_gen.data import loading

        return getattr(loading, name)
    raise AttributeError(f"module 'keras_gen.data' has no attribute {name!r}")


def __dir__():
    return [*globals(), *__all__]
