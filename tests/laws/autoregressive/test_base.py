"""Laws of every autoregressive model, on random weights.

The weights are scaled up until the logits vary by several units; with the small ones of
an initialiser every conditional is nearly uniform, and a leak would hardly show.
"""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import FVSBN, NADE, DiagonalBiLSTM, GatedPixelCNN, PixelCNN, RowLSTM
from keras_gen.autoregressive.base import Autoregressive
from keras_gen.layers.causal import LeftOf, Pointwise, RowsAbove
from keras_gen.likelihoods import (
    Bernoulli,
    Categorical,
    DiscretizedLogisticMixture,
)
from keras_gen.networks.pixelcnn import gated_pixelcnn, pixelcnn
from keras_gen.networks.pixelrnn import diagonal_bilstm, row_lstm
from keras_gen.noise import draw
from keras_gen.parts.causal import sampler
from keras_gen.training.averaging import follow, slow_copy
from tests.laws.autoregressive.shared import (
    IMAGE,
    every,
    jacobian,
    lively,
    total,
    variation,
    wild,
)

SIZES = {"width": 6, "depth": 2, "first": 5, "head": (6,)}


def flat(make):
    def build(shape, head, groups=1):
        return make(shape, head)

    return build


def convolutional(make, network):
    def build(shape, head, groups=1):
        outputs = head.parameters(shape)[-1]
        return make(network(shape, outputs, groups=groups, **SIZES), head)

    return build


STACKS = {
    "pixelcnn": convolutional(PixelCNN, pixelcnn),
    "gated": convolutional(GatedPixelCNN, gated_pixelcnn),
    "row-lstm": convolutional(RowLSTM, row_lstm),
    "diagonal-bilstm": convolutional(DiagonalBiLSTM, diagonal_bilstm),
}
SYSTEMS = {
    "fvsbn": flat(FVSBN),
    "nade": flat(lambda shape, head: NADE(shape, 9, head)),
    **STACKS,
}


@pytest.fixture(params=SYSTEMS)
def build(request):
    return SYSTEMS[request.param]


@pytest.fixture(params=STACKS)
def build_stack(request):
    return STACKS[request.param]


# The density.


def test_the_probabilities_of_all_4096_images_sum_to_one(build):
    """Fresh, after a step of training, and with weights far from the fresh ones."""
    x = every(IMAGE, 2)
    model = build(IMAGE, Bernoulli())
    assert total(model, x) == pytest.approx(1, abs=1e-5)
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(x[:64], verbose=0)
    assert total(model, x) == pytest.approx(1, abs=1e-5)
    assert total(wild(model), x) == pytest.approx(1, abs=1e-5)
    assert np.ptp(model.log_prob(x)) > 10  # far from uniform, or it would prove little


def test_the_sum_is_one_after_loading_and_for_averaged_weights(build, tmp_path):
    """A mask that is kept in the kernel would be loaded over, or averaged away."""
    x = every(IMAGE, 2)
    model, other = wild(build(IMAGE, Bernoulli())), build(IMAGE, Bernoulli())
    before = [w.numpy() for w in other.trainable_weights]
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(other.log_prob(x), model.log_prob(x))
    for loaded, fresh in zip(other.trainable_weights, before, strict=True):
        loaded.assign(0.7 * loaded + 0.3 * fresh)
    assert np.abs(other.log_prob(x) - model.log_prob(x)).max() > 0.1
    assert total(other, x) == pytest.approx(1, abs=1e-5)


def test_a_slow_copy_that_follows_is_a_density(build_stack):
    model = wild(build_stack(IMAGE, Bernoulli()))
    slow = slow_copy(model.network)
    wild(model)
    follow(slow, model.network, 0.9, 1000)
    assert total(type(model)(slow), every(IMAGE, 2)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "head", [Categorical(4), DiscretizedLogisticMixture(2, 4)], ids=["softmax", "mix"]
)
def test_the_sum_is_one_over_four_levels(build, head):
    model = wild(build((2, 2, 1), head))
    assert total(model, every((2, 2, 1), 4)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("head", "groups"), [(Categorical(3), 3), (DiscretizedLogisticMixture(2, 3), 1)]
)
def test_the_sum_is_one_in_colour(build_stack, head, groups):
    """Channel after channel, and the pixel as a whole."""
    model = wild(build_stack((1, 2, 3), head, groups))
    assert total(model, every((1, 2, 3), 3)) == pytest.approx(1, abs=1e-5)


