"""Trains a small model with checkpoints; test_resume.py runs, kills and reruns it.

Prints a line after every step, so that its parent knows when to kill it, and writes
the final state.
"""

import sys

import keras
import numpy as np
import tensorflow as tf

from keras_gen.training import checkpoint
from tests.conftest import compiled, tiny_examples

EPOCHS, STEPS, BATCH = 3, 8, 8

# TensorFlow's optimiser of graphs adds d + g + ... up in an order that differs from
# process to process, whether or not one was killed: the last bit of a mean of losses.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


class Line(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        print("step", flush=True)


def main(name, folder, out):
    keras.utils.set_random_seed(7)
    model = compiled(name)
    examples = tf.data.Dataset.from_tensor_slices(tiny_examples(model, STEPS * BATCH))

    def data():
        shuffled = examples.shuffle(STEPS * BATCH, seed=1)
        return shuffled.batch(BATCH, drop_remainder=True)

    trained = checkpoint.fit(
        model,
        data,
        epochs=EPOCHS,
        folder=folder,
        every=2,
        recipe=name,
        validation_data=examples.batch(BATCH),
        callbacks=[Line()],
        verbose=0,
    )
    values = {f"v{i}": v.numpy() for i, v in enumerate(checkpoint.state(model))}
    np.savez(out, history=repr(trained.history), **values)


if __name__ == "__main__":
    main(*sys.argv[1:])
