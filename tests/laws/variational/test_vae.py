"""The mathematics of the VAE, exact on a linear-Gaussian model.

With x = W z + s * noise, z ~ N(0, I), the evidence is log N(x; 0, W W' + s^2 I) and
the posterior is Gaussian, so every inequality of the docstring can be checked against
its limit.
"""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.errors import BadInput
from keras_gen.likelihoods import Bernoulli, Categorical, Gaussian
from keras_gen.networks import mlp
from keras_gen.parts.posteriors import Diagonal, FullCovariance
from keras_gen.parts.posteriors.gaussian import FLOOR
from keras_gen.variational.vae import VAE
from tests.conftest import difference, mirrored_over, tiny_data
from tests.laws.variational.shared import LATENT as WIDTH
from tests.laws.variational.shared import made, normal

DIM, LATENT, SIGMA = 5, 3, 0.7
tfd = tfp.distributions


def inverse_softplus(y):
    return np.log(np.expm1(y))


def linear(inputs, outputs, kernel, bias):
    x = keras.Input((inputs,))
    layer = keras.layers.Dense(outputs)
    model = keras.Model(x, layer(x))
    layer.set_weights([np.asarray(kernel, "float32"), np.asarray(bias, "float32")])
    return model


@pytest.fixture(scope="module")
def gaussian():
    """The model, examples drawn from it, and their exact log-evidence."""
    rng = np.random.default_rng(0)
    w = rng.normal(size=(LATENT, DIM))
    precision = np.eye(LATENT) + w @ w.T / SIGMA**2
    mean_map = w.T @ np.linalg.inv(precision) / SIGMA**2  # of the exact posterior
    stddev = 1.2 * np.diag(precision) ** -0.5  # diagonal, and a little too wide
    kernel = np.concatenate([mean_map, np.zeros((DIM, LATENT))], axis=1)
    bias = np.concatenate([np.zeros(LATENT), inverse_softplus(stddev)])
    model = VAE(
        linear(DIM, 2 * LATENT, kernel, bias),
        linear(LATENT, DIM, w, np.zeros(DIM)),
        Gaussian(SIGMA),
    )
    covariance = w.T @ w + SIGMA**2 * np.eye(DIM)
    x = rng.multivariate_normal(np.zeros(DIM), covariance, size=64)
    _, log_det = np.linalg.slogdet(2 * np.pi * covariance)
    evidence = -0.5 * (
        log_det + np.einsum("ni,ij,nj->n", x, np.linalg.inv(covariance), x)
    )
    return model, tf.constant(x, "float32"), evidence


def elbos(model, x, draws):
    """The bound per example, averaged over many draws, in one call."""
    many = tf.tile(x, [draws, 1])
    noise = tf.random.stateless_normal((len(many), LATENT), (0, 1))
    return model.elbo(many, noise).numpy().reshape(draws, len(x)).mean(0)


def test_bounds_tighten_towards_the_evidence(gaussian):
    """ELBO <= IWAE-5 <= IWAE-50 <= log p(x), on average and with room to spare."""
    model, x, evidence = gaussian
    elbo = elbos(model, x, 400).mean()
    iwae5 = model.log_likelihood(tf.tile(x, [80, 1]), 5).numpy().mean()
    iwae50 = model.log_likelihood(tf.tile(x, [20, 1]), 50).numpy().mean()
    limit = model.log_likelihood(x, 20_000, chunk=2000).numpy()
    assert elbo < iwae5 - 0.02
    assert iwae5 < iwae50 - 0.01
    assert iwae50 < evidence.mean() + 0.01
    np.testing.assert_allclose(limit, evidence, atol=0.1)
    assert abs(limit.mean() - evidence.mean()) < 0.01