# The dependences.


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("groups", [1, 3])
def test_nothing_sees_itself_what_comes_later_or_another_image(
    build_stack, groups, training
):
    """Exactly zero. In training mode too: a normalisation would leak only there."""
    shape, head = (3, 4, 3), Categorical(2)
    network = wild(build_stack(shape, head, groups)).network
    x = np.random.default_rng(0).random((2, *shape))
    seen = np.abs(jacobian(network, x, training))
    pixel, channel = np.divmod(np.arange(36), 3)
    place = pixel * groups + channel * (groups > 1)
    before = np.repeat(place[None, :] < place[:, None], 2, axis=0)
    allowed = np.einsum("bc,ij->bicj", np.eye(2), before).astype(bool)
    assert seen[~allowed].max() == 0.0
    if groups > 1:  # ... and a channel does see the ones before it in its pixel
        within = seen[0, :, 0].reshape(12, 3, 2, 12, 3)
        own = np.einsum("pclpd->cd", within)
        assert (own > 0)[np.tril_indices(3, -1)].all()


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ["fvsbn", "nade"])
def test_each_dimension_sees_all_those_before_it_and_nothing_else(name, training):
    """No image but its own, either."""
    model = wild(SYSTEMS[name]((2, 3, 1), Categorical(2)))
    x = np.random.default_rng(0).random((2, 2, 3, 1))
    seen = jacobian(model.parameters, x, training).reshape(2, 6, 2, 2, 6)
    want = np.einsum("bc,ij->bicj", np.eye(2), np.tri(6, k=-1)).astype(bool)
    for output in range(2):
        np.testing.assert_array_equal(seen[:, :, output] != 0, want)


# Drawing.


CASES = {
    "binary": ((4, 6, 1), Bernoulli(), 1),
    "softmax": ((5, 3, 1), Categorical(5), 1),
    "mixture": ((3, 5, 1), DiscretizedLogisticMixture(2, 5), 1),
    "channel after channel": ((3, 4, 3), Categorical(3), 3),
    "pixel as a whole": ((3, 4, 3), DiscretizedLogisticMixture(2, 4), 1),
}
# Of the recurrent stacks, which take longer to trace, two are enough.
DRAWN = [
    (stack, case)
    for stack in STACKS
    for case in CASES
    if "lstm" not in stack or case in ("mixture", "channel after channel")
]


@pytest.mark.parametrize(("stack", "case"), DRAWN)
def test_the_fast_sampler_draws_what_the_definition_draws(stack, case):
    """Bit for bit; with known pixels and with a temperature, too."""
    shape, head, groups = CASES[case]
    model = lively(STACKS[stack](shape, head, groups))
    spec = head.noise(shape)
    noise = draw(spec.law, (30, *spec.shape), seed=1)
    given = model.sample(30, seed=2)
    known = np.random.default_rng(0).random((30, *shape)) < 0.4
    for arguments in ((), (given, known), (None, None, 0.5)):
        fast = tf.function(model.fill, autograph=False)(noise, *arguments)
        slow = tf.function(
            lambda *a, m=model: Autoregressive.fill(m, *a), autograph=False
        )
        np.testing.assert_array_equal(fast, slow(noise, *arguments))
    assert np.std(given, axis=0).mean() > 0.1


@pytest.mark.parametrize("name", ["fvsbn", "nade"])
@pytest.mark.parametrize("case", ["binary", "mixture"])
def test_carrying_the_sum_along_draws_what_the_definition_draws(name, case):
    shape, head, _ = CASES[case]
    model = wild(SYSTEMS[name](shape, head))
    spec = head.noise(shape)
    noise = draw(spec.law, (30, *spec.shape), seed=1)
    given = model.sample(30, seed=2)
    known = np.random.default_rng(0).random((30, *shape)) < 0.4
    for arguments in ((), (given, known)):
        slow = Autoregressive.fill(model, noise, *arguments)
        np.testing.assert_array_equal(model.fill(noise, *arguments), slow)


