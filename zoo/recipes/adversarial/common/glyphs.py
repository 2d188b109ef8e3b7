"""What the small games on rendered characters share.

They have the same budget, ten minutes of one core, and no more than 500 kB of weights.
Their generators are much alike.
"""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying, of_players
from zoo.registry import Facts, Recipe

FACTS = Facts((28, 28, 1), levels=256)
NAMED = Facts(FACTS.shape, FACTS.levels, classes=36)
SHAPE, CLASSES = NAMED.shape, NAMED.classes
UNTOLD = Spec("glyphs")
TOLD = Spec("glyphs", labels="class")
AVERAGE = 0.998  # over 500 steps: crisper, and free


def recipe(model, rate=4e-4, epochs=18) -> Recipe:
    """The training of `model`."""
    # Twice DCGAN's, for the training is short, and it decays to nothing, for strokes
    # become smooth when the players stop circling. Those that are told the class can
    # use more, and WGAN-GP was no better for it. The momenta are those of WGAN-GP.
    optimizer = decaying(rate, beta_1=0.5, beta_2=0.9)
    return Recipe(
        model=model,
        optimizer=of_players(optimizer, model.critic_steps),
        batch=64,
        epochs=epochs,
    )


def wasserstein():
    """The game of WGAN-GP, which lost no variety in any of these."""
    return {
        "loss": "wasserstein",
        "penalty": kg.penalties.GradientPenalty(10.0),
        "critic_steps": 2,  # of the paper's 5: more of the time for the generator
        "average": AVERAGE,
    }


def generator(told=0, shape=SHAPE):
    """DCGAN's; the last `told` of its inputs are what it is told.

    Its first layer turns each input into a map of its own, and one for each class would
    be most of the weights: what is told is first put into fewer numbers. The noise is
    not. Behind dense layers it was lost: they made one direction so large that the
    normalisation after the first layer left nothing of the others.
    """
    import keras

    dcgan, width = kg.networks.dcgan, 26
    if not told:
        return dcgan.generator(20, shape, width)
    noise, few = 16, 12
    z = keras.Input((noise + told,), name="z")
    own, code = keras.ops.split(z, [noise], axis=-1)
    one = keras.initializers.RandomNormal(stddev=1.0)  # of one-hot codes, as the noise
    code = keras.layers.Dense(few, use_bias=False, kernel_initializer=one)(code)
    x = keras.layers.Concatenate()([own, code])
    images = dcgan.generator(noise + few, shape, width)(x)
    return keras.Model(z, images, name="generator")


def scorer(width, shape=SHAPE):
    """DCGAN's discriminator, as a critic that a gradient penalty suits."""
    return kg.networks.dcgan.discriminator(shape, width, normalised=False)


def critic(outputs=0, shape=SHAPE):
    """DCGAN's, to say more than a score: its last map narrows before that."""
    import keras

    body = scorer(28, shape)
    x = body.layers[-3].output
    # An offset of what a projection is of would cancel in its game.
    few = keras.layers.Conv2D(8, 1, use_bias=bool(outputs))
    x = keras.layers.Flatten()(few(x))
    if outputs:
        x = keras.layers.Dense(outputs, dtype="float32")(x)
    return keras.Model(body.input, x, name="critic")
