"""Laws of the learned prior of a VQ-VAE: maps of 2 x 2 codes out of 3 are 81."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import MADE, VQVAE, Codebook, GatedPixelCNN, VQPrior
from keras_gen.autoregressive.base import Autoregressive
from keras_gen.errors import BadInput
from keras_gen.likelihoods import Categorical
from keras_gen.networks import made as made_networks
from keras_gen.networks import vqvae
from keras_gen.networks.pixelcnn import gated_pixelcnn
from keras_gen.noise import draw
from tests.conftest import difference, tiny_data
from tests.laws.autoregressive.shared import variation, wild

SHAPE, DIM, CODES = (4, 4, 1), 2, 3
EVERY = np.stack(np.meshgrid(*[np.arange(CODES)] * 4, indexing="ij"), -1)
EVERY = EVERY.reshape(81, 2, 2).astype("int32")


def vq_vae(learning="moving_average"):
    networks = [
        vqvae.encoder(SHAPE, DIM, 4, 2, 1, 1),
        vqvae.decoder((2, 2, DIM), 1, 4, 2, 1, 1),
    ]
    model = VQVAE(*networks, Codebook(CODES, DIM, learning, revive=0.05))
    # Codes among the vectors of a fresh encoder, which are all alike.
    z = networks[0](tiny_data(model, 6)).numpy().reshape(-1, DIM)
    model.codebook.vectors.assign(z[:: len(z) // CODES][:CODES])
    return model


def pixelcnn(shape=(2, 2, 1), codes=CODES, **options):
    network = gated_pixelcnn(
        shape, codes, 4, 1, first=3, head=(4,), codes=codes, **options
    )
    return GatedPixelCNN(network, Categorical(codes))


def made_prior():
    head = Categorical(CODES)
    size = head.parameters((2, 2, 1))[-1]
    return MADE(made_networks.made((2, 2, 1), size, hidden=(20,)), head)


@pytest.fixture(params=["pixelcnn", "made"])
def model(request):
    prior = pixelcnn() if request.param == "pixelcnn" else made_prior()
    return VQPrior(vq_vae(), wild(prior))


def test_the_probabilities_of_all_81_maps_sum_to_one(model):
    """Whatever model of discrete maps the prior is, before and after a training."""
    log_p = np.float64(model.log_prob_codes(EVERY))
    assert np.exp(log_p).sum() == pytest.approx(1, abs=1e-5)
    assert np.ptp(log_p) > 1
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(tiny_data(model, 16), verbose=0)
    assert np.exp(np.float64(model.log_prob_codes(EVERY))).sum() == pytest.approx(
        1, abs=1e-5
    )


def test_codes_follow_the_prior(model):
    n = 20_000
    codes = model.sample_codes(n, seed=1)
    assert codes.dtype == np.int32
    states = codes.reshape(n, 4) @ CODES ** np.arange(3, -1, -1)
    share = np.bincount(states, minlength=81) / n
    found, limit = variation(share, np.exp(np.float64(model.log_prob_codes(EVERY))), n)
    assert found < limit


def test_a_sample_is_what_the_vq_vae_makes_of_the_codes(model):
    codes = model.sample_codes(20, seed=4)
    assert len(np.unique(codes)) == CODES
    decoded = model.vq_vae.decode(codes)["image"].numpy()
    np.testing.assert_array_equal(model.decode(codes)["image"], decoded)
    noise = draw("uniform", (20, 2, 2, 1), 5)
    drawn = model.generate_codes(noise=noise)
    np.testing.assert_array_equal(
        model.generate(noise=noise)["image"], model.vq_vae.decode(drawn)["image"]
    )
    # ... which `sample`, compiled as a whole, may compute in another order.
    np.testing.assert_allclose(model.sample(20, seed=4), decoded, atol=1e-6)


def test_fast_draws_and_single_steps_are_those_of_the_definition():
    model = VQPrior(vq_vae(), wild(pixelcnn()))
    noise = draw("uniform", (40, 2, 2, 1), 2)
    fast = model.generate_codes(noise=noise)
    slow = Autoregressive.fill(model.prior, noise)
    np.testing.assert_array_equal(fast, model.codes_of(slow))
    codes = tf.zeros((40, 2, 2), "int32")
    for i in range(4):
        codes = model.sample_step(codes, noise=noise, step=tf.fill((40, 1), i))["codes"]
    np.testing.assert_array_equal(codes, fast)


@pytest.mark.parametrize("learning", ["gradient", "moving_average"])
def test_training_leaves_the_vq_vae_alone(learning):
    """Its weights, its codebook, and the counts by which the codebook would move."""
    frozen = vq_vae(learning)
    model = VQPrior(frozen, pixelcnn())
    before = [v.numpy() for v in frozen.variables]
    x = tiny_data(model, 16)
    codes = model.encode(x)["codes"].numpy()
    model.compile(keras.optimizers.Adam(0.05))
    history = model.fit(x, batch_size=8, epochs=15, verbose=0).history["code_nll"]
    assert difference(before, frozen.variables) == 0
    assert {id(v) for v in model.trainable_variables} == {
        id(v) for v in model.prior.trainable_variables
    }
    assert history[-1] < history[0] - 0.5
    want = -np.mean(model.log_prob_codes(codes))
    tested = model.evaluate(x, verbose=0, return_dict=True)["code_nll"]
    assert tested == pytest.approx(want, rel=1e-5)


def test_the_bound_is_one_term_of_the_evidence(model):
    """log p(x) by enumeration is above it, and not by more than what is left out."""
    x = tiny_data(model, 6)
    log_p = np.float64(model.log_prob_codes(EVERY))
    params = model.vq_vae.decoder(model.vq_vae.codebook.look_up(EVERY))
    log_px = model.likelihood.log_prob
    terms = log_p + np.float64(
        [log_px(params, np.repeat(one[None], 81, 0)) for one in x]
    )
    own = model.encode(x)["codes"].numpy().reshape(6, 4) @ CODES ** np.arange(3, -1, -1)
    bound = np.float64(model.bound(x))
    np.testing.assert_allclose(bound, terms[np.arange(6), own], rtol=1e-5)
    assert (bound < np.logaddexp.reduce(terms, axis=1)).all()


def test_codes_and_levels_are_the_same_thing():
    model = VQPrior(vq_vae(), pixelcnn())
    for k in (100, 300, 4096):  # 100 and 300 do not come out even in float32
        model.codes = k
        codes = tf.range(k)[None, :, None]
        np.testing.assert_array_equal(model.codes_of(model.levels_of(codes)), codes)
        assert float(tf.reduce_max(model.levels_of(codes))) == 1.0


def test_a_vq_vae_that_was_being_trained_comes_along(tmp_path):
    """Compiled, with an optimizer of its own, which the file need not keep apart."""
    frozen = vq_vae()
    frozen.compile("adam")
    frozen.fit(tiny_data(frozen, 8), verbose=0)
    model = VQPrior(frozen, pixelcnn())
    model.compile("adam")
    model.fit(tiny_data(model, 8), verbose=0)
    model.save(tmp_path / "m.keras")
    back = keras.models.load_model(tmp_path / "m.keras")
    assert difference(back.weights, model.weights) == 0
    np.testing.assert_array_equal(back.sample(3, seed=1), model.sample(3, seed=1))


def test_parts_that_do_not_fit_say_so():
    for prior in (pixelcnn((2, 3, 1)), pixelcnn(codes=4)):
        with pytest.raises(BadInput, match=r"maps of 3 codes, .* received one of"):
            VQPrior(vq_vae(), prior)
    with pytest.raises(BadInput, match="conditioned on a label, which nobody"):
        VQPrior(vq_vae(), pixelcnn(classes=2))
    assert math.prod(VQPrior(vq_vae(), pixelcnn()).data_shape) == 16
