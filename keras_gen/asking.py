"""What people ask a model with arrays of their own is looked at, and answered.

A system's pure functions are for graphs and for people alike. What a person gives comes
as arrays, and may be anything: it is looked at once, at the first function that is
called, and becomes tensors.
"""

import contextlib
import contextvars
import functools
import inspect

import numpy as np
import tensorflow as tf

from keras_gen import arguments
from keras_gen.checks import check_batch, check_embeddings, check_flags, check_labels
from keras_gen.errors import BadInput

# The pure functions of a model that people call with arrays of their own.
ASKED = {
    "complete", "decode", "denoise", "dequantised", "discriminate", "elbo", "encode",
    "energy", "generate", "inpaint", "log_likelihood", "log_prob", "reconstruct",
    "segment", "sort", "translate", "translate_back",
}  # fmt: skip


def looked_at(method):
    """The method, which looks at what it is given outside of graphs.

    In a graph there are no values yet: there `watch` looks, in each step.
    """
    known = dict(list(inspect.signature(method).parameters.items())[1:])

    @functools.wraps(method)
    def wrapper(self, *args, **kwargs):
        if _asking.get() or not tf.executing_eagerly():
            return method(self, *args, **kwargs)
        who = f"{type(self).__name__}.{method.__name__}"
        asked = arguments.look(who, known, args, kwargs)
        if asked.get("x") is not None and asked.get("known") is not None:
            seen = np.asarray(asked["known"]) > 0.5  # nobody reads the rest
            asked["x"] = np.where(seen, asked["x"], np.float32(0))
        for name, value in asked.items():
            _check_asked(self, method.__name__, who, name, value)
        with asking():
            args, kwargs = tf.nest.map_structure(_tensor, (args, kwargs))
            return method(self, *args, **kwargs)

    return wrapper


def _tensor(value):
    """An array as what the pure functions compute with; anything else as it is."""
    if not isinstance(value, np.ndarray):
        return value
    return tf.constant(value, "float32" if value.dtype == "float64" else None)


_asking = contextvars.ContextVar("asking", default=False)


@contextlib.contextmanager
def asking():
    """What is called herein is called by us, and not looked at again."""
    token = _asking.set(True)
    try:
        yield
    finally:
        _asking.reset(token)


def _check_asked(model, method, who, name, value):
    if name == "condition":
        name = model.condition
    if name not in ("x", "z", "noise", "known", "label", "embedding") or value is None:
        return
    try:
        value = np.asarray(value)
    except (ValueError, TypeError, NotImplementedError):
        raise BadInput(
            f"{who}: {name} is no array of numbers: {value!r:.60}."
        ) from None
    if name == "label" and model.classes is not None:
        check_labels(value, model.classes, who, -1 if model.unlabelled else 0)
    elif name == "label" and model.flags is not None:
        check_flags(value, model.flags, who)
    elif name == "embedding" and model.embedding is not None:
        check_embeddings(value, model.embedding, who)
    elif name == "x":
        declared = model.signatures().get(method)
        first = declared and next(iter(declared.inputs.values()))
        shape = first.shape if declared else model.data_shape
        anywhere = declared and first.range is None
        check_batch(value, shape, who, in_range=not anywhere)
    elif value.dtype.kind not in "fiub" or not np.isfinite(value).all():
        raise BadInput(
            f"{who}: {name} is an array of finite numbers; received {value.dtype} of "
            f"shape {value.shape}, some of it NaN, infinite or no number."
        )
