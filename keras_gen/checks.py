"""What is looked at before and in training, so that errors come early, in words.

Arrays are checked whole, and of a `tf.data.Dataset` the first batch, which is where
nearly every mistake of preparation shows. What each step is given is watched as well
(`watch`), whatever it comes from: in the graph, where a sentence cannot be raised, so
`in_words` makes one of what TensorFlow raises.
"""

import contextlib
import re
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from keras_gen.errors import BadInput, KerasGenError, UnknownName

KERAS_COMPILE = (
    "loss",
    "loss_weights",
    "weighted_metrics",
    "auto_scale_loss",
)


def check_no_weights(arguments: dict):
    """Our objectives are means over the batch: weights would be ignored in silence."""
    for name in ("sample_weight", "class_weight"):
        if arguments.get(name) is not None:
            raise BadInput(
                f"{name} is not used by these objectives. Repeat the examples that "
                "should count more, or choose them more often."
            )


def check_compiled_with(arguments: dict, model):
    """Refuse what Keras's `compile` takes and these models have no use for."""
    who = type(model).__name__
    if arguments.get("loss") is not None or arguments.get("loss_weights") is not None:
        raise BadInput(
            f"{who} has its own objective: leave `loss` out of compile. What can be "
            f"chosen of it is an argument of {who}; `help({who})` lists them."
        )
    if arguments.get("weighted_metrics"):
        raise BadInput(
            "weighted_metrics weigh examples, which these objectives do not; give "
            "`metrics`."
        )
    for name, value in arguments.items():
        if value is not None and name not in KERAS_COMPILE:
            raise UnknownName(
                f'no argument "{name}" of compile; it takes optimizer, run_eagerly, '
                "steps_per_execution and jit_compile."
            )


def metric(given):
    """A metric of Keras's: given as one, by its name, or as a function of a pair."""
    try:
        found = keras.metrics.get(given)
    except ValueError:
        raise BadInput(
            f"a metric is one of Keras's, its name, or a function of (what is wanted, "
            f"what is made); received {given!r:.60}."
        ) from None
    if isinstance(found, keras.metrics.Metric):
        return type(found)(name=given) if isinstance(given, str) else found
    name = given if isinstance(given, str) else getattr(given, "__name__", "metric")
    return keras.metrics.MeanMetricWrapper(found, name=name)


def check_metrics(metrics, model):
    """Metrics compare what is made with what is wanted, and have names of their own.

    A sample belongs to no example: what compares the two laws is no mean over pairs.
    """
    who = type(model).__name__
    own = [name for name in model.reported if name not in model.compared]
    if metrics and model.metrics_of is None:
        raise BadInput(
            f"{who} reports its own measures, {', '.join(own)}; leave `metrics` out of "
            "compile: they compare what is made of an example with what is wanted, and "
            f"nobody tells {who} what is. Others are taken of a trained model by "
            "keras_gen.metrics.evaluate, or after each epoch by a callback, such as "
            "keras_gen.callbacks.CollapseMonitor."
        )
    names = [m.name for m in metrics]
    for name in names:
        if name in own or names.count(name) > 1:
            raise BadInput(
                f'"{name}" is reported already: give that metric another name.'
            )


def check_saved_as(path):
    """`path` ends in the one suffix that keeps a whole model."""
    if not str(path).endswith(".keras"):
        raise BadInput(
            f"a whole model is saved to a .keras file; received {path}. For weights "
            'alone there is model.save_weights("....weights.h5").'
        )


def check_called_with(model, parts):
    """What `predict` is given: as many arrays as `model(...)` takes, of that shape."""
    who, (what, shape) = type(model).__name__, model.called_with
    names = model.called_beside
    told = f" with what is given, ({', '.join([what, *names])})" if names else ""
    received = [tf.TensorShape(part.shape) for part in parts]
    fits = received[0][1:].is_compatible_with(shape)  # as far as it is known
    if len(parts) != 1 + len(names) or not fits:
        raise BadInput(
            f"{who}.predict takes {what} of shape (n, {', '.join(map(str, shape))})"
            f"{told}; received {', '.join(map(str, received))}."
        )


