"""Laws of PixelCNN++, and of strides in causal networks and in their sampler."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import PixelCNN, PixelCNNPP
from keras_gen.autoregressive.base import Autoregressive
from keras_gen.errors import BadInput
from keras_gen.layers.causal import Enlarge, LeftOf, Pointwise, RowsAbove
from keras_gen.likelihoods import Bernoulli, Categorical, DiscretizedLogisticMixture
from keras_gen.networks.pixelcnn_pp import pixelcnn_pp
from keras_gen.noise import draw
from keras_gen.parts.causal import sampler
from keras_gen.training.averaging import follow, slow_copy
from tests.laws.autoregressive.shared import (
    every,
    jacobian,
    lively,
    total,
    variation,
    wild,
)

IMAGE = (2, 6, 1)  # 12 binary pixels: 4,096 images


def build(shape, head, **sizes):
    sizes = {"width": 4, "depth": 1, "halvings": 1, "dropout": 0.0} | sizes
    return PixelCNNPP(pixelcnn_pp(shape, head.parameters(shape)[-1], **sizes), head)


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


# The density.


def test_the_probabilities_sum_to_one_trained_loaded_and_averaged(tmp_path):
    x = every(IMAGE, 2)
    model = build(IMAGE, Bernoulli())
    assert total(model, x) == pytest.approx(1, abs=1e-5)
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(x[:64], verbose=0)
    assert total(model, x) == pytest.approx(1, abs=1e-5)
    slow = slow_copy(model.network)
    assert total(wild(model), x) == pytest.approx(1, abs=1e-5)
    assert np.ptp(model.log_prob(x)) > 10  # far from uniform, or it would prove little
    follow(slow, model.network, 0.9, 1000)
    assert total(PixelCNNPP(slow, Bernoulli()), x) == pytest.approx(1, abs=1e-5)
    model.save_weights(tmp_path / "model.weights.h5")
    loaded = build(IMAGE, Bernoulli())
    loaded.load_weights(tmp_path / "model.weights.h5")
    assert total(loaded, x) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("shape", "levels", "halvings"),
    [((2, 2, 1), 5, 1), ((2, 2, 3), 2, 1), ((1, 2, 3), 4, 0)],
    ids=["five levels", "colour", "colour of two bits"],
)
def test_the_sum_is_one_for_mixtures(shape, levels, halvings):
    model = wild(build(shape, DiscretizedLogisticMixture(2, levels), halvings=halvings))
    assert total(model, every(shape, levels)) == pytest.approx(1, abs=1e-5)


def test_a_colour_depends_on_those_before_it_in_its_pixel():
    """log p(r, g, b) is no sum of terms of one colour each; red is drawn first."""
    model = lively(build((1, 1, 3), DiscretizedLogisticMixture(2, 4), halvings=0))
    p = np.exp(np.float64(model.log_prob(every((1, 1, 3), 4)))).reshape(4, 4, 4)
    of_green = p.sum(2) / p.sum((1, 2))[:, None]
    assert np.abs(of_green - of_green[0]).max() > 0.01
    noise = draw("uniform", (50, 1, 1, 4), seed=1).numpy()
    other = np.concatenate([noise[..., :3], 1 - noise[..., 3:]], -1)  # blue's own
    one, two = (model.fill(tf.constant(u)).numpy() for u in (noise, other))
    np.testing.assert_array_equal(one[..., :2], two[..., :2])
    assert (one[..., 2] != two[..., 2]).any()


# The dependences.


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(
    ("shape", "halvings"), [((8, 4, 1), 2), ((2, 4, 3), 1)], ids=["two", "one, colour"]
)
def test_it_sees_everything_before_the_pixel_and_nothing_else(
    shape, halvings, training
):
    """No channel of the pixel itself; in training mode no other image, either.

    Everything in an image as narrow as this: how far a row above reaches to the right
    depends on the depth.
    """
    sizes = {"halvings": halvings, "width": 6, "dropout": 0.5 * training}
    network = lively(build(shape, Categorical(2), **sizes).network)  # no gate is shut
    x = np.random.default_rng(0).random((2, *shape))
    seen = np.abs(jacobian(network, x, training))
    n, channels = shape[0] * shape[1], shape[2]
    seen = seen.reshape(2, n, -1, 2, n, channels).max((2, 5))
    want = np.einsum("bc,ij->bicj", np.eye(2), np.tri(n, k=-1)).astype(bool)
    assert seen[~want].max() == 0.0
    if not training:  # dropout hides some
        own = np.maximum(seen[0, :, 0], seen[1, :, 1])
        assert (own[np.tril_indices(n, -1)] > 0).all()


# Strides.


def test_a_stride_keeps_every_second_row_and_column():
    x = normal(2, 4, 6, 3)
    for make in (
        lambda stride: RowsAbove(5, (2, 3), stride=stride),
        lambda stride: RowsAbove(5, (1, 2), strict=True, stride=stride),
        lambda stride: LeftOf(5, 1, "B", stride=stride),
        lambda stride: LeftOf(5, 2, "A", stride=stride),
    ):
        dense, strided = make(1), make(2)
        whole = dense(x)
        strided.build(x.shape)
        strided.set_weights(dense.get_weights())
        np.testing.assert_allclose(strided(x), whole[:, ::2, ::2], atol=1e-6)
        assert strided.compute_output_shape(x.shape) == (2, 2, 3, 5)


@pytest.mark.parametrize("beside", [False, True])
def test_enlarging_makes_a_block_of_each_pixel_and_its_right_neighbour(beside):
    x, layer = normal(2, 3, 4, 2), Enlarge(3, beside=beside)
    layer.build(x.shape)
    wild(layer)
    kernel, bias = (np.asarray(w) for w in layer.weights)
    want = np.zeros((2, 6, 9, 3)) + bias
    for r, c, a, b in np.ndindex(3, 4, *kernel.shape[:2]):
        want[:, 2 * r + a, 2 * c + b] += x[:, r, c] @ kernel[a, b].T
    want = want[:, :, 1:] if beside else want[:, :, :-1]
    np.testing.assert_allclose(layer(x), want, atol=1e-5)
    if not beside:  # one step of the sampler
        np.testing.assert_allclose(layer(x[:, :1, :1]), want[:, :2, :2], atol=1e-5)


# Drawing.

CASES = {
    "binary": ((4, 6, 1), Bernoulli(), 1),
    "levels, twice": ((4, 8, 1), DiscretizedLogisticMixture(2, 5), 2),
    "colour": ((6, 2, 3), DiscretizedLogisticMixture(2, 4), 1),
}


@pytest.mark.parametrize("case", CASES)
def test_the_fast_sampler_draws_what_the_definition_draws(case):
    """Bit for bit; with known pixels and with a temperature, too."""
    shape, head, halvings = CASES[case]
    model = lively(build(shape, head, halvings=halvings))
    spec = head.noise(shape)
    noise = draw(spec.law, (30, *spec.shape), seed=1)
    slow = tf.function(lambda *a: Autoregressive.fill(model, *a), autograph=False)
    given = slow(noise)
    np.testing.assert_array_equal(model.fill(noise), given)
    if case == "binary":  # a graph, too; those of all entries are exported
        np.testing.assert_array_equal(
            tf.function(model.fill, autograph=False)(noise), given
        )
    known = np.random.default_rng(0).random((30, *shape)) < 0.4
    arguments = (noise[::-1], given, known, 0.5)
    np.testing.assert_array_equal(model.fill(*arguments), slow(*arguments))
    assert np.std(given, axis=0).mean() > 0.1


def test_fast_draws_with_labels_are_those_of_the_definition():
    head, shape = Bernoulli(), (4, 4, 1)
    network = pixelcnn_pp(shape, 1, 4, 1, halvings=1, dropout=0.0, classes=3)
    model = lively(PixelCNNPP(network, head))
    noise = draw("uniform", (30, *shape), seed=1)
    label = tf.constant(np.arange(30) % 3, "int32")
    fast = model.fill(noise, label=label)
    np.testing.assert_array_equal(fast, Autoregressive.fill(model, noise, label=label))
    assert (model.fill(noise, label=(label + 1) % 3).numpy() != fast.numpy()).any()


def test_samples_follow_the_density():
    shape, n = (2, 4, 1), 50_000
    model = lively(build(shape, Bernoulli()))
    x = model.fill(draw("uniform", (n, *shape), seed=5)).numpy().reshape(n, 8)
    share = np.bincount((x @ 2 ** np.arange(7, -1, -1)).astype(int), minlength=256) / n
    p = np.exp(np.float64(model.log_prob(every(shape, 2))))
    found, limit = variation(share, p, n)
    assert found < limit


def test_any_network_of_strides_is_drawn_by_the_same_sampler():
    """Coarse features that are read by rows and by pixels as they are enlarged."""
    x = keras.Input((4, 4, 1), name="x")
    above, left = RowsAbove(3, (1, 3), strict=True)(x), LeftOf(3, 1, "A")(x)
    v = keras.layers.Add()([above, left])
    coarse = keras.layers.Activation("tanh")(LeftOf(3, 1, "B", stride=2)(v))
    fine = Enlarge(3)(coarse)
    y = keras.layers.Add()(
        [RowsAbove(3, (2, 3), strict=True)(fine), LeftOf(3, 2, "B")(fine), v]
    )
    model = lively(PixelCNN(keras.Model(x, Pointwise(1)(y))))
    noise = draw("uniform", (40, 4, 4, 1), seed=1)
    slow = Autoregressive.fill(model, noise)
    np.testing.assert_array_equal(model.fill(noise), slow)
    assert len(np.unique(slow, axis=0)) > 20


# Sizes and refusals.


def test_the_paper_s_network_has_the_paper_s_size():
    """Its code stores a gain for each filter besides, and sees one pixel twice."""
    network = pixelcnn_pp((32, 32, 3), 100, width=160, depth=5)
    of_each_block = {"down": 3 + 4, "up": 4 + 4}
    blocks = 15 * of_each_block["down"] + 17 * of_each_block["up"]
    gains = 160 * (3 + blocks + 4 + 4) + 100
    twice = 4 * 160 + 160
    assert network.count_params() + gains + twice == 53_659_080


def test_networks_that_could_look_ahead_or_fit_no_grid_are_refused():
    x = keras.Input((4, 4, 1), name="x")
    v = keras.layers.Add()([RowsAbove(2, (1, 3), strict=True)(x), LeftOf(2, 1, "A")(x)])
    coarse = LeftOf(2, 1, "B", stride=2)(v)

    def plan(y):
        return sampler.Plan(keras.Model(x, Pointwise(1)(y)))

    plan(keras.layers.Add()([Enlarge(2)(coarse), v]))
    with pytest.raises(BadInput, match="sees the pixel to the right"):
        plan(Enlarge(2, beside=True)(coarse))
    with pytest.raises(BadInput, match="enlarges more than was made smaller"):
        plan(Enlarge(2)(v))
    with pytest.raises(BadInput, match=r"multiples of 4; received \(6, 8\)"):
        pixelcnn_pp((6, 8, 1), 1)
