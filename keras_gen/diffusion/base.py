"""What all models of diffusion share: learn to denoise, then draw by denoising noise.

    loss  =  E over x_0, eps, r   w(r) | network(x_r, r) - target |^2,
    x_r   =  alpha x_0 + sigma eps

A model is put together from parts that know nothing of each other: `noising`, a path
(parts/paths.py: alpha, sigma), a `target` (parts/targets.py) and a `weighting` (w, and
which r are drawn). What draws is a fourth: a `solver`, in any number of steps on any
`grid`; none of these is part of the training, and all can be chosen anew for a model
that is trained. The network sees x_r scaled to unit variance, and r.

A model that is told something (classes, captions, an array) is sometimes not told, in
training, and can be guided: with c what its network says if it is told and u if not,

    u + w (c - u)

is what it says at the guidance w. At w = 1 it is c; above, what is drawn is more like
what was asked, and less various. Both are one pass of a batch of twice the size.

Any model can be steered by a judge of what it makes (parts/steering.py).

Images lie in [-1, 1] on the path, and in [0, 1] for everyone else.

References: Ho & Salimans (arXiv:2207.12598), who call w - 1 the weight; Dhariwal &
Nichol (arXiv:2105.05233), algorithm 2, for the judge.
"""

from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Count, Decay, Positive, Shape, Share, Size
from keras_gen.diffusion.using import Guidance, Using
from keras_gen.errors import BadInput, lookup
from keras_gen.parts.paths import Path
from keras_gen.parts.solvers import DDIM, EvenTime, Grid, Solver
from keras_gen.parts.targets import Target
from keras_gen.parts.weightings import Uniform, Weighting
from keras_gen.training.averaging import adapted, follow, slow_copy
from keras_gen.vocabulary import Vocabulary


