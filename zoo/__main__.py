"""python -m zoo list | show | train | sample | evaluate

`list` and `show` answer without importing TensorFlow.
"""

import argparse
import json
import pathlib
import sys

from rich.console import Console

from keras_gen.errors import KerasGenError, unknown
from keras_gen.plain import PlainTable as Table
from keras_gen.plain import plain
from keras_gen.quiet import import_tensorflow
from zoo import cards, registry


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code, not 0 for an error in a sentence."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        options = _parser().parse_args(_known_command(arguments))
        options.run(options)
    except KerasGenError as error:
        print(plain(f"{type(error).__name__}: {error}"), file=sys.stderr)
        return error.exit_code
    except OSError as error:  # of a disk: what is ours is told above
        print(plain(f"{type(error).__name__}: {error}"), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return 0


def _known_command(arguments):
    """argparse lists the choices; we also say which one was meant."""
    if arguments and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        raise unknown(arguments[0], COMMANDS, "command")
    return arguments


def _parser():
    parser = argparse.ArgumentParser("python -m zoo", description="The model zoo.")
    commands = parser.add_subparsers(required=True, metavar=" | ".join(COMMANDS))
    for name, (run, declare) in COMMANDS.items():
        sub = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        declare(sub)
        sub.set_defaults(run=run)
    return parser


# list


def _declare_list(parser):
    parser.add_argument("--family", help="only this family")
    parser.add_argument("--task", help="only models for this task")
    parser.add_argument("--dataset", help="only models of this data set")
    parser.add_argument("--json", action="store_true", help="for programs")


def list_(options):
    """All models, with their size and main measure."""
    names = registry.names(options.family, options.task, options.dataset)
    rows = [_row(registry.find(name)) for name in names]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "what", "paper", "parameters", "bytes", "measured on test"):
        right = heading in ("parameters", "bytes")
        table.add_column(heading, justify="right" if right else "left")
    for row in rows:
        size = [f"{row[k]:,}" if row[k] else "-" for k in ("parameters", "bytes")]
        table.add_row(
            row["name"],
            row["title"],
            row["paper"],
            *size,
            row["measure"] or "untrained",
        )
    _console().print(table)


def _row(entry) -> dict:
    row = {
        "name": entry.name,
        "title": entry.title,
        "system": entry.system,
        "family": entry.family,
        "tasks": list(entry.tasks),
        "dataset": entry.data.name,
        "paper": entry.paper,
        "parameters": None,
        "bytes": None,
        "measure": None,
    }
    if (cards.CARDS / f"{entry.name}.json").exists():
        card = cards.card(entry.name)
        row["parameters"] = sum(card["parameters"].values())
        row["bytes"] = card["weights"]["bytes"]
        row["measure"] = headline(card["metrics"])
    return row


def headline(metrics: dict) -> str:
    """The one measure that a table has room for, with its standard error.

    Of generated pictures it is the one that judges what they show, in the features of
    a classifier, where the card has it.

    Example:
        >>> headline({
        ...     "bits_per_dim": {
        ...         "value": 1.894, "stderr": 0.013, "estimator": "upper bound, ...",
        ...     },
        ...     "histogram_bits_per_dim": {"value": 2.427, "stderr": 0.012},
        ... })
        '<= 1.894 ± 0.013 bits/dim (histogram 2.427)'
    """
    value = {name: metric["value"] for name, metric in metrics.items()}
    if "modes_covered" in value:
        good = percent(metrics["share_good"])
        return f"{value['modes_covered']:.0f} modes, {good} good"
    if "bits_per_dim" in value:
        histogram = value["histogram_bits_per_dim"]
        bits = _with_error(metrics["bits_per_dim"], 3)
        return f"{bits} bits/dim (histogram {histogram:.3f})"
    if "frechet" in value:
        judged = "classifier_frechet" in value
        name = "classifier_frechet" if judged else "frechet"
        shown = f"Frechet {'' if judged else 'of pixels '}{value[name]:.2f} "
        shown += f"(real {value[f'{name}_floor']:.2f})"
        for name, what in (
            ("label_accuracy", "as asked"),
            ("accuracy", "told apart"),
            ("purity", "sorted by class"),
        ):
            if name in value:
                shown += f", {percent(metrics[name])} {what}"
        return shown
    if "psnr" in value:
        rival = f"{metrics['baseline_psnr']['estimator']} {value['baseline_psnr']:.1f}"
        return f"PSNR {_with_error(metrics['psnr'], 1)} dB ({rival})"
    if "iou" in value:
        rival = f" (threshold {value['baseline_iou']:.2f})" * ("baseline_iou" in value)
        return f"IoU {_with_error(metrics['iou'], 3)}{rival}"
    name = next(iter(value))
    return f"{name} {_with_error(metrics[name], 3)}"


def _with_error(metric: dict, digits: int, times: float = 1) -> str:
    """A value, "<=" before it where its estimator says that it is only bounded.

    It has more digits where its error would be shown as 0.
    """
    sign = "<= " if metric.get("estimator", "").startswith("upper bound") else ""
    value, error = times * metric["value"], times * (metric["stderr"] or 0)
    while error and round(error, digits) == 0:
        digits += 1
    return f"{sign}{value:.{digits}f}" + f" ± {error:.{digits}f}" * bool(error)


def percent(metric: dict) -> str:
    """A share with its error."""
    return f"{_with_error(metric, 1, 100)}%"


# show


def _declare_show(parser):
    parser.add_argument("name")
    parser.add_argument("--json", action="store_true", help="the card as it is stored")


