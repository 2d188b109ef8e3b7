"""From a name to a model: with fresh weights, or with the trained ones."""

import numpy as np
import tensorflow as tf

from keras_gen.errors import BadFile
from keras_gen.files import sha256
from keras_gen.model import GenerativeModel
from keras_gen.noise import draw
from keras_gen.signatures import draw_inputs
from zoo import packing
from zoo.cards import WEIGHTS, card
from zoo.registry import find

CARRIED = ("name", "system", "title", "paper", "licence", "data", "weights")


def build(name: str) -> GenerativeModel:
    """The entry's model with fresh weights.

    Example:
        >>> model = build("gan-ring")
        >>> model.compile("adam")
    """
    return find(name).make().model


def load(name: str) -> GenerativeModel:
    """The entry's model with its trained weights, checked against its card's hash.

    Example:
        >>> load("dcgan-glyphs").sample(64, seed=1).shape
        (64, 28, 28, 1)
    """
    about = card(name)
    path = WEIGHTS / about["weights"]["file"]
    digest = sha256(path)
    if digest != about["weights"]["sha256"]:
        raise BadFile(
            f"{path} is not the file of its card: its sha256 is {digest[:12]}..., the "
            f"card says {about['weights']['sha256'][:12]}.... Reinstall keras-gen, or "
            f"train it again with `python -m zoo train {name} --publish`."
        )
    model = build(name).settled()
    model.load_weights(path)
    # What files that are exported from it say of where they come from.
    model.about = {key: about[key] for key in CARRIED}
    return model


def golden(model: GenerativeModel, seed: int = 0) -> np.ndarray:
    """What the model makes of a fixed noise; the file of its weights holds it, too.

    It is the first output of what the model samples by, for one example and for the
    noise that `seed` draws. A model that samples nothing is given noise in the place
    of its example.
    """
    signatures = model.signatures()
    signature = signatures[model.sampler or next(iter(signatures))]
    given = {}
    if model.sampler is None:
        for i, (key, spec) in enumerate(signature.inputs.items()):
            given[key] = draw("uniform", (1, *spec.shape), (seed, i))
    inputs = draw_inputs(signature, 1, seed, **given)
    tensors = {k: tf.constant(v, signature.inputs[k].dtype) for k, v in inputs.items()}
    made = tf.function(signature.function)(**tensors)
    return made[next(iter(signature.outputs))].numpy()


def golden_error(name: str, model: GenerativeModel) -> float:
    """Largest difference of the model's from the golden output of the entry's file."""
    expected = packing.golden(WEIGHTS / card(name)["weights"]["file"])
    return float(np.abs(golden(model) - expected).max())
