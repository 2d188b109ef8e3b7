"""Keras's callbacks for one player of a game."""

import keras

from keras_gen.errors import lookup


class OfPlayer(keras.callbacks.Callback):
    """A callback that is shown one player's optimizer in the place of all.

    Without it a `LearningRateScheduler` or a `ReduceLROnPlateau` acts on every player.

    Args:
        player: its name, such as "generator".
        callback: what looks at, or sets, `model.optimizer`.

    Example:
        >>> halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
        >>> model = GAN(mlp.encoder((2,), 2), mlp.encoder((2,), 1))
        >>> model.compile("sgd")
        >>> ring = data.load("points/ring").take(1)
        >>> h = model.fit(ring, verbose=0, callbacks=[OfPlayer("generator", halve)])
        >>> [float(o.learning_rate) for o in model.optimizers.values()]
        [0.004999999888241291, 0.009999999776482582]
    """

    def __init__(self, player: str, callback: keras.callbacks.Callback):
        super().__init__()
        self.player = player
        self.callback = callback
        own = keras.callbacks.Callback
        for name in dir(own):
            hook = getattr(type(callback), name)
            if name.startswith("on_") and hook is not getattr(own, name):
                setattr(self, name, getattr(callback, name))

    def set_params(self, params):
        super().set_params(params)
        self.callback.set_params(params)

    def set_model(self, model):
        super().set_model(model)
        optimizer = lookup(model.optimizers, self.player, "player")
        self.callback.set_model(_Shown(model, optimizer))


class _Shown:
    """The model, but for its optimizer."""

    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer

    def __getattr__(self, name):
        return getattr(self.model, name)
