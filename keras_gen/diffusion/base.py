"""What all models of diffusion share: learn to denoise, then draw by denoising noise.

    loss  =  E over x_0, eps, r   w(r) | network(x_r, r) - target |^2,
    x_r   =  alpha x_0 + sigma eps

A model is put together from parts that know nothing of each other: `noising`, a path
(parts/paths.py: alpha, sigma), a `target` (parts/targets.py) and a `weighting` (w, and
which r are drawn). What draws is a fourth: a `solver`, in any number of steps on any
`grid`; none of these is part of the training, and all can be chosen anew for a model
that is trained. The network sees x_r scaled to unit variance, and r.

A model that is told classes is sometimes not told, in training, and can be guided: with
c what its network says if it is told and u if it is not,

    u + w (c - u)

is what it says at the guidance w. At w = 1 it is c; above, what is drawn is more like
its class, and less various. Both are one pass of a batch of twice the size.

Images lie in [-1, 1] on the path, and in [0, 1] for everyone else.

Reference for the guidance: Ho & Salimans (arXiv:2207.12598), who call w - 1 the weight.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Count, Decay, Positive, Share, Size
from keras_gen.diffusion.using import Guidance, Using
from keras_gen.errors import BadInput
from keras_gen.parts.paths import Path
from keras_gen.parts.solvers import DDIM, EvenTime, Grid, Solver
from keras_gen.parts.targets import Target
from keras_gen.parts.weightings import Uniform, Weighting
from keras_gen.training.averaging import adapted, follow, slow_copy


class Diffusion(Using):
    """Base of the models of diffusion.

    Args:
        network: from a noisy example, the time in [0, 1] and a label, if it takes one,
            to an example's shape (`networks.denoiser`).
        noising: how examples become noise, from `paths`.
        target: what the network says, from `targets`.
        weighting: of the times, from `weightings`.
        solver: draws, from `solvers`.
        grid: where its steps end, from `solvers`, too.
        steps: how many it makes.
        guidance: w; 1 is none.
        classes: how many labels the network is told, from 0 on; one more is "not told".
        drop: the share of examples whose label is not told in training.
        spread: the standard deviation of the data, images in [-1, 1].
        clip: of images, keep the estimates of x_0 in [-1, 1] while drawing.
        average: decay of a moving average of the weights, which draws; 0 keeps none.
    """

    def __init__(
        self,
        network: keras.Model,
        noising: Path,
        target: Target,
        weighting: Weighting | None = None,
        solver: Solver | None = None,
        grid: Grid | None = None,
        steps: Size = 50,
        guidance: Guidance = 1.0,
        classes: Count | None = None,
        drop: Share = 0.1,
        spread: Positive = 1.0,
        clip: bool = True,
        average: Decay = 0.999,
        **kwargs,
    ):
        super().__init__(network.output_shape[1:], **kwargs)
        self.network = network
        self.noising = noising
        self.target = target
        self.weighting = weighting or Uniform()
        self.solver = solver or DDIM()
        self.grid = grid or EvenTime()
        self.steps = steps
        self.guidance = guidance
        self.classes = classes
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
        if guidance != 1 and not (classes and drop):
            raise BadInput(
                f"guidance {guidance} weighs what the network says with the class "
                "against what it says without: it needs classes, and drop above 0."
            )

    def _check_network(self):
        inputs = [tuple(each.shape[1:]) for each in self.network.inputs]
        wanted = [self.data_shape, (), *([()] if self.classes else [])]
        if inputs != wanted:
            raise BadInput(
                "the network takes a noisy example of the shape it gives, "
                f"{self.data_shape}, the time and, with classes, a label; its inputs "
                f"have the shapes {inputs}. networks.denoiser makes such."
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

    def output(self, x, r, label=None, network=None, training=False):
        """What the network says of the noisy x."""
        alpha, sigma = self.noising.scales(r)
        scale = tf.math.rsqrt(tf.square(sigma) + tf.square(self.spread * alpha))
        low, high = self.noising.ends
        place = tf.reshape((r - low) / (high - low), (-1,))
        place = tf.broadcast_to(place, tf.shape(x)[:1])
        network = network or self.averaged or self.network
        told = {} if label is None else {"label": label}
        said = network(self.told(scale * x, time=place, **told), training=training)
        return tf.cast(said, "float32")

    def predict_both(self, x, r, label=None, weight=None, clip=False):
        """(x_0, eps): what the network takes x for.

        Args:
            x: noisy examples, on the path.
            r: the log-ratio, one for each, shaped by `column`.
            label: of each.
            weight: the guidance, shaped like r; None asks with the label alone.
            clip: keep x_0 in [-1, 1].
        """
        if weight is None:
            said = self.output(x, r, label)
        else:
            nobody = tf.fill(tf.shape(label), self.classes)
            labels = tf.concat([label, nobody], 0)
            twice = tf.concat([x, x], 0), tf.concat([r, r], 0)
            c, u = tf.split(self.output(*twice, labels), 2)
            said = u + weight * (c - u)
        clean, eps = self.target.solved(self.noising, r, x, said)
        if not clip:
            return clean, eps
        clean = tf.clip_by_value(clean, -1.0, 1.0)
        alpha, sigma = self.noising.scales(r)
        return clean, (x - alpha * clean) / sigma

    def score(self, x, t, label=None):
        """Gradient of the log-density at the time t of noisy examples on the path."""
        r = self.column(self.noising.ratio(checked_time(t)))
        r = r + tf.zeros_like(self.column(x[(..., *[0] * self.rank)]))
        _, eps = self.predict_both(tf.cast(x, "float32"), r, label)
        return -eps / self.noising.scales(r)[1]

    # Training.

    def times(self, batch, training):
        """A uniform number for each example, spread evenly over the global batch."""
        context = tf.distribute.get_replica_context()
        count = tf.cast(batch * context.num_replicas_in_sync, "float32")
        first = context.replica_id_in_sync_group * batch
        place = tf.cast(first + tf.range(batch), "float32")
        return (place + self.noise("uniform", batch, (), training)) / count

    def errors(self, x, z, u, label=None, training=False):
        """The weighted error of each example, the mean over its values."""
        x, r = self.inward(x), self.column(self.weighting.draw(self.noising, u))
        network = self.network if training else None
        said = self.output(self.noised(x, z, r), r, label, network, training)
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
            label = tf.cast(given["label"], "int32")
            given = {"label": tf.where(silent, self.classes, label)}
        loss = self.descend(
            "network",
            lambda: tf.reduce_mean(self.errors(x, z, u, **given, training=True)),
        )
        if self.averaged:
            step = self.optimizers["network"].iterations
            follow(self.averaged, self.network, self.average, step)
        return self.report(loss=loss)

    def test_step(self, data):
        """On the same noise, and times spread evenly, in every test."""
        x, given = self.unpack(data)
        return self.report(loss=self.errors(x, *self.drawn(x, False), **given))


def checked_time(t):
    """`t`, if it lies in [0, 1]."""
    t = np.asarray(t, "float32")
    if not ((t >= 0) & (t <= 1)).all():
        raise BadInput(
            f"a time of the path lies in [0, 1]; received {t.tolist()!r:.60}."
        )
    return t
