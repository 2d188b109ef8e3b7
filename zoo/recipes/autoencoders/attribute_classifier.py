"""Recipes of the classifier of attributes, which tells what a face was asked for."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.recipes.autoencoders.common.pooled import pooled
from zoo.registry import Recipe, entry

# Those of two values, and what captions and translations speak of beside them.
ATTRIBUTES = {"smiling": 2, "glasses": 2, "beard": 2, "moustache": 2, "hat": 2}
ATTRIBUTES |= {"hair_length": 4, "hair_colour": 11, "skin": 4}


@entry(
    "classifier-faces",
    system="AttributeClassifier",
    paper="arXiv:1411.7766",
    title="Attributes of drawn faces, which tell what a picture was asked for",
    tasks=("classify",),
    shown=False,  # it judges pictures
    data=Spec(
        "faces/avataaars",
        size=(32, 32),
        embedding=tuple(ATTRIBUTES),
        augment=("flip",),
    ),
)
def classifier_faces() -> Recipe:
    from keras_gen.signatures import columns

    # Mouths are two pixels high, and always in the same place: pooled three times, and
    # of shifted faces, 68 % of the smiles were told.
    answers = sum(map(columns, ATTRIBUTES.values()))
    network = pooled((32, 32, 3), answers, widths=(24, 48, 32), pools=2)
    return Recipe(
        model=kg.AttributeClassifier(network, ATTRIBUTES),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=10,
    )
