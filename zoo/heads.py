"""Which likelihood pixels have: decided by how many levels the data have."""

import keras_gen as kg


def each(facts, components: int = 5):
    """As `of`, for networks that draw each channel of a pixel on its own."""
    if facts.levels > 2 and facts.shape[-1] > 1:
        return kg.likelihoods.DiscretizedLogistic(facts.levels)
    return of(facts.levels, components)


def of(levels: int, components: int = 5):
    """Bernoulli for black and white, else a mixture that knows neighbouring levels.

    Example:
        >>> type(of(2)).__name__, of(256, components=10).levels
        ('Bernoulli', 256)
    """
    if levels == 2:
        return kg.likelihoods.Bernoulli()
    return kg.likelihoods.DiscretizedLogisticMixture(components, levels=levels)
