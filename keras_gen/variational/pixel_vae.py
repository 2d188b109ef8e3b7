"""PixelVAE: a VAE whose decoder draws one pixel after the other.

A VAE's decoder draws all pixels at once, independent given z: whatever two neighbours
agree on, z must tell, and what it does not tell is blurred. A PixelCNN needs no z, and
is sure of what is near and vague about what is far. Here the decoder is both:

    p(x | z) = prod_i p(x_i | x_1, ..., x_{i-1}, s(z)),

a causal network that is told a map s(z) made of the latents. The bound is that of any
VAE, with this likelihood:

    log p(x)  >=  E_q[ log p(x | z) ]  -  KL( q(z | x) || p(z) )

A causal network that sees the whole image can do without z, and training finds that
out first: then KL = 0 and the latents mean nothing. So it is given few layers, which
see a few pixels around; what is global is left to z. Free bits and a warm-up, as of
every VAE, help.

Drawing costs a pass of the decoder, and one of the causal network (its cached loop).

Reference: Gulrajani et al., PixelVAE: A Latent Variable Model for Natural Images
(arXiv:1611.05013).
Not here: its hierarchy of latent maps.
"""

import keras

import keras_gen as kg
from keras_gen.arguments import CountFrom0, NotNegative
from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.networks import mlp, pixelcnn
from keras_gen.parts.posteriors import Posterior
from keras_gen.parts.priors import Prior
from keras_gen.signatures import Signature, Spec, data_spec
from keras_gen.variational.vae import VAE


@keras.saving.register_keras_serializable("keras_gen")
class PixelVAE(VAE):
    """Encoder, decoder, and the causal model that the decoder tells what to draw.

    Args:
        encoder: as of a VAE.
        decoder: network from latents to the embedding that `pixels` takes.
        pixels: an exact density of images given an embedding, such as a GatedPixelCNN
            whose network has one.
        posterior, prior, beta, warm_up, free_bits: as of a VAE.

    Example:
        >>> encoder, decoder = mlp.encoder((8, 8, 1), 2 * 4), mlp.decoder(4, (8, 8, 6))
        >>> network = pixelcnn.gated_pixelcnn(
        ...     (8, 8, 1), 1, width=8, depth=1, first=3, embedding=(8, 8, 6)
        ... )
        >>> model = PixelVAE(encoder, decoder, GatedPixelCNN(network))
        >>> model.compile("adam")
        >>> digits = data.load("digits", binarise="dynamic")
        >>> history = model.fit(digits, epochs=2, verbose=0)
        >>> model.sample(3, seed=1).shape
        (3, 8, 8, 1)
    """

    sampler = "sample_loop"
    hands_on = False  # what is not named below is no choice

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        pixels: GenerativeModel,
        posterior: Posterior | None = None,
        prior: Prior | None = None,
        beta: NotNegative = 1.0,
        warm_up: CountFrom0 = 0,
        free_bits: NotNegative = 0.0,
        **kwargs,
    ):
        self.pixels = pixels
        self.jit_sampling = pixels.jit_sampling
        super().__init__(
            encoder,
            decoder,
            pixels.likelihood,
            posterior,
            prior,
            beta,
            warm_up,
            free_bits,
            **kwargs,
        )

    def check_decoder(self):
        taken, data_shape = self.pixels.embedding, self.pixels.data_shape
        if taken != self.decoder.output_shape[1:] or data_shape != self.data_shape:
            raise BadInput(
                f"the encoder takes examples of shape {self.data_shape} and the "
                f"decoder gives {self.decoder.output_shape[1:]}: `pixels` must draw "
                "the former, given an embedding of the shape of the latter; it draws "
                f"{data_shape}, given {taken or 'none'}."
            )

    def score(self, x, z, training=False):
        embedding = self.emit(z, training)
        return self.pixels.log_prob(x, training=training, embedding=embedding)

    # Use. Where a VAE shows its likelihood's mean, this draws.

    def call(self, x, training=False):
        """log p(x | z) at the centre of q(z | x)."""
        return self.score(x, self.infer(x, training).centre(), training)

    def decode(self, z, pixel_noise):
        """The image that the noise draws for each latent."""
        return self.pixels.generate(pixel_noise, embedding=self.emit(z))

    def generate(self, pixel_noise, **noise):
        """A sample of the prior, decoded."""
        return self.decode(self.prior.sample_from(self.infer, **noise), pixel_noise)

    def reconstruct(self, x, pixel_noise):
        """Another image with the causes of `x`."""
        return self.decode(self.infer(x).centre(), pixel_noise)

    def sample_step(self, x, z, pixel_noise, step):
        """One draw of the loop, for programs that run the loop themselves."""
        return self.pixels.sample_step(x, pixel_noise, step, embedding=self.emit(z))

    def signatures(self):
        discrete = self.likelihood.levels is not None
        sample = data_spec(self.data_shape, "sample", discrete=discrete)
        image = {self.data_name: sample}
        drawn = self.pixels.signatures()["sample_step"]
        noise = {"pixel_noise": drawn.inputs["noise"]}
        z = Spec((self.latent_dim,), "latent", "latent vector", law=self.prior.law)
        own = super().signatures()
        x = own["encode"].inputs
        so_far, step = drawn.inputs["x"], drawn.inputs["step"]
        return {
            "sample_loop": Signature(self.generate, self.prior.noise() | noise, image),
            "sample_step": Signature(
                self.sample_step,
                {"x": so_far, "z": z, **noise, "step": step},
                drawn.outputs,
            ),
            "decode": Signature(self.decode, {"z": z} | noise, image),
            "encode": own["encode"],
            "reconstruct": Signature(self.reconstruct, x | noise, image),
        }

    @classmethod
    def small(cls):
        def plain():
            network = pixelcnn.gated_pixelcnn(
                (4, 4, 1), 1, 2, depth=1, first=3, head=(4,), embedding=(4, 4, 2)
            )
            # By its public name: no family imports another.
            pixels = kg.GatedPixelCNN(network)
            encoder = mlp.encoder((4, 4, 1), 2 * 2, 8, 1, "tanh")
            return cls(encoder, mlp.decoder(2, (4, 4, 2), 8, 1, "tanh"), pixels)

        return {"plain": plain}
