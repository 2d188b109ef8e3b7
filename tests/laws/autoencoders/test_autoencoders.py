"""What autoencoders must satisfy, whatever their weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from keras_gen.autoencoders.autoencoder import Autoencoder
from keras_gen.autoencoders.denoising_autoencoder import DenoisingAutoencoder
from keras_gen.autoencoders.inpainting_autoencoder import InpaintingAutoencoder
from keras_gen.errors import BadInput, UnknownName
from keras_gen.metrics.restoration import Projection
from keras_gen.networks import deep
from keras_gen.networks.classifier import classifier
from keras_gen.noise import draw
from keras_gen.parts.corruption import GaussianNoise, Masking, SaltAndPepper
from keras_gen.parts.masks import Rectangle, Scribble, distances
from keras_gen.parts.reconstruction import LOSSES, per_example

SHAPE = (6, 5, 1)


def images(n, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).random((n, *shape)).astype("float32")


# Linear


@pytest.fixture(scope="module")
def linear():
    """A linear autoencoder after training, and its data, which have a mean."""
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(256, 6)) @ rng.normal(size=(6, 6)) + rng.normal(size=6)
    x = x.astype("float32")
    model = Autoencoder(deep.encoder((6,), 2), deep.decoder(2, (6,)))
    decay = keras.optimizers.schedules.CosineDecay(0.03, 1500)
    model.compile(keras.optimizers.Adam(decay), steps_per_execution=50)
    data = tf.data.Dataset.from_tensors(x).repeat()
    model.fit(data, steps_per_epoch=1500, verbose=0)
    return model, x


def test_a_linear_autoencoder_ends_at_the_discarded_eigenvalues(linear):
    """Above them it is not at the optimum; below them the error is not what it says."""
    model, x = linear
    error = ((model(x).numpy() - x) ** 2).sum(1).mean()
    discarded = Projection(x, 2).eigenvalues[2:].sum()
    assert discarded * (1 - 1e-6) < error < discarded * (1 + 1e-3)
    loss = model.evaluate(x, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(error / 6, rel=1e-5)  # a mean over the six values


def test_a_linear_autoencoder_spans_the_principal_components(linear):
    model, x = linear
    columns, _ = np.linalg.qr(model.decoder.get_weights()[0].T)
    cosines = np.linalg.svd(columns.T @ Projection(x, 2).directions)[1]
    assert np.sqrt(1 - cosines.min() ** 2) < 1e-2


def test_the_principal_plane_has_the_error_it_is_said_to_have():
    x = images(50)
    plane = Projection(x, 3)
    error = ((plane(x) - x) ** 2).sum((1, 2, 3)).mean()
    assert error == pytest.approx(plane.eigenvalues[3:].sum(), rel=1e-9)
    np.testing.assert_allclose(Projection(x, 30)(x), x, atol=1e-9)


# Losses


def test_cross_entropy_is_that_of_the_sigmoid():
    y, x = images(4) * 10 - 5, images(4, seed=1)
    p = 1 / (1 + np.exp(-y.astype("float64")))
    expected = -x * np.log(p) - (1 - x) * np.log(1 - p)
    cost = LOSSES["cross_entropy"]
    np.testing.assert_allclose(cost.errors(y, x), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(cost.example(y), p, atol=1e-6)


def test_an_example_counts_once_however_large_its_hole():
    errors, hole = images(3), np.zeros((3, 6, 5, 1), "float32")
    hole[0, 0, 0], hole[1], hole[2, :3] = 1, 1, 1
    expected = [errors[0, 0, 0, 0], errors[1].mean(), errors[2, :3].mean()]
    np.testing.assert_allclose(
        per_example(tf.constant(errors), hole), expected, rtol=1e-5
    )
    colours = images(3, (6, 5, 3))
    expected = [colours[0, 0, 0].mean(), colours[1].mean(), colours[2, :3].mean()]
    np.testing.assert_allclose(
        per_example(tf.constant(colours), hole), expected, rtol=1e-5
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_reconstructions_of_images_are_images(loss):
    model = Autoencoder(deep.encoder(SHAPE, 3), deep.decoder(3, SHAPE), loss)
    z = 30 * draw("normal", (8, 3), 0)
    y = model.decode(z)["image"].numpy()
    assert y.min() >= 0 and y.max() <= 1 and y.std() > 0.1
    x = images(4)
    codes = model.encode(x)["z"]
    assert np.array_equal(model.decode(codes)["image"], model.reconstruct(x)["image"])


def test_networks_that_do_not_fit_are_refused_in_words():
    encoder = deep.encoder(SHAPE, 3)
    with pytest.raises(BadInput, match=r"codes of shape \(3,\)"):
        Autoencoder(encoder, deep.decoder(4, SHAPE))
    with pytest.raises(BadInput, match="end it in that shape"):
        Autoencoder(encoder, deep.decoder(3, (5, 6, 1)))
    with pytest.raises(UnknownName, match='Did you mean "squared_error"'):
        Autoencoder(encoder, deep.decoder(3, SHAPE), "square_error")
    with pytest.raises(BadInput, match="points"):
        Autoencoder(deep.encoder((2,), 1), deep.decoder(1, (2,)), "cross_entropy")
    with pytest.raises(BadInput, match="one more channel"):
        InpaintingAutoencoder(encoder, deep.decoder(3, SHAPE), Rectangle())


def test_the_published_sizes():
    """2,837,314 parameters of the deep autoencoder, 31,030,658 of the U-Net."""
    for name, parameters in (
        ("ae-deep-mnist-paper", 2_837_314),
        ("unet-glyphs-paper", 31_030_658),
    ):
        weights = zoo.build(name).trainable_weights
        assert sum(int(np.prod(w.shape)) for w in weights) == parameters


# Denoising


@pytest.fixture(scope="module")
def gaussian():
    """N(0, S) with noise s, the best denoiser S (S + s^2 I)^-1, and its model."""
    s = 0.6
    root = np.array([[1.0, 0.0, 0.0], [0.8, 0.5, 0.0], [-0.3, 0.4, 0.3]])
    covariance = root @ root.T
    total = covariance + s**2 * np.eye(3)
    wiener = covariance @ np.linalg.inv(total)
    model = DenoisingAutoencoder(
        deep.encoder((3,), 3), deep.decoder(3, (3,)), GaussianNoise(s)
    )
    model.encoder.set_weights([wiener.T, np.zeros(3)])
    model.decoder.set_weights([np.eye(3), np.zeros(3)])
    return model, root, wiener, total


def test_no_linear_denoiser_of_gaussians_is_better_than_wiener_s(gaussian):
    """At it, the gradient of the training loss vanishes; nowhere near it does."""
    model, root, _, _ = gaussian
    x = tf.constant(draw("normal", (200_000, 3), 1).numpy() @ root.T, "float32")

    def gradient():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model.errors(given, x))
        return np.abs(tape.gradient(loss, model.encoder.trainable_variables[0])).max()

    given = model.given(x, training=True)
    at = model.encoder.get_weights()
    best = gradient()
    model.encoder.set_weights([at[0] * 1.1, at[1]])
    beside = gradient()
    model.encoder.set_weights(at)
    assert best < 0.005 < 0.03 < beside


def test_residual_over_variance_is_the_score(gaussian):
    """The gradient of the log-density of noisy data, here -(S + s^2 I)^-1 x."""
    model, _, _, total = gaussian
    x = draw("normal", (10, 3), 2).numpy()
    expected = -x @ np.linalg.inv(total)
    np.testing.assert_allclose(model.score(x), expected, atol=1e-5)
    masked = DenoisingAutoencoder(model.encoder, model.decoder, Masking(0.5))
    with pytest.raises(BadInput, match="Gaussian"):
        masked.score(x)


def test_training_reaches_wiener_s_denoiser(gaussian):
    model, root, wiener, _ = gaussian
    keras.utils.set_random_seed(2)
    trained = DenoisingAutoencoder(
        deep.encoder((3,), 3), deep.decoder(3, (3,)), model.corruption
    )
    decay = keras.optimizers.schedules.CosineDecay(0.02, 800)
    trained.compile(keras.optimizers.Adam(decay), steps_per_execution=50)
    x = tf.constant(draw("normal", (4096, 3), 3).numpy() @ root.T, "float32")
    trained.fit(
        tf.data.Dataset.from_tensors(x).repeat(), steps_per_epoch=800, verbose=0
    )
    map_ = trained.denoise(np.eye(3, dtype="float32"))["point"]
    map_ = map_ - trained.denoise(np.zeros((1, 3), "float32"))["point"]
    np.testing.assert_allclose(np.transpose(map_), wiener, atol=0.04)


def test_training_sees_noise_and_wants_none(gaussian):
    """A denoiser that is trained on its own input is an autoencoder."""
    model, root, wiener, _ = gaussian
    x = (draw("normal", (100_000, 3), 4).numpy() @ root.T).astype("float32")
    model.compile("sgd")
    loss = model.evaluate(x, batch_size=10_000, verbose=0, return_dict=True)["loss"]
    left = root @ root.T - wiener @ (root @ root.T)  # of the posterior p(x | noisy)
    assert loss == pytest.approx(np.trace(left) / 3, rel=0.02)


def test_corruptions_have_the_laws_they_say():
    x = np.full((400, 10, 10, 1), 0.5, "float32")
    spoilt = Masking(0.3)(x, draw("uniform", x.shape, 0)).numpy()
    assert set(np.unique(spoilt)) == {0.0, 0.5}
    assert (spoilt == 0).mean() == pytest.approx(0.3, abs=0.01)
    spoilt = SaltAndPepper(0.3)(x, draw("uniform", x.shape, 0)).numpy()
    shares = [(spoilt == v).mean() for v in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(shares, [0.15, 0.7, 0.15], atol=0.01)
    noise = draw("normal", x.shape, 0).numpy()
    np.testing.assert_allclose(GaussianNoise(2.0)(x, noise), x + 2 * noise, rtol=1e-6)
    for kind, value in ((GaussianNoise, 0.0), (Masking, 0.0), (SaltAndPepper, 1.0)):
        with pytest.raises(BadInput):
            kind(value)


# Inpainting


@pytest.fixture(params=[Rectangle(), Scribble(width=1.5)], ids=["box", "scribble"])
def holes(request):
    return request.param


def inpainter(holes, loss="squared_error", shape=SHAPE):
    *grid, channels = shape
    return InpaintingAutoencoder(
        deep.encoder((*grid, channels + 1), 4), deep.decoder(4, shape), holes, loss
    )


def cut(holes, n, seed=0, shape=SHAPE):
    return holes(draw("uniform", (n, *holes.noise_shape(shape)), seed), shape)


@pytest.mark.parametrize("shape", [SHAPE, (6, 5, 3)])
@pytest.mark.parametrize("loss", LOSSES)
def test_known_pixels_come_back_bit_for_bit(holes, loss, shape):
    model, x = inpainter(holes, loss, shape), images(20, shape)
    hole = cut(holes, 20, shape=shape).numpy()
    y = model.inpaint(x, 1 - hole)["image"].numpy()
    known = np.broadcast_to(hole == 0, x.shape)
    assert np.array_equal(y[known], x[known])
    assert (y[~known] != x[~known]).mean() > 0.9


def test_half_precision_does_not_touch_known_pixels():
    """Keras casts what a model is called with, and these must not be."""
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model, x = inpainter(Rectangle()), images(20)
    finally:
        keras.config.set_dtype_policy("float32")
    hole = cut(Rectangle(), 20).numpy()
    y = model.inpaint(x, 1 - hole)["image"].numpy()
    assert np.array_equal(y[hole == 0], x[hole == 0])
    assert np.array_equal(model.trial(x).made.dtype, x.dtype)


@pytest.mark.parametrize("loss", LOSSES)
def test_errors_outside_the_hole_do_not_pull(holes, loss):
    """The gradient there is exactly zero: neither small, nor of the whole image."""
    model, x = inpainter(holes, loss), tf.constant(images(20))
    hole = cut(holes, 20).numpy()
    output = tf.constant(images(20, seed=1) * 0.8 + 0.1)
    with tf.GradientTape() as tape:
        tape.watch(output)
        loss = per_example(model.costs.errors(output, x), hole)
    gradient = tape.gradient(loss, output).numpy()
    assert not gradient[hole == 0].any()
    assert gradient[hole == 1].all()
    # ... and the model's own loss knows no other pixel of what is wanted.
    other = tf.where(hole > 0, x, 1.0 - x)
    codes = model.codes(x, 1 - hole)
    model.codes = lambda *_: codes
    np.testing.assert_array_equal(model.errors(x, hole), model.errors(other, hole))


def test_what_is_in_the_hole_is_not_seen(holes):
    """Not even if it is not a number."""
    model, x = inpainter(holes), images(20)
    hole = cut(holes, 20).numpy()
    lost = np.where(hole > 0, np.nan, x).astype("float32")
    full, empty = (model.inpaint(v, 1 - hole)["image"].numpy() for v in (x, lost))
    assert np.array_equal(full, empty)
    assert np.isfinite(empty).all()
    with tf.GradientTape() as tape:
        v = tf.constant(x)
        tape.watch(v)
        codes = model.codes(v, 1 - hole)
    gradient = tape.gradient(codes, v).numpy()
    assert not gradient[hole == 1].any()
    assert np.abs(gradient[hole == 0]).min() > 0
    # It is told which pixels are lost: black ones are not the same.
    black = np.where(hole > 0, 0, x).astype("float32")
    assert not np.allclose(
        model.codes(black, 1 - hole), model.codes(black, hole * 0 + 1)
    )


def test_holes_are_functions_of_noise_and_never_empty(holes):
    shape = (28, 20, 1)
    a, b, c = (cut(holes, 200, seed, shape).numpy() for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)
    assert a.shape == (200, *shape)
    assert set(np.unique(a)) == {0.0, 1.0}
    assert a.sum((1, 2, 3)).min() >= 1
    assert 0.02 < a.mean() < 0.3
    many = cut(holes, 3000, 3, shape).numpy()
    assert many.mean(0).min() > 0  # every pixel may be lost
    extreme = np.array([0.0, 1 - 1e-7], "float32")[:, None]
    n = int(np.prod(holes.noise_shape(SHAPE)))
    noise = np.repeat(extreme, n, 1).reshape(2, *holes.noise_shape(SHAPE))
    assert holes(noise, SHAPE).numpy().sum((1, 2, 3)).min() >= 1


def test_a_box_is_a_box_of_the_share_it_was_asked_for():
    noise = np.array([[0.0, 1 - 1e-6, 1 - 1e-6, 0.0]], "float32")
    hole = Rectangle(0.25, 0.5)(noise, (8, 12, 1)).numpy()[0, :, :, 0]
    expected = np.zeros((8, 12))
    expected[6:, :6] = 1  # two rows at the bottom, six columns at the left
    assert np.array_equal(hole, expected)


def test_distances_from_pixels_to_a_segment():
    a, b = np.float32([[[0.5, 0.5]]]), np.float32([[[0.5, 2.5]]])
    far = distances(a, b, (3, 5)).numpy()[0, 0]
    expected = [[0, 0, 0, 1, 2], [1, 1, 1, 2**0.5, 5**0.5], [2, 2, 2, 5**0.5, 8**0.5]]
    np.testing.assert_allclose(far, expected, atol=1e-5)
    point = distances(a, a, (3, 5)).numpy()[0, 0]
    np.testing.assert_allclose(point[2, 4], 20**0.5, atol=1e-5)


# An encoder that initialises a classifier


def normalised():
    """An encoder with batch normalisation that has seen data."""
    inputs = keras.Input(SHAPE)
    x = keras.layers.Dense(7)(keras.layers.Flatten()(inputs))
    x = keras.layers.BatchNormalization(momentum=0.5)(x)
    encoder = keras.Model(inputs, keras.layers.Dense(4)(x))
    for _ in range(3):
        encoder(images(16), training=True)
    return encoder


def fitted(model):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.5), loss)
    model.fit(images(16, seed=2), np.arange(16) % 3, batch_size=8, verbose=0)


def state(network):
    return [w.numpy() for w in network.weights]


def same(before, after):
    return all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_the_classifier_starts_from_a_copy_and_leaves_the_encoder_alone():
    encoder = normalised()
    before = state(encoder)
    model = classifier(encoder, 3)
    copy = model.layers[1]
    assert same(state(copy), before)
    assert model(images(2)).shape == (2, 3)
    fitted(model)
    assert not same(state(copy), before)
    assert same(state(encoder), before)


def test_a_frozen_encoder_keeps_its_weights_and_its_statistics():
    encoder = normalised()
    before = state(encoder)
    model = classifier(encoder, 3, frozen=True)
    copy = model.layers[1]
    assert not copy.trainable_weights and len(model.trainable_weights) == 2
    x = images(5, seed=3)
    assert np.array_equal(copy(x, training=True), copy(x, training=False))
    fitted(model)
    assert same(state(copy), before)
    assert encoder.trainable
