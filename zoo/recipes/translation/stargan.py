"""Recipes of StarGAN: attributes of a face become others."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying, of_players
from zoo.registry import Recipe, entry

STAR = {"system": "StarGAN", "paper": "arXiv:1711.09020", "tasks": ("translate",)}
SWITCHED = "smiling", "glasses", "beard", "hat"
# Those of the paper's pictures: three colours of hair, each a question, gender and age.
PUBLISHED = "Black_Hair", "Blond_Hair", "Brown_Hair", "Male", "Young"


@entry(
    "stargan-faces",
    title="Drawn faces that smile or do not, with glasses, beard and hat or without",
    data=Spec("faces/avataaars", size=(32, 32), embedding=SWITCHED),
    precision="float12",
    weights=False,
    **STAR,
)
def stargan_faces() -> Recipe:
    shape, count, networks = (32, 32, 3), len(SWITCHED), kg.networks
    critic_steps = 2  # the paper's 5 cost twice the time
    told = (*shape[:2], shape[-1] + count)
    made = networks.cyclegan.generator(told, shape[-1] + 1, 16, 2, told=True)
    return Recipe(
        model=kg.StarGAN(
            # All but a pair of glasses, or a hat, stays as it is.
            networks.cover.painter(networks.labelled.told(made, count, several=True)),
            networks.stargan.discriminator(shape, count, 32, 3),
            # At 128x128, in [-1, 1], a pair of glasses is eight times as long a vector
            # as here, and so much more may the critic say of it: its slope is 1. With
            # the paper's weights a few bright strokes answered all questions; with
            # these it is fewer after an epoch, not none, and there are no weights yet.
            classification=0.15,
            cycle=2.5,
            critic_steps=critic_steps,
        ),
        optimizer=of_players(decaying(5e-4, beta_1=0.5), critic_steps),
        batch=32,
        epochs=5,  # 3,125 steps
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
