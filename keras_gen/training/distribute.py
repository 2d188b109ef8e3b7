"""One model, any number of processors: TensorFlow's strategies under Keras's `fit`.

R replicas of a model see the rows of the *global* batch, B / R each and in order,
add their gradients up, and so make the step that one processor would make:

    grad  1/B sum_{i < B} loss_i   =   sum_r  grad  1/R  (mean of replica r's losses)

Nothing else changes: not the batch, not the learning rate, not the noise that an
example meets (`GenerativeModel.noise` draws for the global batch). What Keras does not
do itself is here: sharing the batches out in the order of one process, a step that
several hosts can report on (Keras's own averages the replicas' logs in a way that fails
between hosts), and agreement between processes, of which one, the chief, writes files.

Reference: Goyal et al., Accurate, Large Minibatch SGD (arXiv:1706.02677), section 2.
Not here: its warm-up and its linear scaling of the learning rate, which change the
experiment.
"""

import contextlib
import hashlib
import types

import keras
import numpy as np
import tensorflow as tf

from keras_gen.asking import asking
from keras_gen.errors import BadInput
from keras_gen.training.strategies import is_chief, processes, replicated, share_of

_ENDS = "begin", "end"
_UNEQUAL = (
    "a batch cannot be shared equally by the replicas; drop the last, incomplete one. "
    "Examples and replicas:"
)


# Under Keras's `fit`.


def _looks_at_steps(callback) -> bool:
    """Whether a callback is to be called between two steps."""
    if getattr(callback, "patient", False):
        return False
    names = [f"on_{kind}_{end}" for kind in ("batch", "train_batch") for end in _ENDS]
    own = keras.callbacks.Callback
    return any(
        name in vars(callback)
        or getattr(type(callback), name) is not getattr(own, name)
        for name in names
    )


class Distributed:
    """What a `keras.Model` needs so that `fit` works under any of the strategies."""

    together = 16  # steps in one call, where "auto" was asked for
    steps_asked: int | str = 1

    def fit(self, x=None, *args, validation_data=None, callbacks=None, **kwargs):
        strategy = self.distribute_strategy
        with self._steps_at_once(self._unseen(callbacks or [], kwargs)):
            return super().fit(
                shared(x, strategy, whole=True),
                *args,
                validation_data=shared(validation_data, strategy),
                callbacks=callbacks,
                **kwargs,
            )

    def _unseen(self, callbacks, kwargs) -> int:
        """How many steps one call may make: several, if nobody looks in between."""
        one_by_one = (
            self.steps_asked != "auto"
            or self.run_eagerly
            or replicated(self.distribute_strategy)
            or isinstance(callbacks, keras.callbacks.CallbackList)
            or any(map(_looks_at_steps, callbacks))
            or {"steps_per_epoch", "validation_steps"} & set(kwargs)  # and not beyond
        )
        return self.steps_per_execution if one_by_one else self.together

    @contextlib.contextmanager
    def _steps_at_once(self, n):
        """Herein; the functions for as many as before come back with them."""
        before = self.steps_per_execution
        if n == before:
            yield
            return
        functions = self.train_function, self.test_function
        self.train_function, self.test_function = self.functions.get(n, (None, None))
        self.steps_per_execution = n
        try:
            yield
        finally:
            self.functions[n] = self.train_function, self.test_function
            self.train_function, self.test_function = functions
            self.steps_per_execution = before

    def evaluate(self, x=None, *args, **kwargs):
        return super().evaluate(shared(x, self.distribute_strategy), *args, **kwargs)

    def make_train_function(self, force=False):
        if self._leaves_it_to_keras():
            super().make_train_function(force)
        elif force or self.train_function is None:
            self.train_function = _function(self, self.train_step)

    def make_test_function(self, force=False):
        if self._leaves_it_to_keras():
            super().make_test_function(force)
        elif force or self.test_function is None:
            self.test_function = _function(self, self.test_step)

    def _leaves_it_to_keras(self):
        """Several steps at once on one device, the last of them perhaps fewer."""
        alone = not replicated(self.distribute_strategy)
        return alone and self.steps_per_execution > 1

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing is left to build.

        Keras would call the model on a batch that it draws first, and data that
        shuffle themselves anew each time would begin with their second epoch.
        """


def _function(model, step):
    """From an iterator to the averages so far, by one step of every replica or more.

    The metrics are read outside the replicas, where reading sums over all of them. One
    flat graph: Keras's own function nests three, which costs .4 ms a step on two cores.
    Like that, it is not written anew by AutoGraph, which would take seconds.
    """
    strategy, several = model.distribute_strategy, model.steps_per_execution
    if model.jit_compile:
        step = tf.function(
            step, autograph=False, jit_compile=True, reduce_retracing=True
        )

    def once(data):
        with asking():  # the data are watched in the step itself
            strategy.run(step, args=(data,))

    def averages():
        return {metric.name: metric.result() for metric in model.metrics}

    def on_iterator(iterator):
        once(next(iterator))
        if several > 1:  # even a loop of no turns takes time

            def turn(i):
                once(next(iterator))
                return [i + 1]

            tf.while_loop(lambda i: i < several, turn, [1])
        return averages()

    def on_batch(*data):
        once(tuple(data))
        return averages()

    if not model.run_eagerly:
        graph = {"autograph": False, "reduce_retracing": True}
        on_iterator = tf.function(on_iterator, **graph)
        on_batch = tf.function(on_batch, **graph)

    def function(iterator):
        """Of `train_on_batch` comes a generator: of another one each time."""
        if isinstance(iterator, types.GeneratorType):
            return on_batch(*map(_as_fit_has_it, next(iterator)))
        return on_iterator(iterator)

    return function


def _as_fit_has_it(values):
    """A part of a batch as a tensor, its floats in Keras's precision."""
    if values is None:
        return None

    def tensor(a):
        a = tf.convert_to_tensor(a)
        return tf.cast(a, keras.config.floatx()) if a.dtype.is_floating else a

    return keras.tree.map_structure(tensor, values)


