"""Gated PixelCNN: two stacks that see everything before the pixel, and gates.

A vertical stack of convolutions sees all the rows above, without a mask inside them; a
horizontal stack sees the pixels to the left and reads the vertical one. Together they
leave no blind spot. Each layer is a product

    y = tanh(W_f * x) . sigmoid(W_g * x)

which, like the gates of a recurrent cell, lets it choose what to pass on.

A conditional model adds to either W what it is told, in one of two forms. The vector
V^T h, of the one-hot code h of a label or of any embedding, is the same at every pixel:
it says what is to be drawn, not where. A map V * s, by a 1x1 convolution, says where.

The vertical stack depends on the rows above alone, so the sampler computes a row of it
at once, before the row is drawn.

Reference: van den Oord et al., Conditional Image Generation with PixelCNN Decoders
(arXiv:1606.05328), sections 2.3 and 2.4.
Not here: an encoder that makes the embedding (variational/pixel_vae.py).
"""

import keras

from keras_gen.autoregressive.pixelcnn import PixelCNN
from keras_gen.likelihoods import DiscretizedLogisticMixture
from keras_gen.networks import pixelcnn


@keras.saving.register_keras_serializable("keras_gen")
class GatedPixelCNN(PixelCNN):
    """Exact density of images, one pixel given all those before.

    Args:
        network: such as `keras_gen.networks.pixelcnn.gated_pixelcnn`.
        likelihood: a head; Bernoulli if not given.
        embedding_law: of the embeddings, as of a PixelCNN.

    Example:
        >>> network = pixelcnn.gated_pixelcnn((8, 8, 1), 17, width=8, depth=2)
        >>> model = GatedPixelCNN(network, Categorical(17))
        >>> model.sample(3, seed=1).shape
        (3, 8, 8, 1)

        >>> network = pixelcnn.gated_pixelcnn((8, 8, 1), 17, width=8, classes=10)
        >>> model = GatedPixelCNN(network, Categorical(17))
        >>> model.sample(3, seed=1, label=[7, 7, 2]).shape
        (3, 8, 8, 1)

        >>> network = pixelcnn.gated_pixelcnn((8, 8, 1), 17, width=8, embedding=(2,))
        >>> model = GatedPixelCNN(network, Categorical(17))
        >>> model.sample(3, seed=1, embedding=[0.3, -1.2]).shape
        (3, 8, 8, 1)
    """

    @classmethod
    def small(cls):
        def made(outputs=1, **told):
            return pixelcnn.gated_pixelcnn(
                (4, 4, 1), outputs, 2, depth=1, first=3, head=(4,), **told
            )

        def levels():
            head = DiscretizedLogisticMixture(2, 17)
            return cls(made(head.parameters((4, 4, 1))[-1], dropout=0.1), head)

        return {
            "plain": levels,
            "labels": lambda: cls(made(classes=3)),
            "embedding": lambda: cls(made(embedding=(2,)), embedding_law="uniform"),
        }
