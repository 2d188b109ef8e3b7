"""One model, any number of processors: TensorFlow's strategies under Keras's `fit`.

R replicas of a model see the rows of the *global* batch, B / R each and in order,
add their gradients up, and so make the step that one processor would make:

    grad  1/B sum_{i < B} loss_i   =   sum_r  grad  1/R  (mean of replica r's losses)

Nothing else changes: not the batch, not the learning rate, not the noise that an
example meets (`GenerativeModel.noise` draws for the global batch). What Keras does not
do itself is here: starting the group, sharing the batches out in the order of one
process, a step that several hosts can report on (Keras's own averages the replicas'
logs in a way that fails between hosts), and agreement between processes, which write
files through one of them, the chief.

Reference: Goyal et al., Accurate, Large Minibatch SGD (arXiv:1706.02677), section 2.
Not here: its warm-up and its linear scaling of the learning rate, which change the
experiment; parameter servers, whose steps are not those of one processor.
"""

import json
import os
import socket

import keras
import numpy as np
import tensorflow as tf

from keras_gen.errors import BadInput, LostWorker, lookup

LOST = 30  # seconds without a sign of life after which a worker counts as lost


# Starting.


def open_strategy(name: str = "default", hosts=None, rank: int | None = None):
    """The strategy of this name; call it before anything else uses TensorFlow.

    Args:
        name: "default" (one device, TensorFlow's choice), "one_device" (the first GPU,
            or the processor), "mirrored" (all GPUs of this machine), "multiworker"
            (several machines; each runs this) or "tpu" (written, never tried).
        hosts: for "multiworker": "host:port" of every process, the same list on each;
            without it, the environment variable TF_CONFIG says it.
        rank: for "multiworker": which of `hosts` this process is; 0 is the chief.
    """
    make = lookup(STRATEGIES, name, "strategy")
    if name != "multiworker":
        if hosts is not None or rank is not None:
            raise BadInput(
                "hosts and rank belong to the strategy multiworker; "
                f'received strategy "{name}".'
            )
        return make()
    if hosts is not None or rank is not None:
        os.environ["TF_CONFIG"] = cluster(hosts, rank)
    return make()


def cluster(hosts, rank) -> str:
    """The value of TF_CONFIG for process `rank` of `hosts`.

    Example:
        >>> cluster("a:2222,b:2222", 1)
        '{"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": "worker", ...
    """
    hosts = hosts.split(",") if isinstance(hosts, str) else list(hosts or ())
    hosts = [host.strip() for host in hosts]
    for host in hosts:
        if not host.rpartition(":")[0] or not host.rpartition(":")[2].isdigit():
            raise BadInput(f'a host is written "name:port"; received "{host}".')
    if len(set(hosts)) < len(hosts):
        raise BadInput(f"each process needs its own host:port; received {hosts}.")
    if rank is None or not 0 <= rank < len(hosts):
        raise BadInput(
            "give both the hosts and this process's rank, a number from 0 to "
            f"{max(len(hosts) - 1, 0)}; received {len(hosts)} hosts and rank {rank}."
        )
    task = {"type": "worker", "index": rank}
    return json.dumps({"cluster": {"worker": hosts}, "task": task})


def _multiworker():
    try:
        about = json.loads(os.environ.get("TF_CONFIG", ""))
        workers = [h for job in about["cluster"].values() for h in job]
        index, kind = about["task"]["index"], about["task"]["type"]
        own = about["cluster"][kind][index]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise BadInput(
            "multiworker needs to know the group: --hosts a:2222,b:2222 --rank 0, or "
            'TF_CONFIG, such as {"cluster": {"worker": ["a:2222", "b:2222"]}, "task": '
            '{"type": "worker", "index": 0}}; received TF_CONFIG='
            f"{os.environ.get('TF_CONFIG')!r}."
        ) from None
    if len(workers) > 1:
        _check_port(own)
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        if "startup" in str(error):
            raise BadInput(
                "several hosts must be joined before TensorFlow is used in this "
                "process: call open_strategy first."
            ) from None
        raise


def _check_port(own):
    """TensorFlow ends the whole process if it cannot have the port."""
    port = int(own.rpartition(":")[2])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            raise BadInput(
                f"this process is {own}, but port {port} cannot be opened here: "
                f"{error.strerror}. Give each process of a machine its own port."
            ) from None


def _one_device():
    return tf.distribute.OneDeviceStrategy(
        "GPU:0" if tf.config.list_logical_devices("GPU") else "CPU:0"
    )


