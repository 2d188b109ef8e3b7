"""Games on handwritten digits: with labels, with codes, with energies, in couples."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying, of_players
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras

    from keras_gen.parts import constraints, losses, penalties, schedules


@entry(
    "conditional-gan-digits",
    system="ConditionalGAN",
    paper="arXiv:1411.1784",
    title="Conditional GAN of handwritten digits",
    tasks=("generate",),
    data=Spec("digits", labels="class"),
)
def conditional_gan_digits(tiny: bool = False) -> Recipe:
    told = kg.networks.labelled.told
    return _on_digits(
        kg.ConditionalGAN(
            told(_generator(tiny, 10), 10),
            told(_critic(tiny, 1, told=10), 10),
            classes=10,
            **_game(),
        )
    )


@entry(
    "ac-gan-digits",
    system="ACGAN",
    paper="arXiv:1610.09585",
    title="AC-GAN of handwritten digits",
    tasks=("generate", "classify"),
    data=Spec("digits", labels="class"),
)
def ac_gan_digits(tiny: bool = False) -> Recipe:
    generator = kg.networks.labelled.told(_generator(tiny, 10), 10)
    return _on_digits(kg.ACGAN(generator, _critic(tiny, 1 + 10), classes=10, **_game()))


@entry(
    "infogan-digits",
    system="InfoGAN",
    paper="arXiv:1606.03657",
    title="InfoGAN of handwritten digits, ten categories and two numbers",
    tasks=("generate", "encode"),
    data=Spec("digits"),
)
def infogan_digits(tiny: bool = False) -> Recipe:
    code = 10 + 2  # as the paper's for MNIST
    return _on_digits(
        kg.InfoGAN(
            _generator(tiny, code),
            _critic(tiny, 1 + code),
            categories=10,
            codes=2,
            **_game(),
        )
    )


@entry(
    "improved-gan-digits",
    system="ImprovedGAN",
    paper="arXiv:1606.03498",
    title="Improved GAN of handwritten digits, which classifies them",
    tasks=("generate", "classify"),
    data=Spec("digits", labels="class"),
)
def improved_gan_digits(tiny: bool = False) -> Recipe:
    # What is matched are means over a batch, of the first layer's features. With 64
    # examples these are too coarse, and a penalty on the critic leaves too little in
    # them: either way, all samples became one or two of the digits. Matching features
    # is for classifying: of these games it draws the worst.
    critic = _critic(tiny, 10, dropout=0.3)
    features = next(layer.name for layer in critic.layers if "dense" in layer.name)
    recipe = _on_digits(
        kg.ImprovedGAN(
            _generator(tiny),
            critic,
            features,
            loss=losses.Minimax(smoothing=0.1),
            average=0.998,
        )
    )
    recipe.batch, recipe.epochs = 256, 800  # 4,000 steps
    return recipe


@entry(
    "cat-gan-digits",
    system="CatGAN",
    paper="arXiv:1511.06390",
    title="CatGAN of handwritten digits, ten categories without labels",
    tasks=("generate",),
    data=Spec("digits"),
)
def cat_gan_digits(tiny: bool = False) -> Recipe:
    return _on_digits(kg.CatGAN(_generator(tiny), _critic(tiny, 10), **_game()))


@entry(
    "ebgan-digits",
    system="EBGAN",
    paper="arXiv:1609.03126",
    title="Energy-based GAN of handwritten digits",
    tasks=("generate",),
    data=Spec("digits"),
)
def ebgan_digits(tiny: bool = False) -> Recipe:
    mlp = kg.networks.mlp
    # Of a few codes the directions, which pull away, turn too fast for float16.
    codes, width = (8, 8) if tiny else (16, 128)
    return _on_digits(
        kg.EBGAN(
            _generator(tiny, width=width),
            mlp.encoder((8, 8, 1), codes, width, depth=1),
            mlp.generator(codes, (8, 8, 1), width, depth=1),
            # The energy of one who knows the mean image alone is .073, of a good
            # autoencoder .01: what is worse than this is bad enough.
            margin=0.05,
            pull_away=0.1,  # the paper's
            average=0.998,  # as _game
        )
    )


@entry(
    "began-digits",
    system="BEGAN",
    paper="arXiv:1703.10717",
    title="BEGAN of handwritten digits",
    tasks=("generate",),
    data=Spec("digits"),
)
def began_digits(tiny: bool = False) -> Recipe:
    code, width = (2, 8) if tiny else (16, 128)
    x = kg.networks.mlp.encoder((8, 8, 1), code, width, depth=1)
    decoder = kg.networks.mlp.generator(code, (8, 8, 1), width, depth=1)
    return _on_digits(
        kg.BEGAN(
            # Of dense layers, all samples became one or two images that the
            # autoencoder finds easy, with every gamma that was tried.
            _transposed(tiny),
            keras.Model(x.input, decoder(x.output), name="autoencoder"),
            # As various as a BEGAN can be. In trainings of 1,500 steps samples deviated
            # by .83 of what the data do; with .95, .9 and .7 by .65, .53 and .35.
            gamma=1.0,
            rate=0.01,  # ten times the paper's, for a shorter training
            average=0.998,  # as _game
        )
    )


@entry(
    "wgan-digits",
    system="GAN",
    paper="arXiv:1701.07875",
    title="WGAN with clipped weights of handwritten digits",
    tasks=("generate",),
    data=Spec("digits"),
)
def wgan_digits(tiny: bool = False) -> Recipe:
    width, depth = (8, 1) if tiny else (256, 2)
    recipe = _on_digits(
        kg.GAN(
            _transposed(tiny),
            # An offset of the scores cancels.
            kg.networks.mlp.encoder((8, 8, 1), 1, width, depth, last_bias=False),
            loss="wasserstein",
            # The paper's. With .1 scores grew by a thousand, and half of the samples
            # were of two classes. On the ring none of .01, .05 and .1 served
            # (docs/modes.md has one of them).
            constraint=constraints.ClipWeights(0.3 if tiny else 0.01),
            # The paper's; in tiny the same loop, not as long.
            critic_steps=schedules.CriticSchedule(*((2, 3, 1, 4) if tiny else ())),
            average=0.998,  # as _game
        )
    )
    # Without momentum, as in the paper, and as fast as the training is short.
    recipe.optimizer = of_players(
        decaying(1e-3, "RMSprop"), critic_steps=6
    )  # on average
    return recipe


def _transposed(tiny):
    """A generator of digits that ends in a transposed convolution, as DCGAN's."""
    latent, width = (2, 2) if tiny else (24, 16)
    return kg.networks.dcgan.generator(latent, (8, 8, 1), width)


