"""Recipes of StarGAN: attributes of a face become others."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying, of_players
from zoo.registry import Facts, Recipe, entry

STAR = {"system": "StarGAN", "paper": "arXiv:1711.09020", "tasks": ("translate",)}
FACES = Facts((32, 32, 3), levels=256, classes=4)
SWITCHED = "smiling", "glasses", "beard", "hat"
# Those of the paper's pictures: three colours of hair, each a question, gender and age.
PUBLISHED = "Black_Hair", "Blond_Hair", "Brown_Hair", "Male", "Young"


@entry(
    "stargan-faces",
    title="The skin of drawn faces in each of four colours",
    data=Spec("faces/avataaars", size=(32, 32), labels="skin"),
    precision="float12",
    weights=False,
    **STAR,
)
def stargan_faces(facts=FACES) -> Recipe:
    critic_steps = 2  # the paper's 5 cost twice the time
    return Recipe(
        model=_model(facts.shape, facts.classes, 16, 2, 32, 3, critic_steps),
        optimizer=of_players(decaying(5e-4, beta_1=0.5), critic_steps),
        batch=32,
        epochs=3,
    )


@entry(
    "stargan-attributes-faces",
    title="Drawn faces that smile or do not, with glasses, beard and hat or without",
    data=Spec("faces/avataaars", size=(32, 32), embedding=SWITCHED),
    precision="float12",
    weights=False,
    **STAR,
)
def stargan_attributes_faces() -> Recipe:
    critic_steps = 2
    return Recipe(
        model=_model(FACES.shape, len(SWITCHED), 16, 2, 32, 3, critic_steps, True),
        optimizer=of_players(decaying(5e-4, beta_1=0.5), critic_steps),
        batch=32,
        epochs=3,
    )


@entry(
    "stargan-paper",
    title="StarGAN at its published size, five attributes of faces",
    data=Spec("celeb_a", size=(128, 128), embedding=PUBLISHED),
    weights=False,
    **STAR,
)
def stargan_paper() -> Recipe:
    stargan, count = kg.networks.stargan, len(PUBLISHED)
    network = stargan.generator((128, 128, 3 + count), 3)
    return Recipe(
        model=kg.StarGAN(
            kg.networks.labelled.told(network, count, several=True),
            stargan.discriminator((128, 128, 3), count),
        ),
        optimizer=constant(1e-4, beta_1=0.5),
        batch=16,
        epochs=20,
    )


def _model(
    shape, classes, width, blocks, critic_width, depth, critic_steps, several=False
):
    height, wide, channels = shape
    told = (height, wide, channels + classes)
    networks = kg.networks
    # Of one that paints over the face (networks.cover) a few strokes on the nose told
    # the classifier what it was asked for, and the skin stayed as it was.
    made = networks.cyclegan.generator(told, channels, width, blocks, told=True)
    return kg.StarGAN(
        networks.labelled.told(made, classes, several),
        networks.stargan.discriminator(shape, classes, critic_width, depth),
        critic_steps=critic_steps,
    )