def check_given(model, x):
    """Refuse what is no data at all, before Keras does in its own words."""
    who = type(model).__name__
    if x is None:
        raise BadInput(
            f"{who} needs data: an array of examples of shape {model.data_shape}, "
            'or batches, such as keras_gen.data.load("digits").'
        )
    if not _are_data(x):
        raise BadInput(
            f"{who}: data are an array, a pair of arrays, a tf.data.Dataset, a "
            f"PyDataset or a generator; received {x!r:.60}."
        )
    first = x[0] if isinstance(x, (tuple, list)) and len(x) else x
    if isinstance(first, (np.ndarray, tf.Tensor)) and first.shape[:1] == (0,):
        raise BadInput(f"the data are empty: an array of shape {tuple(first.shape)}.")


def _are_data(x) -> bool:
    if isinstance(x, (tuple, list)):
        return len(x) > 0 and all(map(_are_data, x))
    several = (tf.data.Dataset, keras.utils.PyDataset, Iterator, dict)
    return isinstance(x, several) or hasattr(x, "shape") or hasattr(x, "element_spec")


def watch(model, x, y):
    """Look at a batch within a step: its form now, its values when it is there."""
    who, shape = type(model).__name__, model.data_shape
    if isinstance(x, dict):
        raise BadInput(
            f"{who} takes batches of examples, or pairs (examples, given); received "
            f"dicts with {', '.join(map(str, x))}. Map them first, such as "
            'dataset.map(lambda batch: batch["image"]).'
        )
    x = tf.convert_to_tensor(x)
    if not x.dtype.is_floating:
        raise BadInput(_INTEGERS.format(who=who, dtype=x.dtype.name))
    if x.shape.rank is not None and not x.shape[1:].is_compatible_with(shape):
        raise BadInput(_shape_differs(who, shape, tuple(x.shape)))
    if len(shape) == 3:
        watch_images(x)
    else:
        _watch("numbers", tf.reduce_all(tf.math.is_finite(x)), x)
    if model.vocabulary is not None and y is None:
        check_captions(None, model.vocabulary, who)
    if model.classes is not None:
        least = -1 if model.unlabelled else 0
        if y is None or not tf.convert_to_tensor(y).dtype.is_integer:
            check_labels(None if y is None else np.zeros(1), model.classes, who, least)
        y = tf.convert_to_tensor(y)
        right = tf.reduce_all((y >= least) & (y < model.classes))
        _watch(f"labels from {least} to {model.classes - 1}", right, y)
    if model.flags is not None:
        form = None if y is None else np.zeros(y.shape[1:])[None]
        check_flags(form, model.flags, who)
        _watch("flags", tf.reduce_all((y == 0) | (y == 1)), y)


def watch_images(x):
    """Look at the values of images when they are there."""
    if not x.dtype.is_floating:
        raise BadInput(_INTEGERS.format(who="a model", dtype=x.dtype.name))
    _watch("pixels", tf.reduce_all((x >= 0) & (x <= 1)), x)


_MARK = "keras_gen watches"


def _watch(what, right, x):
    told = [f"{_MARK} {what}:", tf.reduce_min(x), tf.reduce_max(x)]
    tf.debugging.Assert(right, told)


@contextlib.contextmanager
def in_words(callbacks=()):
    """Raise as a sentence what `watch` saw."""
    try:
        yield
    except KerasGenError:
        raise
    except Exception as error:
        # What is raised while a graph is traced comes in a wrapping of TensorFlow's.
        if sentence := re.search(r"BadInput: (.+)\Z", str(error), re.DOTALL):
            raise BadInput(sentence.group(1).strip()) from None
        seen = re.search(_MARK + r" (.+?):\W+(\S+?)\]? \[?(\S+?)[\]\s]", str(error))
        if not seen:
            raise
        what, low, high = seen.groups()
        where = next((c.where() for c in callbacks if hasattr(c, "where")), "")
        reason = {
            "pixels": "images lie in [0, 1], and none of their values is NaN",
            "numbers": "examples are finite numbers",
            "flags": "each answer of a label is 0 or 1",
        }.get(what, f"labels are whole numbers{what.removeprefix('labels')}")
        raise BadInput(
            f"{reason}; received values from {low} to {high}{where}. Clean or rescale "
            "the data before training."
        ) from None


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
        x, y, weight = keras.utils.unpack_x_y_sample_weight(x)
        check_no_weights({"sample_weight": weight})
    if isinstance(x, (np.ndarray, tf.Tensor)):
        model.check(np.asarray(x))
        if model.classes is not None:
            least = -1 if model.unlabelled else 0
            check_labels(y, model.classes, type(model).__name__, least)
        if model.flags is not None:
            check_flags(y, model.flags, type(model).__name__)
        if model.embedding is not None:
            check_embeddings(y, model.embedding, type(model).__name__)
        if model.vocabulary is not None:
            check_captions(y, model.vocabulary, type(model).__name__)


