"""Recipes of CLIP: which caption belongs to which image."""

import keras_gen as kg
from keras_gen.data import Spec, words
from zoo.rates import decaying
from zoo.registry import Recipe, entry


@entry(
    "clip-faces",
    system="CLIP",
    paper="arXiv:2103.00020",
    title="Which caption describes which drawn face, 32x32",
    tasks=("encode",),
    data=Spec("faces/avataaars", size=(32, 32), labels="caption"),
)
def clip_faces() -> Recipe:
    vocabulary, size = kg.Vocabulary(words()), 64
    return Recipe(
        model=kg.CLIP(
            kg.networks.conv.encoder((32, 32, 3), size, 24),
            kg.networks.text.encoder(vocabulary, size, 64),
            vocabulary,
        ),
        optimizer=decaying(1e-3),
        batch=256,  # each caption among so many
        epochs=20,  # 1,560 steps
    )