def test_elbo_falls_short_by_the_divergence_from_the_posterior(gaussian):
    """log p(x) - ELBO is KL(q || p(z | x)), which is known in closed form here."""
    model, x, evidence = gaussian
    w = model.decoder.get_weights()[0].astype("float64")
    precision = np.eye(LATENT) + w @ w.T / SIGMA**2
    q = model.infer(x)
    exact = tfd.MultivariateNormalFullCovariance(
        tf.constant(x.numpy() @ w.T @ np.linalg.inv(precision) / SIGMA**2, "float32"),
        tf.constant(np.linalg.inv(precision), "float32"),
    )
    full = tfd.MultivariateNormalFullCovariance(q.mean, tf.linalg.diag(q.stddev**2))
    gap = full.kl_divergence(exact).numpy()
    elbo = elbos(model, x, 4000)
    np.testing.assert_allclose(evidence - elbo, gap, atol=0.15)
    assert abs((evidence - elbo - gap).mean()) < 0.02


def test_full_covariance_reaches_the_exact_posterior(gaussian):
    """Then every importance weight is p(x) itself, which a diagonal q cannot do: with
    the best diagonal (the precision's) it falls short by half the log-ratio of the
    product of the precisions to their determinant."""
    model, x, evidence = gaussian
    w = model.decoder.get_weights()[0].astype("float64")
    precision = np.eye(LATENT) + w @ w.T / SIGMA**2
    factor = np.linalg.cholesky(np.linalg.inv(precision))
    mean_map = w.T @ np.linalg.inv(precision) / SIGMA**2
    below = (factor / np.diag(factor)[:, None])[np.tril_indices(LATENT, -1)]
    noise = tf.random.stateless_normal((len(x), 50, LATENT), (0, 1))

    def weights(posterior, *bias):
        bias = np.concatenate([np.zeros(LATENT), *bias])
        kernel = np.zeros((DIM, len(bias)))
        kernel[:, :LATENT] = mean_map
        encoder = linear(DIM, len(bias), kernel, bias)
        exact = VAE(encoder, model.decoder, Gaussian(SIGMA), posterior)
        return exact, exact.log_weights(x, noise).numpy()

    raw = inverse_softplus(np.diag(factor) - FLOOR)
    full, log_w = weights(FullCovariance(), raw, below)
    assert log_w.std(axis=1).max() < 1e-4
    np.testing.assert_allclose(log_w.mean(axis=1), evidence, atol=1e-4)
    np.testing.assert_allclose(elbos(full, x, 4000), evidence, atol=0.15)
    best = np.diag(precision) ** -0.5
    diagonal, log_w = weights(Diagonal(), inverse_softplus(best - FLOOR))
    assert log_w.std(axis=1).min() > 0.1
    gap = 0.5 * (np.log(np.diag(precision)).sum() - np.linalg.slogdet(precision)[1])
    assert (evidence - elbos(diagonal, x, 4000)).mean() == pytest.approx(gap, abs=0.02)


def test_points_scatter_as_the_likelihood_says(gaussian):
    """Drawn points have the covariance W W' + s^2 I; their means, W W' alone."""
    model, _, _ = gaussian
    w = model.decoder.get_weights()[0]
    found = np.cov(model.sample(20_000, seed=0, batch=20_000).T)
    np.testing.assert_allclose(found, w.T @ w + SIGMA**2 * np.eye(DIM), atol=0.1)


@pytest.mark.parametrize("dims", [1, 7])
def test_kl_sums_over_latents_and_averages_over_the_batch(dims):
    """KL(N(1, I) || N(0, I)) is d/2 nats: a mean over latents would give 1/2."""
    ones = np.concatenate([np.ones(dims), np.full(dims, inverse_softplus(1 - 1e-4))])
    model = VAE(
        linear(2, 2 * dims, np.zeros((2, 2 * dims)), ones),
        linear(dims, 2, np.zeros((dims, 2)), np.zeros(2)),
        Gaussian(1.0),
    )
    x = tf.zeros((6, 2))
    _, kl = model.elbo_terms(x, tf.zeros((6, dims)))
    np.testing.assert_allclose(kl, dims / 2, rtol=1e-6)
    model.compile("sgd")
    logs = model.evaluate(np.zeros((6, 2), "float32"), verbose=0, return_dict=True)
    assert logs["kl"] == pytest.approx(dims / 2, rel=1e-6)
    assert logs["elbo"] == pytest.approx(logs["reconstruction"] - logs["kl"], rel=1e-5)


