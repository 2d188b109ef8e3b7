"""Functions that return functional Keras models, to be used or replaced.

Each takes shapes and widths and returns an ordinary `keras.Model`, which serialises,
summarises and exports. Images go in and come out in [0, 1]; a network that prefers
[-1, 1] rescales inside itself.
"""

import importlib

__all__ = [
    "began",
    "biggan",
    "conv",
    "coupled",
    "dcgan",
    "deep",
    "labelled",
    "ladder",
    "made",
    "mlp",
    "pixelcnn",
    "pixelcnn_pp",
    "pixelrnn",
    "progressive",
    "resnet",
    "unet",
    "vqvae",
]


def __getattr__(name):
    if name in __all__:
        return importlib.import_module(f"keras_gen.networks.{name}")
    raise AttributeError(f"module 'keras_gen.networks' has no attribute {name!r}")
