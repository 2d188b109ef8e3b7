"""What the densities of rendered characters share."""

from keras_gen.data import Spec
from zoo import heads
from zoo.rates import decaying
from zoo.registry import Facts, Recipe

FACTS = Facts((28, 28, 1), levels=2)
SHAPE = FACTS.shape
TASKS = ("generate", "density")
BLACK_AND_WHITE = {
    "tasks": TASKS,
    "data": Spec("glyphs", binarise="static"),
    "shown": False,  # their densities are compared; they draw pieces of characters
}


def causal(system, network, facts=FACTS, law=None, **options) -> Recipe:
    """A convolutional network; `law` is that of the embedding, where it has one."""
    head = heads.of(facts.levels)
    network = network(
        facts.shape,
        head.parameters(facts.shape)[-1],
        width=16,
        depth=4,
        first=15,  # one channel is cheap to see much of
        head=(32,),
        **options,
    )
    return Recipe(
        model=system(network, head, embedding_law=law),
        optimizer=decaying(3e-3),
        batch=32,
        epochs=4,
    )
