"""Data: one way in, whatever the source.

    >>> from keras_gen import data
    >>> data.names()[:2]
    ('digits', 'digits/domains')
    >>> data.info("digits").shape
    (8, 8, 1)
    >>> train = data.load("digits", batch=32, binarise="dynamic")
    >>> x, y = data.arrays("digits", "test", labels="class")

Sources: the offline sets, which are always there (`digits`, `glyphs`, `points/...`;
with the extra `faces`, also `faces`, `faces/...` and `landscapes`);
any image set of TFDS, by its name; a folder of images, or of MNIST's IDX files; arrays;
a `tf.data.Dataset`.
Images are float32 in [0, 1], NHWC; points are float32, (N, 2). Train, validation and
test are disjoint and fixed.

Listing and describing import neither TensorFlow nor the sources' own libraries.
"""

from keras_gen import lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "Info": "keras_gen.data.catalogue:Info",
        "Spec": "keras_gen.data.spec:Spec",
        "arrays": "keras_gen.data.spec:arrays",
        "info": "keras_gen.data.spec:info",
        "load": "keras_gen.data.spec:load",
        "names": "keras_gen.data.catalogue:names",
        "prepared": "keras_gen.data.spec:prepared",
        "words": "keras_gen.data.captions:words",
    },
)
