"""Write docs/speed.md: a step of training against the same in PyTorch.

    make bench               measures it, anew, and writes the page
    python -m docs speed     writes the page of what was measured

Times are of a machine, so they are no part of `python -m docs`'s measuring.
"""

import json

from docs.pages import Page

TEXT = """\
# How fast a step of training is

`python benchmarks/training.py --write` measures this page. Each row is one model: ours,
by `compile` and `fit` at default settings, against the same networks, weights, batch
and optimizer in PyTorch, in four forms: a loop as its tutorials have it, with fused
Adam; the same with maps whose channels come last; its losses by `torch.compile`; and
both. Before anything is timed all must report the same losses from the same noise, in
two steps. Rounds alternate; times are medians, in milliseconds.

*Ours / best* is the median over the rounds of our time by that of the fastest of
PyTorch's; below 1 ours is faster, and the quartiles say how sure that is. *Of matmul*
is how much of the rate of products of 1024 x 1024 matrices, measured in the same
minutes, the products in our step have. A loss that has a gradient in it (WGAN-GP)
cannot be compiled by PyTorch. Not measured yet: DCGAN, WGAN-GP, the convolutional VAE
and Gated PixelCNN, which the command knows, too.

{tables}"""
HEAD = ("", "ours", "PyTorch", "channels last", "compiled", "both", "ours / best")
FORMS = ("ours", "PyTorch", "channels last", "compiled", "compiled, channels last")


def row(name: str, found: dict) -> str:
    times = [f"{found['ms'][f]:.1f}" if f in found["ms"] else "" for f in FORMS]
    low, high = found["quartiles"]
    ratio = f"{found['ratio']:.2f} ({low:.2f} to {high:.2f})"
    ratio += ", **lost**" if found["ratio"] > 1 else ""
    share = f"{found['share']:.0%} of {found['limit']:.0f} GFLOP/s"
    return f"| {' | '.join([name, *times, ratio, share])} |"


def text(known: dict) -> str:
    machines = dict.fromkeys(found["machine"] for found in known.values())
    head = f"| {' | '.join([*HEAD, 'of matmul'])} |\n|{'---|' * (len(HEAD) + 1)}\n"
    tables = (
        f"On {machine}:\n\n{head}"
        + "\n".join(row(n, f) for n, f in known.items() if f["machine"] == machine)
        for machine in machines
    )
    return TEXT.format(tables="\n\n".join(tables)) + "\n"


def keys() -> dict[str, str]:
    """All that was measured stays until it is measured anew."""
    kept = PAGE.kept
    known = json.loads(kept.read_text()) if kept.exists() else {}
    return {name: record["key"] for name, record in known.items()}


PAGE = Page("speed", text, keys)
