"""Write docs/speed.md: what training, sampling and growing cost.

    make bench               measures it, anew, and writes the page
    python -m docs speed     writes the page of what was measured

Times are of a machine, so they are no part of `python -m docs`'s measuring.
"""

import json

from docs.pages import Page

TEXT = """\
# How fast it is

`make bench` measures this page; each part has a command of its own. Times are medians,
and of the machine that is named.

## A step of training

`python benchmarks/training.py --write`. Each row is one model: ours, by `compile` and
`fit` at default settings, against the same networks, weights, batch and optimizer in
PyTorch, in four forms: a loop as its tutorials have it, with fused Adam; the same with
maps whose channels come last; its losses by `torch.compile`; and both. Before anything
is timed all must report the same losses from the same noise, in two steps. Rounds
alternate; times are in milliseconds.

*Ours / best* is the median over the rounds of our time by that of the fastest of
PyTorch's; below 1 ours is faster, and the quartiles say how sure that is. *Of matmul*
is how much of the rate of products of 1024 x 1024 matrices, measured in the same
minutes, the products in our step have. A loss that has a gradient in it (WGAN-GP)
cannot be compiled by PyTorch.{missing}

{training}
"""
SAMPLING = """
## What a sample costs

`python benchmarks/sampling.py --write`. A *pass* is all the conditionals of a batch,
once; *naive* is a pass for every pixel, of which a few were made; *cached* is what
`sample` runs, as a graph, and *XLA* the same compiled, with the time that takes.

{tables}
"""
EXPORTED = """
## A network's file

`python benchmarks/exported.py --write`. The same network with the same weights, as
`export` writes it for ONNX and as PyTorch's exporter does, in ONNX Runtime; beside them
our file in LiteRT. One example, milliseconds of a call; *ours / PyTorch's* with its
quartiles.

{tables}
"""
GROWTH = """
## What grows, and what does not

`python benchmarks/growth.py --write`, on {machine}.

![time and memory](pictures/growth.png)

A step of pix2pix. As powers, fitted to the upper half of the points:

| of | time | memory |
|---|---:|---:|
{rows}

Over 1,000 steps a process grew by {steps:.1f} MB, and by {loads:.1f} MB over 20 loads
of a model. The first batch of MNIST came after {first:.2f} s; of 400 steps of a VAE
{late:.1%} waited a millisecond for their data.
"""
FORMS = ("ours", "PyTorch", "channels last", "compiled", "compiled, channels last")
HEAD = ("", *FORMS[:-1], "both", "ours / best", "of matmul")
COSTS = (
    "",
    "batch",
    "pass",
    "naive / cached",
    "cached / pass",
    "XLA / pass",
    "compiling",
)
FILES = ("", "threads", "ours", "PyTorch's", "ours / PyTorch's", "LiteRT")
CONTESTS = (
    "DCGAN, 28x28", "DCGAN, 64x64", "WGAN-GP, 28x28", "VAE, dense",
    "VAE, convolutional", "Gated PixelCNN", "flow matching, U-Net", "pix2pix, 64x64",
    "CycleGAN, 32x32",
)  # fmt: skip


def table(head, rows) -> str:
    line = "| {} |".format
    rule = f"|{'---|' * len(head)}"
    return "\n".join(
        [line(" | ".join(head)), rule, *(line(" | ".join(r)) for r in rows)]
    )


def by_machine(head, rows: list) -> str:
    """A table for each machine, of rows that begin with theirs."""
    return "\n\n".join(
        f"On {machine}:\n\n{table(head, [r[1:] for r in rows if r[0] == machine])}"
        for machine in dict.fromkeys(row[0] for row in rows)
    )


def against(ratio: float, quartiles) -> str:
    """Our time by theirs, and who has lost."""
    low, high = quartiles
    lost = ", **lost**" if ratio > 1 else ""
    return f"{ratio:.2f} ({low:.2f} to {high:.2f}){lost}"


def row(name: str, found: dict) -> list[str]:
    """One contest."""
    times = [f"{found['ms'][f]:.1f}" if f in found["ms"] else "" for f in FORMS]
    ratio = against(found["ratio"], found["quartiles"])
    share = f"{found['share']:.0%} of {found['limit']:.0f} GFLOP/s"
    return [found["machine"], name, *times, ratio, share]


def costs(name: str, found: dict) -> list[list[str]]:
    """One model's samples, a row for each batch."""
    return [
        [
            found["machine"], name.partition(":")[0], batch, shown(t["pass"]),
            f"{t['naive'] / t['cached']:.0f}", f"{t['cached'] / t['pass']:.2f}",
            f"{t['xla'] / t['pass']:.2f}", shown(t["compiling"]),
        ]
        for batch, t in found["batches"].items()
    ]  # fmt: skip


def files(name: str, found: dict) -> list[list[str]]:
    """One network's files, a row for each number of threads."""
    rows = []
    for count, t in found["threads"].items():
        ratio = against(t["middle"], t["quartiles"])
        ours, theirs, lite = (f"{ms:.2f}" for ms in t["ms"].values())
        rows.append([found["machine"], name, count, ours, theirs, ratio, lite])
    return rows


def shown(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def text(known: dict) -> str:
    contests = [row(name, found) for name, found in known.items() if "ratio" in found]
    raced = {contest[1] for contest in contests}
    left = [name for name in CONTESTS if name not in raced]
    missing = f" Not measured yet: {'; '.join(left)}." if left else ""
    page = TEXT.format(missing=missing, training=by_machine(HEAD, contests))
    kinds = {"sampling": (SAMPLING, COSTS, costs), "exported": (EXPORTED, FILES, files)}
    for kind, (part, head, rows) in kinds.items():
        found = [(n, f) for n, f in known.items() if f.get("kind") == kind]
        if found:
            each = [row for name, record in found for row in rows(name, record)]
            page += part.format(tables=by_machine(head, each))
    if growth := known.get("growth"):
        words = {"batch": "batch", "side": "pixels", "width": "width"}
        rows = "\n".join(
            f"| {word} | {growth[name]['time']:.2f} | {growth[name]['memory']:.2f} |"
            for name, word in words.items()
        )
        rest = known["what does not grow"] | known["data"]
        page += GROWTH.format(rows=rows, **rest)
    return page


def keys() -> dict[str, str]:
    """All that was measured stays until it is measured anew."""
    kept = PAGE.kept
    known = json.loads(kept.read_text()) if kept.exists() else {}
    return {name: record["key"] for name, record in known.items()}


PAGE = Page("speed", text, keys)
