"""What many different numbers of samples cost in memory: graphs are kept, and few.

    python benchmarks/sampling_memory.py

Draws 20 different numbers from an autoregressive model whose loop is compiled, each
number twice, and prints the most that the process has held after each. There is a
graph for each power of two, so the memory grows with their number and not with the
calls.
"""

import random
import resource

import keras_gen as kg

NUMBERS = 20


def held() -> float:
    """The most memory that this process has held so far, in MB; Linux counts in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def measure(model, numbers, batch: int = 64) -> list[tuple[int, int, float]]:
    """After each of these numbers of samples: it, the graphs there are, and MB."""
    rows = []
    for n in numbers:
        model.sample(n, seed=0, batch=batch)
        rows.append((n, len(model._sample_function.known), held()))
    return rows


def main():
    numbers = random.Random(0).sample(range(1, 65), NUMBERS)
    model = kg.PixelCNN.small()["plain"]()
    model.sample(1, seed=0)
    begin = held()
    for n, graphs, size in measure(model, [*numbers, *numbers]):
        print(f"{n:3d} samples  {graphs:2d} graphs  {size - begin:+7.1f} MB")


if __name__ == "__main__":
    main()
