"""Recipes of the classifier of attributes, which tells what a face was asked for."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.recipes.autoencoders.common.pooled import pooled
from zoo.registry import Recipe, entry

# Those of two values, and what captions and translations speak of beside them.
ATTRIBUTES = {"smiling": 2, "glasses": 2, "beard": 2, "moustache": 2, "hat": 2}
ATTRIBUTES |= {"hair_length": 4, "hair_colour": 11, "skin": 4}
PIXELS = {"earrings" if k == "moustache" else k: n for k, n in ATTRIBUTES.items()}


def _faces(attributes, style) -> dict:
    return {
        "system": "AttributeClassifier",
        "paper": "arXiv:1411.7766",
        "tasks": ("classify",),
        "shown": False,  # it judges pictures
        "data": Spec(
            f"faces/{style}",
            size=(32, 32),
            embedding=tuple(attributes),
            augment=("flip",),
        ),
    }


@entry(
    "classifier-faces",
    title="Attributes of drawn faces, which tell what a picture was asked for",
    **_faces(ATTRIBUTES, "avataaars"),
)
def classifier_faces() -> Recipe:
    return _recipe(ATTRIBUTES)


@entry(
    "classifier-pixel-faces",
    title="Attributes of faces in pixel art, which tell what a picture was asked for",
    **_faces(PIXELS, "pixel-art"),
)
def classifier_pixel_faces() -> Recipe:
    return _recipe(PIXELS)


def _recipe(attributes) -> Recipe:
    from keras_gen.signatures import columns

    # Mouths are two pixels high, and always in the same place: pooled three times, and
    # of shifted faces, 68 % of the smiles were told.
    answers = sum(map(columns, attributes.values()))
    network = pooled((32, 32, 3), answers, widths=(24, 48, 32), pools=2)
    return Recipe(
        model=kg.AttributeClassifier(network, attributes),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=10,
    )
