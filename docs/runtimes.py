"""Measure which exported files run where, for docs/deploy.md.

    python -m docs runtimes

needs `pip install .[runtimes]`, Node.js and a C compiler. One entry stands for each
kind of graph. LiteRT and ONNX Runtime have run every file when it was exported; the
others are asked here, and held to the same answers.
"""

import pathlib
import tempfile

import zoo
from docs.pages import Page, filled, weights
from keras_gen.quiet import import_tensorflow

VERSIONS = "openvino 2026.4, opencv 5.0"
KINDS = {
    "gan-ring": "dense layers",
    "dcgan-small-glyphs": "transposed convolutions",
    "sngan-fashion": "nearest neighbours, convolutions",
    "vae-small-glyphs": "convolutions with strides",
    "vq-vae-digits": "nearest codes",
    "spline-moons": "a flow of splines",
    "pix2pix-coarse-glyphs": "a U-net",
    "made-digits": "masks",
    "gated-pixelcnn-digits": "masked convolutions",
    "row-lstm-digits": "a recurrent layer",
    "vq-prior-digits": "codes, and their pictures",
    "ebm-ring": "a chain along slopes",
    "rbm-mnist": "a chain between two layers",
    "edm-digits": "diffusion",
}
ASKED = (
    *("generate", "encode", "translate"),
    *("denoise", "sample_step", "sample_loop"),
)
ELSEWHERE = {"c": "tflite", "node": "onnx", "openvino": "onnx", "opencv": "onnx"}
HEADS = ("LiteRT", "LiteRT in C", "ONNX Runtime", "Node", "OpenVINO", "OpenCV")


def keys() -> dict[str, str]:
    return {name: f"{weights(name)}, {VERSIONS}" for name in KINDS}


def measure(name: str) -> dict:
    """{signature: {runtime: how far off, or why not}}."""
    import_tensorflow()
    import export
    from export import elsewhere
    from keras_gen.errors import ExportError

    model, found = zoo.load(name), {}
    data = zoo.entry(name).data.inputs("test", model)
    for signature in model.signatures():
        if signature not in ASKED:
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder) / "out"
            export.export(model, folder, ["tflite", "onnx"], signature, data=data)
            row = found[signature] = {}
            for runtime in ELSEWHERE:
                try:
                    rows = elsewhere.check(folder, [runtime])
                    row[runtime] = max(r["error"] for r in rows)
                except ExportError as error:
                    row[runtime] = str(error)
    return found


def table(found: dict) -> str:
    """The measurements, and below them why some files do not run."""
    lines = [
        f"| model | graph | signature | {' | '.join(HEADS)} |",
        "|---|---|---|" + "---|" * len(HEADS),
    ]
    reasons = []
    for name, signatures in found.items():
        for signature, row in signatures.items():
            c, *others = (_cell(row[runtime], reasons) for runtime in ELSEWHERE)
            cells = " | ".join(("yes", c, "yes", *others))
            lines.append(f"| `{name}` | {KINDS[name]} | {signature} | {cells} |")
    notes = [f"{i}. {reason}" for i, reason in enumerate(reasons, 1)]
    return "\n".join([*lines, "", *notes])


def _cell(outcome, reasons):
    if not isinstance(outcome, str):
        return "yes"
    _, _, reason = outcome.partition(": ")
    reason = (reason or outcome).replace("|", "/").replace("<", "&lt;")[:160]
    if reason not in reasons:
        reasons.append(reason)
    return f"no ({reasons.index(reason) + 1})"


def text(found: dict) -> str:
    """The page, with its table made anew."""
    return filled("docs/deploy.md", runtimes=table(found))


PAGE = Page("runtimes", text, keys, measure, file="docs/deploy.md")