class Diffusion(Using):
    """Base of the models of diffusion; each has its `usual` parts.

    Args:
        network: from a noisy example, the time in [0, 1] and what is told, if
            anything, to an example's shape (`networks.denoiser`).
        noising: how examples become noise, from `paths`.
        target: what the network says, from `targets`.
        weighting: of the times, from `weightings`.
        solver: draws, from `solvers`.
        grid: where its steps end, from `solvers`, too.
        steps: how many it makes.
        guidance: w; 1 is none.
        classes: how many labels the network is told, from 0 on; one more is "not told".
        vocabulary: of captions, if it is told these.
        embedding: shape of the array that it is told, if one: a vector or an image of
            numbers in [0, 1].
        drop: the share of examples of which it is told nothing in training.
        spread: the standard deviation of the data, images in [-1, 1].
        clip: of images, keep the estimates of x_0 in [-1, 1] while drawing.
        average: decay of a moving average of the weights, which draws; 0 keeps none.
    """

    usual: ClassVar = {"weighting": Uniform(), "solver": DDIM(), "grid": EvenTime()}

    def __init__(
        self,
        network: keras.Model,
        noising: Path | None = None,
        target: Target | None = None,
        weighting: Weighting | None = None,
        solver: Solver | None = None,
        grid: Grid | None = None,
        steps: Size = 50,
        guidance: Guidance = 1.0,
        classes: Count | None = None,
        vocabulary: Vocabulary | None = None,
        embedding: Shape | None = None,
        drop: Share = 0.1,
        spread: Positive = 1.0,
        clip: bool = True,
        average: Decay = 0.999,
        **kwargs,
    ):
        super().__init__(network.output_shape[1:], **kwargs)
        self.network = network
        self.noising = noising or self.usual["noising"]
        self.target = target or self.usual["target"]
        self.weighting = weighting or self.usual["weighting"]
        self.solver = solver or self.usual["solver"]
        self.grid = grid or self.usual["grid"]
        self.steps = steps
        self.guidance = guidance
        self.classes = classes
        self.vocabulary = vocabulary
        self.embedding = embedding and tuple(embedding)
        self.supports_jit = vocabulary is None  # XLA has no text
        self.steer = None
        self.drop = drop
        self.spread = spread
        self.clip = clip
        self.average = average
        self.averaged = slow_copy(network) if average else None
        self.rank = len(self.data_shape)
        self.is_image = self.data_name == "image"
        object.__setattr__(self, "_editing", {})
        object.__setattr__(self, "_others", {})  # not tracked: their weights are ours
        self._check_network()
        if guidance != 1 and not (self.condition and drop):
            raise BadInput(
                f"guidance {guidance} weighs what the network says if it is told "
                "something against what it says if not: it needs classes, a vocabulary "
                "or an embedding, and drop above 0."
            )

    def _check_network(self):
        inputs = [tuple(each.shape[1:]) for each in self.network.inputs]
        told = self.condition_spec
        wanted = [self.data_shape, (), *(spec.shape for spec in told.values())]
        if inputs != wanted:
            which = f"the {self.condition}" if told else "nothing else"
            raise BadInput(
                "the network takes a noisy example of the shape it gives, the time and "
                f"{which}: shapes {wanted}; its inputs have the shapes {inputs}. "
                "networks.denoiser makes such."
            )

    @property
    def called_with(self):
        return "noise", self.data_shape

    def players(self):
        return {"network": self.network}

    def settled(self):
        """With the averaged network in the place of the trained one."""
        if not self.averaged:
            return self
        model = type(self).from_config({**self.get_config(), "average": 0.0})
        model.network.set_weights(self.averaged.get_weights())
        return model

    def load_weights(self, filepath, **options):
        """As `keras.Model.load_weights`; whether or not either has an average."""
        if not str(filepath).endswith(".weights.h5"):
            return super().load_weights(filepath, **options)
        keeps = self.averaged is not None
        # Keras keeps the network with the layers, whose name comes before its own.
        with adapted(filepath, "averaged", "layers/functional", keeps) as path:
            return super().load_weights(path, **options)

    # The network, and what it says.

    def inward(self, x):
        """Images as they are on the path, in [-1, 1]; points are there already."""
        return 2.0 * x - 1.0 if self.is_image else x

    def outward(self, x):
        return tf.clip_by_value((x + 1.0) / 2.0, 0.0, 1.0) if self.is_image else x

    def column(self, values):
        """A number for each example, shaped to be multiplied with examples."""
        return tf.reshape(values, (-1, *[1] * self.rank))

    def noised(self, x, z, r):
        """x at the log-ratio r, by this noise."""
        alpha, sigma = self.noising.scales(r)
        return alpha * x + sigma * z

    def output(self, x, r, given=None, network=None, training=False):
        """What the network says of the noisy x, if it is told what is given."""
        given = given or {}
        for name in given:
            lookup(self.condition_spec, name, f"condition of {type(self).__name__}")
        alpha, sigma = self.noising.scales(r)
        scale = tf.math.rsqrt(tf.square(sigma) + tf.square(self.spread * alpha))
        low, high = self.noising.ends
        place = tf.reshape((r - low) / (high - low), (-1,))
        place = tf.broadcast_to(place, tf.shape(x)[:1])
        network = network or self.averaged or self.network
        said = network(self.told(scale * x, time=place, **given), training=training)
        return tf.cast(said, "float32")

    def predict_both(self, x, r, given=None, weight=None, clip=False):
        """(x_0, eps): what the network takes x for.

        Args:
            x: noisy examples, on the path.
            r: the log-ratio, one for each, shaped by `column`.
            given: {name: what is told of each}.
            weight: the guidance, shaped like r; None asks with what is told alone.
            clip: keep x_0 in [-1, 1].
        """
        alpha, sigma = self.noising.scales(r)
        if self.steer is None:
            clean, eps = self._solved(x, r, given, weight)
        else:
            with tf.GradientTape() as tape:
                tape.watch(x)
                clean, eps = self._solved(x, r, given, weight)
                example = (clean + 1.0) / 2.0 if self.is_image else clean
                wanted = self.steer(x, example, r)
            eps -= sigma * tape.gradient(wanted, x)
            clean = (x - sigma * eps) / alpha
        if not clip:
            return clean, eps
        clean = tf.clip_by_value(clean, -1.0, 1.0)
        return clean, (x - alpha * clean) / sigma

    def _solved(self, x, r, given, weight):
        if weight is None:
            said = self.output(x, r, given)
        else:
            both = {
                name: tf.concat([value, self.nothing(value)], 0)
                for name, value in given.items()
            }
            twice = tf.concat([x, x], 0), tf.concat([r, r], 0)
            c, u = tf.split(self.output(*twice, both), 2)
            said = u + weight * (c - u)
        return self.target.solved(self.noising, r, x, said)

    def nothing(self, told):
        """In the place of what is told, what tells nothing."""
        (spec,) = self.condition_spec.values()
        return tf.fill(tf.shape(told), tf.cast(spec.nothing, told.dtype))

    def score(self, x, t, **given):
        """Gradient of the log-density at the time t of noisy examples on the path."""
        r = self.column(self.noising.ratio(checked_time(t)))
        r = r + tf.zeros_like(self.column(x[(..., *[0] * self.rank)]))
        _, eps = self.predict_both(tf.cast(x, "float32"), r, given)
        return -eps / self.noising.scales(r)[1]

    # Training.

    def times(self, batch, training):
        """A uniform number for each example, spread evenly over the global batch."""
        context = tf.distribute.get_replica_context()
        count = tf.cast(batch * context.num_replicas_in_sync, "float32")
        first = context.replica_id_in_sync_group * batch
        place = tf.cast(first + tf.range(batch), "float32")
        return (place + self.noise("uniform", batch, (), training)) / count

    def errors(self, x, z, u, given=None, training=False):
        """The weighted error of each example, the mean over its values."""
        x, r = self.inward(x), self.column(self.weighting.draw(self.noising, u))
        network = self.network if training else None
        said = self.output(self.noised(x, z, r), r, given, network, training)
        square = tf.square(said - self.target.of(self.noising, r, x, z))
        square *= self.weighting.weight(self.noising, self.target, r)
        return tf.reduce_mean(square, list(range(1, self.rank + 1)))

    def drawn(self, x, training):
        """The noise of a step, and its times."""
        batch = tf.shape(x)[0]
        z = self.noise("normal", batch, self.data_shape, training)
        return z, self.times(batch, training)

    def train_step(self, data):
        x, given = self.unpack(data)
        z, u = self.drawn(x, True)
        if given:
            silent = self.noise("uniform", tf.shape(x)[0], ()) < self.drop
            given = {name: self.dropped(told, silent) for name, told in given.items()}
        loss = self.descend(
            "network",
            lambda: tf.reduce_mean(self.errors(x, z, u, given, training=True)),
        )
        if self.averaged:
            step = self.optimizers["network"].iterations
            follow(self.averaged, self.network, self.average, step)
        return self.report(loss=loss)

    def dropped(self, told, silent):
        """What is told, and nothing where it is silent."""
        silent = tf.reshape(silent, (-1, *[1] * (told.shape.rank - 1)))
        return tf.where(silent, self.nothing(told), told)

    def test_step(self, data):
        """On the same noise, and times spread evenly, in every test."""
        x, given = self.unpack(data)
        return self.report(loss=self.errors(x, *self.drawn(x, False), given))


def checked_time(t):
    """`t`, if it lies in [0, 1]."""
    t = np.asarray(t, "float32")
    if not ((t >= 0) & (t <= 1)).all():
        raise BadInput(
            f"a time of the path lies in [0, 1]; received {t.tolist()!r:.60}."
        )
    return t
