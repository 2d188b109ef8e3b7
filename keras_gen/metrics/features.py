"""Features of a network that was trained on ImageNet.

Distances of photographs are usually measured in what InceptionV3 sees: images in
[0, 1] are resized to 299 x 299 bilinearly, grey ones become three equal channels,
values are moved to [-1, 1], and the last map of 8 x 8 x 2048 is averaged over the
places to 2048 features.

The published Frechet distances come from other weights of that network (TensorFlow's of
2015, with another resizing), so values measured here compare with each other and not
with those. A few thousand images are the fewest for 2048 features: state their number,
and the distance of as many real images.

Reference: Szegedy et al., Rethinking the Inception Architecture for Computer Vision
(arXiv:1512.00567).
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.errors import BadFile, BadInput

SIDE = 299


def inception(weights: str | None = "imagenet") -> "Inception":
    """InceptionV3 with its ImageNet weights, which are downloaded the first time.

    Args:
        weights: "imagenet", a file of weights, or None for random ones.

    Example:
        >>> features = inception(weights=None)
        >>> features(np.zeros((2, 28, 28, 1))).shape
        (2, 2048)
    """
    try:
        network = keras.applications.InceptionV3(
            include_top=False,
            weights=weights,
            input_shape=(SIDE, SIDE, 3),
            pooling="avg",
        )
    except Exception as error:  # Keras raises the bare class for a failed download
        why = str(error).splitlines()[0]
        raise BadFile(
            f"the weights of InceptionV3 cannot be had ({why}): run it once with a "
            "network, give a file of them as weights=..., or measure in the features "
            'of a model of the zoo, such as zoo.load("classifier-glyphs").features.'
        ) from error
    return Inception(network)


class Inception:
    """Images to the pooled outputs of an InceptionV3 without its top.

    Args:
        network: from images of 299 x 299 x 3 in [-1, 1] to vectors.
        batch: how many it is given at once.
    """

    def __init__(self, network: keras.Model, batch: int = 32):
        self.network, self.batch = network, batch

    def __call__(self, x) -> np.ndarray:
        x = np.asarray(x, "float32")
        if x.ndim != 4 or x.shape[-1] not in (1, 3) or not len(x):
            raise BadInput(
                "these features are of images, shape (n, height, width, 1 or 3); "
                f"received shape {x.shape}."
            )
        parts = (x[i : i + self.batch] for i in range(0, len(x), self.batch))
        return np.concatenate([self.network(prepared(part)) for part in parts])


def prepared(x):
    """Images as the network expects them."""
    x = tf.image.resize(x, (SIDE, SIDE), antialias=True)
    return 2 * tf.repeat(x, 3 // x.shape[-1], axis=-1) - 1
