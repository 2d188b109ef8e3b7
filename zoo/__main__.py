"""python -m zoo list | show | train | sample | evaluate | push

`list` and `show` answer without importing TensorFlow.
"""

import argparse
import json
import pathlib
import sys

from rich.console import Console

from keras_gen.errors import KerasGenError, unknown
from keras_gen.importing import Import
from keras_gen.plain import PlainTable as Table
from keras_gen.plain import plain
from keras_gen.quiet import import_tensorflow
from zoo import cards, places, registry
from zoo.asked import check
from zoo.tables import headline, measures

NAME = "a name of the zoo, the folder of a training, a .keras file, or hf://..."


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
        if run is not list_:
            Import.declare(sub)
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


# show


def _declare_show(parser):
    parser.add_argument("name", help=NAME)
    parser.add_argument("--json", action="store_true", help="the card as it is stored")


def show(options):
    """The card of one model."""
    card = places.find(options.name).card
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


# train


def _declare_train(parser):
    parser.add_argument("name")
    parser.add_argument("--out", help="folder to write to (default runs/NAME)")
    parser.add_argument(
        "--data",
        nargs="+",
        metavar="DATA",
        help="other data: a name, or a folder of images; two for a translation",
    )
    parser.add_argument(
        "--halves",
        action="store_true",
        help="each image is a pair: a source, and its target to the right",
    )
    parser.add_argument("--size", metavar="HxW", help="that these are resized to")
    parser.add_argument("--augment", nargs="+", default=(), metavar="flip | shift")
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave out files that are no images"
    )
    parser.add_argument(
        "--from", dest="start", metavar="NAME", help="go on from the weights of " + NAME
    )
    parser.add_argument(
        "--freeze",
        nargs="+",
        default=(),
        metavar="PART",
        help="what stays as it is: generator, encoder, ...",
    )
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

    arguments = {
        k: v for k, v in vars(options).items() if k not in ("run", "name", "module")
    }
    if run(options.name, **arguments) is None:
        return  # the chief speaks
    out = pathlib.Path(options.out or f"runs/{options.name}")
    card = cards.read(out / f"{options.name}.json")
    _console().print(measures(card["metrics"]))
    print(f"weights, card, pictures: {out}")


# sample


def _declare_sample(parser):
    parser.add_argument("name", help=NAME)
    parser.add_argument("-n", type=int, default=64, help="how many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--label", help="the class of all, by name or number")
    parser.add_argument("--caption", help="what all shall show, in words that it knows")
    parser.add_argument(
        "--out",
        help="the picture, .png or .jpg, or .npy: the numbers (default NAME.png)",
    )
    parser.add_argument("--npy", action="store_true", help="also the numbers")
    parser.add_argument(
        "--nearest", action="store_true", help="with the nearest training examples"
    )
    parser.add_argument("--force", action="store_true", help="replace the files")


def sample(options):
    """Draw samples into a picture; or, if there are none, work on test data."""
    out = pathlib.Path(options.out or f"{places.find(options.name).name}.png")
    files = [out, *([out.with_suffix(".npy")] if options.npy else [])]
    drawn = (options.name, options.n, options.seed, files)
    drawn += (options.label, options.caption, options.force)
    files = check(*drawn).files
    import_tensorflow()
    from zoo.sampling import write

    write(*drawn, nearest=options.nearest)
    print(*files, sep="\n")


# evaluate


def _declare_evaluate(parser):
    parser.add_argument("name", help=NAME)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--publish", action="store_true", help="write it on the card")


def evaluate(options):
    """Measure the published weights again, beside what the card says."""
    claimed = places.find(options.name).card["metrics"]
    import_tensorflow()
    from zoo.evaluation import evaluate as run

    measured = run(options.name, publish=options.publish)
    if options.json:
        print(json.dumps(measured, indent=1))
        return
    _console().print(measures(measured, claimed))


# push


def _declare_push(parser):
    parser.add_argument("name", help=NAME)
    parser.add_argument("url", help="hf://user/name, or file:///folder")
    parser.add_argument(
        "--exported", metavar="DIR", help="of python -m export: its files go along"
    )
    parser.add_argument("--message", default="A model of keras_gen", help="the commit")


def push(options):
    """Send a trained model to a hub, or into a folder that a web server shows."""
    from zoo import hub, shipped

    places.find(options.name)
    hub.parsed(options.url)
    if options.exported:
        shipped.read(options.exported)
    import_tensorflow()
    print(hub.push(options.name, options.url, options.message, options.exported))


def _console():
    """Tables keep their width when they are piped into a file."""
    plain = {"markup": False, "emoji": False}  # brackets in a name are brackets
    console = Console(**plain)
    return console if console.is_terminal else Console(width=160, **plain)


COMMANDS = {
    "list": (list_, _declare_list),
    "show": (show, _declare_show),
    "train": (train, _declare_train),
    "sample": (sample, _declare_sample),
    "evaluate": (evaluate, _declare_evaluate),
    "push": (push, _declare_push),
}

if __name__ == "__main__":
    sys.exit(main())
