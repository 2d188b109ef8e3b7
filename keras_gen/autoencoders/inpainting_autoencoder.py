"""Inpainting autoencoder: fill a hole with what its surroundings suggest.

The encoder sees the known pixels and which ones they are; the decoder draws the whole
image, and its errors count in the hole H alone:

    min over f, g of   E | H (x - g(f((1 - H) x, 1 - H))) |^2 / |H|

The result is the drawing in the hole and, outside it, the image as it was given, bit
for bit. As with every squared error the filling is a mean over what is possible, and
is soft where much is.

Reference: Pathak et al., Context Encoders: Feature Learning by Inpainting
(arXiv:1604.07379).
Not here: its adversarial loss, which makes a sharp choice among the possible fillings.
"""

import keras
import tensorflow as tf

from keras_gen.autoencoders.autoencoder import check_pair
from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.networks import deep
from keras_gen.noise import draw
from keras_gen.parts import Part
from keras_gen.parts.masks import Rectangle
from keras_gen.parts.reconstruction import LOSSES, LossName, per_example
from keras_gen.signatures import Signature, Spec, data_spec
from keras_gen.trial import Trial


@keras.saving.register_keras_serializable("keras_gen")
class InpaintingAutoencoder(GenerativeModel):
    """Encoder of images with holes, decoder, and the law of the holes.

    Args:
        encoder: network from an image and its mask, as one more channel, to a code.
        decoder: network from codes to an image, or to its logits.
        holes: one of `keras_gen.parts.masks`.
        loss: as in `Autoencoder`.

    Example:
        >>> from keras_gen.parts.masks import Rectangle
        >>> model = InpaintingAutoencoder(
        ...     conv.encoder((8, 8, 2), 32), conv.decoder(32, (8, 8, 1)), Rectangle()
        ... )
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits"), epochs=1, verbose=0)
        >>> x, known = data.arrays("digits", "test"), np.ones((300, 8, 8, 1), "float32")
        >>> bool((model.inpaint(x, known)["image"].numpy() == x).all())
        True
    """

    sampler = None
    metrics_of = "examples and what their holes are filled with"

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        holes: Part,
        loss: LossName = "squared_error",
        **kwargs,
    ):
        *grid, channels = encoder.input_shape[1:]
        if len(grid) != 2 or channels < 2:
            raise BadInput(
                "the encoder takes an image with its mask as one more channel, (height,"
                f" width, channels + 1); its input shape is {encoder.input_shape}."
            )
        super().__init__((*grid, channels - 1), **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.holes = holes
        self.loss = loss
        self.costs = LOSSES[loss]
        check_pair(encoder, decoder, self.data_shape)
        self.code_shape = decoder.input_shape[1:]
        self.noise_shape = holes.noise_shape(self.data_shape)

    def codes(self, x, known, training=False):
        """What the encoder makes of the known pixels; the others cannot be seen."""
        known = tf.cast(known > 0.5, "float32")
        seen = tf.where(known > 0.5, tf.cast(x, "float32"), 0.0)
        return self.encoder(tf.concat([seen, known], -1), training=training)

    def errors(self, x, hole, training=False):
        """The loss of each example, averaged over its hole."""
        codes = self.codes(x, 1.0 - hole, training)
        output = self.decoder(codes, training=training)
        return per_example(self.costs.errors(output, x), hole)

    # Training.

    def hole(self, x, training):
        noise = self.noise("uniform", tf.shape(x)[0], self.noise_shape, training)
        hole = self.holes(noise, self.data_shape)
        self.compare(x, lambda: self(x, 1.0 - hole))
        return hole

    def train_step(self, data):
        x, _ = self.unpack(data)
        hole = self.hole(x, training=True)
        loss = self.descend(
            "model", lambda: tf.reduce_mean(self.errors(x, hole, training=True))
        )
        return self.report(loss=loss)

    def test_step(self, data):
        x, _ = self.unpack(data)
        return self.report(loss=self.errors(x, self.hole(x, training=False)))

    # Use.

    def call(self, x, known):
        return self.inpaint(tf.cast(x, "float32"), known)["image"]

    def encode(self, x, known):
        return {"z": self.codes(x, known)}

    def decode(self, z):
        return {"image": self.costs.example(self.decoder(z))}

    def inpaint(self, x, known):
        """`x` with new pixels where `known` is not 1; exported as "reconstruct"."""
        drawn = self.costs.example(self.decoder(self.codes(x, known)))
        return {"image": tf.where(known > 0.5, x, drawn)}

    def trial(self, x, seed: int = 0) -> Trial:
        """It fills the holes of `seed`, which are shown grey."""
        noise = draw("uniform", (len(x), *self.noise_shape), seed)
        hole = self.holes(noise, self.data_shape)
        made = self.inpaint(x, 1.0 - hole)["image"].numpy()
        return Trial(tf.where(hole > 0.5, 0.5, x).numpy(), made, x, where=hole.numpy())

    def signatures(self):
        x = data_spec(self.data_shape, "image; what it holds in the hole is not read")
        known = Spec(
            (*self.data_shape[:2], 1),
            "mask",
            "1 where the image is known, 0 in the hole",
            range=(0.0, 1.0),
        )
        z = Spec(self.code_shape, "latent", "code of an image with a hole")
        drawn = data_spec(self.data_shape, "whole image that a code stands for")
        filled = data_spec(self.data_shape, "the image, its hole filled")
        both = {"x": x, "known": known}
        return {
            "reconstruct": Signature(self.inpaint, both, {"image": filled}),
            "encode": Signature(self.encode, both, {"z": z}),
            "decode": Signature(self.decode, {"z": z}, {"image": drawn}),
        }

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                deep.encoder((4, 4, 2), 2, (8,)),
                deep.decoder(2, (4, 4, 1), (8,)),
                Rectangle(),
                loss="cross_entropy",
            )
        }
