"""The mathematics of the conditional VAE: what a label is to it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.likelihoods import Bernoulli, Gaussian
from keras_gen.networks import mlp
from keras_gen.parts import priors
from keras_gen.variational.conditional_vae import ConditionalVAE
from tests.conftest import tiny_data

SHAPE, LATENT, CLASSES = (3, 3, 1), 2, 4
LABELS = np.array([0, 1, 2, 3, 3, 0, 1, 2], "int32")


def made(head=None, **options):
    head = head or Bernoulli()
    return ConditionalVAE(
        mlp.encoder((3, 3, 1 + CLASSES), 2 * LATENT, 8, 1),
        mlp.decoder(LATENT + CLASSES, head.parameters(SHAPE), 8, 1),
        CLASSES,
        head,
        **options,
    )


def normal(*shape):
    return tf.random.stateless_normal(shape, (0, 3))


def test_label_is_told_as_constant_channels_and_as_numbers_after_the_latent():
    model = made()
    x, z = normal(2, 3, 3, 1), normal(2, LATENT)
    image, code = model.told(x, label=[2, 0]), model.told(z, label=[2, 0])
    assert image.shape == (2, 3, 3, 1 + CLASSES)
    assert (image[..., :1] == x).numpy().all()
    assert (image[0, ..., 1:] == [0.0, 0, 1, 0]).numpy().all()
    assert (image[1, ..., 1:] == [1.0, 0, 0, 0]).numpy().all()
    np.testing.assert_array_equal(code[0], [*z[0].numpy(), 0, 0, 1, 0])


def test_both_networks_hear_every_label():
    """Two labels, same x, same z: another posterior, and another image."""
    model = made()
    x, z = (
        np.repeat(tiny_data(model, 1), CLASSES, 0),
        np.repeat(normal(1, LATENT), 4, 0),
    )
    label = np.arange(CLASSES)
    for rows in (model.infer(x, label=label).mean, model.emit(z, label=label)):
        rows = rows.numpy().reshape(CLASSES, -1)
        assert len(np.unique(rows.round(6), axis=0)) == CLASSES


def test_label_chooses_the_density():
    """Taught that label k means the number k, it is sure of it at every z."""
    model = ConditionalVAE(
        mlp.encoder((1 + CLASSES,), 2, 8, 1),
        mlp.decoder(1 + CLASSES, (1,), 8, 1),
        CLASSES,
        Gaussian(0.1),
    )
    model.compile(keras.optimizers.Adam(0.02))
    y = np.repeat(np.arange(CLASSES, dtype="int32"), 64)
    x = y[:, None].astype("float32")
    model.fit(x, y, batch_size=64, epochs=60, verbose=0)
    test = tf.range(CLASSES)
    right = model.log_likelihood(x[::64], test, 200)
    wrong = model.log_likelihood(x[::64], (test + 1) % CLASSES, 200)
    assert right.numpy().min() > 0 > wrong.numpy().max()
    kl = model.elbo_terms(x, normal(len(x), 1), label=y)[1]
    assert tf.reduce_mean(kl) < 0.5 * np.log(CLASSES), "the latent need not tell it"


def test_bound_holds_for_each_label():
    model = made()
    x = tiny_data(model, 8)
    evidence = model.log_likelihood(x, LABELS, 2000).numpy()
    many, label = np.repeat(x, 500, 0), np.repeat(LABELS, 500)
    elbo = model.elbo(many, label, normal(4000, LATENT)).numpy().reshape(8, 500)
    assert (elbo.mean(1) < evidence + 4 * elbo.std(1) / 500**0.5).all()


def test_importance_weights_meet_their_own_label():
    """Each of an example's draws is decoded with the example's label, not another's."""
    model = made()
    x, noise = tiny_data(model, 8), normal(8, 3, LATENT)
    together = model.log_weights(x, noise, label=LABELS).numpy()
    for n in range(8):
        one = slice(n, n + 1)
        alone = model.log_weights(x[one], noise[one], label=LABELS[one])
        np.testing.assert_allclose(together[one], alone, rtol=1e-5)


def test_a_vamp_prior_is_refused_in_words():
    with pytest.raises(BadInput, match="no labels"):
        made(prior=priors.VampPrior(3))
