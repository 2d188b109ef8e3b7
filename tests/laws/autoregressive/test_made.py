"""Laws of MADE, on random weights: nothing here is true because of training.

The weights are scaled up until the logits vary by several units; with the small ones of
an initialiser every conditional is nearly uniform, and a broken mask would hardly show.
"""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.autoregressive.made import MADE
from keras_gen.errors import BadInput
from keras_gen.layers.masked import MaskedDense
from keras_gen.likelihoods import (
    Bernoulli,
    Categorical,
    DiscretizedLogistic,
    DiscretizedLogisticMixture,
    Gaussian,
)
from keras_gen.networks.made import drawing_order, made
from keras_gen.noise import draw
from tests.laws.autoregressive.shared import IMAGE, total

ORDERS = {
    "raster": None,
    "reversed": list(range(12))[::-1],
    "random": "random",
}


def wild(network, size=2.5):
    """The same network with larger weights, and biases."""
    rng = np.random.default_rng(0)
    for v in network.weights:
        v.assign(size * v + 0.5 * rng.normal(size=v.shape))
    return network


@pytest.fixture(params=ORDERS, scope="module")
def binary(request):
    """A freshly built model of 12 binary pixels, in each order."""
    keras.utils.set_random_seed(1)
    network = made(IMAGE, hidden=(32, 32), order=ORDERS[request.param], seed=3)
    return MADE(wild(network))


@pytest.fixture(scope="module")
def images():
    bits = list(itertools.product([0.0, 1.0], repeat=12))
    return tf.reshape(tf.constant(bits), (-1, *IMAGE))


# The density.


def test_the_probabilities_of_all_4096_images_sum_to_one(binary, images):
    assert total(binary, images) == pytest.approx(1, abs=1e-5)
    spread = np.ptp(binary.log_prob(images))
    assert spread > 10  # the law is far from uniform, or this would prove little


def test_the_sum_is_one_for_the_weights_of_the_initialiser_and_after_a_step(images):
    """A mask that is a constraint of the kernel holds only after the first step."""
    for direct in (False, True):
        model = MADE(made(IMAGE, hidden=(20,), order="random", direct=direct))
        assert total(model, images) == pytest.approx(1, abs=1e-5)
        model.compile(keras.optimizers.SGD(1.0))
        model.fit(images[:64].numpy(), verbose=0)
        assert total(model, images) == pytest.approx(1, abs=1e-5)


def test_the_sum_is_one_after_loading_and_for_averaged_weights(images, tmp_path):
    networks = [made(IMAGE, hidden=(20,), order="random", direct=True) for _ in "ab"]
    models = [MADE(wild(network)) for network in networks]
    models[0].save_weights(tmp_path / "made.weights.h5")
    before = [w.numpy() for w in models[1].trainable_weights]
    models[1].load_weights(tmp_path / "made.weights.h5")
    np.testing.assert_array_equal(*(model.log_prob(images) for model in models))
    for loaded, w in zip(models[1].trainable_weights, before, strict=True):
        loaded.assign(0.7 * loaded + 0.3 * w)
    assert total(models[1], images) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "head",
    [Categorical(4), DiscretizedLogistic(4), DiscretizedLogisticMixture(2, 4)],
    ids=lambda head: type(head).__name__,
)
def test_the_sum_is_one_over_four_levels(head):
    """2x2 images of 4 levels: 256 of them."""
    size = head.parameters((1, 1, 1))[-1]
    model = MADE(wild(made((2, 2, 1), size, (16,), order=[2, 0, 3, 1])), head)
    levels = itertools.product(np.arange(4) / 3, repeat=4)
    x = tf.reshape(tf.constant(list(levels), tf.float32), (-1, 2, 2, 1))
    assert total(model, x) == pytest.approx(1, abs=1e-5)


def test_the_sum_is_one_in_colour():
    """Channels are dimensions of their own: 1x2 pixels of 3 channels and 3 levels."""
    head = Categorical(3)
    model = MADE(wild(made((1, 2, 3), 3, (24,), order="random")), head)
    levels = itertools.product(np.arange(3) / 2, repeat=6)
    x = tf.reshape(tf.constant(list(levels), tf.float32), (-1, 1, 2, 3))
    assert total(model, x) == pytest.approx(1, abs=1e-5)


