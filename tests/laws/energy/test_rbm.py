"""What is summed out, what is drawn, and what is estimated, against all the states."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen import metrics
from keras_gen.energy.rbm import log_weights
from keras_gen.errors import BadInput
from keras_gen.noise import draw
from tests.conftest import mirrored_over


def wild(model, spread=1.0, seed=0):
    """The model with weights that make its law far from even."""
    rng = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        scale = 0.3 if "variance" in weight.name else spread
        weight.assign(scale * rng.normal(size=weight.shape))
    return model


def states(units):
    bits = np.arange(2**units)[:, None] >> np.arange(units) & 1
    return bits.astype("float32")


def law(model):
    """p(v) of all states, by the free energy alone."""
    weights = np.exp(-np.float64(model.energy(states(model.size))))
    return weights / weights.sum()


def counted(v):
    """The share of each state among the rows."""
    place = np.asarray(v, np.int64) @ (1 << np.arange(v.shape[-1]))
    return np.bincount(place, minlength=2 ** v.shape[-1]) / len(v)


def apart(share, p, n):
    """How far n draws are from the law p, in standard errors of that distance."""
    rng = np.random.default_rng(0)
    usual = [np.abs(rng.multinomial(n, p) / n - p).sum() for _ in range(50)]
    return (np.abs(share - p).sum() - np.mean(usual)) / np.std(usual)


def noise_of(model, n, steps, seed=0):
    return {
        name: draw(spec.law, (n, steps, *spec.shape), (seed, k))
        for k, (name, spec) in enumerate(model.fresh().items())
    }


def test_the_sum_over_either_side_is_the_same():
    model = wild(kg.RBM((10,), 8))
    assert math.isclose(model._by_hidden(), model._by_visible(), rel_tol=1e-12)
    w, b, c = (np.float64(t) for t in (model.w, model.b, model.c))
    v, h = states(10), states(8)
    energy = -(v @ b)[:, None] - h @ c - v @ w @ h.T
    summed = np.exp(-energy).sum(1)
    np.testing.assert_allclose(model.energy(v), -np.log(summed), rtol=1e-5)
    assert math.isclose(model._by_hidden(), np.log(summed.sum()), rel_tol=1e-12)
    assert model.log_partition().stderr is None


def test_gaussian_units_have_a_density_that_integrates_to_one():
    model = wild(kg.RBM((2,), 4, "gaussian"))
    axis = np.linspace(-12, 12, 600, dtype="float32")
    plane = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    log_p = -np.float64(model.energy(plane)) - model.log_partition().value
    assert abs(np.exp(log_p).sum() * (axis[1] - axis[0]) ** 2 - 1) < 1e-4


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_annealed_weights_average_to_z(visible):
    """In the mean, however few the temperatures; with many, closely."""
    model = wild(kg.RBM((6,), 5, visible), 0.7)
    exact = model.log_partition().value
    for temperatures, chains, bound in ((4, 10_000, 0.1), (300, 500, 0.05)):
        log_w = log_weights(model, temperatures, chains, 0) - exact
        ratio = np.exp(log_w)
        stderr = ratio.std() / math.sqrt(chains)
        assert abs(ratio.mean() - 1) < 4 * stderr < bound


def test_a_step_of_gibbs_leaves_the_law_as_it_is():
    """T by enumeration from its own probabilities, and what it draws."""
    model, v = wild(kg.RBM((5,), 4)), states(5)
    p, h = law(model), states(4)
    on = np.float64(tf.sigmoid(model.fields(v)))
    up = np.prod(np.where(h[None] > 0, on[:, None], 1 - on[:, None]), -1)
    on = np.float64(model.expected(h))
    down = np.prod(np.where(v[None] > 0, on[:, None], 1 - on[:, None]), -1)
    assert np.abs(p @ up @ down - p).max() < 1e-7
    n = 40_000
    first = v[np.random.default_rng(0).choice(len(p), n, p=p)]
    x = model.moved(tf.constant(first), noise_of(model, n, 1))
    assert abs(apart(counted(x), p, n)) < 5


def test_gaussian_units_are_drawn_with_their_variances():
    model = wild(kg.RBM((2,), 3, "gaussian"), 0.5)
    x = model.walk(np.zeros((20_000, 2), "float32"), 40, seed=1)
    h = states(3)
    w, b, c = (np.float64(t) for t in (model.w, model.b, model.c))
    s = np.exp(np.float64(model.log_variance))
    mean = b + h @ w.T
    share = h @ c + ((mean**2 - b**2) / s).sum(-1) / 2
    share = np.exp(share) / np.exp(share).sum()
    first = share @ mean
    second = share @ mean**2 + s - first**2
    np.testing.assert_allclose(x.mean(0), first, atol=0.05)
    np.testing.assert_allclose(x.var(0), second, rtol=0.05)


@pytest.mark.parametrize("chains", [0, 8_000])
def test_long_chains_have_the_slope_of_the_exact_likelihood(chains):
    """What a step descends, with a rate of 1, against all states."""
    model = wild(kg.RBM((4,), 3, k=30, chains=chains), 0.7)
    model.compile(keras.optimizers.SGD(1.0))
    rng = np.random.default_rng(1)
    x = (rng.random((8_000, 4)) < [0.9, 0.2, 0.5, 0.4]).astype("float32")
    every = tf.constant(states(4))
    with tf.GradientTape() as tape:
        log_z = tf.reduce_logsumexp(-model.energy(every))
        nll = tf.reduce_mean(model.energy(x)) + log_z
    want = tape.gradient(nll, model.trainable_variables)
    before = [v.numpy() for v in model.trainable_variables]
    model.train_on_batch(x)
    for b, v, w in zip(before, model.trainable_variables, want, strict=True):
        np.testing.assert_allclose(b - v.numpy(), w, atol=0.025)


def test_persistent_chains_go_on_and_never_see_the_data():
    model, other = (wild(kg.RBM((4,), 3, k=2, chains=8)) for _ in range(2))
    other.set_weights(model.get_weights())
    for m in (model, other):
        m.compile(keras.optimizers.SGD(0.0))
    seen = []
    for _ in range(2):
        start = model.persistent.numpy()
        count = model.noise_count.numpy()[0]
        model.train_on_batch(np.ones((6, 4), "float32"))
        other.train_on_batch(np.zeros((6, 4), "float32"))
        np.testing.assert_array_equal(model.persistent, other.persistent)
        noise = {
            name: draw(
                spec.law, (8, 2, *spec.shape), (int(model.noise_seed), int(count) + k)
            )
            for k, (name, spec) in enumerate(model.fresh().items())
        }
        want = model.moved(tf.constant(start), noise)
        np.testing.assert_array_equal(model.persistent, want)
        seen.append(start)
    assert (seen[0] != seen[1]).any()
    drawn = model.begin(tf.constant([0.0, 0.9999]))
    np.testing.assert_array_equal(drawn, model.persistent.numpy()[[0, 7]])


def test_completion_keeps_what_is_known_and_draws_the_rest_given_it():
    model, n = wild(kg.RBM((4,), 3, steps=20)), 10_000
    known, x = [True, False, False, True], np.float32([1, 0, 0, 0])
    start = draw("uniform", (n, 4), (5, 5))
    made = model.complete(np.tile(x, (n, 1)), known, start, **noise_of(model, n, 20))[
        "point"
    ].numpy()
    assert (made[:, [0, 3]] == x[[0, 3]]).all()
    every = states(4)
    fits = (every[:, 0] == 1) & (every[:, 3] == 0)
    p = np.where(fits, law(model), 0)
    assert abs(apart(counted(made), p / p.sum(), n)) < 5


def test_single_steps_are_the_loop():
    model = wild(kg.RBM((4, 4, 1), 3, chains=5, steps=3))
    start, noise = tf.constant([0.1, 0.9]), noise_of(model, 2, 3)
    x = model.begin(start)
    for i in range(3):
        step = tf.fill((2, 1), i)
        x = model.sample_step(x, step=step, **noise)["image"]
    whole = model.generate(start, **noise)["image"]
    np.testing.assert_array_equal(x, whole)


def test_the_card_s_number_is_the_exact_one():
    model, every = wild(kg.RBM((5,), 4)), states(5)
    found = metrics.likelihood.normalised(model, every)
    assert math.isclose(found.value, -np.log(law(model)).mean(), rel_tol=1e-5)
    assert found.estimator == "exact, by enumeration"


def test_the_published_size():
    model = kg.RBM((28, 28, 1), 500, k=25)
    assert sum(v.numpy().size for v in model.trainable_variables) == 393_284


def test_what_cannot_be_is_refused():
    model = kg.RBM((2, 2, 1), 3, chains=9)
    with pytest.raises(BadInput, match="binarise="):
        model.check(np.full((1, 2, 2, 1), 0.5))
    with pytest.raises(BadInput, match="conditioned on nothing"):
        model.walk(np.zeros((1, 2, 2, 1)), 1, label=[0])
    with mirrored_over(2).scope():
        model = kg.RBM((2, 2, 1), 3, chains=9)
        model.compile("sgd")
    data = tf.data.Dataset.from_tensors(np.zeros((4, 2, 2, 1), "float32"))
    with pytest.raises(BadInput, match="9 chains cannot be shared equally by 2"):
        model.fit(data, verbose=0)
