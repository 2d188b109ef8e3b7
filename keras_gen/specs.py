"""The description of a tensor. It needs no TensorFlow: files are read by it, too."""

from dataclasses import dataclass

KINDS = ("image", "point", "latent", "noise", "log_prob", "energy", "logits", "label",
         "index", "mask", "noisy", "setting", "caption")  # fmt: skip


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
        passes: how many passes through a network an output has behind it, one after
            the other; each adds its rounding errors.
        nothing: of a condition, the value that tells nothing, if it stands everywhere.
        words: of a caption, what its numbers 1, 2, ... stand for.
        any_size: of an image, whether `shape` is but one of those that it may have:
            any sides will do that the strides of the network divide.
    """

    shape: tuple[int, ...]
    kind: str
    meaning: str
    dtype: str = "float32"
    range: tuple[float, float] | None = None
    law: str | None = None
    discrete: bool = False
    passes: int = 1
    nothing: float | None = None
    words: tuple[str, ...] | None = None
    any_size: bool = False

    @property
    def fixed(self) -> tuple[int | None, ...]:
        """The shape, with None for each side that is free."""
        return (None, None, *self.shape[2:]) if self.any_size else self.shape
