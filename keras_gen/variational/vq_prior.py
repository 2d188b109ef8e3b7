"""A learned prior for a VQ-VAE: train codes, sample codes, decode.

A VQ-VAE turns images into maps of integers, and knows no law to draw such maps from.
Any exact density of discrete maps can be that law. It is trained on the codes c(x) that
the frozen VQ-VAE gives to the data,

    minimise  - log p(c(x)),

and an image is drawn in two steps, c ~ p(c) and then the decoder. The network of the
prior works on a map that is smaller than the image by the halvings of the encoder, so
that it sees far and draws few numbers: it is left with what is global, and the decoder
draws the texture.

The two together are a latent-variable model of images, whose likelihood sums over all
maps of codes. One of its terms is known, and bounds it:

    log p(x) = log sum_c p(c) p(x | c)  >=  log p(c(x)) + log p(x | c(x))

Which model the prior is, is free; the levels k / (K - 1) of its one-channel "image" are
the codes k of the K. They are names without an order, so that a network should be shown
their one-hot code.

Reference: van den Oord et al., Neural Discrete Representation Learning
(arXiv:1711.00937), section 3.3.
Not here: priors that are told a label; several levels of codes (arXiv:1906.00446).
"""

import dataclasses

import keras
import tensorflow as tf

import keras_gen as kg
from keras_gen.errors import BadInput
from keras_gen.likelihoods import Categorical
from keras_gen.model import GenerativeModel
from keras_gen.networks import pixelcnn
from keras_gen.signatures import Signature, data_spec
from keras_gen.variational.vq_vae import VQVAE