def test_log_likelihood_uses_exactly_the_samples_it_is_asked_for():
    """Counted at the decoder, whatever the chunk; the batch does not matter."""
    seen = []

    class Counting(keras.layers.Layer):
        def call(self, z):
            seen.append(z.shape[0])
            return z

    z = keras.Input((2,))
    inner = mlp.decoder(2, (3,), 4)
    model = VAE(
        mlp.encoder((3,), 4, 4), keras.Model(z, inner(Counting()(z))), Gaussian(1.0)
    )
    x = tf.random.stateless_normal((4, 3), (0, 0))
    for samples, chunk in ((1, 100), (7, 3), (100, 100), (250, 100)):
        seen.clear()
        value = model.log_likelihood(x, samples, chunk=chunk)
        assert sum(seen) == 4 * samples
        assert value.shape == (4,)


def test_no_draw_of_the_log_likelihood_is_made_twice():
    """Neither in another chunk nor for another example; with one seed, the same."""
    model = VAE(mlp.encoder((3,), 4, 4), mlp.decoder(2, (3,), 4), Gaussian(1.0))
    x, drawn = tf.random.stateless_normal((4, 3), (0, 0)), []
    weights = model.log_weights
    model.log_weights = lambda x, noise: drawn.append(noise) or weights(x, noise)
    value = model.log_likelihood(x, 10, seed=3, chunk=4)
    assert [part.shape[1] for part in drawn] == [4, 4, 2]
    noise = np.concatenate(drawn, 1).reshape(-1, 2)
    assert len(np.unique(noise, axis=0)) == 4 * 10
    again = model.log_likelihood(x, 10, seed=3, chunk=4)
    np.testing.assert_array_equal(again, value)
    assert (model.log_likelihood(x, 10, seed=4, chunk=4) != value).numpy().all()


def test_one_sample_importance_weight_is_the_elbo_with_a_sampled_divergence():
    """With one draw, log p(x|z) p(z) / q(z|x) at the very same z."""
    model = VAE(mlp.encoder((3,), 4, 8), mlp.decoder(2, (3,), 8), Gaussian(1.0))
    x = tf.random.stateless_normal((5, 3), (0, 0))
    noise = tf.random.stateless_normal((5, 4, 2), (0, 1))
    weights = model.log_weights(x, noise)
    q = model.infer(x)
    mean, stddev = q.mean, q.stddev
    for i in range(4):
        z = mean + stddev * noise[:, i]
        log_q = tf.reduce_sum(
            -0.5 * noise[:, i] ** 2 - tf.math.log(stddev) - 0.5 * math.log(2 * math.pi),
            axis=-1,
        )
        log_pz = tf.reduce_sum(-0.5 * z**2 - 0.5 * math.log(2 * math.pi), axis=-1)
        log_px = tf.reduce_sum(
            -0.5 * (x - model.decoder(z)) ** 2 - 0.5 * math.log(2 * math.pi), axis=-1
        )
        np.testing.assert_allclose(weights[:, i], log_px + log_pz - log_q, rtol=1e-4)


def test_training_reaches_the_best_linear_gaussian_bound():
    """Trained on one Gaussian, the bound comes within .05 nats of the entropy."""
    rng = np.random.default_rng(0)
    x = (
        rng.normal(size=(2048, 1)) * [1.0, 0.8] + 0.3 * rng.normal(size=(2048, 2))
    ).astype("float32")
    model = VAE(
        mlp.encoder((2,), 2, 16, depth=1),
        mlp.decoder(1, (2,), 16, depth=1),
        Gaussian("shared"),
    )
    model.compile(keras.optimizers.Adam(5e-3))
    model.fit(x, batch_size=128, epochs=60, verbose=0)
    covariance = np.cov(x.T)
    evidence = -0.5 * np.linalg.slogdet(2 * np.pi * np.e * covariance)[1]
    elbo = model.evaluate(x, batch_size=2048, verbose=0, return_dict=True)["elbo"]
    assert evidence - 0.06 < elbo < evidence + 0.03


