"""python -m export NAME --format saved_model tflite onnx --out DIR

Loads a trained model from the zoo, writes it in each format, and verifies every file
in its own runtime. Wrong names and folders are refused before TensorFlow is loaded.
"""

import argparse
import contextlib
import logging
import sys
import time

import export
from keras_gen.errors import KerasGenError
from keras_gen.files import check_output
from keras_gen.quiet import import_tensorflow


def main(arguments=None) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _export(options)
    except KerasGenError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Write a zoo model in formats that other runtimes execute, and "
        "verify every file against the model.",
    )
    parser.add_argument("name", metavar="NAME", help="see `python -m zoo list`")
    parser.add_argument(
        "--format",
        nargs="+",
        default=list(export.FORMATS),
        metavar="FORMAT",
        help=f"some of {', '.join(export.FORMATS)} (default: all)",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to create")
    parser.add_argument(
        "--signatures",
        nargs="+",
        metavar="NAME",
        help="what the model should do in the files (default: all it can)",
    )
    parser.add_argument(
        "--dynamic-batch",
        action="store_true",
        help="any batch size in the TFLite file, too (default: 1, which is faster)",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace DIR if it holds something"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the manifest instead of a table"
    )
    return parser


def _export(options):
    import zoo

    formats = export.check_formats(options.format)
    zoo.card(options.name)  # there are weights, or a sentence says why not
    check_output(options.out, options.force)
    import_tensorflow()
    with _progress() as log:
        log.info("loading %s", options.name)
        manifest = export.export(
            zoo.load(options.name),
            options.out,
            formats,
            options.signatures,
            data=zoo.entry(options.name).data.examples("test"),
            tflite_batch=None if options.dynamic_batch else 1,
            force=options.force,
        )
    if options.json:
        print(manifest.to_json())
    else:
        _show(manifest, options.out)
    return 0


@contextlib.contextmanager
def _progress():
    """Show what `export` logs, with the time it began, on standard error."""
    start = time.monotonic()

    class Line(logging.Handler):
        def emit(self, record):
            elapsed = time.monotonic() - start
            print(f"{elapsed:5.1f} s  {record.getMessage()}", file=sys.stderr)

    logger, handler = logging.getLogger("export"), Line()
    state = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield logger
    finally:
        logger.removeHandler(handler)
        logger.level, logger.propagate = state


def _show(manifest, out):
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"{manifest.name} in {out}: every file agrees with the model",
        caption="|v|: in addition, per unit of the value",
        box=None,
    )
    for heading in ("file", "size", "output", "max error", "bound"):
        side = "right" if heading in ("size", "max error") else "left"
        table.add_column(heading, justify=side, no_wrap=True)
    for file in manifest.files:
        path, size = file.path, f"{file.bytes / 1000:,.0f} kB"
        for name, outputs in file.errors.items():
            for key, measured in outputs.items():
                error = f"{measured['error']:.1e}"
                table.add_row(path, size, f"{name} {key}", error, _bound(measured))
                path = size = ""
    Console().print(table)


def _bound(measured):
    if measured["measure"] == "mismatches":
        return f"{measured['bound']:.1%} differ"
    relative = f" + {measured['relative']:g}|v|" if measured["relative"] else ""
    return f"{measured['bound']:g}{relative}"


if __name__ == "__main__":
    sys.exit(main())
