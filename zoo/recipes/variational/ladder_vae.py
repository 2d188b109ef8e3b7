"""Recipes of the ladder VAE."""

import keras_gen as kg
from zoo.recipes.variational.common import digits
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
