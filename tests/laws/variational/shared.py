"""A small VAE of any parts."""

import tensorflow as tf

from keras_gen.likelihoods import Bernoulli, Categorical, DiscretizedLogistic, Gaussian
from keras_gen.networks import ladder, mlp
from keras_gen.parts import posteriors, priors
from keras_gen.variational.ladder_vae import TopDown
from keras_gen.variational.vae import VAE

POSTERIORS = {
    "diagonal": posteriors.Diagonal,
    "full": posteriors.FullCovariance,
    "planar": lambda: posteriors.Planar(2),
    "radial": lambda: posteriors.Radial(2),
    "iaf": lambda: posteriors.InverseAutoregressive(2, 6, 3),
}
PRIORS = {
    "standard": priors.StandardNormal,
    "mixture": lambda: priors.MixtureOfGaussians(3),
    "vamp": lambda: priors.VampPrior(3),
    "levels": lambda: TopDown(ladder.down([1, 1], 4)),
}
HEADS = {
    "bernoulli": Bernoulli,
    "gaussian": lambda: Gaussian("pixel"),
    "categorical": lambda: Categorical(3),
    "logistic": lambda: DiscretizedLogistic(4),
}
SHAPE, LATENT = (3, 3, 1), 2


def made(system=VAE, posterior="diagonal", prior="standard", head="bernoulli", **kw):
    posterior, head = POSTERIORS[posterior](), HEADS[head]()
    return system(
        mlp.encoder(SHAPE, posterior.size(LATENT), 8, 1),
        mlp.decoder(LATENT, head.parameters(SHAPE), 8, 1),
        head,
        posterior,
        PRIORS[prior](),
        **kw,
    )


def normal(*shape, seed=0):
    return tf.random.stateless_normal(shape, (seed, 3))
