"""Spectral normalisation, against singular values from a decomposition."""

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_gen.errors import BadInput
from keras_gen.layers.spectral import SpectralNorm
from keras_gen.networks import mlp, resnet
from tests.conftest import difference, mirrored_over

MAKERS = {
    "dense": (lambda: layers.Dense(5), (3, 7)),
    "conv": (lambda: layers.Conv2D(4, 3, padding="same"), (2, 6, 6, 3)),
    "transposed": (lambda: layers.Conv2DTranspose(4, 4, 2), (2, 3, 3, 2)),
    "embedding": (lambda: layers.Embedding(6, 4), None),
}


def made(kind, **kwargs):
    make, shape = MAKERS[kind]
    layer = SpectralNorm(make(), **kwargs)
    if shape is None:
        x = tf.constant([[0, 1, 5]])
    else:
        x = tf.random.stateless_normal(shape, (0, 1))
    layer(x)
    # Not the kernel that it was built with, whose first singular vector it knows.
    layer.divided.assign(tf.random.stateless_normal(layer.divided.shape, (0, 3)))
    return layer, x


def top(kernel):
    matrix = np.reshape(kernel, (-1, kernel.shape[-1]))
    return np.linalg.svd(matrix, compute_uv=False)[0]


@pytest.mark.parametrize("kind", MAKERS)
def test_norm_is_the_first_singular_value_after_enough_calls(kind):
    layer, x = made(kind)
    kernel = layer.divided.numpy()
    for _ in range(200):
        y = layer(x, training=True)
    assert float(layer.norm()) == pytest.approx(top(kernel), rel=1e-5)
    # ... what is used is W / s, and what is stored is W.
    assert np.array_equal(layer.divided.numpy(), kernel)
    bare = layer.layer
    bare.set_weights([kernel / top(kernel), *bare.get_weights()[1:]])
    np.testing.assert_allclose(y, bare(x), atol=1e-5)


def test_several_iterations_per_call_converge_in_one():
    layer, x = made("dense", iterations=100)
    layer(x, training=True)
    assert float(layer.norm()) == pytest.approx(top(layer.divided.numpy()), rel=1e-5)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_new_layer_is_already_normalised(kind):
    """Within a few percent; a random vector misses it by a factor in each layer."""
    make, shape = MAKERS[kind]
    layer = SpectralNorm(make())
    layer(tf.zeros((1, 2)) if shape is None else tf.ones(shape))
    norm = top(layer.divided.numpy())
    assert 0.9 * norm < float(layer.norm()) <= norm * (1 + 1e-5)


def test_only_training_moves_the_vector():
    layer, x = made("dense")
    before = layer.u.numpy()
    layer(x)
    layer(x, training=False)
    assert np.array_equal(layer.u.numpy(), before)
    layer(x, training=True)
    assert not np.array_equal(layer.u.numpy(), before)
    assert all(v is not layer.u for v in layer.trainable_variables)


def test_scaling_the_kernel_changes_nothing():
    layer, x = made("conv")
    for _ in range(50):
        y = layer(x, training=True)
    layer.divided.assign(3.7 * layer.divided.numpy())
    np.testing.assert_allclose(layer(x), y, atol=1e-5)


def test_gradient_goes_through_the_division():
    """Along the kernel itself nothing changes, so the gradient has no part there."""
    layer, x = made("dense")
    for _ in range(100):
        layer(x, training=True)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.square(layer(x)))
    kernel = layer.divided
    gradient = tape.gradient(value, kernel.value).numpy()
    assert abs(gradient).max() > 1e-2
    assert abs(np.sum(gradient * kernel.numpy())) < 1e-4 * np.abs(gradient).sum()


def test_a_spectral_critic_is_one_lipschitz():
    critic = mlp.encoder((2,), 1, 32, depth=3, spectral=True)
    x = 10 * tf.random.stateless_normal((300, 2), (0, 2))
    for _ in range(200):
        critic(x, training=True)
    for layer in critic.layers:
        if isinstance(layer, SpectralNorm):  # longer weights do not make it steeper
            layer.divided.assign(5 * layer.divided.numpy())
    score = critic(x).numpy()[:, 0]
    gaps = np.linalg.norm(x[:, None] - x[None], axis=-1) + np.eye(300)
    assert (np.abs(score[:, None] - score[None]) / gaps).max() <= 1 + 1e-5


def test_half_precision_keeps_the_norm_in_single():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        inputs = keras.Input((7,))
        outputs = SpectralNorm(layers.Dense(5), iterations=50)(inputs)
        model = keras.Model(inputs, outputs)
    finally:
        keras.config.set_dtype_policy(before)
    layer = model.layers[-1]
    layer.divided.assign(1e-3 * layer.divided.numpy())
    y = model(tf.ones((2, 7)), training=True)
    assert y.dtype == "float16"
    assert layer.norm().dtype == "float32"
    assert float(layer.norm()) == pytest.approx(top(layer.divided.numpy()), rel=1e-4)


