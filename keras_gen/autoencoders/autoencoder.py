"""Autoencoder: linear, deep, convolutional, as its two networks are.

An encoder f squeezes an example into a code of few numbers, a decoder g restores it,
and both are trained to give back what was put in:

    min over f, g of   E |x - g(f(x))|^2

What survives the narrow code is what the examples have in common. With linear networks
(`deep.encoder` without hidden units) the optimum is known: g(f(x)) is the projection on
the first principal components, and the error the sum of the other eigenvalues. Deep
ones bend that plane. There is no density and nothing to sample from.

References: Baldi & Hornik, Neural Networks and Principal Component Analysis (Neural
Networks 2, 1989); Hinton & Salakhutdinov, Reducing the Dimensionality of Data with
Neural Networks (Science 313, 2006).
Not here: layer-by-layer pretraining with Boltzmann machines, which that paper needed
and its networks no longer do; tied weights.
"""

import math

import keras
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.networks import conv, deep
from keras_gen.parts.reconstruction import LOSSES, LossName, per_example
from keras_gen.signatures import Signature, Spec, data_spec
from keras_gen.trial import Trial


@keras.saving.register_keras_serializable("keras_gen")
class Autoencoder(GenerativeModel):
    """Encoder to a code, decoder back.

    Args:
        encoder: network from examples to a code, a vector or a grid of them.
        decoder: network from codes to an example, or to its logits.
        loss: "squared_error", or "cross_entropy" for images whose decoder gives logits.

    Example:
        >>> shape = (8, 8, 1)
        >>> model = Autoencoder(deep.encoder(shape, 10), deep.decoder(10, shape))
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits"), epochs=2, verbose=0)
        >>> model.encode(data.arrays("digits", "test"))["z"].shape
        TensorShape([300, 10])
    """

    sampler = None

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        loss: LossName = "squared_error",
        **kwargs,
    ):
        super().__init__(encoder.input_shape[1:], **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.loss = loss
        self.costs = LOSSES[loss]
        check_pair(encoder, decoder, self.data_shape)
        if loss == "cross_entropy" and len(self.data_shape) != 3:
            raise BadInput(
                "cross_entropy is for values in [0, 1], as those of images; points of "
                f"shape {self.data_shape} need squared_error."
            )
        self.code_shape = decoder.input_shape[1:]

    # Training.

    def task(self, x, training):
        """What the encoder gets, in order to give back `x`."""
        return x

    def errors(self, task, x, training=False):
        """The loss of each example, averaged over its values."""
        output = self.decoder(self.encoder(task, training=training), training=training)
        return per_example(self.costs.errors(output, x))

    def train_step(self, data):
        x, _ = self.unpack(data)
        task = self.task(x, training=True)
        loss = self.descend(
            "model", lambda: tf.reduce_mean(self.errors(task, x, training=True))
        )
        return self.report(loss=loss)

    def test_step(self, data):
        x, _ = self.unpack(data)
        return self.report(loss=self.errors(self.task(x, training=False), x))

    # Use.

    def call(self, x, training=False):
        output = self.decoder(self.encoder(x, training=training), training=training)
        return self.costs.example(output)

    def encode(self, x):
        return {"z": self.encoder(x)}

    def decode(self, z):
        return {self.data_name: self.costs.example(self.decoder(z))}

    def reconstruct(self, x):
        return {self.data_name: self(x)}

    def trial(self, x, seed: int = 0) -> Trial:
        """Its reconstruction of `x`; there is nothing random in it."""
        return Trial(
            x, keras.ops.convert_to_numpy(self(x)), x, codes=math.prod(self.code_shape)
        )

    def signatures(self):
        z = Spec(self.code_shape, "latent", "code of an example")
        name = self.data_name
        x = data_spec(self.data_shape, "example to encode")
        image = data_spec(self.data_shape, "example that a code stands for")
        return {
            "encode": Signature(self.encode, {"x": x}, {"z": z}),
            "decode": Signature(self.decode, {"z": z}, {name: image}),
            "reconstruct": Signature(self.reconstruct, {"x": x}, {name: image}),
        }

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                deep.encoder((4, 4, 1), 2, (8,)), deep.decoder(2, (4, 4, 1), (8,))
            ),
            "convolutional": lambda: cls(
                conv.encoder((8, 8, 1), 2, 4),
                conv.decoder(2, (8, 8, 1), 4),
                loss="cross_entropy",
            ),
        }


def check_pair(encoder, decoder, data_shape):
    """Raise `BadInput` unless the decoder takes the code and gives back an example."""
    code, wanted = encoder.output_shape[1:], decoder.input_shape[1:]
    if code != wanted:
        raise BadInput(
            f"the encoder gives codes of shape {code} and the decoder takes {wanted}; "
            "both must be the same: a vector, or a grid (height, width, channels)."
        )
    if decoder.output_shape[1:] != data_shape:
        raise BadInput(
            f"the decoder gives {decoder.output_shape[1:]} and the examples have the "
            f"shape {data_shape}; end it in that shape."
        )