def _tpu():
    """As TensorFlow's guide has it; no one has run it here."""
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, tf.errors.OpError) as error:
        raise BadInput(f"no TPU was found ({error}). Use another strategy.") from None
    return tf.distribute.TPUStrategy(resolver)


STRATEGIES = {
    "default": tf.distribute.get_strategy,
    "one_device": _one_device,
    "mirrored": tf.distribute.MirroredStrategy,
    "multiworker": _multiworker,
    "tpu": _tpu,
}


# What kind of group it is.


def is_chief(strategy) -> bool:
    """Whether this process writes the files."""
    return strategy.extended.should_save_summary


def processes(strategy) -> int:
    """How many processes train together."""
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return 1
    resolver = strategy.cluster_resolver
    workers = resolver.cluster_spec().as_dict() if resolver else {}
    return max(1, sum(len(hosts) for hosts in workers.values()))


def _replicated(strategy) -> bool:
    """Whether Keras's own step would do: it fails for any cluster, even of one."""
    several = strategy.num_replicas_in_sync > 1
    return several or isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def share_of(batch: int, strategy) -> int:
    """Examples that each replica gets of a global batch; refuses an unequal share."""
    replicas = strategy.num_replicas_in_sync
    if batch % replicas:
        raise BadInput(
            f"a global batch of {batch} cannot be shared equally by {replicas} "
            f"replicas: take {batch - batch % replicas or replicas} or "
            f"{batch - batch % replicas + replicas} examples, or another number of "
            "replicas. The learning rate is not changed for you."
        )
    return batch // replicas


def check_strategy(strategy, jit_compile):
    """Raise before the training if it cannot work under this strategy."""
    known = (
        tf.distribute.MirroredStrategy,
        tf.distribute.MultiWorkerMirroredStrategy,
        tf.distribute.OneDeviceStrategy,
        tf.distribute.TPUStrategy,
    )
    default = type(strategy).__name__ == "_DefaultDistributionStrategy"
    if not default and not isinstance(strategy, known):
        raise BadInput(
            f"{type(strategy).__name__} does not make the steps of one processor; use "
            "MirroredStrategy, MultiWorkerMirroredStrategy, OneDeviceStrategy or "
            "TPUStrategy."
        )
    if _replicated(strategy) and jit_compile is True:
        raise BadInput(
            "XLA cannot compile a step that several replicas make together; "
            'compile with jit_compile=False or "auto".'
        )


# Under Keras's `fit`.


class Distributed:
    """What a `keras.Model` needs so that `fit` works under any of the strategies."""

    def fit(self, x=None, *args, validation_data=None, **kwargs):
        strategy = self.distribute_strategy
        return super().fit(
            shared(x, strategy, whole=True),
            *args,
            validation_data=shared(validation_data, strategy),
            **kwargs,
        )

    def evaluate(self, x=None, *args, **kwargs):
        return super().evaluate(shared(x, self.distribute_strategy), *args, **kwargs)

    def make_train_function(self, force=False):
        if not _replicated(self.distribute_strategy):
            super().make_train_function(force)
        elif force or self.train_function is None:
            self.train_function = _function(self, self.train_step)

    def make_test_function(self, force=False):
        if not _replicated(self.distribute_strategy):
            super().make_test_function(force)
        elif force or self.test_function is None:
            self.test_function = _function(self, self.test_step)

    def _symbolic_build(self, iterator=None, data_batch=None):
        """Nothing is left to build; Keras would call the model on its data."""


def _function(model, step):
    """From an iterator to the averages so far, by one step of every replica or more.

    The metrics are read outside the replicas, where reading sums over all of them.
    """
    strategy, several = model.distribute_strategy, model.steps_per_execution

    def once(iterator):
        strategy.run(step, args=(next(iterator),))

    def function(iterator):
        once(iterator)
        for _ in tf.range(several - 1):
            once(iterator)
        return {metric.name: metric.result() for metric in model.metrics}

    if model.run_eagerly:
        return function
    return tf.function(function, reduce_retracing=True)


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
    if done or not _replicated(strategy):
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
                ["a batch cannot be shared equally by the replicas:", size, replicas]
                + ["examples and replicas. Drop the last, incomplete batch."],
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

        @tf.function
        def count(own):
            return strategy.reduce("SUM", strategy.run(lambda: own), axis=None)

        self.count = count

    def __call__(self, own: bool) -> bool:
        return own if self.alone else bool(self.count(tf.constant(int(own))))
