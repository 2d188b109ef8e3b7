"""Functions that return functional Keras models, to be used or replaced.

Each takes shapes and widths and returns an ordinary `keras.Model`, which serialises,
summarises and exports. Images go in and come out in [0, 1]; a network that prefers
[-1, 1] rescales inside itself.
"""

from keras_gen import lazy

__all__, __getattr__, __dir__ = lazy.attach(__name__, lazy.inside(__name__))
