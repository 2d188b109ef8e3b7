"""Likelihood heads: what the numbers at the end of a network mean.

A head reads the output of a network as the parameters of a distribution over whole
images (or points) in [0, 1]. Which one is right is a property of the data:

    black and white pixels                      Bernoulli
    a few grey levels, no order assumed         Categorical(levels)
    8-bit images                                DiscretizedLogistic
    8-bit images, several plausible values      DiscretizedLogisticMixture
    grey values in [0, 1] without levels        ContinuousBernoulli
    measurements without levels, points         Gaussian

A density of discrete data (Gaussian on grey levels) has no bound: it can grow without
end by getting narrower around the levels. Bits per dimension of two models can be
compared only when their heads give probabilities to the same set of values.
"""

from keras_gen.likelihoods.base import Likelihood
from keras_gen.likelihoods.bernoulli import Bernoulli
from keras_gen.likelihoods.categorical import Categorical
from keras_gen.likelihoods.continuous_bernoulli import ContinuousBernoulli
from keras_gen.likelihoods.gaussian import Gaussian
from keras_gen.likelihoods.logistic import (
    DiscretizedLogistic,
    DiscretizedLogisticMixture,
)

__all__ = [
    "Bernoulli",
    "Categorical",
    "ContinuousBernoulli",
    "DiscretizedLogistic",
    "DiscretizedLogisticMixture",
    "Gaussian",
    "Likelihood",
]
