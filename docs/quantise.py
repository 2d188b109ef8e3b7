"""Measure every generator of the zoo in every quantisation mode, for docs/deploy.md.

    python docs/quantise.py            what is missing or has other weights by now
    python docs/quantise.py NAME...    these entries
    python docs/quantise.py --check    say whether the table is complete, write nothing

The measurements are kept in docs/quantisation.json: a new entry costs its own seconds.
"""

import argparse
import json
import pathlib
import re
import sys
import tempfile

import zoo
from export import formats, quantize
from keras_gen.quiet import import_tensorflow

HERE = pathlib.Path(__file__).parent
STORE, PAGE = HERE / "quantisation.json", HERE / "deploy.md"
BEGIN, END = "<!-- made by docs/quantise.py -->\n", "\n<!-- end -->"
COLUMNS = [
    (format, mode) for format, facts in formats.FORMATS.items() for mode in facts.modes
]


def measure(name: str) -> dict:
    """{signature: {"FORMAT MODE": outcome}} of an entry's ways to generate."""
    import_tensorflow()
    from export import manifest, verify
    from export.making import Maker

    model, data = zoo.load(name), zoo.entry(name).data.examples("test")
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
                    f"{format} {mode}": outcome
                    for format in formats.knowing()
                    for row in maker.outcomes(format).values()
                    for mode, outcome in row.items()
                }
    return found


def table(store: dict) -> str:
    """The measurements, and below them why some are missing."""
    heads = " | ".join(f"{format} {mode}" for format, mode in COLUMNS)
    lines = [f"| model | signature | {heads} |", "|---|---|" + "---|" * len(COLUMNS)]
    reasons = []
    for name, facts in store.items():
        for signature, row in facts["found"].items():
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
    ((_, outputs),) = outcome["errors"].items()
    measured = next(iter(outputs.values()))
    quality = f"{measured['error']:.1%} differ"
    if measured["measure"] == "psnr":
        quality = f"{measured['psnr']:.0f} dB"
    return f"{quality}, {outcome['ratio']:.2f}"


def filled(text: str, store: dict) -> str:
    """The page with the table between its markers made anew."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return head + BEGIN + table(store) + END + tail


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    store = json.loads(STORE.read_text()) if STORE.exists() else {}
    weights = {
        name: zoo.card(name)["weights"]["sha256"]
        for name in zoo.names()
        if zoo.entry(name).weights
    }
    behind = [n for n in weights if store.get(n, {}).get("weights") != weights[n]]
    if options.check:
        print(f"behind: {', '.join(behind)}" if behind else "complete")
        return int(bool(behind) or filled(PAGE.read_text(), store) != PAGE.read_text())
    for name in options.names or behind:
        print(name, flush=True)
        store[name] = {"weights": weights[name], "found": measure(name)}
        store = {name: store[name] for name in weights if name in store}
        STORE.write_text(json.dumps(store, indent=1) + "\n")
        PAGE.write_text(filled(PAGE.read_text(), store))
    return 0


if __name__ == "__main__":
    sys.exit(main())
