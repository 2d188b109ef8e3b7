"""Optimizers and learning rates that more than one recipe has."""


def constant(rate, optimizer: str = "Adam", **settings):
    """What a `Recipe` takes: an optimizer of one rate, as many papers have it.

    Args:
        rate: a number, or one of Keras's schedules.
        optimizer: its name in `keras.optimizers`.
        **settings: its other arguments.

    Example:
        >>> float(constant(0.5, "SGD", momentum=0.9).momentum)
        0.9
    """
    import keras

    return getattr(keras.optimizers, optimizer)(rate, **settings)


def decaying(rate: float, optimizer: str = "Adam", **settings):
    """What a `Recipe` takes: an optimizer whose rate falls to nothing, by a cosine.

    A short training ends at its best that way: the noise of the last steps costs a
    density some hundredths of a bit, an autoencoder .3 dB, and players of a game stop
    circling around their equilibrium.

    Example:
        >>> float(decaying(1e-3)(100).learning_rate)
        0.0010000000474974513
    """

    def make(steps):
        import keras

        decay = keras.optimizers.schedules.CosineDecay(rate, steps)
        return constant(decay, optimizer, **settings)

    return make


def of_players(optimizer, critic_steps: int):
    """What a `Recipe` takes: that for both players, each over steps of its own.

    Args:
        optimizer: what `decaying` gives.
        critic_steps: how many the discriminator has for each of the generator's.

    Example:
        >>> sorted(of_players(decaying(1e-3), critic_steps=5)(100))
        ['discriminator', 'generator']
    """

    def make(steps):
        return {
            "generator": optimizer(steps),
            "discriminator": optimizer(critic_steps * steps),
        }

    return make
