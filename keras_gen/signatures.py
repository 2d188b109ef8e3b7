"""What a model can do, as pure functions with named and described tensors.

A `Signature` is the unit of export: a function of tensors only (noise included, so
that nothing random is ever inside a graph) and, for each tensor that goes in or comes
out, a `Spec` that tells its shape, its range and what it means. Everything that feeds
or describes a model it has not seen (exporters, command lines, conformance tests)
reads these and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass

KINDS = ("image", "point", "latent", "noise", "log_prob", "logits", "label", "index")


@dataclass(frozen=True)
class Spec:
    """One named tensor; `shape` leaves out the batch axis.

    Args:
        shape: the shape of one example.
        kind: what the numbers are, one of `KINDS`.
        meaning: a phrase for a reader who has only the exported file.
        dtype: element type.
        range: smallest and largest legal value, where there are such.
        law: for an input that is to be drawn at random, its law: "normal" (standard),
            "uniform" (on [0, 1)) or "gumbel" (standard).
        discrete: the values are a finite set (levels, codes), so that two runtimes
            either agree exactly or differ visibly.
    """

    shape: tuple[int, ...]
    kind: str
    meaning: str
    dtype: str = "float32"
    range: tuple[float, float] | None = None
    law: str | None = None
    discrete: bool = False


@dataclass(frozen=True)
class Signature:
    """A pure function `function(**inputs) -> dict of outputs`, and its tensors."""

    function: Callable
    inputs: dict[str, Spec]
    outputs: dict[str, Spec]


def data_spec(shape, meaning: str, **kwargs) -> tuple[str, Spec]:
    """Name and `Spec` of an example: "image" if it has height, width and channels."""
    if len(shape) == 3:
        return "image", Spec(shape, "image", meaning, range=(0.0, 1.0), **kwargs)
    return "point", Spec(shape, "point", meaning, **kwargs)
