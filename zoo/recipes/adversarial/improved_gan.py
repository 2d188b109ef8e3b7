"""Recipe of the improved GAN."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo.recipes.adversarial.common import digits
from zoo.registry import Recipe, entry


@entry(
    "improved-gan-digits",
    system="ImprovedGAN",
    paper="arXiv:1606.03498",
    title="Improved GAN of handwritten digits, which classifies them",
    tasks=("generate", "classify"),
    data=Spec("digits", labels="class"),
    weights=False,  # it told 98.3% of the digits right, and drew none that one can read
)
def improved_gan_digits() -> Recipe:
    # What is matched are means over a batch, of the first layer's features. With 64
    # examples these are too coarse, and a penalty on the critic leaves too little in
    # them: either way, all samples became one or two of the digits. Matching features
    # is for classifying: of these games it draws the worst.
    critic = digits.critic(digits.CLASSES, dropout=0.3)
    features = next(layer.name for layer in critic.layers if "dense" in layer.name)
    return digits.recipe(
        kg.ImprovedGAN(
            digits.generator(),
            critic,
            features,
            loss=kg.losses.Minimax(smoothing=0.1),
            average=digits.AVERAGE,
        ),
        batch=256,
        epochs=800,  # 4,000 steps
    )
