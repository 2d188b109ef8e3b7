"""Recipes of pix2pix: one for each view of the images that it has to make again."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying
from zoo.recipes.translation.discogan import SHOES
from zoo.registry import Facts, Recipe, entry

TRANSLATING = {"system": "Pix2Pix", "paper": "arXiv:1611.07004"}
TRANSLATING |= {"tasks": ("translate",)}
GREY, FACES = Facts((28, 28, 1), levels=256), Facts((32, 32, 3), levels=256)
PHOTOS = Facts((16, 16, 3), levels=256)
MASKS = Facts((32, 32, 3), levels=256, other=(32, 32, 3))
# Of colours that nothing tells the absolute error takes the middle ones, the same at
# each pixel of a part. The game would rather have real ones, anywhere: with the paper's
# weight of 100 grounds had all colours at once, and with 10 the faces, too.
UNTOLD = 1000.0


@entry(
    "pix2pix-coarse-glyphs",
    title="Characters made sharp again from squares of 4x4 pixels",
    data=Spec("glyphs"),
    **TRANSLATING,
)
def pix2pix_coarse_glyphs(facts=GREY) -> Recipe:
    return _translator(facts, kg.views.Coarse(4), depth=2, epochs=3)


@entry(
    "pix2pix-slim-bags",
    title="Handbags for shoes, by a student of discogan-shoes-bags",
    data=Spec("fashion_mnist", only=SHOES),
    **TRANSLATING,
)
def pix2pix_slim_bags() -> Recipe:
    from zoo.loading import load

    shape, width = (28, 28, 1), 10  # the teacher's is 32: a ninth of the products
    networks = kg.networks.pix2pix
    return Recipe(
        model=kg.Pix2Pix(
            networks.generator(shape, 1, width, 2, dropout=0.0, skips=False),
            networks.discriminator(shape, 1, width, strides=1),
            teacher=load("discogan-shoes-bags"),
        ),
        optimizer=decaying(2e-3, beta_1=0.5),
        batch=64,
        epochs=20,  # 5,060 steps
    )


@entry(
    "pix2pix-edges-fashion",
    title="Pieces of clothing made of their outlines",
    data=Spec("fashion_mnist"),
    **TRANSLATING,
)
def pix2pix_edges_fashion(facts=GREY) -> Recipe:
    return _translator(facts, kg.views.Edges(), depth=2, epochs=5)


@entry(
    "pix2pix-colour-faces",
    title="Drawn faces coloured",
    data=Spec("faces/avataaars", size=(32, 32)),
    **TRANSLATING,
)
def pix2pix_colour_faces(facts=FACES) -> Recipe:
    return _translator(facts, kg.views.Grey(), depth=3, epochs=10, l1=UNTOLD)


@entry(
    "pix2pix-rain-photos",
    title="Photographs without the rain that falls on them",
    data=Spec("photos"),
    **TRANSLATING,
)
def pix2pix_rain_photos(facts=PHOTOS) -> Recipe:
    # Of 16 channels and a third of the steps, tiles came out without their stripes.
    return _translator(facts, kg.views.Rain(), depth=2, epochs=30, width=24)


@entry(
    "pix2pix-labels-faces",
    title="Drawn faces made of what is painted where: skin, hair, eyes, clothes",
    data=Spec(
        "masks/avataaars",
        size=(32, 32),
        other=Spec("faces/avataaars", size=(32, 32)),
        pairs="matched",
    ),
    **TRANSLATING,
)
def pix2pix_labels_faces(facts=MASKS) -> Recipe:
    return _translator(facts, None, depth=3, epochs=10, l1=UNTOLD)


@entry(
    "pix2pix-colour-paper",
    title="pix2pix at its published size",
    data=Spec("celeb_a", size=(256, 256)),
    weights=False,
    **TRANSLATING,
)
def pix2pix_colour_paper() -> Recipe:
    shape = (256, 256, 3)  # 54,411,907 parameters with one channel at the start
    source = kg.views.Grey()
    networks = kg.networks.pix2pix
    return Recipe(
        model=kg.Pix2Pix(
            networks.generator(source.shape(shape), 3, norm="batch"),
            networks.discriminator(shape, 1, norm="batch"),
            source,
        ),
        optimizer=constant(2e-4, beta_1=0.5),
        batch=4,
        epochs=200,
    )


def _translator(facts, view, depth, epochs, width=16, l1=100.0) -> Recipe:
    """Of a view's images, or of pairs, where the data are pairs."""
    # Of 16 a step of 64 images takes a quarter of a second on two cores.
    networks = kg.networks.pix2pix
    if facts.other is None:
        source, shape = view.shape(facts.shape), facts.shape
    else:
        source, shape, view = facts.shape, facts.other, None
    return Recipe(
        model=kg.Pix2Pix(
            # Dropout makes up for no noise here: one answer is asked for.
            networks.generator(source, shape[-1], width, depth, dropout=0.0),
            # 16x16 pixels: more than half of the image would be the image.
            networks.discriminator(shape, source[-1], width, strides=1),
            view,
            l1,
        ),
        optimizer=decaying(1e-3, beta_1=0.5),
        batch=64,
        epochs=epochs,
    )
