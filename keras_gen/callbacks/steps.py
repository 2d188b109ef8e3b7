"""Keras's progress bar, where several steps are one call."""

import math

import keras


class Steps(keras.callbacks.ProgbarLogger):
    """Counts no step beyond the last: the last call of an epoch may have fewer."""

    patient = True  # it may look after several steps

    def set_params(self, params):
        super().set_params({**params, "verbose": 1})

    def on_train_batch_end(self, batch, logs=None):
        last = (self.target or math.inf) - 1
        super().on_train_batch_end(min(batch, last), logs)