def test_the_vector_is_the_same_on_all_replicas():
    """It follows the weights, not the data: two replicas keep the vector of one."""
    x = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")

    def trained(strategy):
        keras.utils.set_random_seed(4)
        with strategy.scope():
            critic = mlp.encoder((2,), 1, 8, spectral=True)
            critic.compile(keras.optimizers.SGD(0.1), "mse")
        data = tf.data.Dataset.from_tensor_slices((x, x[:, :1])).batch(8).repeat(5)
        critic.fit(data, verbose=0)
        return [w.numpy() for w in critic.weights]

    assert difference(
        trained(tf.distribute.get_strategy()), trained(mirrored_over(2))
    ) < (1e-6)


def test_layers_come_back_bit_by_bit(tmp_path):
    critic = mlp.encoder((2,), 1, 8, spectral=True)
    critic(tf.ones((3, 2)), training=True)
    critic.save(tmp_path / "critic.keras")
    back = keras.models.load_model(tmp_path / "critic.keras")
    assert difference(critic.weights, back.weights) == 0
    assert len(back.non_trainable_weights) == 3


def test_a_kernel_is_saved_once(tmp_path):
    critic = mlp.encoder((2,), 1, 8, spectral=True)
    critic.save_weights(tmp_path / "critic.weights.h5")
    shapes = []
    with h5py.File(tmp_path / "critic.weights.h5") as file:
        file.visititems(lambda _, found: shapes.append(getattr(found, "shape", None)))
    shapes = [shape for shape in shapes if shape is not None]
    assert sorted(shapes) == sorted(tuple(w.shape) for w in critic.weights)


def test_layers_without_a_kernel_are_refused_in_words():
    with pytest.raises(BadInput, match="needs a layer with a kernel"):
        SpectralNorm(layers.BatchNormalization())(tf.ones((2, 3)))


# The residual networks of SNGAN.


def count(network):
    return sum(int(np.prod(w.shape)) for w in network.trainable_weights)


def test_resnets_at_32_have_the_published_sizes():
    """Table 4 of the paper, layer by layer: kernels, biases, two per normalisation."""
    shape = (32, 32, 3)

    def conv(a, b, side=3):
        return side * side * a * b + b

    up = 2 * 2 * 256 + 2 * conv(256, 256) + conv(256, 256, 1)
    generator = 128 * 4096 + 4096 + 3 * up + 2 * 256 + conv(256, 3)
    assert count(resnet.generator(128, shape)) == generator == 4_276_739
    first = conv(3, 128) + conv(128, 128) + conv(3, 128, 1)
    blocks = 3 * 2 * conv(128, 128) + conv(128, 128, 1)
    assert count(resnet.discriminator(shape)) == first + blocks + 129 == 1_053_825
    assert count(resnet.discriminator(shape, classes=10)) == 1_053_825 + 10 * 128


def test_every_layer_of_the_critic_is_normalised():
    critic = resnet.discriminator((32, 32, 3), 4, classes=3)
    for layer in critic.layers:
        assert not layer.trainable_weights or isinstance(layer, SpectralNorm)


def test_projection_is_an_inner_product_with_the_embedding():
    critic = resnet.discriminator((8, 8, 1), 4, classes=3)
    x = tf.random.stateless_uniform((3, 8, 8, 1), (0, 0))
    embedding = next(
        layer for layer in critic.layers
        if isinstance(getattr(layer, "layer", None), layers.Embedding)
    )  # fmt: skip
    h = keras.Model(critic.inputs, critic.layers[-1].input[1]._keras_history[0].input)
    scores = [critic([x, tf.fill((3,), y)]).numpy()[:, 0] for y in range(3)]
    features = h([x, tf.zeros((3,), "int32")])[1].numpy()
    table = embedding.divided.numpy() / float(embedding.norm())
    for y in (1, 2):
        want = features @ (table[y] - table[0])
        np.testing.assert_allclose(scores[y] - scores[0], want, rtol=1e-4, atol=1e-5)
    assert np.abs(scores[1] - scores[0]).min() > 1e-5


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 48, 3)])
def test_resnets_fit_sizes_that_halve(shape):
    x = resnet.generator(3, shape, 4)(tf.ones((2, 3))).numpy()
    assert x.shape == (2, *shape)
    assert 0 <= x.min() < x.max() <= 1
    assert resnet.discriminator(shape, 4)(x).shape == (2, 1)
