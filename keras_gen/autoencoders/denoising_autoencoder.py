"""Denoising autoencoder.

Giving back an example is easy with a wide code: the identity does it. Giving back the
clean x from a spoilt x~ is not; it needs to know where examples lie:

    min over r = g o f of   E_x E_{x~ ~ q(x~ | x)} |x - r(x~)|^2

The optimum is the conditional mean r(x~) = E[x | x~]. For Gaussian noise of variance
s^2 that mean is a step uphill on the density of noisy examples (Tweedie's formula):

    (r(x~) - x~) / s^2  =  gradient of log p_s at x~

so that a trained denoiser knows the score, without a density of its own.

References: Vincent et al., Extracting and Composing Robust Features with Denoising
Autoencoders (ICML 2008); Vincent, A Connection Between Score Matching and Denoising
Autoencoders (Neural Computation 23, 2011).
Not here: stacking; sampling by walking back and forth.
"""

import keras
import tensorflow as tf

from keras_gen.autoencoders.autoencoder import Autoencoder
from keras_gen.errors import BadInput
from keras_gen.networks import deep
from keras_gen.noise import draw
from keras_gen.parts.corruption import Corruption, GaussianNoise
from keras_gen.parts.reconstruction import LossName
from keras_gen.signatures import Signature, Spec
from keras_gen.trial import Trial


@keras.saving.register_keras_serializable("keras_gen")
class DenoisingAutoencoder(Autoencoder):
    """An autoencoder that sees spoilt examples and gives back clean ones.

    Args:
        encoder: network from examples to a code, which may be wide.
        decoder: network from codes to an example, or to its logits.
        corruption: one of `keras_gen.parts.corruption`.
        loss: as in `Autoencoder`.

    Example:
        >>> model = DenoisingAutoencoder(
        ...     deep.encoder((8, 8, 1), 64, (128,)),
        ...     deep.decoder(64, (8, 8, 1), (128,)),
        ...     GaussianNoise(0.3),
        ... )
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits"), epochs=2, verbose=0)
        >>> model.denoise(tf.random.normal((4, 8, 8, 1)))["image"].shape
        TensorShape([4, 8, 8, 1])
    """

    metrics_of = "examples and what is made of noisy ones"

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        corruption: Corruption,
        loss: LossName = "squared_error",
        **kwargs,
    ):
        super().__init__(encoder, decoder, loss, **kwargs)
        self.corruption = corruption
        self.noise_shape = corruption.noise_shape(self.data_shape)

    def task(self, x, training):
        noise = self.noise(
            self.corruption.law, tf.shape(x)[0], self.noise_shape, training
        )
        noisy = self.corruption(x, noise)
        self.compare(x, lambda: self(noisy))
        return noisy

    def denoise(self, x):
        """The mean of the clean examples that `x` may come from."""
        return self.reconstruct(x)

    def score(self, x):
        """Gradient of the log-density of noisy examples at `x`."""
        if (
            not isinstance(self.corruption, GaussianNoise)
            or self.loss != "squared_error"
        ):
            raise BadInput(
                "the score is known from Gaussian noise and squared_error only; this "
                f"model has {type(self.corruption).__name__} and {self.loss}."
            )
        return (self.decoder(self.encoder(x)) - x) / self.corruption.stddev**2

    def trial(self, x, seed: int = 0) -> Trial:
        """It denoises `x`, spoilt by the noise of `seed`."""
        noise = draw(self.corruption.law, (len(x), *self.noise_shape), seed)
        noisy = self.corruption(x, noise).numpy()
        return Trial(noisy, keras.ops.convert_to_numpy(self(noisy)), x)

    def signatures(self):
        inherited = super().signatures()
        noisy = Spec(
            self.data_shape,
            "noisy",
            "noisy example; its values may leave the range of clean ones",
        )
        clean = inherited["reconstruct"].outputs
        return {
            "denoise": Signature(self.denoise, {"x": noisy}, clean),
            "encode": Signature(
                self.encode, {"x": noisy}, {"z": inherited["encode"].outputs["z"]}
            ),
            "decode": inherited["decode"],
        }

    @classmethod
    def small(cls):
        return {
            "plain": lambda: cls(
                deep.encoder((4, 4, 1), 2, (8,)),
                deep.decoder(2, (4, 4, 1), (8,)),
                GaussianNoise(0.3),
            )
        }
