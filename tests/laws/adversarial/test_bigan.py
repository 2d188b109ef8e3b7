"""BiGAN, and ALI with it: pairs of an example and its latent."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.adversarial.bigan import BiGAN
from keras_gen.errors import BadInput
from keras_gen.networks import mlp
from keras_gen.parts.penalties import R1
from tests.laws.adversarial.shared import affine, softplus

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
NOISE = np.random.default_rng(1).normal(size=(6, 4)).astype("float32")
Z = NOISE[:, :2]


def bigan(law=False, **kwargs):
    """Of points in three dimensions, with latents in two."""
    encoder = mlp.encoder((3,), 4 if law else 2, 8)
    return BiGAN(
        mlp.encoder((2,), 3, 8), encoder, mlp.joint((3,), 2, width=8), **kwargs
    )


def on_a_line(forth, back, critic=None):
    """x = forth z and z = back x, of one number each."""
    model = BiGAN(affine(1, 1), affine(1, 1), critic or mlp.joint((1,), 1, width=16))
    model.generator.set_weights([np.full((1, 1), forth), np.zeros(1)])
    model.encoder.set_weights([np.full((1, 1), back), np.zeros(1)])
    return model


class Product(keras.layers.Layer):
    """The score x z, which is high where the signs are the same."""

    def call(self, inputs):
        return inputs[0] * inputs[1]


def product():
    x, z = keras.Input((1,)), keras.Input((1,))
    return keras.Model([x, z], keras.layers.Dense(1)(Product()([x, z])))


@pytest.mark.parametrize("law", [False, True])
def test_losses_are_those_of_the_pairs(law):
    """(x, E(x)) is real and (G(z), z) is not; for the pair (G, E) the other way."""
    model = bigan(law)
    numbers = model.encoder(X).numpy()
    code = numbers
    if law:
        code = numbers[:, :2] + softplus(numbers[:, 2:]) * NOISE[:, 2:]
    made = model.generator(Z).numpy()
    real, fake = (
        model.discriminator(list(pair)).numpy() for pair in ((X, code), (made, Z))
    )
    noise = NOISE if law else Z
    d = softplus(-real).mean() + softplus(fake).mean()
    g = softplus(real).mean() + softplus(-fake).mean()
    assert float(model.discriminator_loss(X, noise)) == pytest.approx(d, rel=1e-5)
    assert float(model.generator_loss(X, noise)) == pytest.approx(g, rel=1e-5)
    assert model.latents(X).shape == noise.shape
    score = model.discriminate(X, code)["score"].numpy()
    np.testing.assert_allclose(score, real, rtol=1e-5)
    mean = model.encode(X)["mean" if law else "z"]
    again = model.reconstruct(X)["point"]
    np.testing.assert_allclose(again, model.generator(mean), rtol=1e-5)


def test_a_pair_of_images_comes_to_the_critic_as_it_is():
    shape = (4, 2, 3)
    model = BiGAN(
        mlp.generator(2, shape, 4), mlp.encoder(shape, 2, 4), mlp.joint(shape, 2)
    )
    x = np.random.default_rng(0).random((6, *shape)).astype("float32")
    again, z = model.told(model.join(x, Z))
    assert np.array_equal(again, x)
    assert np.array_equal(z, Z)


def test_where_generator_and_encoder_invert_each_other_the_game_is_at_log_4():
    """For every discriminator at least that, so none does better than knowing nothing.

    The pairs that began with x = G(z) are those that began with z.
    """
    z = np.random.default_rng(0).normal(size=(50, 1)).astype("float32")
    model = on_a_line(2.0, 0.5)
    x = model.generator(z)
    score = model.discriminate(x, z)["score"].numpy()
    d = float(model.discriminator_loss(x, z))
    assert d == pytest.approx((softplus(score) + softplus(-score)).mean(), rel=1e-5)
    assert d > math.log(4) + 1e-4
    *rest, kernel, bias = model.discriminator.get_weights()
    model.discriminator.set_weights([*rest, 0 * kernel, 0 * bias])
    weights = model.discriminator.trainable_variables

    def slopes():
        with tf.GradientTape() as tape:
            loss = model.discriminator_loss(x, z)
        assert float(loss) == pytest.approx(math.log(4))
        return max(np.abs(g).max() for g in tape.gradient(loss, weights))

    assert slopes() < 1e-6
    model.encoder.set_weights([np.full((1, 1), -0.5), np.zeros(1)])
    assert slopes() > 1e-2


@pytest.mark.parametrize("forth", [1.0, 0.5])
def test_the_best_discriminator_is_the_ratio_of_the_joint_laws(forth):
    """Of pairs in a small set, whose laws can be counted.

    x is 1 or -1 with probability 3/4 and 1/4, E(x) = x, G(z) = forth z with z = 1 or -1
    equally often. At forth = 1 the best logit is log(3/4 / 1/2) and log(1/4 / 1/2); at
    1/2 no pair is of both kinds, and the loss goes to 0.
    """
    x = np.array([1, 1, 1, -1], "float32")[:, None]
    z = np.array([1, 1, -1, -1], "float32")[:, None]
    model = on_a_line(forth, 1.0)
    model.compile(keras.optimizers.Adam(0.03))
    model.latents = lambda x, training=True: tf.constant(z)
    step = tf.function(lambda: model.critic_step(tf.constant(x)), autograph=False)
    for _ in range(300):
        loss = step()
    p, q = np.array([3, 1]) / 4, np.array([1, 1]) / 2
    value = -(p * np.log(p / (p + q)) + q * np.log(q / (p + q))).sum()
    if forth == 1:
        score = model.discriminate(x[2:], x[2:])["score"].numpy()[:, 0]
        np.testing.assert_allclose(score, np.log(p / q), atol=0.05)
        assert float(loss) == pytest.approx(value, abs=1e-3)
    else:
        assert float(loss) < 0.1 * value


def test_a_discriminator_sees_which_code_belongs_to_which_example():
    """E(x) = -x and G(z) = z: all that is wrong is how they are paired."""
    model = on_a_line(1.0, -1.0, product())
    model.compile(keras.optimizers.Adam(0.05))
    x = np.random.default_rng(0).normal(size=(256, 1)).astype("float32")
    step = tf.function(lambda: model.critic_step(tf.constant(x)), autograph=False)
    losses = [float(step()) for _ in range(150)]
    assert losses[-1] < 0.6 * math.log(4)
    code = model.encode(x)["z"].numpy()
    right, wrong = (
        model.discriminate(x, c)["score"].numpy().mean() for c in (code, code[::-1])
    )
    assert right > wrong + 0.5


def test_the_encoder_descends_its_own_term_and_the_generator_the_other():
    """With the score x z and E(x) = e x:  d/de softplus(e x^2) = sigmoid(e x^2) x^2.

    With G(z) = g z:  d/dg softplus(-g z^2) = -sigmoid(-g z^2) z^2.
    """
    model = on_a_line(0.3, 0.7, product())
    model.discriminator.set_weights([np.ones((1, 1)), np.zeros(1)])
    x, z = X[:, :1], Z[:, :1]
    kernels = (
        model.encoder.trainable_variables[0],
        model.generator.trainable_variables[0],
    )
    with tf.GradientTape() as tape:
        loss = model.generator_loss(x, z)
    of_encoder, of_generator = tape.gradient(loss, [k.value for k in kernels])
    sigmoid = lambda t: 1 / (1 + np.exp(-t))  # noqa: E731
    e = (sigmoid(0.7 * x**2) * x**2).mean()
    g = -(sigmoid(-0.3 * z**2) * z**2).mean()
    assert float(of_encoder[0, 0]) == pytest.approx(e, rel=1e-5)
    assert float(of_generator[0, 0]) == pytest.approx(g, rel=1e-5)


def test_the_penalty_is_on_the_slope_in_the_whole_pair():
    """Of the score w (x, z), at any pair: weight / 2 |w|^2."""
    joint = mlp.joint((3,), 2, depth=0)
    model = BiGAN(affine(2, 3), affine(3, 2), joint, penalty=R1(0.6))
    plain = BiGAN(model.generator, model.encoder, joint)
    extra = float(model.discriminator_loss(X, Z) - plain.discriminator_loss(X, Z))
    assert extra == pytest.approx(0.3 * np.square(joint.get_weights()[0]).sum(), 1e-4)


def test_the_encoder_learns_to_invert_the_generator():
    """From the pairs alone: no error of reconstruction is in the losses."""
    model = BiGAN(
        affine(1, 1), affine(1, 1), mlp.joint((1,), 1, width=16), penalty=R1(1.0)
    )
    x = np.random.default_rng(0).normal(1.0, 0.5, (4000, 1)).astype("float32")
    rate = keras.optimizers.schedules.CosineDecay(2e-2, 800)
    model.compile(keras.optimizers.Adam(rate, beta_1=0.5))
    model.fit(x, batch_size=200, epochs=40, verbose=0)
    z = model.encode(x)["z"].numpy()
    assert abs(z.mean()) < 0.2
    assert 0.75 < z.std() < 1.3
    again = model.reconstruct(x)["point"].numpy()
    assert np.abs(again - x).mean() < 0.1  # as far as x is from its mean: .4


def test_networks_that_do_not_pair_are_told_apart():
    with pytest.raises(BadInput, match=r"takes pairs of shapes \(3,\) and \(2,\)"):
        BiGAN(affine(2, 3), affine(3, 2), affine(3, 1))
    with pytest.raises(BadInput, match="to 2 numbers, or to 4 if it is a law"):
        BiGAN(affine(2, 3), affine(3, 3), mlp.joint((3,), 2))
    with pytest.raises(BadInput, match="choose another loss than mmd"):
        bigan(loss="mmd")
