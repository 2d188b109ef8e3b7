"""How far made images are, as a whole, from those of the kind that they should be.

Nobody knows what a single image without a pair should have become. But of all together
it is known how light they are in each part, how steep, and how much these vary. Over an
epoch, of made images and of real ones,

    kind_error = | E phi(made) - E phi(real) |^2

where phi(x) are the means of x and of its steps over 4x4 areas, and their squares. It
costs next to nothing, so a validation reports it, and a checkpoint can be chosen by it;
a card has the better distances of `keras_gen.metrics.translation`. Beside `cycle_error`
it tells one who changes nothing, and one who has collapsed.
"""

import keras
import tensorflow as tf

PARTS = 4  # of each side


def statistics(x):
    """phi: of each image, means over areas of its values and of its steps; squares."""
    down, right = (tf.abs(slope) for slope in tf.image.image_gradients(x))
    areas = [
        tf.image.resize(t, (PARTS, PARTS), method="area") for t in (x, down + right)
    ]
    means = tf.concat([tf.reshape(t, (tf.shape(x)[0], -1)) for t in areas], -1)
    return tf.concat([means, means**2], -1)


def size(shape) -> int:
    """How many there are of images of this shape."""
    return 4 * PARTS**2 * shape[-1]


class KindError(keras.metrics.Metric):
    """The distance above, of all that it was shown.

    Args:
        count: how many statistics an image has.
    """

    def __init__(self, count: int, name="kind_error"):
        super().__init__(name=name)
        self.count = count
        self.seen = self.add_variable((), "zeros", name="seen")
        self.apart = self.add_variable((count,), "zeros", name="apart")

    def update_state(self, made, real):
        """Of as many images, the statistics."""
        self.seen.assign_add(tf.cast(tf.shape(made)[0], "float32"))
        self.apart.assign_add(tf.reduce_sum(made - real, 0))

    def result(self):
        seen = tf.maximum(tf.convert_to_tensor(self.seen), 1.0)
        return tf.reduce_sum((tf.convert_to_tensor(self.apart) / seen) ** 2)
