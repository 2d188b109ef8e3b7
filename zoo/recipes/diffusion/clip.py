"""Recipes of CLIP: which caption belongs to which image."""

import keras_gen as kg
from keras_gen.data import Spec, words
from zoo.rates import decaying
from zoo.recipes.autoencoders.common.pooled import pooled
from zoo.registry import Recipe, entry

CLIP = {"system": "CLIP", "paper": "arXiv:2103.00020", "tasks": ("encode",)}


@entry(
    "clip-faces",
    title="Which caption describes which drawn face, 32x32",
    data=Spec("faces/avataaars", size=(32, 32), labels="caption"),
    **CLIP,
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


@entry(
    "clip-pixel-faces",
    title="Which caption describes which face in pixel art, 32x32",
    data=Spec("faces/pixel-art", size=(32, 32), labels="caption", augment=("flip",)),
    precision="float12",
    **CLIP,
)
def clip_pixel_faces() -> Recipe:
    vocabulary, size = kg.Vocabulary(words()), 64
    return Recipe(
        model=kg.CLIP(
            # That of the judge of attributes, and its batches.
            pooled((32, 32, 3), size, widths=(24, 48, 32), pools=2),
            kg.networks.text.encoder(vocabulary, size, 96),
            vocabulary,
            # Four epochs of twelve. Without it no smile was told from none (AUC .49,
            # with it 1.00; of earrings .50 and .74), and 59 % of the captions found.
            head_start=1_248,
        ),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=12,
    )
