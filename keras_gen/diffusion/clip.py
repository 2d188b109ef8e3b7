"""CLIP: contrastive language-image pretraining. Which caption belongs to which image?

Two networks say of images and of captions vectors of length 1. Of a batch of pairs all
images are compared with all captions,

    logits_ij  =  e^t  image_i . caption_j

and each image has to find its caption among them, each caption its image:

    loss  =  1/2 mean over i  ( - log softmax_j(logits_ij) at j = i
                                - log softmax_j(logits_ji) at j = i )

t is learned, and kept below log 100. Captions that are equal count as each other's.

What the images' network does not see yet is noise to that of the captions, which soon
leaves it unsaid, and then nothing asks for it any more: a smile of a few pixels is not
found. Where the captions' network stands still for the first steps, all that its random
features say is asked for.

It steers a model of diffusion that was never told anything by a sentence
(`steering.to_caption`).

Reference: Radford et al. (arXiv:2103.00020), figure 3; there equal captions do not
count as each other's, for of 400 million pairs there are hardly any.
"""

import math

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import CountFrom0
from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.networks import mlp, text
from keras_gen.signatures import Signature, Spec, caption_spec, data_spec
from keras_gen.training.distribute import whole_batch
from keras_gen.trial import Trial, in_parts
from keras_gen.vocabulary import Vocabulary

START, MOST = math.log(1 / 0.07), math.log(100.0)  # of t


@keras.saving.register_keras_serializable("keras_gen")
class CLIP(GenerativeModel):
    """A network of images and one of captions, whose vectors agree.

    Args:
        images: from images to vectors, such as `networks.conv.encoder`.
        captions: from captions to vectors of as many numbers: `networks.text.encoder`.
        vocabulary: of the captions.
        head_start: steps in which the captions' network stands still.

    Example:
        >>> words = Vocabulary(("one", "two"), 4)
        >>> model = CLIP(
        ...     mlp.encoder((8, 8, 1), 4, 8), text.encoder(words, 4, 8), words
        ... )
        >>> model.compile("adam")
        >>> x = np.zeros((4, 8, 8, 1), "float32")
        >>> history = model.fit(x, np.array(["one", "two"] * 2), verbose=0)
        >>> model.encode(x)["latent"].shape
        TensorShape([4, 4])
    """

    reports = rising = ("accuracy",)
    sampler = None

    def __init__(
        self,
        images: keras.Model,
        captions: keras.Model,
        vocabulary: Vocabulary,
        head_start: CountFrom0 = 0,
        **kwargs,
    ):
        super().__init__(images.input_shape[1:], **kwargs)
        self.images = images
        self.captions = captions
        self.vocabulary = vocabulary
        self.head_start = head_start
        self.supports_jit = False  # XLA has no text
        self.sharpness = self.add_weight(
            name="sharpness", shape=(), initializer=keras.initializers.Constant(START)
        )
        sizes = images.output_shape[1:], captions.output_shape[1:]
        length = (vocabulary.length,)
        if sizes[0] != sizes[1] or captions.input_shape[1:] != length:
            raise BadInput(
                "images and captions become vectors of one size, and a caption is "
                f"{length} numbers; received networks to {sizes[0]} and {sizes[1]}, "
                f"and captions of {captions.input_shape[1:]}."
            )

    # The vectors.

    def encode(self, x):
        """The vectors of images."""
        return {"latent": self._vectors(self.images, x)}

    def encode_caption(self, caption):
        """The vectors of captions, given as numbers (`vocabulary.asked`)."""
        return {"latent": self._vectors(self.captions, caption)}

    def discriminate(self, x, caption):
        """How well each caption describes its image, as a logit."""
        pairs = self._vectors(self.images, x) * self._vectors(self.captions, caption)
        return {"logits": self.scale * tf.reduce_sum(pairs, -1)}

    def call(self, x, caption):
        return self.discriminate(x, caption)["logits"]

    @property
    def scale(self):
        """e^t."""
        return tf.exp(tf.minimum(tf.cast(self.sharpness, "float32"), MOST))

    def _vectors(self, network, x, training=False):
        vectors = tf.cast(network(x, training=training), "float32")
        square = tf.reduce_sum(tf.square(vectors), -1, keepdims=True)
        return vectors * tf.math.rsqrt(square + 1e-12)

    # Training.

    def terms(self, x, caption, training=False):
        """(loss, whether it was right) of each pair, among all of the batch."""
        images = self._vectors(self.images, x, training)
        captions = self._vectors(self.captions, caption, training)
        if training and self.head_start:
            alone = self.optimizers["model"].iterations < self.head_start
            captions = tf.where(alone, tf.stop_gradient(captions), captions)
        every, all_captions = whole_batch(images), whole_batch(captions)
        numbers = whole_batch(caption)
        same = tf.reduce_all(caption[:, None] == numbers[None], -1)
        truth = tf.cast(same, "float32")
        truth /= tf.reduce_sum(truth, -1, keepdims=True)
        found = self.scale * tf.matmul(images, all_captions, transpose_b=True)
        back = self.scale * tf.matmul(captions, every, transpose_b=True)
        surprise = tf.nn.softmax_cross_entropy_with_logits
        best = tf.one_hot(tf.argmax(found, -1), tf.shape(found)[-1])
        right = tf.reduce_sum(best * tf.cast(same, "float32"), -1)
        return 0.5 * (surprise(truth, found) + surprise(truth, back)), right

    def train_step(self, data):
        x, given = self.unpack(data)

        def loss():
            each, right = self.terms(x, **given, training=True)
            return tf.reduce_mean(each), right

        loss, right = self.descend("model", loss)
        return self.report(loss=loss, accuracy=right)

    def test_step(self, data):
        x, given = self.unpack(data)
        loss, right = self.terms(x, **given)
        return self.report(loss=loss, accuracy=right)

    # Use.

    def trial(self, x, seed: int = 0) -> Trial:
        """Shows of each example the one that is most like it; nothing is random."""
        x = np.asarray(x)
        vectors = in_parts(lambda part: self.encode(part)["latent"], x)
        alike = vectors @ vectors.T - 2.0 * np.eye(len(x))
        return Trial(x, x[alike.argmax(-1)], x, shown="most alike")

    def signatures(self):
        x, caption = (
            data_spec(self.data_shape, "example"),
            caption_spec(self.vocabulary),
        )
        vector = Spec(self.images.output_shape[1:], "latent", "vector of length 1")
        logit = Spec((), "logits", "how well the caption describes the example")
        return {
            "encode": Signature(self.encode, {"x": x}, {"latent": vector}),
            "encode_caption": Signature(
                self.encode_caption, {"caption": caption}, {"latent": vector}
            ),
            "discriminate": Signature(
                self.discriminate, {"x": x, "caption": caption}, {"logits": logit}
            ),
        }

    @classmethod
    def small(cls):
        def plain():
            words = Vocabulary(("a", "long", "short", "tie"), 5)
            images = mlp.encoder((4, 4, 1), 8, 8, 1, "tanh")
            return cls(images, text.encoder(words, 8, 8), words)

        return {"plain": plain}