def test_steps_of_the_signature_add_up_to_the_loop(build_stack):
    head = Categorical(3)
    model = lively(build_stack((2, 2, 3), head, 3))
    noise = draw("uniform", (20, 2, 2, 3), seed=2)
    x = tf.zeros((20, 2, 2, 3))
    for i in range(12):
        x = model.sample_step(x, noise, tf.fill((20, 1), i))["image"]
    np.testing.assert_array_equal(x, model.generate(noise)["image"])


def test_the_fast_sampler_draws_under_conditions():
    """A vector, which is the same at every pixel, and a map, which is not."""
    layers = keras.layers
    image, label = keras.Input(IMAGE, name="x"), keras.Input((3,), name="label")
    guide = keras.Input((3, 4, 2), name="guide")
    bias = layers.Reshape((1, 1, 8))(layers.Dense(8)(label))
    above, left = RowsAbove(8, (2, 3), strict=True)(image), LeftOf(8, 2, "A")(image)
    h = layers.Activation("tanh")(layers.Add()([above, left, bias]))
    y = Pointwise(1)(layers.Concatenate()([h, guide]))
    network, head = lively(keras.Model([image, label, guide], y)), Bernoulli()
    noise = draw("uniform", (20, *IMAGE), seed=1)
    conditions = [draw("normal", (20, *shape), 2) for shape in ((3,), (3, 4, 2))]
    x = np.zeros((20, *IMAGE), "float32")
    for r, c in itertools.product(range(3), range(4)):
        params = network([tf.constant(x), *conditions])
        drawn = head.sample_from(params, noise)
        x[:, r, c] = drawn[:, r, c]
    fast = sampler.draw(sampler.Plan(network), head, noise, conditions)
    np.testing.assert_array_equal(fast, x)
    other = sampler.draw(sampler.Plan(network), head, noise, [-c for c in conditions])
    assert (other.numpy() != x).any()


def test_samples_follow_the_density(build):
    model, n = lively(build(IMAGE, Bernoulli())), 100_000
    x = model.sample(n, seed=5, batch=n).reshape(n, 12)
    states = (x @ 2 ** np.arange(11, -1, -1)).astype(int)
    share = np.bincount(states, minlength=4096) / n
    p = np.exp(np.float64(model.log_prob(every(IMAGE, 2))))
    found, limit = variation(share, p, n)
    assert found < limit


def test_completion_keeps_what_is_given_and_follows_the_conditional(build):
    """The first seven pixels are known: the other five have 32 states."""
    model, n = lively(build(IMAGE, Bernoulli())), 20_000
    known = np.arange(12).reshape(IMAGE) < 7
    x = np.random.default_rng(3).random((1, *IMAGE)).round().astype("float32")
    noise = draw("uniform", (n, *IMAGE), seed=3)
    done = model.complete(np.repeat(x, n, 0), known, noise)["image"].numpy()
    assert np.array_equal(done[:, known], np.repeat(x, n, 0)[:, known])
    states = done.reshape(n, 12)[:, 7:] @ 2 ** np.arange(4, -1, -1)
    share = np.bincount(states.astype(int), minlength=32) / n
    rest = np.where(known, x, every(IMAGE, 2)[:32])
    p = np.exp(np.float64(model.log_prob(rest)))
    found, limit = variation(share, p / p.sum(), n)
    assert found < limit


def test_what_is_not_known_has_no_influence_on_completion(build):
    model = wild(build(IMAGE, Bernoulli()))
    known = np.random.default_rng(1).random(IMAGE) < 0.5
    noise = draw("uniform", (20, *IMAGE), seed=4)
    x = model.sample(20, seed=1)
    other = np.where(known, x, 1 - x)
    a, b = (model.complete(image, known, noise)["image"] for image in (x, other))
    np.testing.assert_array_equal(a, b)
