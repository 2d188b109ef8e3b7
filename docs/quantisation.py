"""Measure every generator of the zoo in every quantisation mode, for docs/deploy.md.

    python -m docs quantisation

The measurements are kept in docs/quantisation.json: a new entry costs its own seconds.
"""

import pathlib
import re
import tempfile

import zoo
from docs.pages import Page, filled, weights
from export import formats, quantize
from keras_gen.quiet import import_tensorflow

COLUMNS = [
    (format, mode) for format, facts in formats.FORMATS.items() for mode in facts.modes
]


def keys() -> dict[str, str]:
    """The weights of all entries that have some."""
    return {name: weights(name) for name in zoo.names() if zoo.entry(name).weights}


def measure(name: str) -> dict:
    """{signature: {"FORMAT MODE": outcome}} of an entry's ways to generate."""
    import_tensorflow()
    from export import manifest, verify
    from export.making import Maker

    model = zoo.load(name)
    data = zoo.entry(name).data.inputs("test", model)
    signatures = model.signatures()
    found = {}
    main = model.sampler or next(iter(signatures))
    for key in dict.fromkeys((main, "sample_step")):
        if key in signatures:
            chosen = {key: signatures[key]}
            truth, about = verify.Reference(chosen, data), manifest.describe(chosen)
            with tempfile.TemporaryDirectory() as folder:
                calibration = quantize.Calibration(data)
                maker = Maker(pathlib.Path(folder), truth, about, 1, calibration)
                found[key] = {
                    f"{format} {mode}": told(outcome)
                    for format in formats.knowing()
                    for row in maker.outcomes(format).values()
                    for mode, outcome in row.items()
                }
    return found


def told(outcome):
    """What the table tells of a file; why there is none is a sentence already."""
    if isinstance(outcome, str):
        return outcome
    ((_, outputs),) = outcome["errors"].items()
    measured = next(iter(outputs.values()))
    name = "psnr" if measured["measure"] == "psnr" else "error"
    return {name: measured[name], "ratio": outcome["ratio"]}


def table(found: dict) -> str:
    """The measurements, and below them why some are missing."""
    heads = " | ".join(f"{format} {mode}" for format, mode in COLUMNS)
    lines = [f"| model | signature | {heads} |", "|---|---|" + "---|" * len(COLUMNS)]
    reasons = []
    for name, signatures in found.items():
        for signature, row in signatures.items():
            cells = [_cell(c, row[" ".join(c)], reasons) for c in COLUMNS]
            lines.append(f"| `{name}` | {signature} | {' | '.join(cells)} |")
    notes = [f"{i}. {reason}" for i, reason in enumerate(reasons, 1)]
    return "\n".join([*lines, "", *notes])


def _cell(column, outcome, reasons):
    if isinstance(outcome, str):
        missed = re.search(r"PSNR of ([\d.-]+) dB", outcome)
        if missed:
            return f"no: {float(missed[1]):.0f} dB"
        reason = outcome.removeprefix(f"{' '.join(column)} is refused: ")
        if reason not in reasons:
            reasons.append(reason)
        return f"no ({reasons.index(reason) + 1})"
    if "psnr" in outcome:
        quality = f"{outcome['psnr']:.0f} dB"
    else:
        quality = f"{outcome['error']:.1%} differ"
    return f"{quality}, {outcome['ratio']:.2f}"


def text(found: dict) -> str:
    """The page, with its table made anew."""
    return filled("docs/deploy.md", quantisation=table(found))


PAGE = Page("quantisation", text, keys, measure, file="docs/deploy.md")
