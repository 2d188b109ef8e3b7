"""Constraints on a critic's weights, which hold after every one of its updates."""

import re

import tensorflow as tf

from keras_gen.arguments import Positive
from keras_gen.errors import BadInput
from keras_gen.parts import Part, part
from keras_gen.training.distribute import update_together


@part
class ClipWeights(Part):
    """Every weight into [-limit, limit].

    It keeps a critic Lipschitz, with a constant that nobody knows. `layers` is a
    regular expression for the names of the layers whose weights are clipped.

    Reference: Arjovsky et al., Wasserstein GAN (arXiv:1701.07875), with limit .01.
    """

    limit: Positive = 0.01
    layers: str = ".*"

    def __call__(self, network):
        """Apply it to the trainable weights of `network`."""
        clipped = [
            weight.value
            for layer in network.layers
            if re.fullmatch(self.layers, layer.name)
            for weight in layer.trainable_weights
        ]
        if not clipped:
            names = ", ".join(layer.name for layer in network.layers)
            raise BadInput(
                f'no layer with weights has a name like "{self.layers}"; received a '
                f"network with the layers {names}."
            )

        def clip(weight):
            return weight.assign(tf.clip_by_value(weight, -self.limit, self.limit))

        update_together(clip, clipped)
