"""Recipes of flow matching."""

import keras_gen as kg
from keras_gen.data import Spec, words
from zoo.rates import decaying
from zoo.registry import Recipe, entry

DRAWN = {"system": "FlowMatching", "paper": "arXiv:2210.02747", "tasks": ("generate",)}
DRAWN["precision"] = "float12"
# Their faces fill the picture: of `avataaars`, whose mouths are two pixels, 56 % of the
# smiles were as asked, which is chance, and 75 % of all that captions name.
FACES = Spec("faces/pixel-art", size=(32, 32), labels="caption")


@entry(
    "flow-matching-fashion",
    system="FlowMatching",
    paper="arXiv:2210.02747",
    title="Flow matching of clothes, asked by kind",
    tasks=("generate",),
    data=Spec("fashion_mnist", labels="class"),
    precision="float12",
)
def flow_matching_fashion() -> Recipe:
    return Recipe(
        model=kg.FlowMatching(
            # Patches of 2: the maps have sides of 14 and 7, and a step .4 s.
            kg.networks.denoiser.unet((28, 28, 1), (48, 72), classes=10),
            classes=10,
            guidance=1.5,
            solver=kg.solvers.DPMSolver2M(),  # one pass a step, of the second order
            steps=20,
            average=0.998,  # over 500 steps
        ),
        optimizer=decaying(1.5e-3),
        batch=128,
        epochs=5,  # 2,105 steps
    )


@entry(
    "flow-faces",
    title="Flow matching of faces in pixel art, asked by a caption, 32x32",
    data=FACES,
    **DRAWN,
)
def flow_faces() -> Recipe:
    return _drawn(
        12,  # 7,500 steps
        32,
        kg.Vocabulary(words()),
        # Hats, glasses, skins and lengths of hair are as asked then, smiles and beards
        # by chance: the words of a trained clip-pixel-faces to begin with did not help,
        # its eye while it draws does (docs/diffusion.md).
        guidance=2.0,
        # A smile and glasses are a few pixels: they are decided where noise is strong.
        weighting=kg.weightings.LogitNormal(mean=0.8),
    )


@entry(
    "flow-landscapes",
    title="Flow matching of drawn landscapes, for strokes to become some, 32x32",
    data=Spec("landscapes", size=(32, 32)),
    **DRAWN,
)
def flow_landscapes() -> Recipe:
    return _drawn(10, 64)  # 3,120 steps


def _drawn(epochs, batch, vocabulary=None, **options) -> Recipe:
    # Patches of 2: the maps have sides of 16 and 8, and a step .5 s.
    network = kg.networks.denoiser.unet((32, 32, 3), (48, 72), vocabulary=vocabulary)
    return Recipe(
        model=kg.FlowMatching(
            network,
            vocabulary=vocabulary,
            solver=kg.solvers.DPMSolver2M(),
            steps=20,
            average=0.998,
            **options,
        ),
        optimizer=decaying(1.5e-3),
        batch=batch,
        epochs=epochs,
    )
