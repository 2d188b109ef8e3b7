"""Segmentation: for each pixel, which kind of thing it belongs to.

An encoder-decoder can give back something else than its input: a map of classes. Its
likelihood is that of one label per pixel, given the whole image,

    loss = - mean over pixels of log p(y_ij | x),    p = softmax of the logits

Pixels with the label -1 are not known, and do not count. What a coarse code forgets of
place, the U-Net's connections bring back: see networks/unet.py, which builds both.

Reference: Ronneberger, Fischer & Brox, U-Net: Convolutional Networks for Biomedical
Image Segmentation (arXiv:1505.04597).
Not here: its weights for the borders between touching cells, and elastic deformations.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.networks import unet
from keras_gen.noise import draw
from keras_gen.parts import Part
from keras_gen.parts.scenes import Clutter
from keras_gen.signatures import Signature, Spec, data_spec
from keras_gen.trial import Trial


@keras.saving.register_keras_serializable("keras_gen")
class Segmenter(GenerativeModel):
    """A network from images to class logits, and where its true masks come from.

    Args:
        network: from images to logits, one channel for each class.
        scene: composes an image and its mask out of a clean image, as
            `keras_gen.parts.scenes.Clutter` does; None for data that come as
            pairs of images and integer masks, of shape (height, width).

    Example:
        >>> from keras_gen.parts.scenes import Clutter
        >>> model = Segmenter(unet.unet((8, 8, 1), 2, width=8, depth=2), Clutter())
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits"), epochs=1, verbose=0)
        >>> model.segment(data.arrays("digits", "test"))["probabilities"].shape
        TensorShape([300, 8, 8, 2])
    """

    reports = rising = ("accuracy",)
    sampler = None
    metrics_of = "masks and probabilities"

    def __init__(self, network: keras.Model, scene: Part | None = None, **kwargs):
        super().__init__(network.input_shape[1:], **kwargs)
        self.network = network
        self.scene = scene
        self.kinds = network.output_shape[-1]
        if network.output_shape[1:-1] != network.input_shape[1:-1]:
            raise BadInput(
                "the network gives one label for each pixel, so the size of its output "
                f"is that of its input; they are {network.output_shape[1:-1]} and "
                f"{network.input_shape[1:-1]}."
            )
        if scene is not None and scene.kinds != self.kinds:
            raise BadInput(
                f"the scene has {scene.kinds} classes, and the network ends in "
                f"{self.kinds} channels; give it {scene.kinds}."
            )

    def logits(self, x, training=False):
        return tf.cast(self.network(x, training=training), "float32")

    def errors(self, logits, mask):
        """The loss of each image, averaged over its known pixels."""
        known = tf.cast(mask >= 0, "float32")
        labels = tf.one_hot(tf.maximum(mask, 0), self.kinds)
        nats = -tf.reduce_sum(labels * tf.nn.log_softmax(logits), -1)
        return _over_known(nats, known)

    # Training.

    def pair(self, data, training):
        """An image and its mask: the data's own, or one composed of a clean image."""
        x, _ = self.unpack(data)
        _, mask, _ = keras.utils.unpack_x_y_sample_weight(data)
        if mask is not None:
            mask = tf.cast(tf.reshape(mask, tf.shape(x)[:-1]), "int32")
        elif self.scene is None:
            raise BadInput(
                "a Segmenter without a scene learns from pairs: give it images and "
                "integer masks, or the model a scene."
            )
        else:
            shape = self.scene.noise_shape(self.data_shape)
            noise = self.noise("uniform", tf.shape(x)[0], shape, training)
            x, mask = self.scene(x, noise)
        self.compare(mask, lambda: self(x))
        return x, mask

    def train_step(self, data):
        x, mask = self.pair(data, training=True)

        def loss():
            logits = self.logits(x, training=True)
            return tf.reduce_mean(self.errors(logits, mask)), logits

        loss, logits = self.descend("model", loss)
        return self.report(loss=loss, accuracy=self.accuracy(logits, mask))

    def test_step(self, data):
        x, mask = self.pair(data, training=False)
        logits = self.logits(x)
        return self.report(
            loss=self.errors(logits, mask), accuracy=self.accuracy(logits, mask)
        )

    def accuracy(self, logits, mask):
        """The share of each image's known pixels that get their label."""
        right = tf.equal(tf.argmax(logits, -1, "int32"), mask)
        return _over_known(tf.cast(right, "float32"), tf.cast(mask >= 0, "float32"))

    # Use.

    def call(self, x, training=False):
        return tf.nn.softmax(self.logits(x, training))

    def segment(self, x):
        """Probabilities of the classes at each pixel; exported as "translate"."""
        return {"probabilities": self(x)}

    def trial(self, x, seed: int = 0) -> Trial:
        """Masks beside the true ones: of pairs, or of `x` in the scene of `seed`."""
        if isinstance(x, tuple):
            image, mask = x
        elif self.scene is None:
            raise BadInput(
                "a trial compares with true masks: give pairs (images, masks), or the "
                "model a scene that composes them."
            )
        else:
            shape = self.scene.noise_shape(self.data_shape)
            image, mask = self.scene(x, draw("uniform", (len(x), *shape), seed))
        parts = [self(image[i : i + 256]) for i in range(0, len(image), 256)]
        found = np.concatenate([np.argmax(part, -1) for part in parts])
        mask = np.reshape(mask, found.shape)
        maps = [
            np.repeat(m[..., None] / np.float32(self.kinds - 1), image.shape[-1], -1)
            for m in (found, mask)
        ]
        made, wanted = (m.astype("float32") for m in maps)
        return Trial(np.asarray(image), made, wanted, kinds=self.kinds)

    def signatures(self):
        x = data_spec(self.data_shape, "image to segment")
        probabilities = Spec(
            (*self.data_shape[:2], self.kinds),
            "mask",
            "probability of each class at each pixel",
            range=(0.0, 1.0),
        )
        return {
            "translate": Signature(
                self.segment, {"x": x}, {"probabilities": probabilities}
            )
        }

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(unet.unet((4, 4, 1), 2, width=2, depth=1), Clutter(1))
        }


def _over_known(values, known):
    """The mean over the pixels of each image that are known; 0 if none is."""
    total = tf.reduce_sum(values * known, [1, 2])
    return total / tf.maximum(tf.reduce_sum(known, [1, 2]), 1.0)
