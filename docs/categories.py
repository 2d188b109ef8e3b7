"""Write docs/categories.md: what models draw that are told a class.

    python -m docs categories

Every entry with weights that is told a class which a classifier of the zoo knows. It
takes a minute of one core for each, a few for those that draw in many steps.
"""

from dataclasses import replace
from inspect import signature

import numpy as np

import zoo
from docs.pages import PICTURES, Page, weights
from keras_gen.metrics import classes, neighbours
from zoo.evaluation import classifier_name, classifier_of
from zoo.tables import percent

N, NEIGHBOURS = 540, 5  # as many of each of 10 classes, and of each of 36
ROWS = 4  # of a picture
TRUNCATIONS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)

HEAD = f"""# Category to image

Made by `python -m docs categories`; nothing here is written by hand.

A model that is told a class draws it: `model.sample(4, label=[7, 7, 2, 0])`. Of each,
{N} samples, as many of one class as of another. *As asked*: the share that the zoo's
classifier of these data takes for the class that was asked for, ± one standard error,
and in brackets that of test images, of which it errs in some, too. *Precision*: the
share of samples within reach of the {NEIGHBOURS} nearest among test images, in the
classifier's features: how good they are. *Recall*: the share of test images within such
reach of samples: how little is missing. In brackets both of training images, which
a perfect model would reach. *Trained on samples*: the accuracy on test images of a
classifier that has seen samples alone, where the card has it.

| entry | data | as asked | precision | recall | trained on samples |
|---|---|---:|---:|---:|---:|
"""
SHOWN = """
## {name}

{title}. From left to right: {classes}.

![{name}, class by class](pictures/categories-{name}.png)
"""
TRUNCATED = """
Asked with latents none of whose numbers lies beyond t, `sample(..., truncation=t)`, it
gives variety away for quality:

| t | as asked | precision | recall |
|---|---:|---:|---:|
"""
PICTURE = """
![{name}, truncated more and more](pictures/categories-{name}-truncated.png)
"""


def entries() -> list:
    """Those that are told a class which somebody can judge, data set by data set."""
    told = [
        entry
        for entry in map(zoo.entry, zoo.names(task="generate"))
        if entry.weights and named(entry) and classifier_name(plain(entry.data))
    ]
    return sorted(told, key=lambda entry: entry.data.name)


def named(entry) -> tuple[str, ...]:
    """The names of the classes that an entry is told, if it is told one."""
    labels = entry.data.labels
    if not isinstance(labels, str) or labels == "mask":
        return ()
    return entry.data.info.factors[labels] or ()


def plain(spec):
    """The same data in all their levels, as classifiers see them."""
    return replace(spec, binarise=None)


def keys() -> dict[str, str]:
    return {
        entry.name: f"{weights(entry.name)} by "
        f"{weights(classifier_name(plain(entry.data)))}"
        for entry in entries()
    }


def measure(name: str) -> dict:
    """What the classifier says of samples and of real images; draws both pictures."""
    from keras_gen import plots

    entry, model = zoo.entry(name), zoo.load(name)
    count = len(named(entry))
    each = np.tile(np.arange(count), ROWS)
    picture = plots.grid(model.sample(len(each), seed=1, label=each), count)
    plots.save_image(PICTURES / f"categories-{name}.png", picture)
    label = np.arange(N) % count
    x = model.sample(N, seed=0, label=label)
    judged = judge(entry, binary=np.isin(x, (0, 1)).all())
    found = {**judged(x, label), "floor": judged()}
    if "truncation" in signature(model.sample).parameters:
        found["truncated"] = {
            str(t): judged(model.sample(N, seed=0, truncation=t, label=label), label)
            for t in TRUNCATIONS
        }
        few = {str(t): {"truncation": t} for t in TRUNCATIONS[:: len(TRUNCATIONS) - 1]}
        few = {"none": {}} | few
        each = np.arange(count)
        rows = [model.sample(count, seed=1, label=each, **how) for how in few.values()]
        table = plots.pixels.table(np.concatenate(rows), list(few))
        plots.save_image(PICTURES / f"categories-{name}-truncated.png", table)
    return found


def judge(entry, binary: bool):
    """A function of samples and their labels, or of nothing, which is real images.

    What draws black or white is held against images that were drawn so, too.
    """
    spec = entry.data if binary else plain(entry.data)
    (train, _), (test, given) = spec.arrays("train"), spec.arrays("test")
    order = np.random.default_rng(0).permutation(len(test))[:N]
    test, given = test[order], given[order]
    classifier = classifier_of(plain(entry.data))
    real = classifier.features(test)

    def judged(x=None, label=None):
        if x is None:
            asked = classes.agreement(classifier.said(test), given)
            x = train[np.random.default_rng(0).permutation(len(train))[:N]]
        else:
            asked = classes.agreement(classifier.said(x), label)
        near = neighbours.compare(real, classifier.features(x), NEIGHBOURS)
        return {
            "asked": {"value": asked.value, "stderr": asked.stderr},
            "precision": near.precision,
            "recall": near.recall,
        }

    return judged


def row(entry, of) -> str:
    metrics = zoo.card(entry.name)["metrics"]
    learned = metrics.get("trained_on_samples")
    cells = [f"[`{entry.name}`](#{entry.name})", f"`{entry.data.name}`", *measured(of)]
    floor = measured(of["floor"])
    both = [f"{cell} ({least})" for cell, least in zip(cells[2:], floor, strict=True)]
    cells[2:] = [*both, percent(learned) if learned else "-"]
    return f"| {' | '.join(cells)} |\n"


def measured(of) -> list[str]:
    return [percent(of["asked"]), f"{of['precision']:.2f}", f"{of['recall']:.2f}"]


def section(entry, of) -> str:
    """The pictures of one entry, and what truncation costs and gives."""
    told = ", ".join(named(entry))
    part = SHOWN.format(name=entry.name, title=entry.title, classes=told)
    if "truncated" not in of:
        return part
    rows = {"none": of} | of["truncated"]
    lines = (f"| {t} | {' | '.join(measured(row))} |\n" for t, row in rows.items())
    return part + TRUNCATED + "".join(lines) + PICTURE.format(name=entry.name)


def text(found) -> str:
    shown = [entry for entry in entries() if entry.name in found]
    table = "".join(row(entry, found[entry.name]) for entry in shown)
    return HEAD + table + "".join(section(e, found[e.name]) for e in shown)


PAGE = Page("categories", text, keys, measure)
