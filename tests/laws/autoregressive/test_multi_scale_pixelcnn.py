"""Laws of the multi-scale PixelCNN: the coarse image is a part of the image."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import GatedPixelCNN, MultiScalePixelCNN
from keras_gen.autoregressive.base import Autoregressive
from keras_gen.errors import BadInput
from keras_gen.likelihoods import Bernoulli, Categorical, DiscretizedLogisticMixture
from keras_gen.networks.pixelcnn import gated_pixelcnn, guide
from keras_gen.noise import draw
from tests.laws.autoregressive.shared import (
    every,
    jacobian,
    lively,
    total,
    variation,
    wild,
)

SIZES = {"width": 6, "depth": 1, "first": 3, "head": (6,)}


def build(shape, head, scale=2, groups=1):
    height, width, channels = shape
    outputs = head.parameters(shape)[-1]
    small = (height // scale, width // scale, channels)
    shown = (height, width, 3)
    return MultiScalePixelCNN(
        gated_pixelcnn(small, outputs, groups=groups, **SIZES),
        guide(small, scale, width=3),
        gated_pixelcnn(shape, outputs, groups=groups, embedding=shown, **SIZES),
        head,
    )


def test_the_probabilities_of_all_images_sum_to_one():
    """65,536 images of 4x4, on fresh weights and on wild ones."""
    model, x = build((4, 4, 1), Bernoulli()), every((4, 4, 1), 2)
    assert total(model, x) == pytest.approx(1, abs=1e-5)
    assert total(wild(model), x) == pytest.approx(1, abs=1e-5)
    assert np.ptp(model.log_prob(x)) > 10


@pytest.mark.parametrize(
    ("shape", "levels", "scale", "head"),
    [
        ((2, 4, 1), 3, 2, Categorical(3)),
        ((2, 2, 3), 2, 2, DiscretizedLogisticMixture(2, 2)),
        ((3, 3, 1), 2, 3, Bernoulli()),
    ],
    ids=["levels", "colour", "a third"],
)
def test_the_sum_is_one_for_other_images_and_scales(shape, levels, scale, head):
    model = wild(build(shape, head, scale))
    assert total(model, every(shape, levels)) == pytest.approx(1, abs=1e-5)


def test_the_coarse_image_has_the_density_of_its_own_model():
    """The sum over all that is between its pixels."""
    model, x = wild(build((2, 4, 1), Bernoulli())), every((2, 4, 1), 2)
    p = np.exp(np.float64(model.log_prob(x)))
    small = every((1, 2, 1), 2)
    want = np.exp(GatedPixelCNN(model.coarse).log_prob(small))
    same = (x[:, None, ::2, ::2] == small).all((2, 3, 4))
    np.testing.assert_allclose(p @ same, want, rtol=1e-4)


@pytest.mark.parametrize("groups", [1, 3])
def test_the_others_see_all_of_the_coarse_image_and_what_is_before_them(groups):
    shape = (4, 4, 3)
    model = wild(build(shape, Categorical(2), groups=groups))
    x = np.random.default_rng(0).random((2, *shape))
    seen = np.abs(jacobian(model.parameters, x)).reshape(2, 48, 2, 2, 48).max(2)
    place = np.broadcast_to(model.place, shape).ravel()
    before = place[None, :] < place[:, None]
    allowed = np.einsum("bc,ij->bicj", np.eye(2), before).astype(bool)
    assert seen[~allowed].max() == 0.0
    kept = np.broadcast_to(model.kept, shape).ravel()
    assert sorted(place[kept])[-1] == kept.sum() // 3 * groups - 1  # they come first
    own = np.maximum(seen[0, :, 0], seen[1, :, 1])
    whole = own.reshape(16, 3, 16, 3).max((1, 3))[:, model.kept.ravel()]
    assert (whole[~model.kept.ravel()] > 0).all()


CASES = {
    "binary": ((4, 6, 1), Bernoulli(), 2, 1),
    "mixture": ((6, 3, 1), DiscretizedLogisticMixture(2, 5), 3, 1),
    "channel after channel": ((2, 4, 3), Categorical(3), 2, 3),
    "pixel as a whole": ((2, 4, 3), DiscretizedLogisticMixture(2, 4), 2, 1),
}


@pytest.mark.parametrize("case", CASES)
def test_the_fast_sampler_draws_what_the_definition_draws(case):
    """Bit for bit; with known pixels and with a temperature, too."""
    shape, head, scale, groups = CASES[case]
    model = lively(build(shape, head, scale, groups))
    spec = head.noise(shape)
    noise = draw(spec.law, (30, *spec.shape), seed=1)
    slow = tf.function(lambda *a: Autoregressive.fill(model, *a), autograph=False)
    given = slow(noise)
    np.testing.assert_array_equal(
        tf.function(model.fill, autograph=False)(noise), given
    )
    known = tf.constant(np.random.default_rng(0).random((30, *shape)) < 0.4)
    arguments = (noise[::-1], given, known, 0.5)
    np.testing.assert_array_equal(model.fill(*arguments), slow(*arguments))
    assert np.std(given, axis=0).mean() > 0.1


def test_samples_follow_the_density():
    shape, n = (2, 4, 1), 50_000
    model = lively(build(shape, Bernoulli()))
    x = model.fill(draw("uniform", (n, *shape), seed=5)).numpy().reshape(n, 8)
    share = np.bincount((x @ 2 ** np.arange(7, -1, -1)).astype(int), minlength=256) / n
    p = np.exp(np.float64(model.log_prob(every(shape, 2))))
    found, limit = variation(share, p, n)
    assert found < limit


def test_completion_from_the_coarse_image_follows_the_conditional():
    """What is first in the order is known: here that is every second pixel."""
    shape, n = (2, 4, 1), 20_000
    model = lively(build(shape, Bernoulli()))
    x = every(shape, 2)[[170]]
    noise = draw("uniform", (n, *shape), seed=3)
    done = model.complete(np.repeat(x, n, 0), model.kept, noise)["image"].numpy()
    assert (done[:, model.kept] == x[:, model.kept]).all()
    rest = np.where(model.kept, x, every(shape, 2))
    rest = np.unique(rest, axis=0)
    p = np.exp(np.float64(model.log_prob(rest)))
    codes = [images.reshape(-1, 8) @ 2 ** np.arange(8) for images in (rest, done)]
    share = (codes[1][:, None] == codes[0]).mean(0)
    found, limit = variation(share, p / p.sum(), n)
    assert found < limit


def test_networks_that_do_not_fit_together_are_refused():
    gated, small, large = gated_pixelcnn, (2, 2, 1), (4, 4, 1)

    def model(coarse=small, shown=(4, 4, 3), guided=small, fine=large):
        return MultiScalePixelCNN(
            gated(coarse, 1, **SIZES),
            guide(guided, 2, width=3),
            gated(fine, 1, embedding=shown, **SIZES),
        )

    model()
    with pytest.raises(BadInput, match=r"every k-th row and column.*\(3, 2, 1\)"):
        model(coarse=(3, 2, 1))
    with pytest.raises(BadInput, match=r"one input beside the image.*received \[\(5,"):
        model(shown=(5,))
    with pytest.raises(BadInput, match=r"one for \(4, 4, 1\)"):
        large_guide = guide((4, 4, 1), 1, width=3)
        MultiScalePixelCNN(
            gated(small, 1, **SIZES),
            large_guide,
            gated(large, 1, embedding=(4, 4, 3), **SIZES),
        )
