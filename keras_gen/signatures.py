"""What a model can do, as pure functions with named and described tensors.

A `Signature` is the unit of export: a function of tensors only (noise included, so
that nothing random is ever inside a graph) and, for each tensor that goes in or comes
out, a `Spec` that tells its shape, its range and what it means. Everything that feeds
or describes a model it has not seen (exporters, command lines, conformance tests)
reads these and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from keras_gen.errors import BadInput, lookup
from keras_gen.noise import draw
from keras_gen.specs import Spec
from keras_gen.vocabulary import Vocabulary


@dataclass(frozen=True)
class Signature:
    """A pure function `function(**inputs) -> dict of outputs`, and its tensors."""

    function: Callable
    inputs: dict[str, Spec]
    outputs: dict[str, Spec]


class Graphs:
    """A signature's function as a graph: one for any number of rows.

    Compiled, it is one for each number that was asked for, in `known`. They are traced
    here, not by the call of a `tf.function`: TensorFlow counts those of one method over
    all models, and warns of a fifth model as it does of a function that is always new.
    """

    def __init__(self, signature: Signature, jit_compile: bool = False):
        self.signature = signature
        self.function = tf.function(
            signature.function, autograph=False, jit_compile=jit_compile
        )
        self.compiled = jit_compile
        self.known = {}

    def __call__(self, **inputs) -> dict:
        specs = self.signature.inputs
        given = {n: tf.convert_to_tensor(v, specs[n].dtype) for n, v in inputs.items()}
        rows = len(next(iter(given.values()))) if self.compiled else None
        if rows not in self.known:
            traced = {
                n: tf.TensorSpec((rows, *specs[n].shape), specs[n].dtype, n)
                for n in given
            }
            self.known[rows] = self.function.get_concrete_function(**traced)
        return self.known[rows](**given)


def data_name(shape) -> str:
    """What an example is: "image" if it has height, width and channels, or "point"."""
    return "image" if len(shape) == 3 else "point"


def data_spec(shape, meaning: str, discrete: bool = False) -> Spec:
    """The `Spec` of an example."""
    kind = data_name(shape)
    legal = (0.0, 1.0) if kind == "image" else None
    return Spec(shape, kind, meaning, range=legal, discrete=discrete)


def label_spec(classes: int, meaning: str = "class of the example") -> Spec:
    """The `Spec` of a label that conditions a model."""
    return Spec((), "label", meaning, dtype="int32", range=(0, classes - 1))


def flags_spec(count: int, meaning: str) -> Spec:
    """The `Spec` of a label that is so many answers, each 0 or 1."""
    return Spec((count,), "label", meaning, dtype="int32", range=(0, 1))


def embedding_spec(shape, law: str | None = None) -> Spec:
    """The `Spec` of an array that conditions a model."""
    return Spec(shape, "latent", "what the example is conditioned on", law=law)


def caption_spec(vocabulary: Vocabulary) -> Spec:
    """The `Spec` of a caption that conditions a model."""
    return Spec(
        (vocabulary.length,),
        "caption",
        "numbers of the words of a caption; 0 stands for none",
        dtype="int32",
        range=(0, len(vocabulary.words)),
        nothing=0,
        words=vocabulary.words,
    )


def columns(classes: int) -> int:
    """How many numbers of an embedding a factor is: one, or one for each of many."""
    return 1 if classes == 2 else classes


def draw_inputs(
    signature: Signature, n: int, seed: int, noise=draw, /, **conditions
) -> dict:
    """What `signature` takes, for `n` examples: noise by its laws, and conditions.

    A condition is one value for all or one for each; a caption may be text. One that
    is not given is drawn: by its law if it has one, and a label with each class as
    likely as the others; or else nothing is told, where that can be.

    Args:
        noise: `draw`, or `Rows`, which wait until they are asked for.
    """
    for name in conditions:
        lookup(signature.inputs, name, "condition of this model")
    inputs = {}
    for i, (name, spec) in enumerate(signature.inputs.items()):
        key = (seed & 0x7FFFFFFF, (seed >> 31) + i)
        if name in conditions:
            inputs[name] = _condition(name, spec, n, conditions[name])
        elif spec.law:
            inputs[name] = noise(spec.law, (n, *spec.shape), key)
        elif spec.kind == "label":
            uniform = draw("uniform", (n, *spec.shape), key).numpy()
            inputs[name] = (uniform * (spec.range[1] + 1)).astype(spec.dtype)
        elif spec.nothing is not None:
            inputs[name] = np.full((n, *spec.shape), spec.nothing, spec.dtype)
        else:
            raise BadInput(
                f'this model is conditioned on "{name}" ({spec.meaning}): give it, as '
                f"sample(n, {name}=...), with {n} examples of shape {spec.shape}."
            )
    return inputs


def _numbered(spec, value):
    """A caption's numbers, where it is text."""
    given = np.asarray(value)
    if given.dtype.kind not in "USO":
        return value
    found = Vocabulary(spec.words, spec.shape[0]).asked(given.ravel())
    return found.reshape((*given.shape, *spec.shape))


def padded(rows, n: int, batch: int):
    """These `n` rows, and the last one again up to a power of two, or to `batch`."""
    size = min(1 << (n - 1).bit_length(), batch)
    rows = np.asarray(rows)
    return np.concatenate([rows, np.repeat(rows[-1:], size - n, axis=0)])


def _condition(name, spec, n, value):
    """`value` as an array of `n`, if it is legal."""
    if spec.words is not None:
        value = _numbered(spec, value)
    try:
        given = np.asarray(value)
    except ValueError:  # ragged
        given = np.asarray(None)
    if given.dtype.kind not in "iuf":
        raise BadInput(
            f'"{name}" is {spec.meaning}, numbers of type {spec.dtype}; received '
            f"{value!r:.60}."
        )
    with np.errstate(invalid="ignore"):  # NaN as an integer is found below
        array = given.astype(spec.dtype)
    if given.shape == spec.shape:
        array = np.broadcast_to(array, (n, *spec.shape))
    if array.shape != (n, *spec.shape):
        raise BadInput(
            f'"{name}" is one value of shape {spec.shape} for all, or one for each of '
            f"the {n} examples; received shape {given.shape}."
        )
    low, high = spec.range or (-np.inf, np.inf)
    near = np.isclose(array, given, rtol=1e-6, atol=0.0)  # float64 may be rounded
    if not ((array >= low) & (array <= high) & near).all():
        raise BadInput(
            f'"{name}" is {spec.meaning}, a value of type {spec.dtype} from {low} to '
            f"{high}; received {given.min()} to {given.max()}."
        )
    return array
