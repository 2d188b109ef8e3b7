"""What is looked at before training, so that errors come early.

Arrays are checked whole. Of a `tf.data.Dataset` the first batch is, which is where
nearly every mistake of preparation shows; a NaN deeper in the data shows as a loss
that is not finite, and stops the training at that step.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.errors import BadInput


def whole_number(name: str, value, least: int) -> int:
    """`value`, if it is a whole number of at least `least`."""
    if not isinstance(value, (int, np.integer)) or value < least:
        raise BadInput(f"{name} is a whole number from {least} on; received {value!r}.")
    return int(value)


def check_no_weights(arguments: dict):
    """Our objectives are means over the batch: weights would be ignored in silence."""
    for name in ("sample_weight", "class_weight"):
        if arguments.get(name) is not None:
            raise BadInput(
                f"{name} is not used by these objectives. Repeat the examples that "
                "should count more, or choose them more often."
            )


def check_data(model, x):
    """Let `model.check` see the arrays, or the first batch of a dataset.

    `x` is examples, or a tuple of examples and labels, or a dataset of either.
    """
    if isinstance(x, tf.data.Dataset):
        x = next(iter(x.take(1)), None)
        if x is None:
            raise BadInput(
                "the dataset is empty. If it drops the last partial batch, the batch "
                "size is larger than the data."
            )
    y = None
    if isinstance(x, tuple):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(x)
    if isinstance(x, (np.ndarray, tf.Tensor)):
        model.check(np.asarray(x))
        if model.classes is not None:
            least = -1 if model.unlabelled else 0
            check_labels(y, model.classes, type(model).__name__, least)
        if model.embedding is not None:
            check_embeddings(y, model.embedding, type(model).__name__)


def check_labels(y, classes: int, who: str, least: int = 0):
    """`y` is one whole number from `least` and below `classes` for each example."""
    wanted = f"{who} is given labels, whole numbers from {least} to {classes - 1}"
    if y is None:
        raise BadInput(
            f"{wanted}; received examples alone. Load them with labels, such as "
            'keras_gen.data.load("digits", labels="class").'
        )
    y = np.asarray(y)
    if y.ndim != 1 or not np.issubdtype(y.dtype, np.integer):
        raise BadInput(f"{wanted}; received {y.dtype} of shape {y.shape}.")
    if y.size and not (y.min() >= least and y.max() < classes):
        raise BadInput(f"{wanted}; received {y.min()} to {y.max()}.")


def check_embeddings(y, shape, who: str):
    """`y` is one finite array of this shape for each example."""
    wanted = f"{who} is conditioned on embeddings, numbers of shape {shape} each"
    if y is None:
        raise BadInput(
            f"{wanted}; received examples alone. Give pairs (x, embedding), or load "
            'them with factors, such as keras_gen.data.load("glyphs", '
            'embedding=("size", "rotation")).'
        )
    y = np.asarray(y)
    if y.shape[1:] != shape or not np.issubdtype(y.dtype, np.floating):
        raise BadInput(f"{wanted}; received {y.dtype} of shape {y.shape}.")
    if not np.isfinite(y).all():
        raise BadInput(f"{wanted}; received some that are NaN or infinite.")


def check_batch(x, shape, who: str):
    """`x` is a batch of finite examples of this shape; images lie in [0, 1]."""
    if x.ndim != len(shape) + 1 or x.shape[1:] != shape:
        raise BadInput(
            f"{who} was built for examples of shape {shape}, so a batch has shape "
            f"(batch, {', '.join(map(str, shape))}); received {x.shape}."
        )
    if not np.issubdtype(x.dtype, np.floating):
        raise BadInput(
            f"{who} takes float32 data, images in [0, 1]; received {x.dtype}. "
            "Divide integer images by their largest value."
        )
    bad = ~np.isfinite(x)
    if bad.any():
        where = np.flatnonzero(bad.reshape(len(x), -1).any(-1))
        raise BadInput(
            f"{bad.sum()} of {x.size} values are NaN or infinite, first in example "
            f"{where[0]}. Clean the data before training."
        )
    if len(shape) == 3 and not (x.min() >= 0 and x.max() <= 1):
        raise BadInput(
            f"images lie in [0, 1]; received values from {x.min():g} to {x.max():g}. "
            "Rescale them: a network that prefers [-1, 1] does so inside itself."
        )
