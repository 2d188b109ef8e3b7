"""The commands that look: at a model before its export, at files after it."""

import argparse
import contextlib
import json
import pathlib
from dataclasses import replace

from export import formats, manifest, metadata
from export.formats import Runtime
from export.show import console
from keras_gen.errors import BadFile, lookup
from keras_gen.importing import Import
from keras_gen.quiet import import_tensorflow, silent

NAME = "a name of the zoo, the folder of a training, a .keras file, or hf://..."
EXAMPLES = 8  # images to begin with, on a page


def run(name: str, *arguments) -> int:
    """Run one of `COMMANDS`; returns the exit code."""
    function, declare = COMMANDS[name]
    about = function.__doc__
    parser = argparse.ArgumentParser(f"python -m export {name}", description=about)
    declare(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    return function(parser.parse_args(arguments)) or 0


# check


def _declare_check(parser):
    parser.add_argument("name", metavar="NAME", help=NAME)
    parser.add_argument("--format", nargs="+", metavar="FORMAT")
    parser.add_argument("--signatures", nargs="+", metavar="NAME")
    parser.add_argument("--dynamic-batch", action="store_true")
    Import.declare(parser)


def check(options):
    """Will it convert, with which operators, and what stands in the way?"""
    import export
    import zoo
    from zoo import places

    if options.name not in zoo.names():
        places.find(options.name)
    export.check_plan(options.format)
    import_tensorflow()
    findings = export.check(
        zoo.build(options.name),  # weights make no difference to operators
        options.format,
        options.signatures,
        tflite_batch=None if options.dynamic_batch else 1,
    )
    if options.json:
        print(json.dumps([finding.to_json() for finding in findings], indent=1))
    else:
        table = console.Table(
            "signature", "format", "converts", "operators", "in words"
        )
        for finding in findings:
            table.add_row(
                finding.signature,
                finding.format,
                finding.verdict,
                str(len(finding.operators)),
                " ".join(finding.words),
            )
        table.print()
    return 1 if any(finding.verdict == "no" for finding in findings) else 0


# show


def _declare_show(parser):
    help = "a .tflite or .onnx file, a SavedModel folder, or a folder of an export"
    parser.add_argument("file", metavar="FILE", help=help)


def show(options):
    """What a file says about itself: what it is, how to feed it, whose it is."""
    about = metadata.read(options.file)
    if options.json:
        print(json.dumps(about, indent=1))
        return
    facts = console.Table("", "", header=False)
    facts.add_row("model", about["name"])
    for key, value in about["metadata"].items():
        facts.add_row(key, value if isinstance(value, str) else json.dumps(value))
    facts.add_row("quantisation", about.get("quantisation", "see the files"))
    versions = (f"{name} {version}" for name, version in about["versions"].items())
    facts.add_row("made with", ", ".join(versions))
    facts.print()
    table = console.Table(
        "signature", "", "tensor", "type", "shape", "values", "meaning"
    )
    for name, signature in about["signatures"].items():
        for side in ("inputs", "outputs"):
            for key, spec in signature[side].items():
                row = spec["dtype"], _shape(spec), _values(spec), spec["meaning"]
                table.add_row(name, side[:-1], key, *row)
                name = ""
    table.print()


def _shape(spec):
    sizes = list(map(str, spec["shape"]))
    if spec.get("any_size"):
        sizes[1:3] = ["height", "width"]
    return f"({', '.join(sizes)})"


def _values(spec):
    """The law of an input that is to be drawn, or the range."""
    if spec.get("law"):
        return f"{spec['law']} noise"
    if spec.get("range"):
        return "{:g} to {:g}".format(*spec["range"])
    return ""


# report


def _declare_folder(parser):
    parser.add_argument("folder", metavar="DIR", help="written by python -m export")


def report(options):
    """Write report.md and report.json beside the files, and print the first."""
    from export.show import report

    found = report.write(options.folder)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        print(report.markdown(found))


# benchmark


def _declare_benchmark(parser):
    _declare_folder(parser)
    parser.add_argument("--signature", metavar="NAME", help="default: the first")
    parser.add_argument("--runs", type=int, default=30, help="of each (default: 30)")
    help = "thread counts (default: 1 2)"
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help=help)
    help = "run SavedModels that touch files or the network, too"
    parser.add_argument("--trust", action="store_true", help=help)


def benchmark(options):
    """Time every file in every runtime that is installed, taking turns."""
    from export import benchmark

    folder = pathlib.Path(options.folder)
    manifest.load(folder)  # what it says is read below
    others = [
        benchmark.Subject(KERAS, name, f"{name} (Keras call)")
        for name in _released(folder)
    ]
    rows = benchmark.measure(
        folder, options.signature, options.runs, options.threads, others, options.trust
    )
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    table = console.Table(*benchmark.HEADINGS)
    for row in rows:
        table.add_row(*benchmark.cells(row))
    table.print()


