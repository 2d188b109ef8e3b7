"""Laws of all flows: a density that integrates to one, bounds that are bounds."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen.errors import BadInput
from keras_gen.layers.bijections.scaling import ActNorm
from keras_gen.metrics import evaluate
from keras_gen.noise import draw
from tests.laws.flows.shared import mass, wild

PLANE = {
    "spline": lambda: kg.SplineFlow((2,), 2, width=16, bins=4),
    "spline, labels": lambda: kg.SplineFlow((2,), 2, width=16, bins=4, given=3),
    "maf": lambda: kg.MAF((2,), 2, hidden=(16,)),
    "maf, arrays": lambda: kg.MAF((2,), 2, hidden=(16,), given=(2, 1)),
    "maf, mixtures": lambda: kg.MAF((2,), 1, hidden=(16,), mixtures=3, given=2),
    "planar, labels": lambda: kg.PlanarFlow((2,), 3, given=2),
    "radial": lambda: kg.RadialFlow((2,), 3),
    "nice": lambda: kg.NICE((2,), 2, width=16, depth=1),
}


def told(model):
    """Some of what it may be told, as further arguments."""
    if model.classes is not None:
        return [[k] for k in range(model.classes)]
    if model.embedding is not None:
        return [[np.zeros((2, 1))], [np.ones((2, 1))]]
    return [[]]


@pytest.mark.parametrize("name", PLANE)
def test_a_density_of_the_plane_integrates_to_one_whatever_it_is_told(name):
    model = wild(PLANE[name](), 0.8, 0.05)
    found = [mass(model, given) for given in told(model)]
    assert found == pytest.approx([1] * len(found), abs=2e-3)
    x = np.zeros((1, 2), "float32")
    values = {float(model.log_prob(x, *np.array(g)[:, None])[0]) for g in told(model)}
    assert len(values) == len(found)


@pytest.mark.parametrize("name", ["spline", "maf", "planar, labels", "radial"])
def test_what_it_draws_follows_its_density(name):
    """By the shares of the quarters of the plane around the median, and of a disc."""
    model = wild(PLANE[name](), 1.2, 0.1)
    given = told(model)[0]
    label = {"label": given[0]} if given else {}
    x = model.sample(20_000, seed=1, batch=20_000, **label)
    axis = np.linspace(-24, 24, 901, dtype="float32")
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    rows = [np.repeat(g, len(grid)) for g in given]
    p = np.exp(np.asarray(model.log_prob(grid, *rows), "float64"))
    p /= p.sum()
    centre = np.median(x, axis=0)

    def cells(points):
        right, up = (points > centre).T
        far = ((points - centre) ** 2).sum(-1) > 1
        return 4 * far + 2 * right + up

    expected = np.bincount(cells(grid), p, 8)
    shares = np.bincount(cells(x), minlength=8) / len(x)
    np.testing.assert_allclose(shares, expected, atol=0.02)


def image_flow(**kwargs):
    """Of images of two pixels, so that all can be integrated."""
    return wild(kg.MAF((1, 2, 1), 2, hidden=(16,), levels=3, **kwargs), 0.8, 0.05)


def images():
    return np.array([[a, b] for a in (0, 0.5, 1) for b in (0, 0.5, 1)], "float32")


def truth(model, x, side=60):
    """log P(x) by the midpoint rule over each image's cell."""
    u = (np.arange(side) + 0.5) / side
    u = np.stack(np.meshgrid(u, u), -1).reshape(-1, 2)
    values = []
    for image in x:
        y = (2 * image + u) / 3
        log_p = model.density(tf.constant(y.reshape(-1, 1, 2, 1), tf.float32))
        values.append(np.log(np.mean(np.exp(log_p))) - 2 * np.log(3))
    return np.array(values)


def test_uniform_and_learned_places_in_a_cell_bound_one_probability():
    """The bound of one draw lies below, and that of many meets it, by either law."""
    network = wild(kg.networks.flows.conditional((1, 2, 1), 2), 1.0, 0.1)
    network.layers[1].bias.assign([0.3, 0.5])  # a broad law: no draw weighs too much
    for model in (image_flow(), image_flow(dequantiser=network)):
        log_p, draws = truth(model, images()), 4000
        x = np.repeat(images().reshape(-1, 1, 2, 1), draws, axis=0)
        noise = draw(model.likelihood.law, x.shape, 1)
        bounds = np.reshape(model.log_prob(x, noise=noise), (9, draws)).astype(
            "float64"
        )
        assert (bounds.mean(1) < log_p + 0.02).all()
        assert (bounds.mean(1) < log_p - 0.01).any()
        weights = np.exp(bounds - log_p[:, None])  # their mean is one
        error = weights.std(1) / np.sqrt(draws)
        assert (np.abs(weights.mean(1) - 1) < 4 * error + 0.01).all()
        assert np.median(error) < 0.05
        assert np.exp(log_p).sum() <= 1 + 1e-3
    small = images()[:2].reshape(-1, 1, 2, 1)
    draws = [draw("normal", small.shape, (5, s)) for s in range(3)]
    each = [model.log_prob(small, noise=noise) for noise in draws]
    together = np.log(np.exp(each).mean(0))
    np.testing.assert_allclose(
        model.dequantised(small, None, 3, 5), together, atol=1e-4
    )


