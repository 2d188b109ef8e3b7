"""What the comparisons with other libraries compare, and how they count."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from benchmarks import peers, sampling_memory
from keras_gen.networks import conv, mlp

SHAPE = (8, 8, 1)


def counted(step, *shapes):
    specs = [tf.TensorSpec(shape, "float32") for shape in shapes]
    return peers.products_of(tf.function(step).get_concrete_function(*specs).graph)


def test_operations_are_counted_by_hand():
    """Two for each product, at every place of a map where a kernel is laid."""
    dense = mlp.encoder((3,), 5, 7, 1)
    assert counted(dense, (4, 3)) == 4 * (2 * 3 * 7 + 2 * 7 * 5)
    down = conv.encoder(SHAPE, 5, 3)
    maps = 2 * (4 * 4 * 1 * 3) * (4 * 4)  # 16 places of the halved map
    assert counted(down, (1, *SHAPE)) == maps + 2 * 48 * 12 + 2 * 12 * 5
    up = conv.decoder(2, SHAPE, 3)
    doubled = 2 * (4 * 4 * 3 * 3) * (4 * 4)  # laid at the 16 places it doubles
    last = 2 * (3 * 3 * 3 * 1) * (8 * 8)
    assert counted(up, (1, 2)) == counted(up, (2, 2)) / 2 > doubled + last


@pytest.mark.parametrize(
    "network", [mlp.encoder((3,), 5, 7, 1), conv.decoder(2, SHAPE, 3)]
)
def test_a_gradient_costs_as_much_as_what_it_is_of(network):
    def step(x, of_input):
        with tf.GradientTape() as tape:
            tape.watch([x] if of_input else [])
            y = tf.reduce_sum(network(x))
        wanted = network.trainable_variables + of_input * [x]
        return tape.gradient(y, wanted)

    shape = (4, *network.input_shape[1:])
    once = counted(network, shape)
    assert counted(lambda x: step(x, True), shape) == 3 * once
    first = 4 * 2 * np.prod(network.layers[1].kernel.shape)
    assert counted(lambda x: step(x, False), shape) == 3 * once - first


@pytest.fixture
def training(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.syspath_prepend(pathlib.Path(peers.__file__).parent)
    return __import__("training")


def contests(training):
    nets, grey = kg.networks, training.images(SHAPE)
    pairs = training.pairs(SHAPE)
    return {
        "game": training.Game(training.dcgan(SHAPE, 2), grey, 2, 8),
        "variational": training.VAE(
            lambda: kg.VAE(conv.encoder(SHAPE, 4, 3), conv.decoder(2, SHAPE, 3)),
            training.images(SHAPE, "binary"), 2, 4,
        ),
        "pixels": training.Pixels(
            lambda: kg.GatedPixelCNN(nets.pixelcnn.gated_pixelcnn(SHAPE, 1, 4, 1)),
            training.images(SHAPE, "binary"), 2, 4,
        ),
        "flow": training.Flow(
            lambda: kg.FlowMatching(
                nets.denoiser.unet(SHAPE, (4, 6), classes=10), classes=10, average=0.0
            ),
            lambda n, rng: (*grey(n, rng), rng.integers(0, 10, n).astype("int32")),
            2, 8,
        ),
        "pairs": training.Pix2Pix(
            lambda: kg.Pix2Pix(
                nets.pix2pix.generator(SHAPE, 1, 4, 2, dropout=0.0),
                nets.pix2pix.discriminator(SHAPE, 1, 4, 1),
            ),
            pairs, 2, 4,
        ),
        "cycle": training.CycleGAN(
            lambda: kg.CycleGAN(
                *(nets.cyclegan.generator(SHAPE, 1, 4, 1, 1) for _ in "ab"),
                *(nets.pix2pix.discriminator(SHAPE, width=4, strides=1) for _ in "ab"),
                pool=0,
            ),
            pairs, 2, 4,
        ),
        "couplings": training.Couplings(
            training.couplings(4, 2, 5), training.points(4), 2, 8
        ),
    }  # fmt: skip


KINDS = "game", "variational", "pixels", "flow", "pairs", "cycle", "couplings"
FORMS = {"as it is": {}, "channels last": {"last": True}}


@pytest.mark.parametrize("kind", KINDS)
def test_both_report_the_same_losses_and_would_not_if_they_differed(training, kind):
    torch = pytest.importorskip("torch")
    contest = contests(training)[kind]
    training.agree(torch, contest, FORMS)
    written = contest.losses

    def wrong(torch, model, nets):
        losses = written(torch, model, nets)
        return {
            name: lambda *x, f=f, **z: 1.02 * f(*x, **z) for name, f in losses.items()
        }

    contest.losses = wrong
    with pytest.raises(AssertionError):
        training.agree(torch, contest, FORMS)


def test_ours_is_held_against_the_best_of_theirs():
    times = np.ones((3, 3))
    times[:, 0], times[:, 2] = [0.4, 0.45, 9.0], 0.5  # of three rounds
    found = peers.summary(["ours", "slow", "fast"], times, np.ones(2), 2, 1e9)
    assert found["best"] == "fast" and found["ratio"] == pytest.approx(0.9)
    assert found["ms"] == {"ours": 225.0, "slow": 500.0, "fast": 250.0}
    # A step of 225 ms, against one second for the yardstick's operations.
    assert found["share"] == pytest.approx(1e9 / 0.225 / (2 * peers.SIDE**3))


def test_memory_of_samples_is_told_with_its_graphs(monkeypatch):
    """Of a model that compiles in no time: a graph for 1, 2, 4 and 8 of any number."""
    model = kg.VAE.small()["plain"]()
    monkeypatch.setattr(model, "jit_sampling", True)
    numbers = [*range(1, 9), *range(1, 9)]
    rows = sampling_memory.measure(model, numbers)
    assert [n for n, _, _ in rows] == numbers and all(held > 0 for *_, held in rows)
    assert [graphs for _, graphs, _ in rows] == [1, 2, 3, 3, 4, 4, 4, 4] + 8 * [4]
