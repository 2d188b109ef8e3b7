"""PixelCNN++: whole pixels from a mixture, by a network of several grids.

What it changes in PixelCNN:

- A pixel is drawn as a whole, from a mixture of discretized logistics (its formulas
  are in likelihoods/logistic.py). Neighbouring levels are similar from the start, and
  the colours of a pixel share the component and depend on each other linearly:

      log p(x_i | x_<i) = log sum_k pi_k p_k(r) p_k(g | r) p_k(b | r, g)

- Two streams of residual blocks go through coarser grids and back, with short-cuts: a
  few layers see far, and most of them are cheap.
- Dropout, without which the small sets of natural images are learnt by heart.

Sampling follows the strides: what belongs to a coarse grid is computed once for the
pixels that it stands for (sampler.py).

Reference: Salimans et al., PixelCNN++ (arXiv:1701.05517).
Not here: averaging of the weights; a learning rate that falls to zero does as well in
short trainings.
"""

import keras

from keras_gen.autoregressive.pixelcnn import PixelCNN
from keras_gen.likelihoods import DiscretizedLogisticMixture
from keras_gen.networks import pixelcnn_pp


@keras.saving.register_keras_serializable("keras_gen")
class PixelCNNPP(PixelCNN):
    """Exact density of images, one whole pixel given those before.

    Args:
        network: such as `keras_gen.networks.pixelcnn_pp.pixelcnn_pp`.
        likelihood: `DiscretizedLogisticMixture`, in the paper; Bernoulli if not given.

    Example:
        >>> head = DiscretizedLogisticMixture(3, 17)
        >>> network = pixelcnn_pp.pixelcnn_pp(
        ...     (8, 8, 1), head.parameters((8, 8, 1))[-1], width=4, depth=1, halvings=1
        ... )
        >>> PixelCNNPP(network, head).log_prob(tf.zeros((2, 8, 8, 1))).shape
        TensorShape([2])
    """

    @classmethod
    def small(cls):
        def made(shape, halvings, *levels):
            head = DiscretizedLogisticMixture(2, *levels)
            outputs = head.parameters(shape)[-1]
            network = pixelcnn_pp.pixelcnn_pp(
                shape, outputs, 2, 0, halvings, dropout=0.1
            )
            return cls(network, head)

        return {
            "plain": lambda: made((4, 4, 1), 1, 17),  # the grid of 2x2, too
            "coloured": lambda: made((4, 4, 3), 0),
        }