def whole_batch(x):
    """The rows of all replicas, in order, for losses that compare examples.

    Gradients come back to the replica that a row came from.
    """
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync if context else 1
    if replicas == 1:
        return x
    rows, mine = tf.shape(x)[0], context.replica_id_in_sync_group
    places = [[mine * rows, (replicas - 1 - mine) * rows]]
    padded = tf.pad(x, places + [[0, 0]] * (x.shape.rank - 1))
    return context.all_reduce("SUM", padded)


def first_row(x):
    """The place of this replica's first row in the whole batch."""
    context = tf.distribute.get_replica_context()
    return tf.shape(x)[0] * (context.replica_id_in_sync_group if context else 0)


def update_together(change, *variables):
    """`change(variable, ...)` on every tuple of variables, by all replicas together.

    Their weights are the same, and are written once.

    Args:
        change: called for the first of each tuple, with the others' values behind it.
        variables: lists of the same length.
    """

    def update(strategy):
        for first, *others in zip(*variables, strict=True):
            strategy.extended.update(first, change, others)

    tf.distribute.get_replica_context().merge_call(update)


def shared(data, strategy, whole: bool = False):
    """A dataset of global batches as this process's replicas get them.

    Every process reads all batches and keeps its rows: no example is used twice, and
    the order is that of one process, if `data` is the same on all.

    Args:
        data: a `tf.data.Dataset`; None and what is shared already pass through.
        strategy: of the model.
        whole: refuse a batch that cannot be shared equally; otherwise the rows that
            are left over, fewer than there are replicas, are not used.
    """
    done = data is None or isinstance(data, tf.distribute.DistributedDataset)
    if done or not replicated(strategy):
        return data
    if not isinstance(data, tf.data.Dataset):
        raise BadInput(
            f"{strategy.num_replicas_in_sync} replicas need a tf.data.Dataset of "
            "global batches, in the same order in every process, such as "
            f"keras_gen.data.load(x, batch=64); received {type(data).__name__}."
        )
    size = tf.nest.flatten(data.element_spec)[0].shape[0]
    if whole and size:
        share_of(size, strategy)
    rows = strategy.distribute_datasets_from_function(
        lambda context: _rows(data, context, whole)
    )
    rows._cardinality = data.cardinality().numpy()  # in global batches, as Keras counts
    return rows


def _rows(data, context, whole):
    """The batches of this process's replicas, one after the other."""
    replicas = context.num_replicas_in_sync
    mine = replicas // context.num_input_pipelines
    first = context.input_pipeline_id * mine
    spread = isinstance(data.element_spec, tuple)

    def split(*batch):
        batch = batch if spread else batch[0]
        size = tf.shape(tf.nest.flatten(batch)[0])[0]
        rows = size // replicas
        if whole:
            tf.debugging.Assert(
                size % replicas == 0,
                [_UNEQUAL, size, replicas],
            )

        def part(x):
            own = x[first * rows : (first + mine) * rows]
            shape = tf.concat([[mine, rows], tf.shape(x)[1:]], 0)
            own = tf.reshape(own, shape)
            size = x.shape[0] and x.shape[0] // replicas
            return tf.ensure_shape(own, [mine, size, *x.shape[1:]])

        parts = tf.data.Dataset.from_tensor_slices(tf.nest.map_structure(part, batch))
        return parts if whole else parts.take(tf.cast(rows, "int64") * mine)

    return data.flat_map(split).prefetch(mine)


# Agreement between processes.


def broadcast(strategy, content: bytes | None) -> bytes:
    """The chief's bytes, on every process; the others' are not looked at."""
    if processes(strategy) == 1:
        return content
    content = content if is_chief(strategy) else b""
    size = int(_from_chief(strategy, np.array([len(content)], "int32"))[0])
    padded = np.zeros(size + -size % 4, "uint8")
    padded[: len(content)] = np.frombuffer(content, "uint8")
    return _from_chief(strategy, padded.view("int32")).tobytes()[:size]


def _from_chief(strategy, integers):
    """All but the chief's are replaced by zeros, and the sum is his."""
    integers = integers if is_chief(strategy) else np.zeros_like(integers)

    def mine():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        return tf.constant(integers) * tf.cast(tf.equal(replica, 0), "int32")

    return strategy.reduce("SUM", strategy.run(mine), axis=None).numpy()


class Anyone:
    """Whether any process says yes: the same answer on all, at the same step."""

    def __init__(self, strategy):
        self.alone = processes(strategy) == 1

        @tf.function(autograph=False)
        def count(own):
            return strategy.reduce("SUM", strategy.run(lambda: own), axis=None)

        self.count = count

    def __call__(self, own: bool) -> bool:
        return own if self.alone else bool(self.count(tf.constant(int(own))))


def check_same(strategy, recipe: str, data: tf.data.Dataset):
    """Raise on every process if one of them trains something else, or on other data."""
    if processes(strategy) == 1:
        return
    first = tf.nest.flatten(next(iter(data)))
    content = b"".join([recipe.encode(), *(x.numpy().tobytes() for x in first)])
    own = hashlib.sha256(content).digest()
    if Anyone(strategy)(own != broadcast(strategy, own)):
        raise BadInput(
            "the processes do not all have the same recipe and the same first batch: "
            "start them with the same arguments and the same data, in the same order."
        )
