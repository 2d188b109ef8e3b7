"""One process of a group; test_group.py starts two of them.

Trains each named small model for 20 steps of SGD, as `test_replicas` does, and writes
the weights and the losses that this process has seen.
"""

import os
import sys

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"


def main(hosts, rank, out, *names):
    from keras_gen.training import strategies
    from tests.conformance import test_replicas  # makes logical devices, so first

    strategy = strategies.open_strategy("multiworker", hosts, int(rank))
    import numpy as np

    for name in names:
        weights, history, tested = test_replicas.trained(name, strategy)
        losses = {**history, **{f"test_{k}": v for k, v in tested.items()}}
        values = {f"w{i}": w for i, w in enumerate(weights)}
        np.savez(f"{out}/{name}-{rank}.npz", **values, **losses)


if __name__ == "__main__":
    main(*sys.argv[1:])
