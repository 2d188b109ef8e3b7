"""What the games on MNIST and Fashion-MNIST share: size, budget, and their data."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying, of_players
from zoo.registry import Facts, Recipe

FACTS = Facts((28, 28, 1), levels=256)
TOLD = Facts(FACTS.shape, FACTS.levels, classes=10)
SHAPE, CLASSES = TOLD.shape, TOLD.classes
MNIST = {"licence": "CC BY-SA 3.0, as the data", "data": Spec("mnist")}
MNIST_TOLD = {**MNIST, "data": Spec("mnist", labels="class")}
FASHION = {"data": Spec("fashion_mnist")}
FASHION_TOLD = {"data": Spec("fashion_mnist", labels="class")}
AVERAGE = 0.998  # over 500 steps, as of rendered characters


def recipe(model, rate=4e-4, epochs=10) -> Recipe:
    """The training of `model`: 843 steps in an epoch."""
    optimizer = decaying(rate, beta_1=0.5, beta_2=0.9)
    return Recipe(
        model=model,
        optimizer=of_players(optimizer, model.critic_steps),
        batch=64,
        epochs=epochs,
    )


def wasserstein():
    """The game of WGAN-GP."""
    return {
        "loss": "wasserstein",
        "penalty": kg.penalties.GradientPenalty(10.0),
        "critic_steps": 2,  # of the paper's 5: more of the time for the generator
        "average": AVERAGE,
    }


def generator(told=0, shape=SHAPE, width=32):
    """DCGAN's; the last `told` of its inputs are what it is told."""
    return kg.networks.dcgan.generator(32 + told, shape, width)


def critic(outputs=1, shape=SHAPE, width=32):
    """DCGAN's, as a gradient penalty suits it; a dense layer says what is asked."""
    import keras

    body = kg.networks.dcgan.discriminator(shape, width, normalised=False)
    x = keras.layers.Flatten()(body.layers[-3].output)
    x = keras.layers.Dense(64, activation="leaky_relu")(x)
    x = keras.layers.Dense(outputs, dtype="float32")(x)
    return keras.Model(body.input, x, name="critic")


def projecting(facts=TOLD, width=32):
    """A critic that is told the class, by an inner product with what it has seen."""
    import keras

    body = kg.networks.dcgan.discriminator(facts.shape, width, normalised=False)
    x = keras.layers.Flatten()(body.layers[-3].output)
    x = keras.layers.Dense(64, activation="leaky_relu")(x)
    label = keras.Input((), dtype="int32", name="label")
    embedded = keras.layers.Embedding(facts.classes, 64)(label)
    agreement = keras.layers.Dot(-1, dtype="float32")([embedded, x])
    score = keras.layers.Dense(1, use_bias=False, dtype="float32")(x)
    score = keras.layers.Add(dtype="float32")([score, agreement])
    return keras.Model([body.input, label], score, name="critic")
