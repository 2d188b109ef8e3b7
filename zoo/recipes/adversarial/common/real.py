"""What the games on MNIST and Fashion-MNIST share: size, budget, and their data."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.recipes.adversarial.common import glyphs
from zoo.registry import Facts, Recipe

FACTS = Facts((28, 28, 1), levels=256)
TOLD = Facts(FACTS.shape, FACTS.levels, classes=10)
SHAPE, CLASSES = TOLD.shape, TOLD.classes
MNIST = {"licence": "CC BY-SA 3.0, as the data", "data": Spec("mnist")}
MNIST_TOLD = {**MNIST, "data": Spec("mnist", labels="class")}
FASHION = {"data": Spec("fashion_mnist")}
FASHION_TOLD = {"data": Spec("fashion_mnist", labels="class")}


def recipe(model, rate=4e-4, epochs=10) -> Recipe:
    """The training of `model`: 843 steps in an epoch."""
    return glyphs.recipe(model, rate, epochs)


def generator(told=0, shape=SHAPE, width=24):
    """DCGAN's; the last `told` of its inputs are what it is told."""
    return kg.networks.dcgan.generator(32 + told, shape, width)


def critic(outputs=1, shape=SHAPE, width=24):
    """DCGAN's, as a gradient penalty suits it; a dense layer says what is asked."""
    import keras

    image, x = _seen(shape, width)
    x = keras.layers.Dense(outputs, dtype="float32")(x)
    return keras.Model(image, x, name="critic")


def projecting(facts=TOLD, width=24):
    """A critic that is told the class, by an inner product with what it has seen."""
    import keras

    image, x = _seen(facts.shape, width)
    label = keras.Input((), dtype="int32", name="label")
    embedded = keras.layers.Embedding(facts.classes, 64)(label)
    agreement = keras.layers.Dot(-1, dtype="float32")([embedded, x])
    score = keras.layers.Dense(1, use_bias=False, dtype="float32")(x)
    score = keras.layers.Add(dtype="float32")([score, agreement])
    return keras.Model([image, label], score, name="critic")


def _seen(shape, width):
    """An image, and what a critic has seen of it: 64 numbers."""
    import keras

    body = glyphs.scorer(width, shape)
    x = keras.layers.Flatten()(body.layers[-3].output)
    return body.input, keras.layers.Dense(64, activation="leaky_relu")(x)