def test_a_network_that_does_not_fit_is_refused_in_words():
    with pytest.raises(BadInput, match="the encoder must give 8 numbers"):
        VAE(mlp.encoder((8, 8, 1), 4), mlp.decoder(4, (8, 8, 1)))
    with pytest.raises(BadInput, match="Categorical"):
        VAE(mlp.encoder((8, 8, 1), 8), mlp.decoder(4, (8, 8, 1)), Categorical(17))


def copied(shape, kinds, joined=False):
    """An encoder that gives its input, as it is and times -2, in two outputs or one."""
    x = keras.Input(shape)
    outputs = [keras.layers.Rescaling(kind)(x) for kind in kinds]
    if joined:
        outputs = keras.layers.Concatenate()(outputs)
    return keras.Model(x, outputs)


def test_an_encoder_of_two_outputs_gives_means_and_log_variances():
    """As the example of Keras: -1/2 (1 + log s^2 - m^2 - s^2) is the divergence."""
    model = VAE(copied((3,), (1.0, -2.0)), mlp.decoder(3, (3,), 4), Gaussian(0.5))
    x = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
    code = model.encode(x)
    np.testing.assert_allclose(code["mean"], x)
    np.testing.assert_allclose(code["stddev"], np.exp(-x), rtol=1e-3)
    kl = model.elbo_terms(tf.constant(x), tf.zeros((6, 3)))[1]
    expected = -0.5 * (1 - 2 * x - x**2 - np.exp(-2 * x)).sum(-1)
    np.testing.assert_allclose(kl, expected, rtol=2e-3)
    again = VAE.from_config(model.get_config())
    np.testing.assert_array_equal(again.encode(x)["stddev"], code["stddev"])


@pytest.mark.parametrize("joined", [False, True])
def test_latents_of_a_grid_keep_their_places(joined):
    """Through a decoder that gives them as they are: means come back as they went."""
    shape = (2, 3, 2)
    decoder = copied(shape, (1.0,))
    parts = Gaussian(0.5), Diagonal(log_variance=True)
    model = VAE(copied(shape, (1.0, -2.0), joined), decoder, *parts)
    x = np.random.default_rng(0).random((4, *shape)).astype("float32")
    code = model.encode(x)
    np.testing.assert_array_equal(code["mean"], x.reshape(4, -1))
    np.testing.assert_allclose(code["stddev"], np.exp(-x.reshape(4, -1)), rtol=1e-3)
    np.testing.assert_allclose(model.reconstruct(x)["image"], x, atol=1e-6)


def test_an_encoder_that_draws_is_told_who_does():
    """Three outputs, the third a draw, as in the example of Keras."""
    with pytest.raises(BadInput, match="latents are drawn here"):
        VAE(copied((3,), (1.0, -2.0, 1.0)), mlp.decoder(3, (3,), 4), Gaussian(0.5))
    with pytest.raises(BadInput, match=r"Diagonal\(log_variance=True\)"):
        VAE(
            copied((3,), (1.0, 1.0)), mlp.decoder(3, (3,), 4), Gaussian(0.5), Diagonal()
        )


def test_grey_images_are_refused_by_a_bernoulli():
    model = VAE(mlp.encoder((4, 4, 1), 4, 4), mlp.decoder(2, (4, 4, 1), 4), Bernoulli())
    model.compile("sgd")
    with pytest.raises(BadInput, match="binarise"):
        model.fit(np.full((4, 4, 4, 1), 0.3, "float32"), verbose=0)


# Weights of the divergence.


def test_loss_is_minus_the_elbo_at_beta_one_and_grows_by_the_divergence():
    model = made()
    x, noise = tiny_data(model, 6), normal(6, WIDTH)
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
        first, second = ({**getattr(m, "history", m)} for m in (first, second))
        assert first.pop("loss") != second.pop("loss")  # what is descended
        assert first == second


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