# verify


def _declare_verify(parser):
    _declare_folder(parser)
    help = "node, c, openvino, opencv (default: the first two, and what is installed)"
    parser.add_argument("--runtime", nargs="+", metavar="RUNTIME", help=help)


def verify(options):
    """Run the files in other languages' runtimes, and compare with Python's."""
    folder = pathlib.Path(options.folder)
    manifest.load(folder)  # before TensorFlow is
    for name in options.runtime or ():
        lookup(formats.elsewhere(), name, "runtime")
    import_tensorflow()
    from export import elsewhere
    from export.show.report import judged

    with silent():  # what LiteRT says of itself
        rows = elsewhere.check(folder, options.runtime)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    table = console.Table(
        "runtime", "file", "signature", "output", "max error", "bound"
    )
    for row in rows:
        shown = [row[key] for key in ("runtime", "file", "signature", "output")]
        table.add_row(*shown, f"{row['error']:.1e}", judged(row))
    table.print()


# web


def _declare_web(parser):
    parser.add_argument("names", nargs="+", metavar="NAME", help=NAME)
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to create")
    help = "files of onnxruntime-web that are here already (default: npm fetches them)"
    parser.add_argument("--runtime", metavar="DIR", help=help)
    help = "replace DIR if it holds something"
    parser.add_argument("--force", action="store_true", help=help)
    Import.declare(parser)


def web(options):
    """Write a page on which models of the zoo run in the visitor's browser."""
    from export import runtimes, web
    from keras_gen.files import check_output
    from zoo import places

    found = [places.find(name) for name in dict.fromkeys(options.names)]
    check_output(options.out, options.force)
    runtimes.folder(options.runtime)
    import_tensorflow()
    from zoo import loading

    exhibits = []
    with console.progress() as log:
        for place in found:
            log.info("loading %s", place.origin)
            model, card = loading.opened(place), place.known or {}
            told = place.classes or getattr(place.data, "embedding", None) or ()
            exhibit = web.Exhibit(place.name, model, card, told)
            web.check_exhibit(exhibit)
            if model.sampler is None:
                exhibit = replace(exhibit, examples=_inputs(place, model, log))
            exhibits.append(exhibit)
        web.write(exhibits, options.out, options.runtime, options.force)
    found = {"out": options.out, "models": [exhibit.name for exhibit in exhibits]}
    said = (
        f"{options.out}: {len(exhibits)} models. `python -m export serve {options.out}`"
    )
    print(json.dumps(found) if options.json else console.plain(said))


def _inputs(place, model, log):
    """Some test images as a translator is shown them, if its data are here."""
    if place.data is None:
        return None
    try:
        return place.data.inputs("test", model)[:EXAMPLES]
    except BadFile as error:
        log.info("%s begins with an empty picture: %s", place.name, error)
        return None


# serve


def _declare_serve(parser):
    help = "written by python -m export web"
    parser.add_argument("folder", metavar="DIR", help=help)
    help = "0 for any that is free (default: 8000)"
    parser.add_argument("--port", type=int, default=8000, help=help)


def serve(options):
    """Serve a page on this machine, to this machine only, until Ctrl-C."""
    from export import web

    with web.server(options.folder, options.port) as server:
        url = f"http://127.0.0.1:{server.server_port}/"
        print(json.dumps({"url": url}) if options.json else url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def _released(folder):
    """The zoo's name for the model of an export, if it still has the same weights."""
    import zoo

    about = metadata.read(folder)
    name, weights = about["name"], about["metadata"].get("weights")
    known = name in zoo.names() and weights and zoo.entry(name).weights
    return [name] if known and zoo.card(name)["weights"] == weights else []


def keras(threads):
    """For `export.worker`: a model of the zoo, called as one calls it in Python."""
    import tensorflow as tf

    import zoo

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)

    def load(name, signature):
        return zoo.load(name).signatures()[signature].function, tf.constant

    return load


KERAS = Runtime("keras", "tensorflow", f"{__name__}:keras")
COMMANDS = {
    "check": (check, _declare_check),
    "show": (show, _declare_show),
    "report": (report, _declare_folder),
    "benchmark": (benchmark, _declare_benchmark),
    "verify": (verify, _declare_verify),
    "web": (web, _declare_web),
    "serve": (serve, _declare_serve),
}
LISTING = (
    "check NAME | show FILE | report DIR | benchmark DIR | verify DIR | web NAME... | "
    "serve DIR"
)
