"""Stacked Boltzmann machines: the hidden units of one are the visible ones of the next.

    h_1 ~ p_1(h | x),     h_2 ~ p_2(h | h_1),     ...

Each is trained on what the one below draws, from the data up: a deep belief network.
What it has learned is where another network can begin. On the way up a layer of it is
a dense layer with a sigmoid, of the weights W and the biases c; on the way down one of
W' and b. So the stack begins a classifier, which adds a layer of logits, or a deep
autoencoder, whose decoder is the stack once more.

References: Hinton, Osindero & Teh, A Fast Learning Algorithm for Deep Belief Nets
(Neural Computation 18, 2006); Hinton & Salakhutdinov, Reducing the Dimensionality of
Data with Neural Networks (Science 313, 2006).
Not here: the fine-tuning of the stack itself, up and down; linear codes in the topmost
machine, whose hidden units are on or off here.
"""

import itertools
from collections.abc import Sequence

import keras
import numpy as np

from keras_gen.arguments import Numbers, Seed, checked
from keras_gen.energy.rbm import RBM
from keras_gen.errors import BadInput
from keras_gen.noise import draw
from keras_gen.trial import in_parts


@checked
def fit(machines: Sequence[RBM], x: Numbers, seed: Seed = 0, **options):
    """Train each on hidden units that the one below draws, from the data up.

    Args:
        machines: compiled, from the data up; the visible units of each are as many as
            the hidden ones of the one below.
        x: examples.
        seed: of these draws; each example is drawn for once.
        **options: of `RBM.fit`.

    Returns:
        The histories.

    Example:
        >>> machines = [RBM((8, 8, 1), 32), RBM((32,), 16)]
        >>> for machine in machines:
        ...     machine.compile("adam")
        >>> x = data.Spec("digits", binarise="threshold").arrays("train")
        >>> histories = fit(machines, x, epochs=2, verbose=0)
        >>> encoder = networks.deep.encoder((8, 8, 1), 16, (32,), "sigmoid")
        >>> begin_encoder(encoder, machines)
    """
    check_stack(machines)
    histories = []
    for i, machine in enumerate(machines):
        histories.append(machine.fit(x, **options))
        on = in_parts(lambda part, machine=machine: machine.encode(part)["z"], x)
        x = np.float32(draw("uniform", on.shape, (seed & 0x7FFFFFFF, i)) < on)
    return histories


def begin_encoder(network: keras.Model, machines) -> None:
    """Give the first dense layers the weights of the way up."""
    check_stack(machines)
    kernels = [m.w.numpy() if m.binary else _scaled(m) for m in machines]
    biases = [m.c.numpy() for m in machines]
    _give(_dense(network)[: len(machines)], kernels, biases)


def begin_decoder(network: keras.Model, machines) -> None:
    """Give the last dense layers the weights of the way down."""
    check_stack(machines)
    kernels = [m.w.numpy().T for m in reversed(machines)]
    biases = [m.b.numpy() for m in reversed(machines)]
    _give(_dense(network)[-len(machines) :], kernels, biases)


def check_stack(machines):
    """Raise `BadInput` unless each fits on the one below."""
    if not machines:
        raise BadInput("a stack has one machine or more; received none.")
    for below, above in itertools.pairwise(machines):
        if above.size != below.hidden or not above.binary:
            raise BadInput(
                f"a machine of {above.size} {above.visible} units stands on one of "
                f"{below.hidden} hidden ones, which are on or off; make it "
                f"RBM(({below.hidden},), ...)."
            )


def _scaled(machine):
    return machine.w.numpy() / machine.variance().numpy()[:, None]


def _dense(network):
    return [la for la in network.layers if isinstance(la, keras.layers.Dense)]


def _give(layers, kernels, biases):
    wanted = [k.shape for k in kernels]
    found = [tuple(layer.kernel.shape) for layer in layers]
    if wanted != found:
        raise BadInput(
            f"the stack has products of the shapes {wanted}, and the network's dense "
            f"layers {found}; give it layers of the machines' sizes."
        )
    for layer, kernel, bias in zip(layers, kernels, biases, strict=True):
        layer.kernel.assign(kernel)
        layer.bias.assign(bias)
