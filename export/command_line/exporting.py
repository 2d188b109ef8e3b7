"""The command that exports: load a model of the zoo, write it, verify every file."""

import argparse
import pathlib

import export
from export.command_line.looking import LISTING, NAME
from export.show import console
from keras_gen.errors import BadFile
from keras_gen.files import check_output
from keras_gen.importing import Import
from keras_gen.quiet import import_tensorflow


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Write a zoo model in formats that other runtimes execute, and "
        "verify every file against the model.",
        epilog=f"Also: python -m export {LISTING}; each has --help.",
    )
    parser.add_argument("name", metavar="NAME", help=NAME)
    parser.add_argument(
        "--format",
        nargs="+",
        metavar="FORMAT",
        help=f"some of {', '.join(export.FORMATS)} (default: all that have the "
        "quantisation)",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to create")
    parser.add_argument(
        "--signatures",
        nargs="+",
        metavar="NAME",
        help="what the model should do in the files (default: all it can; quantised: "
        "generate)",
    )
    parser.add_argument(
        "--quantize",
        nargs="+",
        metavar="MODE",
        help="float16, dynamic, weight_int8 or int8; auto: the smallest that keeps its "
        "bounds, and what none suits as it is; float among others keeps the float "
        "files, too (default: float)",
    )
    parser.add_argument(
        "--calibrate",
        metavar="PATH",
        help="examples for int8: a folder of images, or a .npy or .npz file (default: "
        "noise of the declared laws, and the model's own data)",
    )
    parser.add_argument(
        "--dynamic-batch",
        action="store_true",
        help="any batch size in the TFLite file, too (default: 1, which is faster)",
    )
    parser.add_argument(
        "--any-size",
        action="store_true",
        help="images of any height and width (of translators made of convolutions)",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace DIR if it holds something"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the manifest instead of a table"
    )
    Import.declare(parser)
    return parser


def run(arguments) -> int:
    """Export what the arguments ask for; returns the exit code."""
    import zoo
    from zoo import places

    options = _parser().parse_args(arguments)
    export.check_plan(options.format, options.quantize)
    place = places.find(options.name)  # or a sentence says why not
    check_output(options.out, options.force)
    calibration = _calibration(options.calibrate)
    import_tensorflow()
    with console.progress() as log:
        log.info("loading %s", options.name)
        model = zoo.load(options.name)
        manifest = export.export(
            model,
            options.out,
            options.format,
            options.signatures,
            quantize=options.quantize,
            calibration=calibration,
            data=place.data and place.data.inputs("test", model),
            name=place.name,
            tflite_batch=None if options.dynamic_batch else 1,
            any_size=options.any_size,
            force=options.force,
        )
    if options.json:
        print(manifest.to_json())
    else:
        _show(manifest, options.out)
    return 0


def _calibration(path):
    """The user's examples: a folder as it is, a file of arrays read."""
    if path is None or pathlib.Path(path).is_dir():
        return path
    import numpy as np

    try:
        found = np.load(path, allow_pickle=False)
        return found if isinstance(found, np.ndarray) else dict(found)
    except (OSError, ValueError):
        raise BadFile(
            f"{path} cannot be read as examples: give a folder of images, a .npy file "
            "of one array, or a .npz file with an array for each input."
        ) from None


def _show(manifest, out):
    table = console.Table(
        *("file", "size", "output", "max error", "bound"),
        title=f"{manifest.name} in {out}: every file agrees with the model",
        caption="|v|: in addition, per unit of the value",
        right=("size", "max error"),
    )
    for file in manifest.files:
        path, size = file.path, f"{file.bytes / 1000:,.0f} kB"
        size = f"{file.ratio:.2f} x, {size}" if file.ratio else size
        for name, outputs in file.errors.items():
            for key, measured in outputs.items():
                error = f"{measured['error']:.1e}"
                table.add_row(path, size, f"{name} {key}", error, _bound(measured))
                path = size = ""
    table.print()


def _bound(measured):
    if measured["measure"] == "mismatches":
        return f"{measured['bound']:.1%} differ"
    if measured["measure"] == "psnr":
        return f"{measured['psnr']:.0f} dB >= {measured['bound']:g}"
    relative = f" + {measured['relative']:g}|v|" if measured["relative"] else ""
    return f"{measured['bound']:g}{relative}"
