"""Moving averages of weights.

The players of a game circle around its equilibrium, and a minibatch pushes every weight
to and fro; the average of a network's recent weights lies nearer to the middle:

    slow  <-  slow + (1 - decay) (fast - slow)

The slow copy is what one samples from and exports. It also averages the statistics of
batch normalisation, which belong to the weights. At step t the decay is at most
(1 + t) / (10 + t), so that the average soon forgets where the training began.

Reference: Yazici et al., The Unusual Effectiveness of Averaging in GAN Training
(arXiv:1806.04498); Karras et al. (arXiv:1710.10196) use a decay of .999.
"""

import contextlib
import pathlib
import shutil
import tempfile

import h5py
import keras
import tensorflow as tf

from keras_gen.training.distribute import update_together


def slow_copy(network: keras.Model) -> keras.Model:
    """A network of the same architecture and weights, which no optimizer moves."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def follow(slow: keras.Model, fast: keras.Model, decay: float, step):
    """Move the weights of `slow` towards those of `fast`, after step number `step`."""
    step = tf.cast(step, "float32")
    decay = tf.minimum(decay, (1 + step) / (10 + step))

    def towards(s, f):
        return s.assign_add((1 - decay) * (f - s))

    update_together(towards, _averaged(slow), _averaged(fast))


def _averaged(network):
    """All that it computes with; what is not a float is a seed."""
    return [v.value for v in network.variables if v.dtype.startswith("float")]


@contextlib.contextmanager
def adapted(path, slow: str, fast: str, keeps: bool):
    """The path of a weights file as a model needs it that keeps an average, or not.

    A file of a model without averages has one network, which stands for both; of a
    file with both, a model without takes the average. `path` itself stays as it is.

    Args:
        path: a .weights.h5 file.
        slow, fast: the names of the average and of the network that is trained.
        keeps: whether the model has both.
    """
    with h5py.File(path) as file:
        if keeps == (slow in file):
            yield path
            return
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "adapted.weights.h5"
        shutil.copy(path, copy)
        with h5py.File(copy, "a") as file:
            if keeps:
                file.copy(fast, slow)
            else:
                del file[fast]
                file.move(slow, fast)
        yield copy
