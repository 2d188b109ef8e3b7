"""What all flows share: a list of invertible steps between the data and simple noise.

    log p(x) = log p_0(z) + log |det dz/dx|,     z = (f_K . ... . f_1)(x)

where p_0 is the prior (standard normal, if a system has no other) and the determinants
of the steps multiply. So the density is exact, and drawing is the way back.

An image of levels has probabilities, not a density: its levels are given a place in
their cells first, and what is reported as `nll` is a bound (dequantiser.py).

Reference: Dinh et al., Density estimation using Real NVP (arXiv:1605.08803).
"""

import math

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Checked, CountFrom0, Shape, Size
from keras_gen.checks import check_batch
from keras_gen.errors import BadInput
from keras_gen.flows.dequantiser import Dequantiser
from keras_gen.layers.bijections.base import Bijection, back, exact, forth
from keras_gen.layers.bijections.scaling import Flatten, Logit
from keras_gen.likelihoods.base import Levels
from keras_gen.model import GenerativeModel
from keras_gen.noise import draw
from keras_gen.signatures import (
    Graphs,
    Signature,
    Spec,
    data_spec,
    embedding_spec,
    label_spec,
)

Given = Size | Shape  # a number of classes, or the shape of an array


class Prior(Checked, keras.layers.Layer):
    """p_0: here the standard normal.

    Args:
        size: of the latent vector.
    """

    def __init__(self, size: Size, **kwargs):
        super().__init__(**{"dtype": exact(), **kwargs})
        self.size = size
        self.built = True

    def call(self, z, context=None, training=False):
        """log p_0(z) of each example."""
        return -0.5 * tf.reduce_sum(z * z + math.log(2 * math.pi), axis=-1)

    def noise(self) -> dict[str, Spec]:
        """What `draw` takes, by name."""
        return {"z": Spec((self.size,), "latent", "latent vector", law="normal")}

    def draw(self, context=None, *, z):
        """The latent that this noise draws."""
        return z


