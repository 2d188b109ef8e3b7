"""The contract: what the rest of the package asks of a format.

Each answer is looked up in the format's own modules when it is asked for, so that
listing formats and refusing wrong names loads no tool.
"""

import abc
import dataclasses
import importlib.util
import math
from collections.abc import Callable

# Largest absolute error, and what is allowed in addition per unit of the value.
BOUNDS = {"image": (1e-5, 0.0), "point": (1e-5, 0.0)}
BOUNDS |= dict.fromkeys(("log_prob", "energy"), (1e-4, 1e-5))  # hundreds of nats
OTHERS = (5e-5, 1e-4)  # latents, logits, scores: not confined to [0, 1]
# What has passed a network again and again, each time with the errors of the time
# before: about one grey level of 256. Measured: .0023 after five passes of an untrained
# network in LiteRT, .0003 where one estimates the noise (x_0 is 160 times its error
# then), 2e-6 after 36 of `edm-digits`.
LOOPS = (4e-3, 1e-4)
GROWTH = 160  # so that what is one rounding of the first pass is so many of the last
MISMATCHES = 1e-3  # the share of discrete values that may differ


@dataclasses.dataclass(frozen=True)
class Runtime:
    """Who runs the files in Python, and how it is timed (see `export.worker`).

    Args:
        name: as tables show it.
        package: what must be installed.
        opener: "module:function", which takes a number of threads and returns a
            function (path, signature) -> (callable, converter of its inputs).
    """

    name: str
    package: str
    opener: str


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """A runtime of another language, or of others (see `export.elsewhere`).

    Args:
        prepare: takes an empty folder to work in and returns a function (path,
            signature, calls, outputs) -> answers.
        any_batch: whether it runs files that take any batch size.
        module: of Python, without which it is left out unless it is named.
    """

    prepare: Callable
    any_batch: bool = True
    module: str | None = None

    @property
    def here(self) -> bool:
        """Whether it is one that everybody has, or installed."""
        return self.module is None or importlib.util.find_spec(self.module) is not None


@dataclasses.dataclass(frozen=True)
class Finding:
    """What is known of one signature in one format, before it is converted.

    Args:
        signature: its name.
        format: the format.
        verdict: "yes", "no", or "unknown" where only the conversion can tell.
        operators: the names of TensorFlow's operators in the graph.
        rewritten: those that are expressed by others, because the format lacks them.
        obstacles: sentences: what stands in the way, and what to do about it.
    """

    signature: str
    format: str
    verdict: str
    operators: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The obstacles, and what is done about others without being asked."""
        done = f"Rewritten: {', '.join(self.rewritten)}."
        return [*self.obstacles, *([done] if self.rewritten else [])]

    def to_json(self) -> dict:
        return dataclasses.asdict(self)


class Format(abc.ABC):
    """A kind of file: how it is written, opened, measured and refused."""

    name: str
    title: str  # as sentences have it
    packages: tuple[str, ...]  # without which it can be neither written nor verified
    runtime: Runtime
    modes: tuple[str, ...] = ()  # of quantisation, see `export.quantize`
    fixes_batch = False  # whether a file is written for one batch size
    bound_limits = (math.inf, math.inf, MISMATCHES)  # absolute, relative, mismatches

    def batch(self, asked: int | None) -> int | None:
        """The batch size of a file, if this one is asked for; None for any."""
        return asked if self.fixes_batch else None

    def bound(self, spec) -> dict:
        """How far an output may be off the model's, and how that is measured."""
        most, slope, mismatches = self.bound_limits
        if spec.discrete:
            return {"measure": "mismatches", "bound": mismatches, "relative": 0.0}
        absolute, relative = BOUNDS.get(spec.kind, OTHERS)
        if spec.passes > 1:
            absolute, relative = LOOPS
            growth = GROWTH * spec.passes
            most, slope = most * growth, slope * growth
        return {
            "measure": "difference",
            "bound": min(absolute, most),
            "relative": min(relative, slope),
        }

    def elsewhere(self) -> dict[str, Elsewhere]:
        """{name: runtime of another language}."""
        return {}

    def refusal(self, mode, name, operators, batch) -> str | None:
        """Why a mode is wrong for this format alone, or None.

        Args:
            mode: one of `modes`.
            name: of the signature.
            operators: the names of TensorFlow's operators in its graph.
            batch: of the file, None for any.
        """
        return None

    @abc.abstractmethod
    def files(self, signatures: dict) -> list[dict]:
        """The signatures of each file."""

    @abc.abstractmethod
    def write(self, signatures, folder, batch=None, description=None):
        """Write `signatures` into `folder`; the `Artefact`."""

    def quantise(self, artefact, mode, signatures, calibration):
        """Write a smaller artefact beside a float one, in one of `modes`."""
        raise NotImplementedError(f"{self.title} has no quantised files.")

    @abc.abstractmethod
    def load(self, artefact):
        """A function (signature name, inputs) -> outputs, in the file's own runtime."""

    @abc.abstractmethod
    def operators(self, artefact) -> set[str]:
        """The names of the operators inside, foreign ones as "custom X"."""

    @abc.abstractmethod
    def examine(self, name, used, graph, batch):
        """A `Finding` before the conversion of what will become of it.

        Args:
            name: of the signature.
            used: the names of the operators in its graph.
            graph: the traced graph.
            batch: of the file, None for any.
        """

    def reaches_out(self, path) -> list[str]:
        """The operators of a file that touch other files or the network."""
        return []

    def inspect(self, path, mode: str = "float") -> dict:
        """What is inside a file: "operators", "warnings", "delegated".

        They are {name: {"version", "count"}}, sentences, and {signature: share of its
        products that fast kernels compute}; what a format cannot tell is left out.
        """
        return {}

    @abc.abstractmethod
    def recognises(self, path) -> bool:
        """Whether a path looks like a file of this format."""

    @abc.abstractmethod
    def describe(self, path) -> dict:
        """The description that was written into a file; `ValueError`s if none is."""
