"""Conditional GAN.

Generator and discriminator are told the label y, and play the game of each class at
once:

    min_G max_D   E_(x,y)[ log D(x, y) ]  +  E_z,y[ log(1 - D(G(z, y), y)) ]

An example that looks real, and like another class, is a fake. The labels of generated
examples are those of the batch, so both kinds show the classes equally often.

How a network is told is the network's affair, with two inputs: a label's one-hot code
beside its input (`networks.labelled.told`, as in the paper), or an inner product with
an embedding at the end of the critic, the projection of SNGAN (`networks.resnet`).
Loss, penalty, constraint and k are those of any GAN.

References: Mirza & Osindero, Conditional Generative Adversarial Nets (arXiv:1411.1784);
Miyato & Koyama, cGANs with Projection Discriminator (arXiv:1802.05637).
Not here: conditions other than a class; real examples with wrong labels as a third
kind, which `GANCLS` has.
"""

import keras

from keras_gen.adversarial.gan import GAN
from keras_gen.arguments import Count
from keras_gen.errors import BadInput
from keras_gen.networks import labelled, mlp
from keras_gen.parts.penalties import R1
from keras_gen.signatures import label_spec


@keras.saving.register_keras_serializable("keras_gen")
class ConditionalGAN(GAN):
    """A GAN whose players are told the label.

    Args:
        generator: network from a latent and a label to an example.
        discriminator: network from an example and a label to a score.
        classes: how many labels there are, from 0 on.
        loss, critic_steps, penalty, constraint, average: as of a GAN.

    Example:
        >>> generator = labelled.told(mlp.generator(8 + 10, (8, 8, 1)), 10)
        >>> critic = labelled.told(mlp.encoder((8, 8, 1 + 10), 1), 10)
        >>> model = ConditionalGAN(generator, critic, classes=10)
        >>> model.compile("adam")
        >>> digits = data.load("digits", labels="class")
        >>> history = model.fit(digits.take(4), verbose=0)
        >>> model.sample(3, seed=1, label=[7, 7, 2]).shape
        (3, 8, 8, 1)
    """

    told_players = ("generator", "discriminator")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        classes: Count,
        **options,
    ):
        self.classes = classes
        super().__init__(generator, discriminator, **options)
        for name in self.told_players:
            inputs = self.players()[name].inputs
            if len(inputs) != 2:
                raise BadInput(
                    f"the {name} takes a label as its second input, and this one has "
                    f"{len(inputs)}: make it by networks.labelled.told(network, "
                    f"{classes})."
                )

    def signatures(self):
        signatures = super().signatures()
        for signature in signatures.values():
            signature.inputs["label"] = label_spec(self.classes)
        return signatures

    @classmethod
    def small(cls):
        def generator():
            return labelled.told(mlp.generator(2 + 3, (4, 4, 1), 8, 1), 3)

        def concatenated():
            critic = labelled.told(mlp.encoder((4, 4, 1 + 3), 1, 8, 1, "tanh"), 3)
            return cls(generator(), critic, classes=3, penalty=R1(0.1))

        def projected():
            seen = mlp.encoder((4, 4, 1), 4, 8, 1, "tanh")
            label = keras.Input((), dtype="int32", name="label")
            asked = keras.layers.Embedding(3, 4)(label)
            score = keras.layers.Dot(-1, dtype="float32")([asked, seen.output])
            critic = keras.Model([seen.input, label], score)
            return cls(generator(), critic, classes=3, average=0.9)

        return {"plain": concatenated, "projected": projected}
