"""Games on rendered characters."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying, of_players
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras

    from keras_gen.parts import penalties


@entry(
    "dcgan-glyphs",
    system="GAN",
    paper="arXiv:1511.06434",
    title="DCGAN on rendered characters",
    tasks=("generate",),
    data=Spec("glyphs"),
)
def dcgan_glyphs(tiny: bool = False) -> Recipe:
    dcgan = kg.networks.dcgan
    shape = (28, 28, 1)
    latent = 4 if tiny else 64  # 8 factors vary; the published 100 serve photographs
    batch = 8 if tiny else 64  # half the paper's 128: twice the steps in the time

    return Recipe(
        model=kg.GAN(
            dcgan.generator(latent, shape, 2 if tiny else 64),  # the published width
            # Weaker than the generator, and with some dropout. Of the same strength it
            # won (its loss fell to .1); at 32, .3 and half the rate the pictures were
            # softer, though nearer in Frechet distance (1.3 against 1.7).
            dcgan.discriminator(shape, 2 if tiny else 48, 0.1),
            average=0.998,  # over 500 steps: crisper, and free
        ),
        # Twice the paper's rate, for the training is short; decaying to nothing, for
        # strokes become smooth when the players stop circling. The paper's beta_1: with
        # .9 it oscillates.
        optimizer=decaying(4e-4, beta_1=0.5),
        batch=batch,
        epochs=45,
    )


# The games below have the same budget, ten minutes of one core, and no more than 500 kB
# of weights: docs/glyph_games.md compares them. Their generators are much alike.

SHAPE, CLASSES = (28, 28, 1), 36
UNTOLD = Spec("glyphs")
TOLD = Spec("glyphs", labels="class")


@entry(
    "dcgan-small-glyphs",
    system="GAN",
    paper="arXiv:1511.06434",
    title="Small DCGAN on rendered characters",
    tasks=("generate",),
    data=UNTOLD,
)
def dcgan_small_glyphs(tiny: bool = False) -> Recipe:
    critic = kg.networks.dcgan.discriminator(SHAPE, 3 if tiny else 24, 0.1)
    return _on_glyphs(
        tiny, kg.GAN(_generator(tiny), critic, average=AVERAGE), epochs=36
    )


@entry(
    "wgan-gp-glyphs",
    system="GAN",
    paper="arXiv:1704.00028",
    title="WGAN-GP on rendered characters",
    tasks=("generate",),
    data=UNTOLD,
)
def wgan_gp_glyphs(tiny: bool = False) -> Recipe:
    critic = _body(tiny, 32)
    return _on_glyphs(tiny, kg.GAN(_generator(tiny), critic, **_wasserstein()))


@entry(
    "sngan-glyphs",
    system="GAN",
    paper="arXiv:1802.05957",
    title="SNGAN on rendered characters, with its residual networks",
    tasks=("generate",),
    data=UNTOLD,
)
def sngan_glyphs(tiny: bool = False) -> Recipe:
    resnet = kg.networks.resnet
    model = kg.GAN(
        resnet.generator(2 if tiny else 20, SHAPE, 3 if tiny else 24),
        resnet.discriminator(SHAPE, 3 if tiny else 20, last_bias=False),
        loss="hinge",
        average=AVERAGE,
    )
    return _on_glyphs(tiny, model, rate=8e-4, epochs=11)  # 3,564 steps


@entry(
    "conditional-gan-glyphs",
    system="ConditionalGAN",
    paper="arXiv:1802.05637",
    title="Conditional GAN of rendered characters, with a projection",
    tasks=("generate",),
    data=TOLD,
)
def conditional_gan_glyphs(tiny: bool = False) -> Recipe:
    body = _critic(tiny)
    label = keras.Input((), dtype="int32", name="label")
    embedded = keras.layers.Embedding(CLASSES, body.output_shape[-1])(label)
    agreement = keras.layers.Dot(-1, dtype="float32")([embedded, body.output])
    score = keras.layers.Dense(1, use_bias=False, dtype="float32")(body.output)
    score = keras.layers.Add(dtype="float32")([score, agreement])
    model = kg.ConditionalGAN(
        kg.networks.labelled.told(_generator(tiny, CLASSES), CLASSES),
        keras.Model([body.input, label], score, name="critic"),
        classes=CLASSES,
        **_wasserstein(),
    )
    return _on_glyphs(tiny, model, rate=3e-3)


@entry(
    "ac-gan-glyphs",
    system="ACGAN",
    paper="arXiv:1610.09585",
    title="AC-GAN of rendered characters",
    tasks=("generate", "classify"),
    data=TOLD,
)
def ac_gan_glyphs(tiny: bool = False) -> Recipe:
    model = kg.ACGAN(
        kg.networks.labelled.told(_generator(tiny, CLASSES), CLASSES),
        _critic(tiny, 1 + CLASSES),
        classes=CLASSES,
        # With these, as published, and .3 as the weight, the players agreed on other
        # classes than the data's: what was asked for was seen in a quarter of the
        # samples, and with 10 in a half.
        learns_fakes=False,
        **_wasserstein(),
    )
    return _on_glyphs(tiny, model, rate=3e-3)


@entry(
    "infogan-glyphs",
    system="InfoGAN",
    paper="arXiv:1606.03657",
    title="InfoGAN of rendered characters, 36 categories and two numbers",
    tasks=("generate", "encode"),
    data=UNTOLD,
)
def infogan_glyphs(tiny: bool = False) -> Recipe:
    code = CLASSES + 2  # as many categories as classes; of numbers as the paper's MNIST
    model = kg.InfoGAN(
        _generator(tiny, code),
        _critic(tiny, 1 + code),
        categories=CLASSES,
        codes=2,
        # What the code says, like the classes of an AC-GAN, is to be plain, and with a
        # larger weight it is made so by one image for each.
        weight=0.1,
        **_wasserstein(),
    )
    return _on_glyphs(tiny, model)


AVERAGE = 0.998  # as dcgan-glyphs


def _generator(tiny, told=0):
    """DCGAN's; the last `told` of its inputs are what it is told.

    Its first layer turns each input into a map of its own, and one for each class would
    be most of the weights: what is told is first put into fewer numbers. The noise is
    not. Behind dense layers it was lost: they made one direction so large that the
    normalisation after the first layer left nothing of the others.
    """
    dcgan, width = kg.networks.dcgan, 3 if tiny else 26
    if not told:
        return dcgan.generator(2 if tiny else 20, SHAPE, width)
    noise, few = (2, 2) if tiny else (16, 12)
    z = keras.Input((noise + told,), name="z")
    own, code = keras.ops.split(z, [noise], axis=-1)
    one = keras.initializers.RandomNormal(stddev=1.0)  # of one-hot codes, as the noise
    code = keras.layers.Dense(few, use_bias=False, kernel_initializer=one)(code)
    x = keras.layers.Concatenate()([own, code])
    images = dcgan.generator(noise + few, SHAPE, width)(x)
    return keras.Model(z, images, name="generator")


def _body(tiny, width):
    """DCGAN's discriminator."""
    width = 3 if tiny else width
    return kg.networks.dcgan.discriminator(SHAPE, width, normalised=False)


