"""PixelRNN with Row LSTM: an image read row by row, with a memory.

Every pixel has a state (h, c). Going down the image, a row of states is made of the row
above by a convolution K_s, and of the row itself by a masked one, K_i:

    i, f, g, o = K_i * x[r] + K_s * h[r - 1]
    c[r] = f . c[r - 1] + i . g,    h[r] = o . tanh(c[r])

A state sees as many pixels to either side as it goes rows up: a triangle, as high as
the image. What is above and beside it is never seen, except by Diagonal BiLSTM
(diagonal_bilstm.py). Training takes a step for each row, all of its pixels at once.

Drawing goes pixel by pixel, and what the states above say is computed once for a row.

Reference: van den Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759).
"""

import keras

from keras_gen.autoregressive.pixelcnn import PixelCNN
from keras_gen.networks import pixelrnn


@keras.saving.register_keras_serializable("keras_gen")
class RowLSTM(PixelCNN):
    """Exact density of images, with states that go down from row to row.

    Args:
        network: such as `keras_gen.networks.pixelrnn.row_lstm`.
        likelihood: a head; Bernoulli if not given.

    Example:
        >>> network = pixelrnn.row_lstm((8, 8, 1), 17, width=4)
        >>> model = RowLSTM(network, Categorical(17))
        >>> model.sample(3, seed=1).shape
        (3, 8, 8, 1)
    """

    @classmethod
    def small(cls):
        network = pixelrnn.row_lstm
        return {"plain": lambda: cls(network((4, 4, 1), 1, 2, 1, first=3, head=(4,)))}
