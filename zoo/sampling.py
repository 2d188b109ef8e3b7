"""Samples of a zoo model as files."""

import os
import pathlib

import numpy as np

from keras_gen import plots
from keras_gen.checks import whole_number
from keras_gen.errors import OutputRefused
from keras_gen.files import atomic
from zoo.loading import load
from zoo.registry import find


def write(name: str, n: int, seed: int, files, force: bool = False):
    """Write `n` samples to `files`: a picture (.png) and, if asked for, a .npy.

    Existing files are refused unless `force`.
    """
    files = [pathlib.Path(file) for file in files]
    for file in files:
        if file.exists() and not force:
            raise OutputRefused(f"{file} exists. Give another --out, or --force.")
        if file.is_dir() or not file.parent.is_dir():
            raise OutputRefused(
                f"{file} is a folder, or in none. Give the name of a .png file in a "
                "folder that exists."
            )
        if not os.access(file.parent, os.W_OK):
            raise OutputRefused(f"cannot write in {file.parent}. Give another --out.")
    whole_number("n", n, 1)
    whole_number("seed", seed, 0)
    samples = load(name).sample(n, seed=seed)
    info = find(name).data.info
    for file in files:
        with atomic(file) as temporary:
            if file.suffix == ".npy":
                np.save(temporary, samples)
            else:
                temporary.write_bytes(plots.png(plots.samples(samples, info=info)))
