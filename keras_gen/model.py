"""The class that every model is: players, one way to train, one way to sample.

A generative model is a game between networks that are optimised on their own, the
*players*: a VAE has one, a GAN two. Each player p has its parameters, its optimizer
and its loss, and one step of training is a sequence of

    theta_p  <-  optimizer_p( theta_p, d loss_p / d theta_p )

which is what `descend` does. Everything that goes wrong around that line (scaling for
replicas and for half precision, optimizers that are built too late, reports of the
last batch instead of the epoch) is handled here, once, so that a system's file holds
nothing but its equations.

Noise is always an argument. A model's pure functions take it; `sample` only draws it.
"""

import inspect
import math
import random
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from keras_gen import arguments, asking, checks
from keras_gen.contract import Contract
from keras_gen.errors import BadInput, lookup
from keras_gen.noise import Rows, draw
from keras_gen.signatures import Graphs, Signature, data_name, draw_inputs, padded
from keras_gen.training.strategies import replicated
from keras_gen.vocabulary import Vocabulary

TRAIN, TEST = 0, 1  # rows of the noise counter


class GenerativeModel(arguments.Checked, Contract):
    """Base of all models.

    A subclass keeps every constructor argument under its own name (the configuration
    is read from there), names what it reports besides `loss` in `reports`, and writes
    `train_step`, `test_step` and its pure functions. A model is built by construction,
    so it can be saved, loaded and exported before it was ever called.

    `sampler` names the signature that draws an example out of noise alone. Where it is
    None there is nothing to draw, and the model has a method `trial` to be shown by
    (see `keras_gen.trial`).

    What is drawn is an array: `sample` is the end of the computing. The pure functions
    take arrays or tensors and give tensors, which have gradients: those with names,
    in a dict as their signatures have it, even where it is one (`decode(z)["image"]`);
    what tells one thing of each example (`log_prob`, `elbo`, `log_likelihood`), and
    `model(...)` itself, a tensor.

    Args:
        data_shape: shape of one example, without the batch.
        meters: metrics for the reports that are no averages, by name.
    """

    reports: tuple[str, ...] = ()
    hands_on = True  # its constructor's **options to its base; if not, to Keras
    rising: tuple[str, ...] = ()  # those that are better when they are larger
    sampler: str | None = "generate"
    still: tuple[str, ...] = ()  # parts that training, too, calls in inference mode
    jit_sampling = False  # for loops of small operations: seconds to compile, once
    classes: int | None = None  # of the labels that it is given, if any are
    unlabelled = False  # whether some of them may be -1, not known
    flags: int | None = None  # of a label that is several answers, each 0 or 1
    embedding: tuple[int, ...] | None = None  # shape of the array that does, if one
    vocabulary: Vocabulary | None = None  # of the captions that do, if some
    __signature__ = arguments.Arguments()

    def __new__(cls, *args, **kwargs):
        model = super().__new__(cls, *args, **kwargs)
        object.__setattr__(model, "_given", tuple(kwargs))  # Keras tracks nothing yet
        return model

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in asking.ASKED & vars(cls).keys():
            setattr(cls, name, asking.looked_at(vars(cls)[name]))

    def __init__(self, data_shape, meters=None, **kwargs):
        super().__init__(**kwargs)
        self.data_shape = tuple(data_shape)
        self.data_name = data_name(data_shape)  # "image" or "point"
        means = {n: keras.metrics.Mean(name=n) for n in ("loss", *self.reports)}
        self.reported = means | (meters or {})
        # How many draws training and testing have made; with the seed, all the state
        # that the noise has. The first replica's count is everyone's.
        # Python's generator is the one that `keras.utils.set_random_seed` always sets.
        self.noise_seed = self._state("noise_seed", (), random.randrange(2**31 - 1))
        self.noise_count = self._state("noise_count", (2,), 0)
        self.built = True

    def _state(self, name, shape, value):
        return self.add_weight(
            name=name,
            shape=shape,
            dtype="int32",
            initializer=keras.initializers.Constant(value),
            trainable=False,
            aggregation="only_first_replica",
        )

    # What a subclass may override.

    def players(self) -> dict[str, keras.Model]:
        """The networks that are optimised on their own, by name."""
        return {"model": self}

    def signatures(self) -> dict[str, Signature]:
        """The pure functions that can be exported, by their fixed names."""
        raise NotImplementedError(f"{type(self).__name__} declares no signatures")

    @property
    def condition(self) -> str | None:
        """The name of what it is told beside an example, if anything."""
        if self.classes is not None or self.flags is not None:
            return "label"
        if self.vocabulary is not None:
            return "caption"
        return None if self.embedding is None else "embedding"

    @property
    def loss_terms(self) -> int:
        """How many terms the loss sums up for an example; 1 where it is their mean."""
        return 1

    @property
    def reconstructs(self) -> bool:
        """Whether it gives an example back, told no more than `fit` tells it."""
        declared = self.signatures().get("reconstruct")
        can = declared is not None and hasattr(self, "reconstruct")
        return can and set(declared.inputs) <= {"x", self.condition}

    @property
    def metrics_of(self) -> str | None:
        """What metrics of one's own compare, in words; None where nothing can be."""
        return "examples and their reconstructions" if self.reconstructs else None

    @property
    def called_with(self) -> tuple[str, tuple[int, ...]]:
        """What `model(...)` takes, in a word, and its shape."""
        return "examples", self.data_shape

    @property
    def called_beside(self) -> list[str]:
        """The names of what `model(...)` takes beside that: its own, its condition."""
        _, *others = inspect.signature(self.call).parameters.values()
        place = inspect.Parameter.POSITIONAL_OR_KEYWORD
        named = [p.name for p in others if p.default is p.empty and p.kind is place]
        told = any(p.kind is p.VAR_KEYWORD for p in others)
        return [*named, *([self.condition] if told and self.condition else [])]

    @classmethod
    def small(cls) -> dict[str, Callable[[], "GenerativeModel"]]:
        """Small models by variant, to try things with; tests of properties walk them.

        The first is called "plain". There are others where a property depends on the
        parts: a loss whose step looks at other things, a condition, a stride, dropout.
        They are as small as can be while one step still moves every weight. A class
        that inherits this method is walked by its plain one alone.

        Example:
            >>> model = VAE.small()["plain"]()
            >>> model.sample(2, seed=1).shape
            (2, 4, 4, 1)
        """
        raise NotImplementedError(f"{cls.__name__} declares no small models")

    def settled(self) -> "GenerativeModel":
        """The model as one uses it after the training: of averages, they alone."""
        return self

    def check(self, x: np.ndarray):
        """Raise `BadInput` if `x` cannot be a batch of this model's data."""
        checks.check_batch(x, self.data_shape, type(self).__name__)

    # Configuration: the constructor's arguments, under their own names, and those for
    # its base that it was given.

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        names = [*arguments.own(type(self)), *self._given]
        config = {name: serialize(getattr(self, name)) for name in names}
        return {**config, "name": self.name, "dtype": self.dtype_policy.name}

    @classmethod
    def from_config(cls, config):
        deserialize = keras.saving.deserialize_keras_object
        return cls(**{name: deserialize(value) for name, value in config.items()})

    # Training.

    def unpack(self, data):
        """Of a batch: the examples, and what is given with them, by name.

        Every step begins here, whatever the data come as, so here they are looked at.
        """
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        if isinstance(x, (list, tuple)) and len(x) == 1:
            (x,) = x  # one of Keras's ways to give one input
        checks.check_no_weights({"sample_weight": weight})
        checks.watch(self, x, y)
        if self.vocabulary is not None:
            y = self.vocabulary.numbers(y)
        given = {} if self.condition is None else {self.condition: y}
        if self.compared and self.reconstructs:
            self.compare(x, lambda: self.reconstruct(x, **given)[self.data_name])
        return x, given

    def compare(self, wanted, make):
        """Update the metrics of one's own, if there are some, by what `make()` gives.

        A step that sets a task calls it, once the task is there; what is wanted of a
        model that reconstructs is the batch itself.
        """
        if self.compared:
            made = tf.cast(make(), "float32")
            for name in self.compared:
                self.reported[name].update_state(wanted, made)

    def told(self, tensor, **given):
        """What a network's input is that is told what is given."""
        if not given:
            return tensor
        return [tf.convert_to_tensor(t) for t in (tensor, *given.values())]

    def descend(self, player: str, loss_function):
        """One step of `player`'s optimizer down the gradient of `loss_function()`.

        The gradient is that of the mean over the *global* batch: `tf.distribute` adds
        the replicas' gradients up, so each replica's loss is divided by their number
        first.

        Args:
            player: its name.
            loss_function: gives the loss, or the loss and its terms (any structure of
                tensors).

        Returns:
            What `loss_function` gave, as it was computed. Where the gradient is not
            finite, its floats are NaN: a report of a spoilt step must not look fine.
        """
        network, optimizer = self.players()[player], self.optimizers[player]
        variables = network.trainable_variables
        with tf.GradientTape() as tape:
            value = loss_function()
            if not variables:  # it was frozen after it was compiled
                return value
            loss, *terms = value if isinstance(value, tuple) else (value,)
            loss = tf.cast(loss, "float32")
            objective = loss + sum(network.losses)  # weight decay of its layers
            replicas = tf.distribute.get_strategy().num_replicas_in_sync
            objective = optimizer.scale_loss(objective / replicas)
        # Dense: Keras squares the slices of an embedding before it adds equal rows up.
        gradients = [
            g if g is None else tf.convert_to_tensor(g)
            for g in tape.gradient(objective, variables)
        ]
        if all(g is None for g in gradients):
            raise BadInput(
                f'the loss of player "{player}" does not depend on any of its weights.'
            )
        optimizer.apply(gradients, variables)
        value = (loss, *terms) if terms else loss
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            return value  # it skips the steps whose gradients overflow
        # On processors a fused relu turns NaN into 0, and the loss of a spoilt network
        # may look fine: its gradients do not. The first has come through all layers.
        first = next(g for g in gradients if g is not None)
        # Row by row, for all at once XLA adds one number after another.
        sums = tf.reduce_sum(first, list(range(first.shape.rank - 1)))
        finite = tf.math.is_finite(tf.reduce_sum(sums))

        def marked(tensor):
            if not tensor.dtype.is_floating:
                return tensor
            return tf.where(finite, tensor, tf.constant(math.nan, tensor.dtype))

        return tf.nest.map_structure(marked, value)

    def report(self, **values):
        """Averages (or meters) over the epoch and the replicas.

        Every step reports `loss`, what is descended; of several players the sum, which
        tells that a game goes on, not how well. A vector counts once per entry, and so
        does the loss of these examples.
        """
        values = {name: tf.convert_to_tensor(v) for name, v in values.items()}
        rows = next((v for v in values.values() if v.shape.rank == 1), None)
        if rows is not None and values["loss"].shape.rank == 0:
            values["loss"] = tf.fill(tf.shape(rows), values["loss"])
        for name, value in values.items():
            lookup(self.reported, name, "report").update_state(value)
        return {name: metric.result() for name, metric in self.reported.items()}

    def noise(self, law: str, batch, shape, training=True):
        """Fresh noise for a step of training (or of testing), reproducible by seed.

        It is drawn for the global batch, and each replica takes its rows: how many
        replicas there are does not change which noise an example meets.
        """
        row = TRAIN if training else TEST
        count = self.noise_count.value[row]
        self.noise_count.assign_add(tf.one_hot(row, 2, dtype="int32"))
        context = tf.distribute.get_replica_context()
        seed = tf.stack([self.noise_seed.value + row, count])
        everyone = draw(law, (batch * context.num_replicas_in_sync, *shape), seed)
        first = context.replica_id_in_sync_group * batch
        return everyone[first : first + batch]

    def reset_metrics(self):
        """Start the averages anew, and the noise of testing: every test is the same."""
        super().reset_metrics()
        self.noise_count.assign(self.noise_count * np.array([1, 0], "int32"))

    # Sampling.

    @arguments.checked
    def sample(
        self,
        n: arguments.CountFrom0,
        seed: arguments.AnySeed | None = None,
        batch: arguments.Count = 256,
        **conditions,
    ):
        """Draw `n` examples as a NumPy array; the same seed gives the same ones.

        Draws the noise that the model's pure sampling function asks for, and calls it.

        Args:
            n: how many.
            seed: any integer of 64 bits; None draws a new one.
            batch: how many are computed at once.
            **conditions: the inputs that are not noise, such as `label`: one value for
                all, or one for each example. Labels that are not given are drawn, each
                class as likely as the others.

        Example:
            >>> model.sample(10, seed=1, label=range(10))
        """
        signatures = self.signatures()
        if self.sampler is None:
            raise BadInput(
                f"{type(self).__name__} has no law to draw samples from: it maps "
                f"examples. Call one of {', '.join(signatures)}."
            )
        signature = signatures[self.sampler]
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        # A chain's noise is thousands of times as large as what it ends at.
        inputs = draw_inputs(signature, n, seed, Rows, **conditions)
        if n == 0:
            return np.empty((0, *self.data_shape), "float32")
        if not hasattr(self, "_sample_function"):
            jit = self.jit_sampling and not replicated(self.distribute_strategy)
            self._sample_function = Graphs(signature, jit)
        output, parts = next(iter(signature.outputs)), []
        for i in range(0, n, batch):
            part = {name: v[i : i + batch] for name, v in inputs.items()}
            rows = min(batch, n - i)
            if self.jit_sampling:  # a graph of its own for each size: let there be few
                part = {name: padded(v, rows, batch) for name, v in part.items()}
            parts.append(self._sample_function(**part)[output].numpy()[:rows])
        return np.concatenate(parts)