def show(options):
    """The card of one model."""
    card = cards.card(options.name)
    if options.json:
        print(json.dumps(card, indent=1))
        return
    console = _console()
    data, recipe = card["data"], card["recipe"]
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold")
    facts.add_column()
    parameters = ", ".join(f"{k} {v:,}" for k, v in card["parameters"].items())
    binarised = f", {data['binarise']} binarisation" if data["binarise"] else ""
    training = card["training"]
    for key, value in {
        "name": card["name"],
        "what": card["title"],
        "system": f"{card['system']} ({card['paper']})",
        "data": f"{data['name']}{binarised}: {data['train']:,} train, "
        f"{data['test']:,} test; {data['licence']}",
        "parameters": parameters,
        "weights": f"{card['weights']['file']}, {card['weights']['bytes']:,} bytes",
        "sha256": card["weights"]["sha256"],
        "licence": card["licence"],
        "recipe": f"{recipe['epochs']} epochs of batches of {recipe['batch']}, "
        f"{recipe['steps']:,} steps, seed {recipe['seed']}",
        "training": f"{training['seconds'] / 60:.1f} minutes on {training['cores']} "
        "cores; " + ", ".join(f"{k} {v}" for k, v in training["versions"].items()),
    }.items():
        facts.add_row(key, value)
    console.print(facts)
    console.print()
    console.print(measures(card["metrics"]))


def measures(metrics: dict, claimed: dict | None = None) -> Table:
    """A table of measures with their uncertainty and estimator, beside a card's."""
    table = Table("measure", box=None, pad_edge=False)
    for heading in (*(["card"] if claimed else []), "value", "± s.e.", "n"):
        table.add_column(heading, justify="right")
    table.add_column("how")
    for name, m in metrics.items():
        said = (claimed or {}).get(name)  # not of a measure that is new
        card = [_digits(said and said["value"])] if claimed else []
        values = (_digits(m["value"]), _digits(m["stderr"]), f"{m['n']:,}")
        table.add_row(name, *card, *values, m["estimator"])
    return table


def _digits(value) -> str:
    """Four places, or the first two digits of what has none there."""
    if value is None:
        return ""
    return f"{value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.1e}"


# train


def _declare_train(parser):
    parser.add_argument("name")
    parser.add_argument("--out", help="folder to write to (default runs/NAME)")
    parser.add_argument("--data", help="other data: a name, or a folder of images")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--seed", type=int, default=0, help="of weights, noise, order")
    parser.add_argument("--batch", type=int, help="global, instead of the recipe's")
    parser.add_argument(
        "--strategy",
        default="default",
        help="default, one_device, mirrored, multiworker or tpu: docs/distribute.md",
    )
    parser.add_argument(
        "--hosts", metavar="HOST:PORT,...", help="all processes, for multiworker"
    )
    parser.add_argument("--rank", type=int, help="which of them this is, from 0")
    parser.add_argument(
        "--mixed-precision", default="float32", help="float32, float16 or bfloat16"
    )
    parser.add_argument(
        "--deterministic", action="store_true", help="the same bits in every run"
    )
    parser.add_argument(
        "--every", type=int, metavar="STEPS", help="checkpoints within an epoch"
    )
    parser.add_argument(
        "--publish", action="store_true", help="make it what zoo.load gives"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace what the folder holds"
    )


def train(options):
    """Train a model from nothing, or go on where it was killed."""
    registry.find(options.name)
    import_tensorflow()
    from zoo.training import train as run

    arguments = {k: v for k, v in vars(options).items() if k not in ("run", "name")}
    if run(options.name, **arguments) is None:
        return  # the chief speaks
    out = pathlib.Path(options.out or f"runs/{options.name}")
    card = cards.read(out / f"{options.name}.json")
    _console().print(measures(card["metrics"]))
    print(f"weights, card, pictures: {out}")


# sample


def _declare_sample(parser):
    parser.add_argument("name")
    parser.add_argument("-n", type=int, default=64, help="how many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--label", help="the class of all, by name or number")
    parser.add_argument("--out", help="the picture (default NAME.png)")
    parser.add_argument("--npy", action="store_true", help="also the numbers")
    parser.add_argument(
        "--nearest", action="store_true", help="with the nearest training examples"
    )
    parser.add_argument("--force", action="store_true", help="replace the files")


def sample(options):
    """Draw samples into a picture; or, if there are none, work on test data."""
    out = pathlib.Path(options.out or f"{options.name}.png")
    cards.card(options.name)
    files = [out, *([out.with_suffix(".npy")] if options.npy else [])]
    import_tensorflow()
    from zoo.sampling import write

    asked = {k: getattr(options, k) for k in ("label", "force", "nearest")}
    write(options.name, options.n, options.seed, files, **asked)
    print(*files, sep="\n")


# evaluate


def _declare_evaluate(parser):
    parser.add_argument("name")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--publish", action="store_true", help="write it on the card")


def evaluate(options):
    """Measure the published weights again, beside what the card says."""
    claimed = cards.card(options.name)["metrics"]
    import_tensorflow()
    from zoo.evaluation import evaluate as run

    measured = run(options.name, publish=options.publish)
    if options.json:
        print(json.dumps(measured, indent=1))
        return
    _console().print(measures(measured, claimed))


def _console():
    """Tables keep their width when they are piped into a file."""
    console = Console()
    return console if console.is_terminal else Console(width=160)


COMMANDS = {
    "list": (list_, _declare_list),
    "show": (show, _declare_show),
    "train": (train, _declare_train),
    "sample": (sample, _declare_sample),
    "evaluate": (evaluate, _declare_evaluate),
}

if __name__ == "__main__":
    sys.exit(main())
