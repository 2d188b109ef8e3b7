"""Recipe of the coupled GAN."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying, of_players
from zoo.recipes.adversarial.common import digits
from zoo.registry import Recipe, entry


@entry(
    "cogan-digits",
    system="CoGAN",
    paper="arXiv:1606.07536",
    title="Coupled GAN of handwritten digits and their negatives, without pairs",
    tasks=("generate",),
    data=Spec("digits/domains", labels="domain"),
)
def cogan_digits() -> Recipe:
    # Few channels: with many each domain could keep to some of its own. With 4, and a
    # width of 96, fewer couples were alike (.62 against .77 after 1,500 steps). With
    # layers of its own that see the whole image, as the others have, digits were good
    # and no couple belonged together.
    latent, width, channels = 24, 128, 2
    critic_steps = 2  # the paper's 5 cost twice the time
    # Four times the rate of the others: in short games of glyphs a critic with this
    # penalty gained up to ten times 4e-4. The momenta are near those of WGAN-GP.
    optimizer = decaying(2e-3, beta_1=0.5, beta_2=0.9)
    return digits.recipe(
        kg.CoGAN(
            **kg.networks.coupled.conv(latent, digits.SHAPE, 2, width, channels),
            # With the penalty of the others this critic, which begins with
            # convolutions, was too sure, and lost classes: 3 to 5 of 10 after 1,500
            # steps.
            loss=kg.losses.Wasserstein(drift=1e-3),  # the drift as in Progressive GAN
            penalty=kg.penalties.GradientPenalty(10.0),  # the paper's
            critic_steps=critic_steps,
            average=0.995,  # over 200 steps
        ),
        of_players(optimizer, critic_steps),
        epochs=150,  # 3,000 steps
    )
