"""The proof: every file, in its own runtime, against the model it came from.

The model answers through a trace of its own, on the CPU (a GPU may round to ten bits),
with noise drawn by its declared law and with real data where there are some. A file
with a free batch axis is asked with two batch sizes, because a size that was folded
into the graph shows only with another one; a file with a fixed batch is asked several
times. Images of any size are of two sizes, too.

The bounds follow what float32 can hold: rounding of a different summation order for
images (numbers near 1), relative for log-densities (hundreds of nats). Discrete
results either agree or differ visibly, so the share of differences is bounded: see
`Format.bound`.

Fewer bits make files that differ by more, and on purpose: `quality` measures by how
much, over more examples, and leaves the judgement to `export.quantize`.
"""

import dataclasses
import zlib

import numpy as np
import tensorflow as tf

from export import formats, graphs
from export.remedies import remedy, sentence
from keras_gen import noise
from keras_gen.checks import check_batch
from keras_gen.errors import BadInput, ExportError

FREE_BATCHES = (1, 4)
FIXED_ROUNDS = 4
QUALITY = 16  # examples that a quantised file is judged by
BEST = 200.0  # dB that stand for no difference at all


class Reference:
    """The model's own answers to the examples that the files will see.

    Args:
        signatures: {name: Signature}.
        data: real examples, an array (n, *shape), or None. What takes images of another
            shape, as a translation back does, is asked with random ones.
    """

    def __init__(self, signatures, data=None):
        self.signatures = signatures
        self.data = None if data is None else np.asarray(data, "float32")
        self._functions = {}
        self._answers = {}
        if data is not None:
            _check_data(signatures, self.data)

    def answers(self, name, batch, least=0):
        """[(inputs, outputs)] for a file whose batch size is `batch` (None: any).

        `least` examples, or some more.
        """
        if (name, batch, least) not in self._answers:
            if batch is None:
                sizes = (*FREE_BATCHES[:-1], max(FREE_BATCHES[-1], least))
            else:
                sizes = [batch] * max(FIXED_ROUNDS, -(-least // batch))
            self._answers[name, batch, least] = [
                self._answer(name, size, turn) for turn, size in enumerate(sizes)
            ]
        return self._answers[name, batch, least]

    def kept(self, name, count):
        """(inputs, outputs): `count` of the examples that files have been asked."""
        known = [calls for key, calls in self._answers.items() if key[0] == name]
        calls = max(known, key=len) if known else self.answers(name, None, count)
        calls = calls[1::2] if _any_size(self.signatures[name]) else calls
        sides = []
        for side in zip(*calls, strict=True):
            rows = {
                key: np.concatenate([call[key] for call in side]) for key in side[0]
            }
            sides.append({key: value[:count] for key, value in rows.items()})
        return tuple(sides)

    def _answer(self, name, size, turn):
        signature = self.signatures[name]
        inputs = {
            key: example(
                _at(spec, turn), size, (name, key, turn), self.data, turn * size
            )
            for key, spec in signature.inputs.items()
        }
        if name not in self._functions:
            # A trace of its own: what is drawn while tracing differs from the files'.
            self._functions[name] = graphs.trace(name, _on_cpu(signature))
        tensors = {key: tf.constant(value) for key, value in inputs.items()}
        try:
            outputs = self._functions[name](**tensors)
        except tf.errors.OpError as error:
            raise ExportError(
                f'"{name}" does not run at batch size {size}: {sentence(error)} '
                "A signature must accept any batch size."
            ) from error
        outputs = {key: value.numpy() for key, value in outputs.items()}
        for key, value in outputs.items():
            spec = _at(signature.outputs[key], turn)
            _check_declared(f'"{key}" of "{name}"', spec, value, size)
        return inputs, outputs


def _any_size(signature):
    return any(spec.any_size for spec in signature.inputs.values())


def _at(spec, turn):
    """Of images of any size others in every other turn."""
    if not spec.any_size or turn % 2:
        return spec
    height, width, channels = spec.shape
    return dataclasses.replace(spec, shape=(2 * height, 3 * width, channels))


def example(spec, size, identity, data=None, start=0) -> np.ndarray:
    """`size` legal values of an input; the same `identity` gives the same."""
    shape = (size, *spec.shape)
    seed = zlib.crc32(repr(identity).encode())
    if spec.law:
        return noise.draw(spec.law, shape, seed).numpy().astype(spec.dtype)
    real = data is not None and spec.kind in ("image", "point")
    if real and data.shape[1:] == spec.shape:
        return data[np.arange(start, start + size) % len(data)].astype(spec.dtype)
    random = np.random.default_rng(seed)
    if np.issubdtype(np.dtype(spec.dtype), np.integer):
        low, high = spec.range or (0, 1)
        return random.integers(int(low), int(high) + 1, shape).astype(spec.dtype)
    if spec.range:
        return random.uniform(*spec.range, shape).astype(spec.dtype)
    return random.standard_normal(shape).astype(spec.dtype)


def check_operators(artefact, used: set[str]) -> set[str]:
    """`used`, if a runtime without extensions has them all and none is random."""
    custom = sorted(op for op in used if op.startswith("custom "))
    if custom:
        raise ExportError(
            f"{artefact.path.name} needs {', '.join(custom)}, which is not built into "
            f"{artefact.format} runtimes. {remedy(custom, artefact.batch)}"
        )
    drawn = sorted(op for op in used if graphs.RANDOM.search(op))
    if drawn:
        raise ExportError(
            f"{artefact.path.name} draws random numbers ({', '.join(drawn)}). Take the "
            "noise as an input of the signature."
        )
    return used


def check_values(artefact, run, truth: Reference) -> dict:
    """Ask the file; return {signature: {output: measured}} or raise.

    Args:
        artefact: what was written.
        run: function (signature, inputs) -> outputs in the file's own runtime.
        truth: the model's answers.
    """
    return {
        name: _check_signature(artefact, run, truth, name)
        for name in artefact.signatures
    }


def quality(artefact, run, truth: Reference, mode) -> dict:
    """As `check_values`, but measuring what the bits of `mode` cost, not judging."""
    measured = {}
    for name in artefact.signatures:
        specs = truth.signatures[name].outputs
        answers = {key: ([], []) for key in specs}
        for inputs, expected in truth.answers(name, artefact.batch, QUALITY):
            found = run(name, inputs)
            size = len(next(iter(inputs.values())))
            _check_form(artefact, name, expected, found, size)
            for key, (old, new) in answers.items():
                old.append(expected[key].ravel())
                new.append(found[key].ravel())
        measured[name] = {
            key: loss(specs[key], np.concatenate(old), np.concatenate(new), mode)
            for key, (old, new) in answers.items()
        }
    return measured


def loss(spec, expected, found, mode) -> dict:
    """How far two arrays are apart, and what `mode` allows."""
    measure = "mismatches" if spec.discrete else "psnr"
    error, _ = difference(measure, expected, found, 0.0)
    facts = {"measure": measure, "error": error, "relative": 0.0}
    if spec.discrete:
        return facts | {"bound": mode.mismatches}
    expected, found = expected.astype("float64"), found.astype("float64")
    with np.errstate(invalid="ignore"):
        square = np.where(expected == found, 0.0, (expected - found) ** 2).mean()
    sizes = np.abs(expected[np.isfinite(expected)])
    peak = np.ptp(spec.range) if spec.range else sizes.max(initial=0.0)
    with np.errstate(divide="ignore"):
        decibel = 10 * np.log10(peak**2 / square) if square else BEST
    decibel = float(np.clip(np.nan_to_num(decibel, nan=-BEST), -BEST, BEST))
    return facts | {"bound": mode.psnr, "psnr": decibel, "rmse": float(square) ** 0.5}


def difference(measure, expected, found, relative):
    """(what to report, what to hold against the bound) for two arrays."""
    if not expected.size:
        return 0.0, 0.0
    expected, found = expected.astype("float64"), found.astype("float64")
    same = expected == found  # equal infinities, too, whose difference is not zero
    with np.errstate(invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(expected - found))
        excess = np.where(same, 0.0, gap - relative * np.abs(expected))
    gap[np.isnan(gap)] = excess[np.isnan(excess)] = np.inf
    if measure == "mismatches":
        share = float(np.mean(gap > 1e-5))
        return share, share
    return float(gap.max()), float(excess.max())


def _on_cpu(signature):
    def function(**inputs):
        with tf.device("/CPU:0"):
            return signature.function(**inputs)

    return dataclasses.replace(signature, function=function)


def _check_signature(artefact, run, truth, name):
    specs = truth.signatures[name].outputs
    bound = formats.get(artefact.format).bound
    measured = {key: bound(spec) for key, spec in specs.items()}
    worst = dict.fromkeys(specs, (0.0, 0.0))
    sizes = []
    for inputs, expected in truth.answers(name, artefact.batch):
        found = run(name, inputs)
        sizes.append(len(next(iter(inputs.values()))))
        _check_form(artefact, name, expected, found, sizes[-1])
        for key, rule in measured.items():
            pair = expected[key], found[key]
            got = difference(rule["measure"], *pair, rule["relative"])
            worst[key] = tuple(map(max, worst[key], got))
    for key, rule in measured.items():
        error, excess = worst[key]
        if excess > rule["bound"]:
            raise ExportError(_too_far(artefact, name, key, rule, error))
        rule |= {"error": error, "batches": sorted(set(sizes))}
    return measured


def _too_far(artefact, name, key, rule, error):
    relative = f" + {rule['relative']:g} |value|" if rule["relative"] else ""
    what = "a share of mismatches" if rule["measure"] == "mismatches" else "an error"
    return (
        f'{artefact.format}: "{key}" of "{name}" has {what} of {error:.3g}, and the '
        f"bound is {rule['bound']:g}{relative}. The file does not compute what the "
        "model computes: look for operations whose result depends on their "
        "implementation, or leave this signature out."
    )


def _check_form(artefact, name, expected, found, size):
    if set(found) != set(expected):
        raise ExportError(
            f'{artefact.format}: "{name}" returns {sorted(found)} and should return '
            f"{sorted(expected)}: the conversion lost the names."
        )
    for key, value in expected.items():
        got = found[key]
        if got.shape != value.shape or got.dtype != value.dtype:
            raise ExportError(
                f'{artefact.format}: "{key}" of "{name}" is {got.dtype} of shape '
                f"{got.shape} at batch size {size}; the model gives "
                f"{value.dtype} of shape {value.shape}. The conversion lost the batch "
                "axis: a fixed batch size, or fewer shape-dependent operations, help."
            )


def _check_declared(what, spec, value, size):
    if value.shape != (size, *spec.shape):
        raise ExportError(
            f"{what} has shape {value.shape} at batch size {size} and is declared as "
            f"{(size, *spec.shape)}. Correct the function or its Spec."
        )
    if np.isnan(value).any():
        raise ExportError(
            f"{what} is NaN in the model itself: nothing to compare with. Export a "
            "model whose weights are finite, and check the data it is given."
        )
    if spec.range and value.size:
        low, high = spec.range
        if value.min() < low - 1e-5 or value.max() > high + 1e-5:
            raise ExportError(
                f"{what} takes values in [{value.min():g}, {value.max():g}] and is "
                f"declared to stay in [{low:g}, {high:g}]. Correct one of the two."
            )


def _check_data(signatures, data):
    """They are legal for all inputs of their shape, and there is one."""
    takes = {
        f'"{key}" of "{name}"': spec
        for name, signature in signatures.items()
        for key, spec in signature.inputs.items()
        if not spec.law and spec.kind in ("image", "point")
    }
    if takes and not len(data):
        raise BadInput("the data to verify with are empty; give one example or more.")
    fit = {k: spec for k, spec in takes.items() if spec.shape == data.shape[1:]}
    for what, spec in (fit or takes).items():
        check_batch(data, spec.shape, what)