@keras.saving.register_keras_serializable("keras_gen")
class VQPrior(GenerativeModel):
    """A trained VQ-VAE, and a density of its codes.

    Args:
        vq_vae: is frozen: `trainable` is False from here on.
        prior: an exact density of images with one channel, of the size of the map of
            codes and with as many levels as there are codes; it is what is trained.

    Example:
        >>> shape, dim, codes = (8, 8, 1), 4, 32
        >>> networks = vqvae.encoder(shape, dim, 16), vqvae.decoder((2, 2, dim), 1, 16)
        >>> vq_vae = VQVAE(*networks, Codebook(codes, dim))
        >>> network = pixelcnn.gated_pixelcnn((2, 2, 1), codes, width=8, codes=codes)
        >>> model = VQPrior(vq_vae, GatedPixelCNN(network, Categorical(codes)))
        >>> model.compile("adam")
        >>> digits = data.load("digits", binarise="dynamic")
        >>> history = model.fit(digits, epochs=2, verbose=0)
        >>> model.sample(3, seed=1).shape
        (3, 8, 8, 1)
    """

    reports = ("code_nll",)
    sampler = "sample_loop"

    still = ("vq_vae",)  # it is trained already

    def __init__(self, vq_vae: VQVAE, prior: GenerativeModel, **kwargs):
        super().__init__(vq_vae.data_shape, **kwargs)
        self.vq_vae = vq_vae
        self.prior = prior
        self.jit_sampling = prior.jit_sampling
        self.codes = vq_vae.codebook.codes
        wanted = (*vq_vae.code_shape, 1)
        levels = getattr(getattr(prior, "likelihood", None), "levels", None)
        if prior.data_shape != wanted or levels != self.codes:
            raise BadInput(
                f"the VQ-VAE has maps of {self.codes} codes, so the prior is one of "
                f"examples of shape {wanted} with {self.codes} levels, such as those "
                f"of Categorical({self.codes}); received one of shape "
                f"{prior.data_shape} with {levels} levels."
            )
        if prior.condition is not None:
            raise BadInput(
                f"the prior is conditioned on a {prior.condition}, which nobody tells "
                "it here; take one without conditions."
            )
        vq_vae.trainable = False  # last: what is refused above is left as it was

    def players(self):
        return {"prior": self.prior}

    @property
    def likelihood(self):
        """The head that scores an image against the decoder."""
        return self.vq_vae.likelihood

    @property
    def loss_terms(self):
        return self.prior.loss_terms

    def check(self, x):
        self.vq_vae.check(x)

    # Codes, as integers and as the levels of an image.

    def levels_of(self, codes):
        return tf.cast(codes[..., None], tf.float32) / (self.codes - 1)

    def codes_of(self, levels):
        return tf.cast(tf.round(levels[..., 0] * (self.codes - 1)), tf.int32)

    # The densities.

    def log_prob_codes(self, codes, training=False):
        """log p(c) of each map of codes, in nats; exact, if that of the prior is."""
        return self.prior.log_prob(self.levels_of(codes), training=training)

    def bound(self, x):
        """log p(c(x)) + log p(x | c(x)) of each example, at most log p(x), in nats."""
        z, codes, e = self.vq_vae.quantise(x)
        return self.log_prob_codes(codes) + self.vq_vae.score(x, z, e)

    def call(self, x, training=False):
        return self.log_prob_codes(self.vq_vae.encode(x)["codes"], training)

    def train_step(self, data):
        x, _ = self.unpack(data)
        codes = self.vq_vae.encode(x)["codes"]
        nll = self.descend(
            "prior", lambda: -tf.reduce_mean(self.log_prob_codes(codes, training=True))
        )
        return self.report(loss=nll, code_nll=nll)

    def test_step(self, data):
        x, _ = self.unpack(data)
        nll = -self(x)
        return self.report(loss=nll, code_nll=nll)

    # Use.

    def encode(self, x):
        """The codes of each example, integers."""
        return self.vq_vae.encode(x)

    def decode(self, codes):
        """The mean of the decoder's likelihood for each map of codes."""
        return self.vq_vae.decode(codes)

    def generate_codes(self, **noise):
        """The codes that this noise, as the prior takes it, draws."""
        drawn = self.prior.signatures()[self.prior.sampler].function(**noise)
        return self.codes_of(next(iter(drawn.values())))

    def generate(self, **noise):
        """The same, decoded."""
        return self.decode(self.generate_codes(**noise))

    def sample_codes(self, n: int, seed: int | None = None):
        """`n` maps of codes; `sample` with the same seed decodes the same ones."""
        return self.codes_of(self.prior.sample(n, seed)).numpy()

    def sample_step(self, x, **rest):
        """One draw of the loop, from the codes `x`; the last ones are to be decoded."""
        drawn = self.prior.sample_step(self.levels_of(x), **rest)
        return {"codes": self.codes_of(next(iter(drawn.values())))}

    def signatures(self):
        own, drawn = self.vq_vae.signatures(), self.prior.signatures()
        codes = own["decode"].inputs["codes"]
        so_far = dataclasses.replace(codes, meaning="codes so far, zeros at first")
        more = dataclasses.replace(codes, meaning="codes with one more step drawn")
        step = drawn["sample_step"].inputs | {"x": so_far}
        noise = drawn[self.prior.sampler].inputs
        image = data_spec(self.data_shape, "sample, the decoder's mean")
        return {
            "sample_loop": Signature(self.generate, noise, {self.data_name: image}),
            "sample_step": Signature(self.sample_step, step, {"codes": more}),
            "encode": own["encode"],
            "decode": own["decode"],
        }

    @classmethod
    def small(cls):
        def plain():
            vq_vae = VQVAE.small()["plain"]()
            codes = vq_vae.codebook.codes
            network = pixelcnn.gated_pixelcnn(
                (*vq_vae.code_shape, 1),
                codes,
                2,
                depth=1,
                first=3,
                head=(4,),
                codes=codes,
            )
            # By its public name: no family imports another.
            return cls(vq_vae, kg.GatedPixelCNN(network, Categorical(codes)))

        return {"plain": plain}
