"""A pool of images made before, so that a critic does not forget what it has learned.

A critic that sees the newest images alone follows the generator round in circles. It is
shown a mixture instead. Image after image of a batch, with uniform noise (u, v) each:

    while the pool has room     the image goes in, and is shown
    then, if u < 1/2            it takes the place floor(v size), and who was there is
                                shown
    else                        it is shown, and the pool stays as it is

A place may be taken twice by one batch; the second then shows what the first left
there. All is computed at once, for the batch as a whole: which image, if any, was the
last before this one to go into its place.

Reference: Shrivastava et al., Learning from Simulated and Unsupervised Images through
Adversarial Training (arXiv:1612.07828), section 2.3.
"""

from typing import Annotated

import keras
import tensorflow as tf

from keras_gen.arguments import Checked, ImageShape, within
from keras_gen.training.distribute import whole_batch


@keras.saving.register_keras_serializable("keras_gen")
class Pool(Checked, keras.layers.Layer):
    """The images, and how many there are; what is random is given.

    Args:
        size: how many it keeps.
        image_shape: of each.

    Example:
        >>> pool = Pool(2, (1, 1, 1))
        >>> x = tf.reshape([1.0, 2.0, 3.0], (3, 1, 1, 1))
        >>> swap = tf.constant([[0.0, 0.0]] * 3)  # always, with the first place
        >>> pool.show(x, swap)[:, 0, 0, 0].numpy().tolist()
        [1.0, 2.0, 1.0]
        >>> pool.show(x, swap)[:, 0, 0, 0].numpy().tolist()
        [3.0, 1.0, 2.0]
    """

    def __init__(
        self,
        size: Annotated[int, within("[1, 100000]")],
        image_shape: ImageShape,
        **kwargs,
    ):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.size = size
        self.image_shape = tuple(image_shape)
        together = {
            "trainable": False,
            "initializer": "zeros",
            "aggregation": "only_first_replica",  # what is assigned is the same on all
        }
        shape = (size, *self.image_shape)
        self.images = self.add_weight(name="images", shape=shape, **together)
        self.count = self.add_weight(name="count", dtype="int32", shape=(), **together)
        self.built = True

    def show(self, x, noise):
        """What is shown of a batch; `noise` is uniform, (n, 2)."""
        mine, context = tf.shape(x)[0], tf.distribute.get_replica_context()
        first = mine * (context.replica_id_in_sync_group if context else 0)
        x, noise = whole_batch(tf.cast(x, "float32")), whole_batch(noise)
        n = tf.shape(x)[0]
        turn = tf.range(n)
        count = self.count.value
        filling = count + turn < self.size
        drawn = tf.cast(noise[:, 1] * self.size, "int32")
        place = tf.where(filling, count + turn, drawn)
        goes_in = filling | (noise[:, 0] < 0.5)
        # The last image before each one that went into the same place, or -1.
        same = (place[:, None] == place) & goes_in & (turn < turn[:, None])
        before = tf.reduce_max(tf.where(same, turn, -1), -1)
        found = tf.where(
            _each(before >= 0, x),
            tf.gather(x, tf.maximum(before, 0)),
            tf.gather(self.images.value, place),
        )
        shown = tf.where(_each(goes_in & ~filling, x), found, x)
        # The last of all that went into each place.
        last = (tf.range(self.size)[:, None] == place) & goes_in
        last = tf.reduce_max(tf.where(last, turn, -1), -1)
        new = tf.gather(x, tf.maximum(last, 0))
        self.images.assign(tf.where(_each(last >= 0, x), new, self.images.value))
        self.count.assign(tf.minimum(count + n, self.size))
        return shown[first : first + mine]

    def get_config(self):
        config = {"size": self.size, "image_shape": self.image_shape}
        return {**super().get_config(), **config}


def _each(condition, x):
    """One answer for each image, as an array that images are chosen by."""
    return tf.reshape(condition, (-1, *[1] * (x.shape.rank - 1)))
