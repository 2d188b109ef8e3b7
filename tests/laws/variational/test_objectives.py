"""Weighted, warmed-up and importance-weighted training, and the parts together."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.likelihoods import Bernoulli, Categorical, DiscretizedLogistic, Gaussian
from keras_gen.networks import ladder, mlp
from keras_gen.parts import posteriors, priors
from keras_gen.variational.iwae import IWAE
from keras_gen.variational.ladder_vae import TopDown
from keras_gen.variational.vae import VAE
from tests.conftest import difference, mirrored_over, tiny_data

POSTERIORS = {
    "diagonal": posteriors.Diagonal,
    "full": posteriors.FullCovariance,
    "planar": lambda: posteriors.Planar(2),
    "radial": lambda: posteriors.Radial(2),
    "iaf": lambda: posteriors.InverseAutoregressive(2, 6, 3),
}
PRIORS = {
    "standard": priors.StandardNormal,
    "mixture": lambda: priors.MixtureOfGaussians(3),
    "vamp": lambda: priors.VampPrior(3),
    "levels": lambda: TopDown(ladder.down([1, 1], 4)),
}
HEADS = {
    "bernoulli": Bernoulli,
    "gaussian": lambda: Gaussian("pixel"),
    "categorical": lambda: Categorical(3),
    "logistic": lambda: DiscretizedLogistic(4),
}
SHAPE, LATENT = (3, 3, 1), 2
DENSITY_NEEDED = [(flow, "vamp") for flow in ("planar", "radial", "iaf")]
COMBINATIONS = [
    parts
    for parts in itertools.product(POSTERIORS, PRIORS, HEADS)
    if parts[:2] not in DENSITY_NEEDED
]


def made(system=VAE, posterior="diagonal", prior="standard", head="bernoulli", **kw):
    posterior, head = POSTERIORS[posterior](), HEADS[head]()
    return system(
        mlp.encoder(SHAPE, posterior.size(LATENT), 8, 1),
        mlp.decoder(LATENT, head.parameters(SHAPE), 8, 1),
        head,
        posterior,
        PRIORS[prior](),
        **kw,
    )


def normal(*shape, seed=0):
    return tf.random.stateless_normal(shape, (seed, 3))


@pytest.mark.parametrize(("posterior", "prior", "head"), COMBINATIONS)
def test_every_combination_trains_and_stays_below_the_evidence(posterior, prior, head):
    model = made(VAE, posterior, prior, head)
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    x = tiny_data(model, 8)
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(x, batch_size=8, verbose=0)
    for old, new in zip(before, model.trainable_variables, strict=True):
        assert np.isfinite(new.numpy()).all()
        assert (old != new.numpy()).any(), f"{new.path} is not trained"
    # The bound holds in expectation: over 500 draws, and with their error allowed for.
    many = np.repeat(x[:2], 500, axis=0)
    elbo = model.elbo(many, normal(1000, LATENT)).numpy().reshape(2, 500)
    evidence = model.log_likelihood(x[:2], 2000, chunk=2000).numpy()
    assert (elbo.mean(1) < evidence + 4 * elbo.std(1) / math.sqrt(500)).all()
    # The configuration brings every part back.
    twin = type(model).from_config(model.get_config())
    twin.set_weights(model.get_weights())
    noise = normal(8, LATENT)
    np.testing.assert_array_equal(twin.elbo(x, noise), model.elbo(x, noise))


@pytest.mark.parametrize(("posterior", "prior"), DENSITY_NEEDED)
def test_what_cannot_be_combined_says_so(posterior, prior):
    model = made(VAE, posterior, prior)
    with pytest.raises(BadInput, match="of its own draws only"):
        model.elbo(tf.zeros((1, *SHAPE)), normal(1, LATENT))


@pytest.mark.parametrize("posterior", POSTERIORS)
@pytest.mark.parametrize("prior", ["standard", "mixture"])
def test_the_divergence_has_the_mean_of_the_log_ratio(posterior, prior):
    """Closed or sampled, the ELBO is the mean of one-sample log-weights."""
    model = made(VAE, posterior, prior)
    x = tf.repeat(tf.constant(tiny_data(model, 2)), 4000, axis=0)
    noise = normal(8000, LATENT)
    elbo = tf.reshape(model.elbo(x, noise), (2, 4000)).numpy()
    weights = tf.reshape(model.log_weights(x, noise[:, None])[:, 0], (2, 4000)).numpy()
    error = 4 * (weights - elbo).std(1) / math.sqrt(4000) + 1e-4
    assert (np.abs(weights.mean(1) - elbo.mean(1)) < error).all()


# Weights of the divergence.


def test_loss_is_minus_the_elbo_at_beta_one_and_grows_by_the_divergence():
    model = made()
    x, noise = tiny_data(model, 6), normal(6, LATENT)
    reconstruction, kl = model.elbo_terms(x, noise)
    np.testing.assert_allclose(
        model.objective(reconstruction, kl), -tf.reduce_mean(model.elbo(x, noise))
    )
    beta = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(beta)
        model.beta = beta
        loss = model.objective(reconstruction, kl)
    np.testing.assert_allclose(tape.gradient(loss, beta), tf.reduce_mean(kl), rtol=1e-6)


@pytest.mark.parametrize("options", [{"beta": 7.0}, {"warm_up": 9}, {"free_bits": 50}])
def test_what_is_reported_is_the_bound_itself(options):
    keras.utils.set_random_seed(1)
    plain = made()
    keras.utils.set_random_seed(1)
    weighted = made(**options)
    for model in (plain, weighted):
        model.compile(keras.optimizers.SGD(0.0))
    x = tiny_data(plain, 8)
    for method in ("fit", "evaluate"):
        first, second = (
            getattr(m, method)(
                x, verbose=0, **({} if method == "fit" else {"return_dict": True})
            )
            for m in (plain, weighted)
        )
        assert getattr(first, "history", first) == getattr(second, "history", second)


def test_warm_up_counts_the_optimizer_s_steps_and_goes_on_after_a_restart(tmp_path):
    model = made(beta=2.0, warm_up=4)
    model.compile(keras.optimizers.Adam())
    x, weights = tiny_data(model, 16), []
    for _ in range(3):
        weights.append(float(model.kl_weight()))
        model.fit(x, batch_size=8, verbose=0)
    assert weights == [0.0, 1.0, 2.0]
    assert float(model.kl_weight()) == 2.0
    model.optimizers["model"].iterations.assign(3)
    model.save(tmp_path / "m.keras")
    back = keras.models.load_model(tmp_path / "m.keras")
    assert float(back.kl_weight()) == 1.5


def test_free_bits_cost_nothing_and_more_costs_as_always():
    kl, log_px = tf.constant([1.0, 2.0]), tf.constant([-3.0, -4.0])

    def loss_and_slope(free_bits):
        model = made(free_bits=free_bits)
        with tf.GradientTape() as tape:
            tape.watch(kl)
            loss = model.objective(log_px, kl)
        slope = tape.gradient(loss, kl, unconnected_gradients="zero")
        return float(loss), slope.numpy().tolist()

    assert loss_and_slope(1.4) == (5.0, [0.5, 0.5])  # the mean, 1.5, is above
    assert loss_and_slope(1.6) == (pytest.approx(5.1), [0.0, 0.0])


def test_free_bits_are_counted_over_the_batch_of_all_replicas():
    """Each replica deciding for itself would step differently."""
    trained = []
    for strategy in (tf.distribute.get_strategy(), mirrored_over(2)):
        keras.utils.set_random_seed(1)
        with strategy.scope():
            model = made(free_bits=0.35)
            model.compile(keras.optimizers.SGD(0.1))
        x = tiny_data(model, 16)
        batches = tf.data.Dataset.from_tensor_slices(x).batch(8)
        model.fit(batches, epochs=4, verbose=0)
        trained.append([w.numpy() for w in model.trainable_variables])
    assert difference(*trained) < 1e-6


# The importance-weighted bound.


def gradients(model, loss):
    with tf.GradientTape() as tape:
        value = loss()
    found = tape.gradient(value, model.trainable_variables)
    return [tf.convert_to_tensor(g) for g in found]


@pytest.mark.parametrize("posterior", POSTERIORS)
def test_iwae_of_one_sample_has_the_gradient_of_the_elbo(posterior):
    """Of log p(x | z) + log p(z) - log q(z | x), written out."""
    model = made(IWAE, posterior, samples=1)
    x, noise = tiny_data(model, 6), normal(6, 1, LATENT)

    def minus_elbo():
        z, log_q = model.infer(x).draw(noise[:, 0])
        log_px = model.likelihood.log_prob(model.decoder(z), x)
        log_pz = -0.5 * tf.reduce_sum(z * z + math.log(2 * math.pi), axis=-1)
        return -tf.reduce_mean(log_px + log_pz - log_q)

    def minus_bound():
        return -tf.reduce_mean(model.bound_terms(x, noise)["bound"])

    pairs = zip(
        gradients(model, minus_elbo), gradients(model, minus_bound), strict=True
    )
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_iwae_gradient_is_the_weighted_mean_of_the_draws_gradients():
    model = made(IWAE, samples=5)
    x, noise = tiny_data(model, 1), normal(1, 5, LATENT)
    log_w = model.log_weights(x, noise)[0].numpy()
    weights = np.exp(log_w - log_w.max())
    weights /= weights.sum()
    assert weights.max() < 0.9
    each = [
        gradients(model, lambda i=i: model.log_weights(x, noise[:, i : i + 1])[0, 0])
        for i in range(5)
    ]
    whole = gradients(model, lambda: model.bound_terms(x, noise)["bound"][0])
    for got, parts in zip(whole, zip(*each, strict=True), strict=True):
        expected = sum(w * part for w, part in zip(weights, parts, strict=True))
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-5)


def test_iwae_reports_the_true_elbo_beside_its_bound():
    keras.utils.set_random_seed(0)
    model = made(IWAE, "iaf", "mixture", samples=3)
    model.compile(keras.optimizers.SGD(0.0))
    x = tiny_data(model, 64)
    logs = model.evaluate(x, batch_size=64, verbose=0, return_dict=True)
    assert logs["elbo"] == pytest.approx(logs["reconstruction"] - logs["kl"], rel=1e-5)
    assert logs["bound"] > logs["elbo"]
    noise = normal(64 * 50, LATENT)
    elbo = model.elbo(np.repeat(x, 50, axis=0), noise).numpy()
    assert logs["elbo"] == pytest.approx(elbo.mean(), abs=0.3)
