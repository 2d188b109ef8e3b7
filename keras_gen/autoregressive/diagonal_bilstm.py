"""PixelRNN with Diagonal BiLSTM: memories that go along the rows, from both sides.

Every pixel has a state (h, c), made of that to its left and that above it:

    i, f, g, o = K_i x[r, s] + K_l h[r, s - 1] + K_a h[r - 1, s]
    c[r, s] = f . c[r, s - 1] + i . g,    h[r, s] = o . tanh(c[r, s])

It sees all that is above and to the left. A second memory goes from right to left, over
the rows above only; together they see everything before the pixel. The states of one
diagonal do not depend on one another: the image is skewed, so that training takes
height + width - 1 steps, of a column each.

Drawing goes pixel by pixel from left to right; the memory from right to left runs over
a row once that is drawn.

Reference: van den Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759).
"""

import keras

from keras_gen.autoregressive.pixelcnn import PixelCNN
from keras_gen.networks import pixelrnn


@keras.saving.register_keras_serializable("keras_gen")
class DiagonalBiLSTM(PixelCNN):
    """Exact density of images, with states that come from the left and the right.

    Args:
        network: such as `keras_gen.networks.pixelrnn.diagonal_bilstm`.
        likelihood: a head; Bernoulli if not given.

    Example:
        >>> network = pixelrnn.diagonal_bilstm((8, 8, 1), 17, width=4)
        >>> model = DiagonalBiLSTM(network, Categorical(17))
        >>> model.sample(3, seed=1).shape
        (3, 8, 8, 1)
    """

    @classmethod
    def small(cls):
        network = pixelrnn.diagonal_bilstm
        return {"plain": lambda: cls(network((4, 4, 1), 1, 2, 1, first=3, head=(4,)))}
