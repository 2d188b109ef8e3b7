"""Quantised files: what each mode does, when it is refused, what it may cost.

    mode          weights   arithmetic                                  formats
    float16       16 bits   float32                                     tflite, onnx
    dynamic        8 bits   8 bits for products, scaled at each call    tflite, onnx
    weight_int8    8 bits   float32                                     tflite
    int8           8 bits   8 bits throughout, scaled by calibration    tflite

The bounds were measured on trained networks and leave them some room. Fewer bits are
a matter of degree, so a file is judged by what they cost: by the peak signal-to-noise
ratio of continuous outputs, 20 log10(peak / root mean squared error), where the peak is
the width of the declared range or else the model's largest absolute value; by the
share of discrete outputs that change; and by the share of the float file's bytes that
is left. Small models mostly consist of structure, so their share is only reported.

Not here: sixteen-bit activations, which no fast kernel has, and four-bit weights.
"""

import dataclasses
import pathlib

import numpy as np

from export import formats
from keras_gen.errors import BadFile, BadInput, ExportError, lookup

FLOAT, AUTO = "float", "auto"
CALIBRATION = 100  # examples: ten give ranges that are too narrow
LARGE = 1_000_000  # bytes of the float file from which on the ratio is bounded


@dataclasses.dataclass(frozen=True)
class Mode:
    """A way to use fewer bits, and what it may cost.

    Args:
        formats: where it exists.
        psnr: the least, in dB, of continuous outputs.
        ratio: the largest share of the float file's bytes.
        mismatches: the largest share of discrete values that may differ.
    """

    formats: tuple[str, ...]
    psnr: float
    ratio: float
    mismatches: float


MODES = {
    "float16": Mode(formats.knowing("float16"), 70.0, 0.52, 0.01),
    "dynamic": Mode(formats.knowing("dynamic"), 45.0, 0.30, 0.05),
    "weight_int8": Mode(formats.knowing("weight_int8"), 45.0, 0.30, 0.05),
    "int8": Mode(formats.knowing("int8"), 40.0, 0.30, 0.0),
}


def plan(asked, quantize) -> dict[str, list[str]]:
    """{format: modes to write}: each format takes those of the modes that it knows.

    Args:
        asked: the formats asked for; None for all that know one of the modes.
        quantize: one mode or several, "float" and "auto" among them, or None.
    """
    modes = [quantize] if isinstance(quantize, str) else list(quantize or [FLOAT])
    legal = {FLOAT: tuple(formats.FORMATS), AUTO: tuple(formats.FORMATS)}
    legal |= {name: mode.formats for name, mode in MODES.items()}
    homes = {mode: lookup(legal, mode, "quantisation mode") for mode in modes}
    free = asked is None
    if free:  # all that are the better for it
        asked = formats.FORMATS if FLOAT in homes else formats.knowing()
    chosen = {
        format: [mode for mode in homes if format in homes[mode]] for format in asked
    }
    for mode, home in homes.items():
        if not set(home) & set(chosen):
            raise BadInput(
                f"{' and '.join(chosen)} cannot be {mode}: that exists for "
                f"{' and '.join(home)}."
            )
    for format, some in chosen.items():
        if not some and not free:
            can = [mode for mode in legal if format in legal[mode]]
            raise BadInput(
                f"{format} cannot be {' or '.join(modes)}; its modes are "
                f"{', '.join(can)}."
            )
    return {format: some for format, some in chosen.items() if some}


def refusal(mode, home, name, signature, operators, batch) -> str | None:
    """Why this mode is known to be wrong for a signature, or None.

    Args:
        mode: one of `MODES`.
        home: the format.
        name: of the signature.
        signature: its tensors.
        operators: the names of TensorFlow's operators in its graph.
        batch: the batch size of the file, None for any.
    """
    discrete = [key for key, spec in signature.outputs.items() if spec.discrete]
    if mode != "float16" and any("While" in op for op in operators):
        return (
            f'"{name}" runs a whole loop, which feeds its rounding errors back to '
            "itself. Quantise the single step instead, or take float16."
        )
    if mode == "int8" and discrete:
        return (
            f'"{discrete[0]}" of "{name}" is discrete: with 8-bit arithmetic other '
            "values win. Take weight_int8, dynamic or float16."
        )
    timed = any(spec.kind == "index" for spec in signature.inputs.values())
    if mode == "int8" and name == "denoise" and timed:
        return (
            '"denoise" depends on small differences of large numbers and on the exact '
            "time, which 8-bit arithmetic rounds. Take weight_int8 or dynamic."
        )
    return home.refusal(mode, name, operators, batch)


