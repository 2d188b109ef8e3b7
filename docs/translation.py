"""Write docs/translation.md: a translator, and a student of it for phones.

    python -m docs translation

It takes a minute on one core, and needs the data.
"""

import math
import tempfile

import numpy as np

import zoo
from docs.pages import PICTURES, Page, weights

TEACHER, STUDENT = "discogan-shoes-bags", "pix2pix-slim-bags"
RUNS = 30  # of an exported file, of which the median counts
SHOWN = 12

HEAD = """# Translators, measured

Made by `python -m docs translation`; nothing here is written by hand.

## A student

`{teacher}` makes handbags of shoes, and has learned it without pairs. What it makes of
a shoe is a pair, so a student has something to learn from: `{student}` is a
`Pix2Pix(..., teacher=...)`. Of the {n:,} test images of shoes: the share that
`classifier-fashion` takes for bags, the mean absolute difference from what the teacher
makes, and a Frechet distance to the test images of bags (64 principal components; as
many training images: {floor:.2f}). Products are those of weights with values for one
image; milliseconds are for one image on one core, medians of {runs}, of the exported
function `translate`.

| entry | weights | products | taken for bags | from the teacher's | Frechet | {heads} |
|---|---:|---:|---:|---:|---:|{rules}|
"""
TAIL = """
![shoes, the teacher's bags, the student's](pictures/translation-student.png)
"""


def keys() -> dict[str, str]:
    """Of what each measurement depends on."""
    both = f"{weights(TEACHER)}, {weights(STUDENT)}, {RUNS} runs"
    return {STUDENT: both} if zoo.entry(STUDENT).weights else {}


def measure(title) -> dict:
    from keras_gen import plots
    from keras_gen.metrics import frechet
    from keras_gen.trial import in_parts

    spec = zoo.entry(TEACHER).data
    shoes, bags = (s.examples("test") for s in (spec, spec.second))
    train = spec.second.examples("train")
    features = frechet.PrincipalComponents(train)
    judge, n = zoo.load("classifier-fashion"), min(len(shoes), len(bags))
    bag = spec.info.factors["class"].index("Bag")
    real, made, rows = features(bags[:n]), {}, {}
    for name in (TEACHER, STUDENT):
        model = zoo.load(name)
        network = model.generator if name == STUDENT else model.forward
        y = in_parts(lambda x, model=model: model.translate(x)["image"], shoes)
        made[name] = y
        rows[name] = {
            "weights": network.count_params(),
            "products": products(network),
            "taken": float((judge.said(y) == bag).mean()),
            "apart": float(np.abs(y - made[TEACHER]).mean()),
            "frechet": float(frechet.distance(features(y[:n]), real)),
            "times": times(model),
        }
    shown = np.linspace(0, len(shoes) - 1, SHOWN).astype(int)
    tiles = np.concatenate([images[shown] for images in (shoes, *made.values())])
    picture = plots.pixels.table(tiles, ["shoe", "teacher", "student"])
    plots.save_image(PICTURES / "translation-student.png", picture)
    order = np.random.default_rng(0).permutation(len(train))[:n]
    floor = float(frechet.distance(features(train[order]), real))
    return {"rows": rows, "floor": floor, "n": len(shoes)}


def products(network) -> int:
    """Of weights with values, for one example."""
    total = 0
    for layer in network.layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            transposed = "Transpose" in type(layer).__name__
            places = (layer.input if transposed else layer.output).shape[1:-1]
            total += math.prod(kernel.shape) * math.prod(places)
    return total


def times(model) -> dict:
    """{runtime: kilobytes and milliseconds of `translate`}."""
    import export
    from export import benchmark, formats, manifest

    found = {}
    with tempfile.TemporaryDirectory() as folder:
        made = f"{folder}/made"
        export.export(model, made, ["tflite", "onnx"], signatures=["translate"])
        listed = manifest.load(made)
        values = benchmark.inputs(listed["signatures"]["translate"]["inputs"], 1)
        for file in listed["files"]:
            path, home = f"{made}/{file['path']}", formats.get(file["format"])
            subject = benchmark.Subject(home.runtime, path, file["path"])
            with benchmark.Worker(subject, "translate", 1, values) as worker:
                worker.answer()  # it has loaded
                seconds = float(np.median(worker.ask(1 + RUNS)[1:]))
            found[home.runtime.name] = [file["bytes"] / 1e3, 1000 * seconds]
    return found


def text(found: dict) -> str:
    if STUDENT not in found:
        return "# Translators, measured\n"
    rows = found[STUDENT]["rows"]
    runtimes = list(rows[TEACHER]["times"])
    page = HEAD.format(
        teacher=TEACHER, student=STUDENT, n=found[STUDENT]["n"], runs=RUNS,
        floor=found[STUDENT]["floor"],
        heads=" | ".join(f"{r}, ms (kB)" for r in runtimes),
        rules="|".join("---:" for _ in runtimes),
    )  # fmt: skip
    for name, row in rows.items():
        timed = [row["times"][runtime] for runtime in runtimes]
        page += (
            f"| `{name}` | {row['weights']:,} | {row['products']:,} "
            f"| {row['taken']:.1%} | {row['apart']:.4f} | {row['frechet']:.2f} | "
            + " | ".join(f"{ms:.2f} ({size:,.0f})" for size, ms in timed)
            + " |\n"
        )
    return page + TAIL


PAGE = Page("translation", text, keys, measure)
