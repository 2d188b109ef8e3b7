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

import functools
import inspect
from dataclasses import replace
from typing import Annotated

import keras
import numpy as np
import tensorflow as tf

from keras_gen import arguments
from keras_gen.arguments import Count, Decay, Positive, Rule, Share, Size
from keras_gen.checks import check_batch, check_labels
from keras_gen.diffusion import likelihood
from keras_gen.diffusion.drawing import Drawing
from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.noise import draw
from keras_gen.parts.paths import Path
from keras_gen.parts.solvers import DDIM, EvenTime, Grid, Solver
from keras_gen.parts.targets import Target
from keras_gen.parts.weightings import Uniform, Weighting
from keras_gen.signatures import Signature, Spec, data_spec, draw_inputs, label_spec
from keras_gen.training.averaging import adapted, follow, slow_copy

TIMES = 1000  # that the exported network is asked about
GUIDANCE = 10.0  # the largest
Guidance = Annotated[float, Rule(f"in [0, {GUIDANCE:g}]", lambda w: 0 <= w <= GUIDANCE)]


class Diffusion(GenerativeModel):
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
        with adapted(filepath, "averaged", "network", keeps) as path:
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

    # Drawing.

    def draw(self, z, **how):
        """Examples out of noise: see drawing.py."""
        return Drawing(self, **how)(z)

    def call(self, z, label=None):
        """What DDIM draws: of the noise z alone, whatever the solver is."""
        weight = None if self.guidance == 1 else self.guidance
        return self.draw(z, label=label, weight=weight, solver=DDIM())

    def generate(self, z, noise=None, label=None):
        """The examples that this noise is denoised to."""
        weight = None if self.guidance == 1 else self.guidance
        return {self.data_name: self.draw(z, noise=noise, label=label, weight=weight)}

    def sample_loop(
        self, z, x, known, strength, steps, guidance=None, noise=None, label=None
    ):
        """`edit` with all its numbers as tensors, one for each example."""
        drawn = self.draw(
            z,
            noise=noise,
            label=label,
            x=x,
            known=known,
            strength=strength,
            steps=steps,
            weight=guidance,
        )
        return {self.data_name: drawn}

    def denoise(self, x, step, label=None):
        """What the network takes x for, at the time (step + 1) / 1000 of the path."""
        t = (tf.cast(step, "float32") + 1.0) / TIMES
        clean, _ = self.predict_both(x, self.column(self.noising.ratio(t)), label)
        return {self.data_name: (clean + 1.0) / 2.0 if self.is_image else clean}

    @arguments.checked
    def sample(
        self,
        n: arguments.CountFrom0,
        seed: arguments.AnySeed | None = None,
        batch: Count = 256,
        *,
        steps: Size | None = None,
        guidance: Guidance | None = None,
        solver: Solver | None = None,
        grid: Grid | None = None,
        **conditions,
    ):
        """As `GenerativeModel.sample`; of the model's own choices others can be made.

        Args:
            n: how many.
            seed: any integer of 64 bits; None draws a new one.
            batch: how many are computed at once.
            steps, guidance, solver, grid: instead of the model's own.
            **conditions: `label`.

        Example:
            >>> model = DDPM.small()["plain"]()
            >>> model.sample(2, seed=1, steps=3).shape
            (2, 4, 4, 1)
        """
        chosen = self.chosen(steps, guidance, solver, grid)
        if all(getattr(self, key) == value for key, value in chosen.items()):
            return super().sample(n, seed, batch, **conditions)
        other = self.choosing(**chosen)
        return GenerativeModel.sample(other, n, seed, batch, **conditions)

    def chosen(self, steps=None, guidance=None, solver=None, grid=None) -> dict:
        """The model's choices, and others in their place."""
        given = {"steps": steps, "guidance": guidance, "solver": solver, "grid": grid}
        return {
            key: getattr(self, key) if value is None else value
            for key, value in given.items()
        }

    def choosing(self, **chosen):
        """This model, its weights its own, that makes other choices in drawing."""
        key = tuple(chosen.values())
        if key not in self._others:
            config = {name: getattr(self, name) for name in arguments.own(type(self))}
            config |= {name: getattr(self, name) for name in self._given}
            network = self.averaged or self.network
            config |= {"network": network, "average": 0.0, **chosen}
            self._others[key] = type(self)(**config)
        return self._others[key]

    # Likelihood.

    def log_prob(
        self,
        x,
        label=None,
        probes: arguments.CountFrom0 = 0,
        steps: Size = 32,
        seed: arguments.Seed = 0,
    ):
        """log p(x) in nats, by the flow: see likelihood.py.

        Args:
            x: a batch of examples.
            label: of each, if there are classes.
            probes: to estimate the divergence by; 0 is exact, and slow for images.
            steps: of the flow, four passes each.
            seed: of the probes.
        """
        return likelihood.log_prob(self, x, label, probes, steps, seed)

    @arguments.checked
    def bits_per_dim(
        self,
        x,
        levels: Size = 256,
        label=None,
        probes: arguments.CountFrom0 = 1,
        steps: Size = 32,
        seed: arguments.Seed = 0,
    ):
        """Of images of so many levels, uniform noise on them: an upper bound."""
        return likelihood.bits_per_dim(self, x, levels, label, probes, steps, seed)

    @property
    def judged_by_samples(self):
        """Whether its cards have no likelihood, for that of images takes hours."""
        return self.is_image

    def edit(
        self,
        image,
        mask=None,
        strength: Share = 0.5,
        resample: Size = 1,
        seed: arguments.AnySeed = 0,
        label=None,
        steps: Size | None = None,
        guidance: Guidance | None = None,
        solver: Solver | None = None,
        grid: Grid | None = None,
    ):
        """Draw each image anew, from as much noise as `strength` says, or in a hole.

        Without a mask: a picture of strokes becomes one of the data at .6 or so, an
        image its variations. With one, only where it is 0 there is drawn, at strength
        1 out of nothing; other seeds are other completions. Pixels that are kept, and
        everything at strength 0, are those of `image`, bit for bit.

        Args:
            image: a batch of examples.
            mask: 1 where they stay, 0 where they are drawn; of an example's shape, or
                with one channel, or None.
            strength: where on the path to begin, in [0, 1]; 1 does not see the image.
            resample: how often each step is made, with as much noise put back in
                between, so that what is drawn and what is kept come to agree.
            seed: of the noise.
            label: one for all or one for each, if there are classes; else drawn.
            steps, guidance, solver, grid: as in `sample`.

        References: Meng et al., SDEdit (arXiv:2108.01073); Lugmayr et al., RePaint
        (arXiv:2201.09865), algorithm 1.
        Not here: a hole that is drawn is not told what its surroundings want; the
        solver's steps and the known pixels only meet.

        Example:
            >>> model = DDPM.small()["plain"]()
            >>> x = np.zeros((2, 4, 4, 1), "float32")
            >>> bool((model.edit(x, strength=0.0) == x).all())
            True
        """
        given = {"strength": strength, "resample": resample, "seed": seed}
        given |= {"steps": steps, "guidance": guidance, "solver": solver, "grid": grid}
        known = inspect.signature(type(self).edit).parameters
        arguments.look("edit", {n: known[n] for n in given}, (), given)
        x = np.asarray(image)
        check_batch(x, self.data_shape, f"{type(self).__name__}.edit")
        model = self.choosing(**self.chosen(steps, guidance, solver, grid))
        inputs = model.edit_inputs(x, mask, strength, resample, seed, label)
        if resample not in model._editing:
            draw = functools.partial(model.draw, resample=resample)
            model._editing[resample] = tf.function(draw, reduce_retracing=True)
        return model._editing[resample](**inputs).numpy()

    def edit_inputs(self, x, mask, strength, resample, seed, label) -> dict:
        """What `draw` takes, for `edit`."""
        n = len(x)
        known = np.zeros_like(x) if mask is None else np.asarray(mask, "float32")
        shapes = {shape[i:] for shape in ((n, *self.data_shape),) for i in (0, 1)}
        shapes |= {(*shape[:-1], 1) for shape in shapes}
        if known.shape not in shapes:
            raise BadInput(
                f"the mask has the shape {known.shape}; give one value for each pixel "
                f"of an example of shape {self.data_shape}, for all {n} or for each."
            )
        if label is not None and self.classes:
            label = np.broadcast_to(np.asarray(label), (n,))
            check_labels(label, self.classes, "edit")
        wanted = self.signatures()["generate"]
        conditions = {} if label is None else {"label": label}
        inputs = draw_inputs(wanted, n, seed, **conditions)
        count = self.noises(resample)
        if count:
            shape = (n, self.steps * count, *self.data_shape)
            inputs["noise"] = draw("normal", shape, seed + 1)
        if self.guidance != 1:
            inputs["weight"] = tf.fill((n,), self.guidance)
        return inputs | {
            "x": tf.constant(x),
            "known": tf.constant(np.broadcast_to(known, x.shape)),
            "strength": tf.fill((n,), float(strength)),
        }

    def noises(self, resample: int = 1) -> int:
        """How many of the shape of an example a step takes."""
        again = 1 if resample > 1 else 0
        return resample * (int(self.solver.stochastic) + again)

    def signatures(self):
        example = data_spec(self.data_shape, "what the noise is denoised to")
        drawn = {self.data_name: replace(example, passes=self.steps * self.solver.passes)}
        z = Spec(self.data_shape, "latent", "noise at the start", law="normal")
        given = {} if self.classes is None else {"label": label_spec(self.classes)}
        fresh = {}
        if self.solver.stochastic:
            meaning = "noise of each step"
            shape = (self.steps, *self.data_shape)
            fresh = {"noise": Spec(shape, "noise", meaning, law="normal")}
        noisy = Spec(
            self.data_shape, "noisy", "noisy example, on the path; data are in [-1, 1]"
        )
        step = Spec(
            (),
            "index",
            f"time, in {TIMES}ths of the path: 0 is near the data",
            dtype="int32",
            range=(0, TIMES - 1),
        )
        clean = Spec(self.data_shape, "noisy", "what the network takes it for")
        x = data_spec(self.data_shape, "example to begin with")
        mask = (*self.data_shape[:-1], 1)
        how = {
            "known": Spec(mask, "mask", "1 where it stays, 0 else", range=(0.0, 1.0)),
            "strength": Spec((), "setting", "where to begin; 1: noise", range=(0.0, 1.0)),
            "steps": Spec(
                (), "index", "how many", dtype="int32", range=(1, self.steps)
            ),
        }
        if self.classes and self.drop:
            meaning = "weight of the label; 1 is plain"
            how["guidance"] = Spec((), "setting", meaning, range=(0.0, GUIDANCE))
        return {
            "generate": Signature(self.generate, {"z": z, **fresh, **given}, drawn),
            "sample_loop": Signature(
                self.sample_loop, {"z": z, "x": x, **how, **fresh, **given}, drawn
            ),
            "denoise": Signature(
                self.denoise, {"x": noisy, "step": step, **given}, {self.data_name: clean}
            ),
        }


def checked_time(t):
    """`t`, if it lies in [0, 1]."""
    t = np.asarray(t, "float32")
    if not ((t >= 0) & (t <= 1)).all():
        raise BadInput(f"a time of the path lies in [0, 1]; received {t.tolist()!r:.60}.")
    return t