def test_a_density_of_points_integrates_to_one():
    model = MADE(wild(made((2,), 2, (16,), order=[1, 0]), 1.0), Gaussian("pixel"))
    side = np.linspace(-12, 12, 801, dtype="float32")
    x = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    mass = total(model, x) * (side[1] - side[0]) ** 2
    assert mass == pytest.approx(1, abs=1e-3)


# The masks.


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_every_output_sees_all_that_comes_before_and_nothing_else(
    order, direct, training
):
    """Across the batch too, and in training mode: no layer may leak there either."""
    network = wild(made(IMAGE, 2, (48, 48), order, 3, activation="tanh", direct=direct))
    rng = np.random.default_rng(0)
    x = tf.constant(rng.random((2, *IMAGE)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reshape(network(x, training=training), (2, 12, 2))
    jacobian = np.reshape(tape.jacobian(y, x), (2, 12, 2, 2, 12))
    place = np.argsort(drawing_order(network))
    before = place[None, :] < place[:, None]  # input j comes before output i
    seen = np.einsum("bc,ij->bicj", np.eye(2), before).astype(bool)
    for output in range(2):
        assert np.array_equal(jacobian[:, :, output] != 0, seen)


@pytest.mark.parametrize("hidden", [(500,), (7, 40), (12, 12)])
def test_no_hidden_unit_is_idle(hidden):
    """Each sees something and tells someone; a degree of D has nobody to tell."""
    network = made(IMAGE, hidden=hidden)
    masks = [y.mask().numpy() for y in network.layers if isinstance(y, MaskedDense)]
    assert len(masks) == len(hidden) + 1
    for arriving, leaving in itertools.pairwise(masks):
        assert arriving.any(0).all() and leaving.any(1).all()


def test_dropout_hides_connections_but_opens_none():
    network = wild(made(IMAGE, 1, (64,), "random", activation="tanh", dropout=0.5))
    x = tf.random.stateless_uniform((3, *IMAGE), (1, 2))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reshape(network(x, training=True), (3, 12))
    jacobian = np.reshape(tape.jacobian(y, x), (3, 12, 3, 12))
    place = np.argsort(drawing_order(network))
    late = place[None, :] >= place[:, None]
    assert (np.einsum("binj,ij->", jacobian**2, late)) == 0
    assert np.einsum("binj,bn->", jacobian**2, 1 - np.eye(3)) == 0


def test_the_paper_s_network_has_the_paper_s_size():
    assert made((28, 28, 1), 1, hidden=(500,)).count_params() == 785_284


# Drawing.


def slowly(model, noise):
    """One dimension after the other, in plain Python, from the definition."""
    x = np.zeros((len(noise), *model.data_shape), "float32")
    for d in model.order:
        params = model.network(x)
        drawn = model.likelihood.sample_from(params, noise).numpy()
        x.reshape(len(x), -1)[:, d] = drawn.reshape(len(x), -1)[:, d]
    return x


def test_samples_follow_the_density(binary, images):
    """Total variation of 100,000 samples from it: what exact draws have."""
    n = 100_000
    x = binary.sample(n, seed=5, batch=n).reshape(n, 12)
    share = (
        np.bincount((x @ 2 ** np.arange(11, -1, -1)).astype(int), minlength=4096) / n
    )
    p = np.exp(binary.log_prob(images).numpy().astype("float64"))
    exact = np.random.default_rng(0).multinomial(n, p / p.sum(), 100) / n
    distances = np.abs(exact - p).sum(1) / 2
    assert np.abs(share - p).sum() / 2 < distances.mean() + 4 * distances.std()


@pytest.mark.parametrize(
    "head",
    [Bernoulli(), Categorical(5), DiscretizedLogisticMixture(2, 5), Gaussian("shared")],
    ids=lambda head: type(head).__name__,
)
def test_the_loop_and_its_single_step_equal_the_definition_bit_for_bit(head):
    shape = (2, 3, 1)
    size = head.parameters((1, 1, 1))[-1]
    model = MADE(wild(made(shape, size, (16,), order="random", seed=1)), head)
    spec = head.noise(shape)
    noise = draw(spec.law, (50, *spec.shape), seed=2)
    want = slowly(model, noise)
    x = tf.zeros((50, *shape))
    for i in range(6):
        x = model.sample_step(x, noise, tf.fill((50, 1), i))["image"]
    np.testing.assert_array_equal(x, want)
    np.testing.assert_array_equal(model.generate(noise)["image"], np.clip(want, 0, 1))
    assert len(np.unique(want)) > 1


def test_a_step_draws_its_dimension_and_nothing_else():
    model = MADE(wild(made((2, 3, 1), 1, (16,), order=[5, 3, 1, 0, 2, 4])))
    x = tf.fill((4, 2, 3, 1), 0.5)
    steps = tf.constant([[0], [1], [2], [5]])  # each example at a step of its own
    moved = model.sample_step(x, tf.fill(x.shape, 0.3), steps)["image"] != 0.5
    assert np.argmax(np.reshape(moved, (4, 6)), 1).tolist() == [5, 3, 1, 4]
    assert np.sum(moved) == 4


def test_what_is_not_drawn_yet_has_no_influence(binary):
    noise = draw("uniform", (20, *IMAGE), seed=1)
    step = tf.fill((20, 1), 6)
    drawn = np.argsort(binary.order).reshape(IMAGE) < 6
    a = draw("uniform", (20, *IMAGE), seed=2)
    b = tf.where(drawn, a, draw("uniform", (20, *IMAGE), seed=3))
    here = np.argsort(binary.order).reshape(IMAGE) == 6
    a = binary.sample_step(a, noise, step)["image"].numpy()
    b = binary.sample_step(b, noise, step)["image"].numpy()
    np.testing.assert_array_equal(a[:, here], b[:, here])


# Use.


def test_the_order_comes_back_with_the_model(tmp_path):
    """Order, masks, likelihood and its own weight: nothing is left to remember."""
    order = np.random.default_rng(4).permutation(6)
    network = made((2, 3, 1), 1, (8,), order=order, dropout=0.1, direct=True)
    model = MADE(wild(network), Gaussian("shared"))
    model.compile("adam")
    model.save(tmp_path / "made.keras")
    copy = keras.saving.load_model(tmp_path / "made.keras", safe_mode=True)
    assert copy.order.tolist() == model.order.tolist() == order.tolist()
    x = draw("uniform", (5, 2, 3, 1), seed=1)
    np.testing.assert_array_equal(copy.log_prob(x), model.log_prob(x))


def test_training_learns_a_dependence_that_pixels_alone_do_not_show():
    """Two equal coin tosses: log 2 nats together, 2 log 2 for independent pixels."""
    coins = np.random.default_rng(0).integers(2, size=(512, 1, 1, 1))
    x = np.repeat(coins, 2, axis=2).astype("float32")
    model = MADE(made((1, 2, 1), 1, (8,), order=[1, 0]))
    model.compile(keras.optimizers.Adam(0.1))
    model.fit(x, batch_size=64, epochs=10, verbose=0)
    nll = model.evaluate(x, verbose=0, return_dict=True)["nll"]
    assert nll == pytest.approx(np.log(2), abs=0.02)
    assert nll == pytest.approx(-np.mean(model.log_prob(x)), abs=1e-5)
    both = model.sample(200, seed=0).reshape(200, 2)
    assert (both[:, 0] == both[:, 1]).mean() > 0.95


def test_signatures_are_pure_functions_of_what_they_declare(binary):
    for name, signature in binary.signatures().items():
        inputs = {
            key: tf.zeros((2, *spec.shape), spec.dtype)
            for key, spec in signature.inputs.items()
        }
        outputs = signature.function(**inputs)
        assert set(outputs) == set(signature.outputs), name
        for key, spec in signature.outputs.items():
            assert outputs[key].shape == (2, *spec.shape), (name, key)


def test_what_cannot_be_a_made_is_refused():
    with pytest.raises(BadInput, match="each once"):
        made((2, 2, 1), order=[0, 1, 1, 3])
    with pytest.raises(BadInput, match="random"):
        made((2, 2, 1), order="spiral")
    with pytest.raises(BadInput, match=r"Categorical needs \(2, 2, 17\)"):
        MADE(made((2, 2, 1), 1, (4,)), Categorical(17))
    with pytest.raises(BadInput, match="ties the channels"):
        dense = keras.Sequential([keras.Input((1, 1, 3)), keras.layers.Dense(10)])
        MADE(dense, DiscretizedLogisticMixture(1, 4))
    with pytest.raises(BadInput, match="MaskedDense"):
        MADE(keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)]))
    with pytest.raises(BadInput, match="degrees of 3 inputs"):
        MaskedDense([1, 2, 3], [1])(tf.zeros((1, 4)))
    model = MADE(made((2, 2, 1), 1, (4,)))
    model.compile("sgd")
    with pytest.raises(BadInput, match="binarise"):
        model.fit(np.full((4, 2, 2, 1), 0.3, "float32"))
