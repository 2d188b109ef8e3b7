"""From a name to a model: with fresh weights, or with the trained ones."""

import numpy as np
import tensorflow as tf

from keras_gen.errors import BadFile
from keras_gen.files import sha256
from keras_gen.model import GenerativeModel
from keras_gen.noise import draw
from keras_gen.signatures import draw_inputs
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


def golden(model: GenerativeModel, seed: int = 0, n: int = 1) -> dict:
    """A fixed noise and what the model makes of it, for its card.

    A model that draws nothing is given noise in the place of an example.
    """
    name = model.sampler or next(iter(model.signatures()))
    signature = model.signatures()[name]
    given = {}
    if model.sampler is None:
        for i, (key, spec) in enumerate(signature.inputs.items()):
            given[key] = draw("uniform", (n, *spec.shape), (seed, i))
    inputs = draw_inputs(signature, n, seed, **given)
    inputs = {key: _rounded(value) for key, value in inputs.items()}
    output = next(iter(signature.outputs))
    values = _rounded(_run(signature, inputs, output))
    return {"signature": name, "inputs": inputs, "output": output, "values": values}


def golden_error(model: GenerativeModel, expected: dict) -> float:
    """Largest difference from the card's golden output."""
    signature = model.signatures()[expected["signature"]]
    values = _run(signature, expected["inputs"], expected["output"])
    return float(np.abs(values - np.array(expected["values"])).max())


def _run(signature, inputs, output):
    tensors = {k: tf.constant(v, signature.inputs[k].dtype) for k, v in inputs.items()}
    return tf.function(signature.function)(**tensors)[output].numpy()


def _rounded(values):
    values = np.asarray(values)
    exact = np.issubdtype(values.dtype, np.integer)
    return (values if exact else np.round(values.astype("float64"), 6)).tolist()
