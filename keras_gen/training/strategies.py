"""Which processors train together: TensorFlow's strategies, by name.

All of them make the steps of one processor, only faster. A strategy must be opened
before anything else uses TensorFlow, and the model must be built within its scope:

    >>> strategy = open_strategy("mirrored")
    >>> with strategy.scope():
    ...     model = VAE(...)
    ...     model.compile("adam")

Not here: parameter servers, whose steps are not those of one processor.
"""

import contextlib
import json
import os
import socket
import time

import tensorflow as tf

from keras_gen.errors import BadInput, LostWorker, lookup
from keras_gen.training.guard import within

TOGETHER = 180  # seconds until all must have come, and until TensorFlow has joined them
GONE = (
    "a process of the group is gone since all had met, so this one ends too. Start all "
    "of them again."
)


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
    if hosts is None and rank is None:
        return make()
    before = os.environ.get("TF_CONFIG")
    os.environ["TF_CONFIG"] = cluster(hosts, rank)
    try:
        return make()
    except BaseException:  # what was refused leaves no trace
        os.environ.pop("TF_CONFIG")
        if before is not None:
            os.environ["TF_CONFIG"] = before
        raise


def cluster(hosts, rank) -> str:
    """The value of TF_CONFIG for process `rank` of `hosts`.

    Example:
        >>> cluster("a:2222,b:2222", 1)
        '{"cluster": {"worker": ["a:2222", "b:2222"]}, "task": {"type": "worker", ...
    """
    hosts = hosts.split(",") if isinstance(hosts, str) else list(hosts or ())
    hosts = [str(host).strip() for host in hosts]
    for host in hosts:
        name, _, port = host.rpartition(":")
        if not name or not port.isdecimal() or not 0 < int(port) < 1 << 16:
            raise BadInput(
                f'a host is written "name:port", a port from 1 to 65535; received '
                f'"{host}".'
            )
    if len(set(hosts)) < len(hosts):
        raise BadInput(f"each process needs its own host:port; received {hosts}.")
    if not isinstance(rank, int) or not 0 <= rank < len(hosts):
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
        jobs = about["cluster"]
        _meet(own, [*jobs.get("chief", ()), *jobs.get("worker", ())])
    try:
        with within(TOGETHER, GONE):
            return tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.OpError as error:
        raise LostWorker(f"{GONE} TensorFlow said: {error!s:.300}") from error
    except RuntimeError as error:
        if "startup" in str(error):
            raise BadInput(
                "several hosts must be joined before TensorFlow is used in this "
                "process: call open_strategy first."
            ) from None
        raise


def _meet(own, hosts):
    """Wait until all have come, and no longer than `TOGETHER`.

    TensorFlow waits without end for one that never comes, and is deaf meanwhile. Each
    process listens where TensorFlow will, until it has reached all the others.
    """
    missing, end = {*hosts} - {own}, time.monotonic() + TOGETHER
    with socket.create_server(("", int(own.rpartition(":")[2]))):
        while missing:
            for host in sorted(missing):
                name, _, port = host.rpartition(":")
                with contextlib.suppress(OSError):
                    socket.create_connection((name, int(port)), timeout=2).close()
                    missing.discard(host)
            if missing and time.monotonic() > end:
                raise LostWorker(
                    f"{', '.join(sorted(missing))} did not come within {TOGETHER} "
                    "seconds: start all processes again, each with its own rank, and "
                    "see that they reach each other."
                )
            time.sleep(0.1)


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


def replicated(strategy) -> bool:
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
    if replicated(strategy) and jit_compile is True:
        raise BadInput(
            "XLA cannot compile a step that several replicas make together; "
            'compile with jit_compile=False or "auto".'
        )