def _game():
    # With ten times the penalty, and dropout of .3, the critic could tell nothing (its
    # loss stayed at 2 log 2), and one digit in seven looked like another than asked.
    return {
        "penalty": penalties.R1(0.03),
        "average": 0.998,  # over 500 steps
    }


def _generator(tiny, told=0, width=256):
    """Of digits; `told` of its inputs are what it is told."""
    latent, width, depth = (2, 8, 1) if tiny else (24, width, 3)
    return kg.networks.mlp.generator(latent + told, (8, 8, 1), width, depth)


def _critic(tiny, outputs, told=0, dropout=0.1):
    width, depth, dropout = (8, 1, 0.0) if tiny else (256, 2, dropout)
    return kg.networks.mlp.encoder(
        (8, 8, 1 + told), outputs, width, depth, "leaky_relu", dropout
    )


def _on_digits(model) -> Recipe:
    """What the games on digits share."""
    return Recipe(
        model=model,
        optimizer=decaying(5e-4, beta_1=0.5),  # as dcgan-glyphs
        batch=64,
        epochs=200,  # 4,000 steps
    )


@entry(
    "cogan-digits",
    system="CoGAN",
    paper="arXiv:1606.07536",
    title="Coupled GAN of handwritten digits and their negatives, without pairs",
    tasks=("generate",),
    data=Spec("digits/domains", labels="domain"),
)
def cogan_digits(tiny: bool = False) -> Recipe:
    # Few channels: with many each domain could keep to some of its own. With 4, and a
    # width of 96, fewer couples were alike (.62 against .77 after 1,500 steps). With
    # layers of its own that see the whole image, as the others have, digits were good
    # and no couple belonged together.
    latent, width, channels = (2, 8, 2) if tiny else (24, 128, 2)
    parts = kg.networks.coupled.conv(latent, (8, 8, 1), 2, width, channels)
    recipe = _on_digits(
        kg.CoGAN(
            **parts,
            # With the penalty of _game this critic, which begins with convolutions, was
            # too sure, and lost classes: 3 to 5 of 10 after 1,500 steps.
            loss=losses.Wasserstein(drift=1e-3),  # the drift as in Progressive GAN
            penalty=penalties.GradientPenalty(10.0),  # the paper's
            critic_steps=2,  # the paper's 5 cost twice the time
            average=0.995,  # over 200 steps
        )
    )
    # Four times the rate of the others: in short games of glyphs a critic with this
    # penalty gained up to ten times 4e-4. The momenta are near those of WGAN-GP.
    optimizer = decaying(2e-3, beta_1=0.5, beta_2=0.9)
    recipe.optimizer = of_players(optimizer, recipe.model.critic_steps)
    recipe.epochs = 2 if tiny else 150  # 3,000 steps
    return recipe
