"""python -m export NAME --format saved_model tflite onnx --out DIR
python -m export check NAME | show FILE | report DIR | benchmark DIR | verify DIR
python -m export web NAME... --out DIR | serve DIR

The first form loads a trained model, a name of the zoo or a path, writes it in each
format, and verifies every file in its own runtime; `--quantize` makes the files
smaller. The others look at a model before it is exported, and at files afterwards.
Wrong names and folders are refused before TensorFlow is loaded.
"""

import sys

from export.command_line import exporting, looking
from export.show.console import plain
from keras_gen.errors import BadFile, KerasGenError, UnknownName


def main(arguments=None) -> int:
    """Run the command line; returns the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if arguments and arguments[0] in looking.COMMANDS:
            return looking.run(*arguments)
        _check_word(arguments)
        return exporting.run(arguments)
    except KerasGenError as error:
        print(plain(f"{type(error).__name__}: {error}"), file=sys.stderr)
        return error.exit_code
    except OSError as error:  # of a disk: what is ours is told above
        print(plain(f"{type(error).__name__}: {error}"), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.", file=sys.stderr)
        return 130


def _check_word(arguments):
    """argparse would take a mistyped command for the name of a model."""
    from zoo import places

    word = arguments[0] if arguments else "-"
    if word.startswith("-"):
        return
    try:
        places.find(word)
    except UnknownName:
        hint = f"`python -m zoo list` shows them; commands: {looking.LISTING}."
        raise places.nothing(word, looking.COMMANDS, hint) from None
    except BadFile:
        return  # unless what it lacks is imported (--import), it is told again
