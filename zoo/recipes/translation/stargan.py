"""Recipes of StarGAN: one attribute of a face becomes another."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import constant, decaying, of_players
from zoo.registry import Facts, Recipe, entry

STAR = {"system": "StarGAN", "paper": "arXiv:1711.09020", "tasks": ("translate",)}
FACES = Facts((32, 32, 3), levels=256, classes=4)


@entry(
    "stargan-faces",
    title="The skin of drawn faces in each of four colours",
    data=Spec("faces/avataaars", size=(32, 32), labels="skin"),
    weights=False,
    **STAR,
)
def stargan_faces(facts=FACES) -> Recipe:
    critic_steps = 2  # the paper's 5 cost twice the time
    return Recipe(
        model=_model(facts, 16, 2, 32, 4, critic_steps),
        optimizer=of_players(decaying(5e-4, beta_1=0.5), critic_steps),
        batch=32,
        epochs=5,
    )


@entry(
    "stargan-paper",
    title="StarGAN at its published size, hair of other colours",
    data=Spec("celeb_a", size=(128, 128), labels="Blond_Hair"),
    weights=False,
    **STAR,
)
def stargan_paper() -> Recipe:
    facts = Facts((128, 128, 3), levels=256, classes=2)
    return Recipe(
        model=_model(facts, 64, 6, 64, 6, critic_steps=5),
        optimizer=constant(1e-4, beta_1=0.5),
        batch=16,
        epochs=20,
    )


def _model(facts, width, blocks, critic_width, depth, critic_steps):
    height, wide, channels = facts.shape
    told = (height, wide, channels + facts.classes)
    network = kg.networks.cyclegan.generator(told, channels, width, blocks, told=True)
    return kg.StarGAN(
        kg.networks.labelled.told(network, facts.classes),
        kg.networks.stargan.discriminator(
            facts.shape, facts.classes, critic_width, depth
        ),
        critic_steps=critic_steps,
    )
