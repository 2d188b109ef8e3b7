"""Programs of other languages, started and read."""

import pathlib
import shutil
import subprocess

from keras_gen.errors import ExportError


def program(name: str, remedy: str) -> str:
    """The path of an installed program."""
    found = shutil.which(name)
    if found is None:
        raise ExportError(f"{name} is not installed: {remedy}, or leave it out.")
    return found


def output(command, text: str = "") -> str:
    """What a program prints when it is given `text`."""
    done = subprocess.run(
        list(map(str, command)), input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        program = pathlib.Path(command[0]).name
        raise ExportError(f"{program} stopped with code {done.returncode}: {last}")
    return done.stdout