def misses(mode: str, measured: dict, ratio: float, float_bytes: int) -> list[str]:
    """The bounds of a mode that a file does not keep, and by how much it fails."""
    found = []
    for name, outputs in measured.items():
        for key, value in outputs.items():
            what, least = f'"{key}" of "{name}"', value["bound"]
            if value["measure"] == "psnr" and not value["psnr"] >= least:
                found.append(
                    f"{what} has a PSNR of {value['psnr']:.1f} dB, "
                    f"{least - value['psnr']:.1f} dB below the bound of {least:g} dB"
                )
            if value["measure"] == "mismatches" and not value["error"] <= least:
                found.append(
                    f"{value['error']:.1%} of {what} differ, and the bound is "
                    f"{least:.0%}"
                )
    most = MODES[mode].ratio
    if float_bytes >= LARGE and ratio > most:
        found.append(
            f"it has {ratio:.3f} of the float file's bytes, {ratio - most:.3f} above "
            f"the bound of {most:g}"
        )
    return found


def check_inputs(given, signatures) -> None:
    """Raise `UnknownName` if examples are given for an input that does not exist."""
    known = {key: s for s in signatures.values() for key in s.inputs}
    for key in given if isinstance(given, dict) else ():
        lookup(known, key, "input to calibrate")


class Calibration:
    """Examples from which the ranges of 8-bit activations are taken.

    They must follow the law of what the file will see: calibrated on anything else, a
    generator of 45 dB had 8.

    Args:
        data: real examples, an array (n, *shape), for the inputs that are data.
        given: the user's own, in the place of `data` or of anything: an array of
            examples, a folder of images, or {input: array}.
    """

    def __init__(self, data=None, given=None):
        self.data = data
        self.given = given

    def examples(self, name: str, signature, batch: int | None) -> list[dict]:
        """`CALIBRATION` examples or some more of what a signature takes, in batches."""
        from export.verify import example

        size = batch or 1
        columns = {
            key: self._column(f'"{key}" of "{name}"', key, spec)
            for key, spec in signature.inputs.items()
        }
        return [
            {
                key: example(spec, size, (key, "calibration", i), None, 0)
                if columns[key] is None
                else _rows(columns[key], i * size, size).astype(spec.dtype)
                for key, spec in signature.inputs.items()
            }
            for i in range(-(-CALIBRATION // size))
        ]

    def _column(self, what, key, spec):
        """The values that an input shall take, or None if it is to be drawn."""
        real = not spec.law and spec.kind in ("image", "point")
        if isinstance(self.given, dict):
            values = self.given.get(key)
        elif real and isinstance(self.given, (str, pathlib.Path)):
            values = _images(self.given, spec)
        else:
            values = self.given if real else None
        if values is None:
            guess = not (spec.law or spec.range or spec.dtype != "float32")
            if (real and self.data is None) or (guess and not real):
                raise ExportError(
                    f"int8 is calibrated on real examples of {what}, and there are "
                    "none: give `data`, or `calibration` (an array of examples, a "
                    "folder of images, or an array for each input)."
                )
            return self.data if real else None
        from keras_gen.checks import check_batch

        values = np.asarray(values)
        if spec.dtype == "float32":
            check_batch(values, spec.shape, f"the calibration of {what}")
        elif values.shape[1:] != spec.shape:
            raise BadInput(
                f"the calibration of {what} has shape {values.shape}; give examples of "
                f"shape {spec.shape}."
            )
        if len(values) < CALIBRATION:
            raise BadInput(
                f"{len(values)} examples calibrate {what}; {CALIBRATION} are needed, "
                "or the ranges come out too narrow."
            )
        return values


def _rows(values, start, size):
    """Rows from the end backwards: verification takes the first."""
    return values[-1 - np.arange(start, start + size) % len(values)]


def _images(folder, spec):
    """The training split of a folder, in the size that the model takes."""
    from keras_gen import data

    if spec.kind != "image":
        raise BadInput(
            f"a folder holds images, and this model takes points of shape {spec.shape}:"
            " give `calibration` an array."
        )
    if not pathlib.Path(folder).is_dir():
        raise BadFile(f"there is no folder {folder} to calibrate with.")
    height, width, channels = spec.shape
    return data.arrays(str(folder), "train", size=(height, width), channels=channels)