def texts(y):
    """An array of texts as a tensor, for Keras takes none; all else as it is.

    As objects, too, which is how `data.arrays` gives captions.
    """
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "USO":
        return y
    is_text = all(isinstance(v, (str, bytes)) for v in y.flat)
    return tf.constant(y) if is_text else y


def check_captions(y, vocabulary, who: str):
    """`y` is a text for each example, or the numbers of its words."""
    wanted = f"{who} is told captions, a text for each example"
    if y is None:
        raise BadInput(
            f"{wanted}; received examples alone. Load them with captions, such as "
            'keras_gen.data.load("landscapes", labels="caption").'
        )
    y = np.asarray(y)
    if y.dtype.kind in "USO" and y.ndim == 1:
        vocabulary.asked(dict.fromkeys(y.tolist()))  # once each
        return
    legal = y.dtype.kind in "iu" and y.shape[1:] == (vocabulary.length,)
    if not legal or (y.size and not 0 <= y.min() <= y.max() <= len(vocabulary.words)):
        raise BadInput(
            f"{wanted}, or {vocabulary.length} numbers of words from 0 to "
            f"{len(vocabulary.words)}; received {y.dtype} of shape {y.shape}."
        )


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


def check_flags(y, count: int, who: str):
    """`y` is so many answers, 0 or 1, for each example."""
    wanted = f"{who} is given labels, {count} answers each, 0 or 1"
    if y is None:
        raise BadInput(
            f"{wanted}; received examples alone. Load them with factors of two values, "
            'such as keras_gen.data.load("faces/avataaars", embedding=("smiling", '
            '"hat")).'
        )
    y = np.asarray(y)
    if y.shape[1:] != (count,) or y.dtype.kind not in "biuf":
        raise BadInput(f"{wanted}; received {y.dtype} of shape {y.shape}.")
    if not np.isin(y, (0, 1)).all():
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


_INTEGERS = (
    "{who} takes float32 data, images in [0, 1]; received {dtype}. Divide integer "
    "images by their largest value."
)


def _shape_differs(who, shape, received) -> str:
    return (
        f"{who} was built for examples of shape {shape}, so a batch has shape "
        f"(batch, {', '.join(map(str, shape))}); received {received}."
    )


def check_batch(x, shape, who: str, in_range: bool = True):
    """`x` is a batch of finite examples of this shape; images lie in [0, 1].

    Those with noise on them lie anywhere: `in_range` is False.
    """
    if x.ndim == 0 or not tf.TensorShape(shape).is_compatible_with(x.shape[1:]):
        raise BadInput(_shape_differs(who, shape, x.shape))
    if not np.issubdtype(x.dtype, np.floating):
        raise BadInput(_INTEGERS.format(who=who, dtype=x.dtype))
    bad = ~np.isfinite(x)
    if bad.any():
        where = np.flatnonzero(bad.reshape(len(x), -1).any(-1))
        raise BadInput(
            f"{bad.sum()} of {x.size} values are NaN or infinite, first in example "
            f"{where[0]}. Clean the data before training."
        )
    in_range = in_range and len(shape) == 3 and x.size
    if in_range and not (x.min() >= 0 and x.max() <= 1):
        raise BadInput(
            f"images lie in [0, 1]; received values from {x.min():g} to {x.max():g}. "
            "Rescale them: a network that prefers [-1, 1] does so inside itself."
        )
