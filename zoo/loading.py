"""From a name or a path to a model: with fresh weights, or with the trained ones."""

import keras
import numpy as np

from keras_gen import strangers
from keras_gen.errors import BadFile
from keras_gen.files import sha256
from keras_gen.model import GenerativeModel
from keras_gen.noise import draw
from keras_gen.signatures import Graphs, draw_inputs
from zoo import packing, places
from zoo.cards import WEIGHTS, card
from zoo.registry import entries, find

CARRIED = ("name", "system", "title", "paper", "licence", "data", "weights")


def build(name: str) -> GenerativeModel:
    """The entry's model with fresh weights; of a path, the model that lies there.

    Example:
        >>> model = build("gan-ring")
        >>> model.compile("adam")
    """
    if name in entries():
        return find(name).make().model
    return load(name)


def load(name) -> GenerativeModel:
    """A trained model: an entry's, or that of a path (see `zoo.places`).

    `load("runs/mine")` is that of a training, `load("mine.keras")` of a file. Weights
    are checked against their card's hash. A file is taken for a stranger's: a
    configuration and numbers, never code.

    Example:
        >>> load("dcgan-fashion").sample(64, seed=1).shape
        (64, 28, 28, 1)
    """
    return opened(places.find(name))


def opened(place: places.Place) -> GenerativeModel:
    """The model of a place."""
    if place.file.name.endswith(places.KERAS):
        model = _whole(place)
    elif place.file.name.endswith(places.SAFE):
        from zoo import repository

        model = repository.read(place)
    else:
        model = _weighed(place)
    if place.known is not None:
        # What files that are exported from it say of where they come from.
        model.about = {key: place.known[key] for key in CARRIED}
        if "://" in place.origin:
            model.about["source"] = place.called
    return model


def _whole(place):
    try:
        model = keras.saving.load_model(place.file, safe_mode=True)
    except strangers.FAILURES as error:
        reason = f"{str(error).strip().splitlines()[0]:.300}"
        raise BadFile(f"{place.origin} cannot be loaded: {reason}") from error
    return accepted(model, place.origin)


def accepted(model, origin) -> GenerativeModel:
    """`model`, if it is one of this library's."""
    if not isinstance(model, GenerativeModel):
        raise BadFile(
            f"{origin} holds a {type(model).__name__}, which is no GenerativeModel: "
            "only this library's models are loaded here."
        )
    return model


def _weighed(place):
    """The model of the entry on its card, with the weights of its file."""
    path, name = place.file, place.known["name"]
    digest, claimed = sha256(path), place.known["weights"]["sha256"]
    if digest != claimed:
        again = f"`python -m zoo train {name}"
        published = path.parent == WEIGHTS
        remedy = (
            f"Reinstall keras-gen, or train it again with {again} --publish`."
            if published
            else f"Copy both again, or train it again with {again}`."
        )
        raise BadFile(
            f"{path} is not the file of its card: its sha256 is {digest[:12]}..., the "
            f"card says {claimed[:12]}.... {remedy}"
        )
    strangers.check_arrays(path, place.origin)
    entry = find(name)
    spec = place.data
    recipe = entry.make() if spec == entry.data else entry.made_for(place.facts)
    model = recipe.model.settled()
    model.load_weights(path)
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
            if spec.kind != "label":  # which is drawn as one
                given[key] = draw("uniform", (1, *spec.shape), (seed, i))
    inputs = draw_inputs(signature, 1, seed, **given)
    made = Graphs(signature)(**inputs)
    return made[next(iter(signature.outputs))].numpy()


def golden_error(name: str, model: GenerativeModel) -> float:
    """Largest difference of the model's from the golden output of the entry's file.

    But for one number of a thousand: where a sample is rounded to levels, processors
    round near ties to another one.
    """
    expected = packing.golden(WEIGHTS / card(name)["weights"]["file"])
    return float(np.quantile(np.abs(golden(model) - expected), 0.999, method="lower"))
