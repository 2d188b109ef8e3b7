"""An optimizer for each player, and what stands where Keras keeps its one."""

import math

import keras

from keras_gen.errors import BadInput
from keras_gen.training.adam import one_pass
from keras_gen.training.precision import LossScale, first_scale


class NoSuchAttribute(BadInput, AttributeError):
    """As both, so that `hasattr` says no and a person reads why."""


class SeveralOptimizers:
    """Those of several players, as far as Keras asks for them.

    Its callbacks (`LearningRateScheduler`, `ReduceLROnPlateau`, `TensorBoard`) go
    through `optimizers`: they act on every player, each from its own rate. For one
    player alone there is `keras_gen.callbacks.OfPlayer`.
    """

    built = True

    def __init__(self, optimizers: dict):
        self.__dict__["named"] = optimizers

    @property
    def optimizers(self) -> list:
        return list(self.named.values())

    @property
    def variables(self) -> list:
        return [v for optimizer in self.optimizers for v in optimizer.variables]

    @property
    def iterations(self):
        """Steps of training: a player that has several turns in each has made more."""
        return min((o.iterations for o in self.optimizers), key=int)

    def _refuse(self, attribute):
        choices = " or ".join(f'model.optimizers["{name}"]' for name in self.named)
        return NoSuchAttribute(
            f"model.optimizer.{attribute}: this model has {len(self.named)} "
            f"optimizers, one for each player. Use {choices}."
        )

    def __getattr__(self, attribute):
        raise self._refuse(attribute)

    def __setattr__(self, attribute, value):
        raise self._refuse(attribute)


def _known(optimizer) -> keras.optimizers.Optimizer:
    """Keras's optimizer of this name, or the one given; its rate is a number."""
    try:
        optimizer = keras.optimizers.get(optimizer)
    except (ValueError, TypeError):
        raise BadInput(
            'an optimizer is one of Keras, by its name, such as "adam", or an object, '
            f"such as keras.optimizers.Adam(1e-3); received {optimizer!r:.60}."
        ) from None
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    rate = float(keras.ops.convert_to_numpy(inner.learning_rate))
    if not 0 <= rate < math.inf:
        raise BadInput(f"the learning rate is a number from 0 on; received {rate}.")
    return optimizer


def optimizer_for(name: str, player: keras.Model, optimizer, copy: bool, terms: int):
    """A built optimizer for one player, scaling its loss if half precision needs it.

    Args:
        name: of the player.
        player: its network.
        optimizer: what `compile` was given.
        copy: whether others are given the same one.
        terms: how many terms the loss sums up.
    """
    if copy and isinstance(optimizer, keras.optimizers.Optimizer):
        optimizer = type(optimizer).from_config(optimizer.get_config())
    optimizer = _known(optimizer)
    half = any(layer.compute_dtype == "float16" for layer in player._flatten_layers())
    if half and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = LossScale(optimizer, initial_scale=first_scale(terms))
    if not player.trainable_variables:
        raise BadInput(f'player "{name}" has no trainable weights.')
    optimizer.build(player.trainable_variables)
    return one_pass(optimizer)
