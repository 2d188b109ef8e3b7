"""How far made images are, as a whole, from those of the kind that they should be.

Nobody knows what a single image without a pair should have become. But of all together
it is known how light they are in each part, how steep, and how much these vary: over an
epoch the mean m and the standard deviation s of a few statistics of every image, of
made ones and of real ones,

    kind_error = sum over statistics of  (m_made - m_real)^2 + (s_made - s_real)^2

which is the Frechet distance of normals that are independent. It costs next to nothing,
so a validation reports it, and a checkpoint can be chosen by it; a card has the better
one of `keras_gen.metrics.translation`. Beside `cycle_error` it tells one who changes
nothing, and one who has collapsed.
"""

import keras
import tensorflow as tf

PARTS = 4  # of each side


def statistics(x):
    """Of each image: the means over 4x4 areas of its values and of their steps."""
    down, right = (tf.abs(slope) for slope in tf.image.image_gradients(x))
    areas = [
        tf.image.resize(t, (PARTS, PARTS), method="area") for t in (x, down + right)
    ]
    return tf.concat([tf.reshape(t, (tf.shape(x)[0], -1)) for t in areas], -1)


def size(shape) -> int:
    """How many there are of images of this shape."""
    return 2 * PARTS**2 * shape[-1]


class KindError(keras.metrics.Metric):
    """The distance above, of all that it was shown.

    Args:
        count: how many statistics an image has.
    """

    def __init__(self, count: int, name="kind_error"):
        super().__init__(name=name)
        self.count = count
        self.seen = self.add_variable((), "zeros", name="seen")
        self.sums = self.add_variable((2, count), "zeros", name="sums")
        self.squares = self.add_variable((2, count), "zeros", name="squares")

    def update_state(self, made, real):
        """Of as many images, the statistics."""
        both = tf.stack([made, real])
        self.seen.assign_add(tf.cast(tf.shape(made)[0], "float32"))
        self.sums.assign_add(tf.reduce_sum(both, 1))
        self.squares.assign_add(tf.reduce_sum(both**2, 1))

    def result(self):
        seen = tf.maximum(tf.convert_to_tensor(self.seen), 1.0)
        mean = tf.convert_to_tensor(self.sums) / seen
        squares = tf.convert_to_tensor(self.squares) / seen
        spread = tf.sqrt(tf.nn.relu(squares - mean**2))
        return tf.reduce_sum((mean[0] - mean[1]) ** 2 + (spread[0] - spread[1]) ** 2)