def test_images_come_back_and_what_is_drawn_has_levels():
    model = wild(kg.RealNVP((4, 4, 1), 2, width=4, depth=1, levels=5), 1.2, 0.05)
    x = np.random.default_rng(0).integers(0, 5, (6, 4, 4, 1)).astype("float32") / 4
    z = model.encode(x)["z"]
    assert np.abs(model.decode(z)["image"] - x).max() < 1e-4
    assert model.inverse_error(x) < 1e-4
    drawn = 4 * model.sample(50, seed=0)
    assert np.abs(drawn - np.round(drawn)).max() < 1e-5
    assert len(np.unique(np.round(drawn))) == 5
    nearest = np.round(4 * np.asarray(model.decode(3 * z)["image"]))
    np.testing.assert_array_equal(nearest, 4 * model.generate(3 * z)["image"])


def test_what_stands_on_a_card_says_that_it_is_a_bound():
    model = image_flow()
    x = images().reshape(-1, 1, 2, 1)
    numbers = evaluate(model, x, x, None, importance_samples=4)
    assert numbers["nll"]["estimator"] == "upper bound, 4 dequantisations per example"
    bits = numbers["nll"]["value"] / (2 * np.log(2))
    assert numbers["bits_per_dim"]["value"] == pytest.approx(bits)
    assert numbers["inverse_error"]["value"] < 1e-4
    points = np.random.default_rng(0).normal(size=(50, 2)).astype("float32")
    numbers = evaluate(PLANE["spline"](), points, points, None)
    assert numbers["nll"]["estimator"] == "exact"
    assert "bits_per_dim" not in numbers


def test_actnorm_is_not_begun_again_after_loading(tmp_path):
    rng = np.random.default_rng(0)
    model = kg.SplineFlow((2,), 1, width=4, bins=2)
    model.compile(keras.optimizers.SGD(0.0))
    model.fit(rng.normal(size=(32, 2)).astype("float32"), verbose=0)
    model.save(tmp_path / "flow.keras")
    back = keras.models.load_model(tmp_path / "flow.keras")
    back.fit(5 + rng.normal(size=(32, 2)).astype("float32"), verbose=0)
    for mine, other in zip(model.weights[2:], back.weights[2:], strict=True):
        np.testing.assert_array_equal(mine, other)
    norm = next(step for step in back.steps if isinstance(step, ActNorm))
    assert np.any(norm.shift)


def test_training_learns_what_has_a_density():
    """A Gaussian: the least loss is its entropy."""
    x = np.random.default_rng(0).multivariate_normal(
        [1, -2], [[2, 1.2], [1.2, 1]], 4000
    )
    model = kg.MAF((2,), 1, hidden=(16,))
    model.compile(keras.optimizers.Adam(5e-3))
    model.fit(x.astype("float32"), batch_size=250, epochs=12, verbose=0)
    entropy = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * np.cov(x.T))[1]
    nll = model.evaluate(x.astype("float32"), verbose=0, return_dict=True)["nll"]
    assert nll == pytest.approx(entropy, abs=0.03)


def test_a_flow_of_ones_own_is_a_list_of_steps(tmp_path):
    from keras_gen.layers.bijections.coupling import Coupling
    from keras_gen.layers.bijections.transforms import Affine

    network = kg.networks.flows.dense(1, 2, 8, 1)
    model = kg.Flow((2,), [ActNorm(2), Coupling(network, Affine(), 1)])
    model.compile("adam")
    model.save(tmp_path / "own.keras")
    back = keras.models.load_model(tmp_path / "own.keras", safe_mode=True)
    x = np.random.default_rng(0).normal(size=(4, 2)).astype("float32")
    np.testing.assert_array_equal(back.log_prob(x), model.log_prob(x))


def test_what_cannot_be_a_flow_is_refused():
    with pytest.raises(BadInput, match=r"keras_gen\.layers\.bijections"):
        kg.Flow((2,), [keras.layers.Dense(2)])
    with pytest.raises(BadInput, match="are for images"):
        kg.MAF((3,), levels=4)
    with pytest.raises(BadInput, match="two numbers or more"):
        kg.NICE((1,))
    with pytest.raises(BadInput, match="multiples of 4; received 6x8"):
        kg.Glow((6, 8, 1), scales=2, depth=1, width=2)
    with pytest.raises(BadInput, match=r"levels such as|hold values such as 0\.3"):
        model = image_flow()
        model.compile("sgd")
        model.fit(np.full((4, 1, 2, 1), 0.3, "float32"))
    with pytest.raises(BadInput, match="generate takes noise and eps"):
        PLANE["maf, mixtures"]().generate(np.zeros((1, 2)), label=[0])


def test_a_first_number_alone_is_told_what_all_are_told():
    model = wild(kg.MAF((2,), 1, hidden=(16,), normalise=False, given=3))
    x = np.zeros((3, 2), "float32")
    z = model.encode(x, [0, 1, 2])["z"].numpy()
    assert np.ptp(z[:, 0]) > 1e-2