@keras.saving.register_keras_serializable("keras_gen")
class Flow(GenerativeModel):
    """A flow of one's own: any list of steps.

    Args:
        data_shape: shape of one example.
        steps: from `keras_gen.layers.bijections`, from the data to a latent vector.
        prior: of that vector; standard normal if None.
        levels: of an image's pixels, 256 if None; points have none.
        dequantiser: network for q(u | x), as `networks.flows.conditional` builds it;
            uniform if None.
        given: what examples are conditioned on, if on anything: a number of classes, or
            the shape of an array. The steps' context is the label's one-hot code, or
            the array as a vector.

    Example:
        >>> from keras_gen.layers.bijections.coupling import Coupling
        >>> from keras_gen.layers.bijections.spline import Spline
        >>> net = networks.flows.dense
        >>> spline = Spline(bins=4)
        >>> turns = [Coupling(net(1, 11), spline, 1, swap) for swap in (False, True)]
        >>> Flow((2,), turns).sample(5, seed=0).shape
        (5, 2)
    """

    reports = ("nll",)
    hands_on = False

    def __init__(
        self,
        data_shape: Shape,
        steps: list,
        prior: Prior | None = None,
        levels: Levels | None = None,
        dequantiser: keras.Model | None = None,
        given: Given | None = None,
        **kwargs,
    ):
        super().__init__(data_shape, **kwargs)
        self.size = math.prod(data_shape)
        self.steps = list(steps)
        self.prior = prior
        self.base = prior or Prior(self.size)
        self.levels, self.dequantiser, self.given = levels, dequantiser, given
        if given is not None:
            if isinstance(given, int):
                self.classes = given
            else:
                self.embedding = tuple(given)
        self.likelihood = None
        if self.data_name == "image":
            self.likelihood = Dequantiser(levels or 256, dequantiser)
        elif levels is not None or dequantiser is not None:
            raise BadInput(
                f"levels and dequantiser are for images (height, width, channels); the "
                f"data have shape {self.data_shape}."
            )
        for step in self.steps:
            if not isinstance(step, Bijection):
                raise BadInput(
                    "the steps of a flow are of keras_gen.layers.bijections; received "
                    f"{step!r:.60}."
                )

    @property
    def loss_terms(self):
        return self.size

    def check(self, x):
        super().check(x)
        if self.likelihood is not None:
            self.likelihood.check(x)

    # Between data and noise.

    def context(self, label=None, embedding=None):
        """What the steps are told, a vector for each example."""
        if label is not None:
            return tf.one_hot(label, self.classes, dtype=exact())
        if embedding is not None:
            size = math.prod(self.embedding)
            return tf.reshape(tf.cast(embedding, exact()), (-1, size))
        return None

    def density(self, y, context=None, training=False):
        """log p(y), of points, or of images whose levels are filled up to [0, 1]."""
        z, log_det = forth(self.steps, y, context, training)
        return self.base(z, context=context, training=training) + log_det

    def encode(self, x, condition=None, **given):
        """The latent of an example; of an image, of the middles of its levels."""
        given = self._with(condition, given)
        y = x if self.likelihood is None else self.likelihood.middle(x)
        return {"z": forth(self.steps, y, self.context(**given))[0]}

    def decode(self, z, condition=None, **given):
        """The example of a latent: `encode` the other way."""
        y = back(self.steps, z, self.context(**self._with(condition, given)))
        grey = y if self.likelihood is None else self.likelihood.grey(y)
        return {self.data_name: grey}

    def generate(self, *noise, condition=None, **given):
        """The example that this noise draws, of an image's levels.

        Args:
            *noise: as `signatures()` has it, in that order or by name: `z`, for most.
            condition: labels or arrays, if examples are conditioned on them.
        """
        names = list(self.base.noise())
        noise = dict(zip(names, noise, strict=False))
        noise |= {name: given.pop(name) for name in names if name in given}
        if set(noise) != set(names):
            raise BadInput(
                f"{type(self).__name__}.generate takes {' and '.join(names)}; received "
                f"{' and '.join(noise) or 'nothing'}."
            )
        context = self.context(**self._with(condition, given))
        y = back(self.steps, self.base.draw(context, **noise), context)
        made = y if self.likelihood is None else self.likelihood.rounded(y)
        return {self.data_name: made}

    def _with(self, condition, given):
        return given if condition is None else {self.condition: condition}

    # The density.

    def log_prob(self, x, condition=None, noise=None, training=False, **given):
        """log p(x), or log p(x | condition), in nats per example.

        Of an image it depends on where in their cells the levels are put. In the mean
        over `noise` it is a lower bound of log P(x); without any, the middles are
        taken, which is a score to compare images by, and no bound.

        Args:
            x: a batch of examples.
            condition: labels or arrays, if examples are conditioned on them.
            noise: of images, of the shape of `x` and the law that `signatures()` names.
            training: whether the networks train.
        """
        context = self.context(**self._with(condition, given))
        if self.likelihood is None:
            return self.density(x, context, training)
        if noise is None:
            volume = self.size * math.log(self.likelihood.levels)
            return self.density(self.likelihood.middle(x), context, training) - volume
        y, log_q = self.likelihood(x, noise, training=training)
        return self.density(y, context, training) - log_q

    def dequantised(self, x, condition=None, samples=16, seed=0):
        """log 1/S sum_s p(y_s) / (q(u_s | x) L^D): a bound of log P(x) from S draws."""
        if self.likelihood is None:
            raise BadInput("points have a density and no levels: ask log_prob.")
        if not hasattr(self, "_score"):
            self._score = Graphs(self.signatures()["log_prob"])
        given, total = {} if condition is None else {self.condition: condition}, None
        for s in range(samples):
            noise = draw(self.likelihood.law, np.shape(x), (seed, s))
            value = self._score(x=x, noise=noise, **given)["log_prob"].numpy()
            total = value if total is None else np.logaddexp(total, value)
        return total - math.log(samples)

    def train_step(self, data):
        x, given = self.unpack(data)
        noise = self._noise(x, training=True)

        def loss():
            return -tf.reduce_mean(
                self.log_prob(x, noise=noise, training=True, **given)
            )

        nll = self.descend("model", loss)
        return self.report(loss=nll, nll=nll)

    def test_step(self, data):
        x, given = self.unpack(data)
        nll = -self.log_prob(x, noise=self._noise(x, training=False), **given)
        return self.report(loss=nll, nll=nll)

    def _noise(self, x, training):
        if self.likelihood is None:
            return None
        law = self.likelihood.law
        return self.noise(law, tf.shape(x)[0], self.data_shape, training)

    def call(self, x, condition=None, training=False, **given):
        return self.log_prob(x, condition, training=training, **given)

    def signatures(self):
        images, latent = self.likelihood is not None, self.base.noise().get("z")
        law = latent and latent.law
        z = Spec((self.size,), "latent", "latent vector", law=law)
        x = data_spec(self.data_shape, "example to score")
        scored, meaning = {"x": x}, "log p(x) in nats"
        if images:
            law = self.likelihood.law
            limits = (0.0, 1.0) if law == "uniform" else None
            scored["noise"] = Spec(
                self.data_shape, "noise", "puts the levels in their cells",
                range=limits, law=law,
            )  # fmt: skip
            meaning = "in the mean over the noise, a lower bound of log P(x) in nats"
        signatures = {
            "generate": Signature(
                self.generate,
                self.base.noise(),
                {self.data_name: data_spec(self.data_shape, "sample", images)},
            ),
            "log_prob": Signature(
                lambda x, **rest: {"log_prob": self.log_prob(x, **rest)},
                scored,
                {"log_prob": Spec((), "log_prob", meaning)},
            ),
            "encode": Signature(
                self.encode,
                {"x": data_spec(self.data_shape, "example to encode")},
                {"z": Spec((self.size,), "latent", "latent of the example")},
            ),
            "decode": Signature(
                self.decode,
                {"z": z},
                {self.data_name: data_spec(self.data_shape, "example of the latent")},
            ),
        }
        if self.condition is not None:
            told = (
                embedding_spec(self.embedding)
                if self.classes is None
                else label_spec(self.classes)
            )
            for signature in signatures.values():
                signature.inputs[self.condition] = told
        return signatures

    def inverse_error(self, x, condition=None) -> float:
        """The largest change of a value in `x` on the way to its latent and back."""
        check_batch(np.asarray(x), self.data_shape, type(self).__name__)
        z = self.encode(x, condition)["z"]
        back = next(iter(self.decode(z, condition).values()))
        return float(np.abs(np.asarray(back) - np.asarray(x)).max())


def told(given) -> int:
    """How many numbers the context has."""
    if given is None:
        return 0
    return given if isinstance(given, int) else math.prod(given)


def front(data_shape, margin: CountFrom0 | None = 0.05) -> list[Bijection]:
    """The first steps of a flow of vectors: nothing, or an image's to the line."""
    if len(data_shape) != 3:
        return []
    logit = [] if margin is None else [Logit(margin)]
    return [*logit, Flatten(data_shape)]


def single(data_shape, who: str) -> int:
    """The size of data that are points or images, or a sentence."""
    if len(data_shape) not in (1, 3):
        raise BadInput(
            f"{who} is of vectors (size,) or images (height, width, channels); "
            f"received data of shape {tuple(data_shape)}."
        )
    size = math.prod(data_shape)
    if size < 2:
        raise BadInput(f"{who} needs two numbers or more, to tell one by the other.")
    return size
