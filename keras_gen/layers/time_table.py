"""How a network is told the time: a table of sines and cosines.

    row(p) = [ sin(w_1 p), ..., sin(w_k p), cos(w_1 p), ..., cos(w_k p) ]

for p on a grid of [0, 1], with frequencies w from 1 to 1000 in geometric steps. Between
two rows of the grid it is their mean, by where p lies. Sines that are computed in the
graph would be ruined by half precision, which rounds frequencies and angles; a table
that is gathered from is right everywhere.

Reference: Vaswani et al. (arXiv:1706.03762), section 3.5.
"""

import keras
import numpy as np
import tensorflow as tf

ROWS = 1000


@keras.saving.register_keras_serializable("keras_gen")
class TimeTable(keras.layers.Layer):
    """From a number in [0, 1] for each example to a vector.

    Args:
        units: the vector's length, even.

    Example:
        >>> TimeTable(4)(tf.constant([0.0])).numpy().tolist()
        [[0.0, 0.0, 1.0, 1.0]]
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(autocast=False, **{**kwargs, "dtype": "float32"})
        self.units = units
        grid = np.linspace(0.0, 1.0, ROWS + 1)[:, None]
        angles = grid * np.geomspace(1.0, 1000.0, units // 2)
        self.table = np.concatenate([np.sin(angles), np.cos(angles)], -1).astype("f")

    def call(self, place):
        place = tf.clip_by_value(tf.cast(place, "float32"), 0.0, 1.0) * ROWS
        row = tf.minimum(tf.floor(place), ROWS - 1.0)
        share, row = (place - row)[:, None], tf.cast(row, "int32")
        below, above = (tf.gather(self.table, row + i) for i in (0, 1))
        return below + share * (above - below)

    def compute_output_shape(self, shape):
        return (*shape, self.units)

    def get_config(self):
        config = {**super().get_config(), "units": self.units}
        return {k: v for k, v in config.items() if k != "dtype"}
