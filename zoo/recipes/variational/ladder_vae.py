"""Recipes of the ladder VAE."""

import keras_gen as kg
from zoo.recipes.variational.common import digits, glyphs
from zoo.registry import Recipe, entry

LADDER = {"system": "LadderVAE", "paper": "arXiv:1602.02282"}


@entry(
    "ladder-digits",
    title="Ladder VAE of digits, three levels",
    **LADDER,
    **digits.GREY,
)
def ladder_digits(facts=digits.FACTS) -> Recipe:
    ladder = kg.networks.ladder
    sizes = [2, 4, 8]  # the lowest is what the others have alone
    width = 128  # three layers of half the width: about as many weights
    return digits.recipe(
        kg.LadderVAE,
        facts,
        sum(sizes),
        ladder.encoder(facts.shape, sizes, width, dropout=digits.DROPOUT),
        prior=kg.TopDown(ladder.down(sizes, width)),
        warm_up=digits.WARM_UP,  # upper levels that cost at once die
    )


@entry(
    "ladder-glyphs",
    title="Ladder VAE of rendered characters, three levels",
    **LADDER,
    **glyphs.SMALL,
)
def ladder_glyphs(facts=glyphs.FACTS) -> Recipe:
    sizes = [4, 8, glyphs.LATENT]  # the lowest is what the others have
    down = kg.networks.ladder.down(sizes, 48)  # as wide as its encoder
    # As many nats as the plain one comes to use; on validation 2.6 nats better than a
    # warm-up of three epochs, and that is better than one of a tenth of the training.
    return glyphs.recipe(
        kg.LadderVAE, facts, latent=sum(sizes), prior=kg.TopDown(down), free_bits=16.0
    )
