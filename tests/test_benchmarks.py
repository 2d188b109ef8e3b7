"""What the comparisons with other libraries compare, and how they count."""

import json
import pathlib

import numpy as np
import pytest

import keras_gen as kg
import zoo
from benchmarks import modes, peers, stability
from keras_gen.networks import conv, dcgan, mlp
from tests import entries

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


def test_a_stability_run_that_was_killed_goes_on_where_it_was(tmp_path, monkeypatch):
    """One game of each data set, of few steps; what is kept is not trained again."""
    entries.declare(monkeypatch)
    names, kept = ["small-gan-digits", "small-gan-glyphs"], tmp_path / "stability.json"
    monkeypatch.setattr(stability, "SAMPLES", 20)
    stability.run(names[:1], 1, 2, kept)
    first = json.loads(kept.read_text())
    stability.run(names, 1, 2, kept)
    rows = json.loads(kept.read_text())
    assert rows[names[0]] == first[names[0]]
    assert all(rows[name]["0"]["finite"] for name in names)
    page = kept.with_suffix(".md").read_text()
    assert "`small-gan-glyphs` | yes" in page and "**Not finished:**" in page
    monkeypatch.setattr(zoo, "load", None)  # a training would need the judge
    stability.run(names, 1, 2, kept)
    assert json.loads(kept.read_text()) == rows
    stability.judge.cache_clear()


def test_the_page_of_modes_is_what_was_found():
    """It is written by the command; what is not finished it says itself."""
    assert modes.PAGE.read_text() == modes.page(modes.known())


def test_the_games_that_must_find_the_ring_do():
    """With every seed, and settings that are today's; of the others stands why not."""
    found = modes.known()
    assert modes.REQUIRED == [
        "non-saturating", "minimax", "least squares", "hinge", "WGAN-GP", "SNGAN", "MMD"
    ]  # fmt: skip
    for title in modes.REQUIRED:
        runs = found["ring"][title]
        assert sorted(runs) == ["0", "1", "2"], title
        assert all(modes.solved("ring", run) for run in runs.values()), title
    page = modes.page(found)
    for title, game in modes.GAMES.items():
        ring, grid = (found[name][title].values() for name in ("ring", "grid"))
        missed = any(run["covered"] < 8 or run["good"] < 0.9 for run in ring)
        if missed or not all(run["finite"] for run in [*ring, *grid]):
            assert game.remark and f"- {title}: {game.remark}." in page, title


def test_a_training_begins_anew_each_time(monkeypatch):
    """With the weights, the averages and the noise of its seed, whatever was before."""
    for name, value in {"WIDTH": 4, "BATCH": 8, "AT_ONCE": 2}.items():
        monkeypatch.setattr(modes, name, value)
    training = modes.Training(modes.Game({"loss": "minimax"}, steps=4), "ring")
    ends = []
    for seed in (1, 2, 1):
        training.fit(seed, 4)
        ends.append(np.concatenate([w.ravel() for w in training.model.get_weights()]))
    assert np.array_equal(ends[0], ends[2])
    assert not np.array_equal(ends[0], ends[1])


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
