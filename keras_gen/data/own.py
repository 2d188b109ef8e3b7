"""The user's own arrays and datasets, checked before a model sees them.

Legal examples are images (height, width, channels) or points (d,). Legal values are
uint8 (divided by 255), bool, or floats: in [0, 1] for images, finite for points.
"""

import numpy as np
import tensorflow as tf

from keras_gen.data.pipeline import Stream, Table
from keras_gen.errors import BadInput


def from_arrays(source) -> Table:
    """A table from x, (x, y) or (x, {factor: y})."""
    pair = isinstance(source, tuple) and len(source) == 2
    x, y = source if pair else (source, None)
    x = np.asarray(x)
    scale = check(x)
    if x.dtype.kind == "f":
        x = x.astype(np.float32)
    labels = {name: _label(value) for name, value in _named(y).items()}
    for name, value in labels.items():
        if len(value) != len(x):
            raise BadInput(f"{len(x)} examples but {len(value)} labels {name!r}.")
    return Table(x, labels, scale)


def from_dataset(ds: tf.data.Dataset) -> Stream:
    """A stream from a dataset of x, (x, y) or (x, {factor: y}), batched or not.

    Only the first element is checked: more would cost a pass over the data.
    """
    spec = ds.element_spec
    x = spec[0] if isinstance(spec, tuple) and len(spec) == 2 else spec
    if not isinstance(x, tf.TensorSpec) or x.shape.rank is None:
        raise BadInput(
            "a dataset must yield x, (x, y) or (x, {factor: y}) with x a tensor of "
            f"known rank; this one yields {spec}."
        )
    if x.shape.rank in (2, 4):
        ds = ds.unbatch()
    first = next(iter(ds.take(1)), None)
    if first is None:
        raise BadInput("the dataset is empty.")
    first = (first[0] if isinstance(first, tuple) else first).numpy()
    scale = check(first[None], "the first example of the dataset")
    shape = first.shape  # where the dataset does not promise a shape, its first has one

    def named(x, y=None):
        x = tf.ensure_shape(x, shape)
        return x, {name: _cast(value) for name, value in _named(y).items()}

    return Stream(ds.map(named), scale)


def factors(stream: Stream):
    """The names of the labels that a stream carries."""
    return stream.examples.element_spec[1]


def check(x: np.ndarray, what: str = "the array") -> float | None:
    """The number to divide `x` by, or a `BadInput` if it is not legal data."""
    if x.ndim not in (2, 4):
        hint = " Add a channel axis: x[..., None]." if x.ndim == 3 else ""
        raise BadInput(
            f"{what} has shape {x.shape}; images are (n, height, width, channels) and "
            f"points (n, d).{hint}"
        )
    if len(x) == 0:
        raise BadInput(f"{what} is empty.")
    if x.dtype == np.uint8:
        return 255.0
    if x.dtype == bool:
        return None
    if x.dtype.kind != "f":
        raise BadInput(
            f"{what} has elements of type {x.dtype}; give uint8 (0 to 255), or floats "
            "(in [0, 1] for images)."
        )
    _check_values(x, what)
    return None


def _check_values(x, what):
    if not np.isfinite(x).all():
        example = np.argwhere(~np.isfinite(x))[0][0]
        raise BadInput(
            f"{what} has NaN or infinite values, first in example {example}."
        )
    if x.ndim == 4 and (x.min() < 0 or x.max() > 1):
        raise BadInput(
            f"{what} has pixels from {x.min():g} to {x.max():g}; floats must lie in "
            "[0, 1]. Rescale them, or give uint8."
        )


def _named(y):
    """Labels by factor; a single one is called "class"."""
    if y is None:
        return {}
    return y if isinstance(y, dict) else {"class": y}


def _label(y):
    y = np.asarray(y)
    return y.astype(np.float32 if y.dtype.kind == "f" else np.int32)


def _cast(y):
    return tf.cast(y, tf.float32 if y.dtype.is_floating else tf.int32)
