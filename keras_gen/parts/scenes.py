"""Pictures whose true mask is known, because they are composed from it.

Where a clean image x has ink (x > 1/2) is the mask. What a model gets to see is the
same character in an ink of random brightness, on a background that changes from corner
to corner, with strokes behind it that may be as bright, and with grain over it all. No
threshold on brightness finds the mask then; its shape does.
"""

from typing import Annotated

import numpy as np
import tensorflow as tf

from keras_gen.arguments import Share, within
from keras_gen.parts import Part, part
from keras_gen.parts.masks import distances


@part
class Clutter(Part):
    """A clean image among distractions, as a pure function of uniform noise.

    Args:
        strokes: how many distracting strokes lie behind the character.
        grain: largest random change of a pixel.

    Example:
        >>> scene = Clutter()
        >>> noise = tf.random.uniform((2, *scene.noise_shape((28, 28, 1))))
        >>> image, mask = scene(tf.zeros((2, 28, 28, 1)), noise)
        >>> image.shape, mask.shape
        (TensorShape([2, 28, 28, 1]), TensorShape([2, 28, 28]))
    """

    strokes: Annotated[int, within("[0, 1000]")] = 4
    grain: Share = 0.15
    kinds = 2  # of pixels: background and character

    def noise_shape(self, data_shape) -> tuple[int, ...]:
        """Ink; the corners' greys; ends, width, ink of each stroke; then the grain."""
        return (1 + 4 + 6 * self.strokes + int(np.prod(data_shape)),)

    def __call__(self, x, noise):
        """(image, mask): the picture, and 1 where the character is."""
        shape = tuple(x.shape[1:])
        sizes = [1, 4, 6 * self.strokes, int(np.prod(shape))]
        ink, corners, strokes, grain = tf.split(noise, sizes, axis=1)
        picture = self._paint(_shade(corners, shape), strokes, shape)
        ink = 0.6 + 0.4 * ink[:, :, None, None]
        picture = picture * (1 - x) + ink * x
        grain = self.grain * (2 * tf.reshape(grain, (-1, *shape)) - 1)
        mask = tf.cast(tf.reduce_max(x, -1) > 0.5, "int32")
        return tf.clip_by_value(picture + grain, 0.0, 1.0), mask

    def _paint(self, picture, strokes, shape):
        """Strokes of 1 to 4 pixels, one over the other."""
        strokes = tf.reshape(strokes, (-1, self.strokes, 6))
        sides = np.array(shape[:2], "float32")
        far = distances(strokes[..., :2] * sides, strokes[..., 2:4] * sides, shape)
        half = 0.5 + 1.5 * strokes[..., 4]
        cover = tf.clip_by_value(half[..., None, None] - far + 0.5, 0.0, 1.0)
        for i in range(self.strokes):
            over = cover[:, i, :, :, None]
            ink = 0.4 + 0.6 * strokes[:, i, 5, None, None, None]
            picture = picture * (1 - over) + ink * over
        return picture


def _shade(corners, shape):
    """Between the greys of the four corners, from 0 to 1/2."""
    down, right = (np.linspace(0, 1, side, dtype="float32") for side in shape[:2])
    down, right = down[:, None, None], right[None, :, None]
    shares = [(1 - down) * (1 - right), (1 - down) * right]
    shares += [down * (1 - right), down * right]
    greys = 0.5 * corners[:, :, None, None, None]
    return sum(greys[:, i] * share for i, share in enumerate(shares))