def _critic(tiny, outputs=0):
    """DCGAN's, to say more than a score: its last map narrows before that."""
    body = _body(tiny, 28)
    x = body.layers[-3].output
    # An offset of what a projection is of would cancel in its game.
    few = keras.layers.Conv2D(3 if tiny else 8, 1, use_bias=bool(outputs))
    x = keras.layers.Flatten()(few(x))
    if outputs:
        x = keras.layers.Dense(outputs, dtype="float32")(x)
    return keras.Model(body.input, x, name="critic")


def _wasserstein():
    """The game of WGAN-GP, which lost no variety in any of these."""
    return {
        "loss": "wasserstein",
        "penalty": penalties.GradientPenalty(10.0),
        "critic_steps": 2,  # of the paper's 5: more of the time for the generator
        "average": AVERAGE,
    }


def _on_glyphs(tiny, model, rate=4e-4, epochs=18) -> Recipe:
    """What these games share."""
    # Without another it is that of dcgan-glyphs; those that are told the class can use
    # more, and WGAN-GP was no better for it. The momenta are those of WGAN-GP.
    optimizer = decaying(rate, beta_1=0.5, beta_2=0.9)
    return Recipe(
        model=model,
        optimizer=of_players(optimizer, model.critic_steps),
        batch=8 if tiny else 64,
        epochs=epochs,
    )
