"""What the comparisons with other libraries compare, and how they count."""

import pathlib

import numpy as np
import pytest

import keras_gen as kg
from benchmarks import peers, sampling_memory
from keras_gen.networks import conv, dcgan, mlp

SHAPE = (8, 8, 1)


def test_operations_are_counted_by_hand():
    """Two for each product, at every place of a map where a kernel is laid."""
    assert peers.forward_flops(mlp.encoder((3,), 5, 7, 1)) == [2 * 3 * 7, 2 * 7 * 5]
    down, *dense = peers.forward_flops(conv.encoder(SHAPE, 5, 3))
    assert down == 2 * (4 * 4 * 1 * 3) * (4 * 4)  # 16 places of the halved map
    assert dense == [2 * 48 * 12, 2 * 12 * 5]
    *_, up, last = peers.forward_flops(conv.decoder(2, SHAPE, 3))
    assert up == 2 * (4 * 4 * 3 * 3) * (4 * 4)  # laid at the 16 places it doubles
    assert last == 2 * (3 * 3 * 3 * 1) * (8 * 8)


def test_what_comes_from_data_needs_no_gradient():
    network = mlp.encoder((3,), 5, 7, 1)
    assert peers.training_flops(network, 10) == 10 * 3 * (42 + 70)
    assert peers.training_flops(network, 10, from_data=True) == 10 * (2 * 42 + 3 * 70)


@pytest.mark.parametrize(
    "make",
    [
        lambda: mlp.decoder(2, SHAPE, 5),
        lambda: conv.encoder(SHAPE, 4, 3),
        lambda: conv.decoder(3, SHAPE, 2),
        lambda: dcgan.generator(3, SHAPE, 2),
        lambda: dcgan.discriminator((16, 16, 1), 2),
    ],
)
def test_a_twin_computes_the_same(make):
    torch = pytest.importorskip("torch")
    network = make()
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(size=w.shape) for w in network.get_weights()])
    x = rng.random((6, *network.input_shape[1:])).astype("float32")
    expected = network(x, training=True).numpy()
    x = np.moveaxis(x, -1, 1) if x.ndim == 4 else x
    with torch.no_grad():
        made = peers.twin(network)(torch.from_numpy(x.copy())).numpy()
    made = np.moveaxis(made, 1, -1) if made.ndim == 4 else made
    np.testing.assert_allclose(made, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("ours", "kept"), [(0.9, True), (0.95, False)])
def test_a_missed_bound_is_an_error(ours, kept):
    times = np.ones((3, 3, 2))
    times[:, 0, 0] = [ours, ours, 9.0]  # of three rounds, by the wall clock
    times[:, 0, 1] = 2.0  # the processors' time is shown, and bounded by nothing
    result = times, np.ones(2), 1e9, ("ours", "PyTorch", "bare")
    bounds = {"PyTorch": 0.91, "bare": 1.05}
    assert peers.report({"one": result}, {"one": 4}, bounds) is kept


def test_the_games_agree_and_would_not_if_they_differed(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.syspath_prepend(pathlib.Path(peers.__file__).parent)
    game = __import__("pytorch_dcgan")
    shape, x = (8, 8, 1), np.random.default_rng(0).random((8, 8, 8, 1), "float32")

    def sides():
        model = kg.GAN(*game.networks(shape, 2))
        model.compile(game.adam())
        return model, game.Theirs(torch, model.generator, model.discriminator)

    game.agree(torch, *sides(), x)
    model, theirs = sides()
    for adam in theirs.optimizers:  # the same losses, until a step is made
        adam.param_groups[0]["lr"] = 0.1
    with pytest.raises(AssertionError):
        game.agree(torch, model, theirs, x)


def test_the_flows_agree_and_would_not_if_they_differed(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.syspath_prepend(pathlib.Path(peers.__file__).parent)
    contest = __import__("pytorch_coupling")
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")

    def sides():
        model = contest.flow(4, 2, 5)
        return model, [contest.Theirs(torch, model)]

    contest.agree(torch, *sides(), x)
    model, (theirs,) = sides()
    theirs.swaps.reverse()
    with pytest.raises(AssertionError):
        contest.agree(torch, model, [theirs], x)


def test_memory_of_samples_is_told_with_its_graphs(monkeypatch):
    """Of a model that compiles in no time: a graph for 1, 2, 4 and 8 of any number."""
    model = kg.VAE.small()["plain"]()
    monkeypatch.setattr(model, "jit_sampling", True)
    numbers = [*range(1, 9), *range(1, 9)]
    rows = sampling_memory.measure(model, numbers)
    assert [n for n, _, _ in rows] == numbers and all(held > 0 for *_, held in rows)
    assert [graphs for _, graphs, _ in rows] == [1, 2, 3, 3, 4, 4, 4, 4] + 8 * [4]
