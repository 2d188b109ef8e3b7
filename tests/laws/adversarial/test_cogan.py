"""CoGAN: couples of two domains, by weights that are shared."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import data
from keras_gen.adversarial.cogan import CoGAN
from keras_gen.errors import BadInput
from keras_gen.networks import coupled
from tests.conftest import difference
from tests.laws.adversarial.shared import softplus


def cogan(**kwargs):
    return CoGAN(**coupled.conv(3, (2, 2, 1), width=6), **kwargs)


@functools.cache
def played():
    """After some steps, saved and loaded."""
    model = cogan(average=0.5)
    model.compile(keras.optimizers.SGD(0.5))
    x = np.random.default_rng(0).random((16, 2, 2, 1)).astype("float32")
    model.fit(x, np.arange(16) % 2, epochs=3, verbose=0)
    return model


def test_players_are_the_composed_networks(tmp_path):
    """G_i = head_i o trunk and D_i = tail o stem_i, after training and loading, too."""
    model = played()
    model.save(tmp_path / "model.keras")
    back = keras.models.load_model(tmp_path / "model.keras")
    z = np.random.default_rng(1).normal(size=(5, 3)).astype("float32")
    x = np.random.default_rng(2).random((5, 2, 2, 1)).astype("float32")
    for m in (cogan(), model, back):
        for domain in range(2):
            label = np.full(5, domain)
            made = m.make(z, label=label)
            drawn = m.heads[domain](m.trunk(z))
            np.testing.assert_allclose(made, drawn, rtol=1e-5, atol=1e-6)
            score = m.discriminate(x, label=label)["score"]
            read = m.tail(m.stems[domain](x))
            np.testing.assert_allclose(score, read, rtol=1e-5, atol=1e-6)
    mixed = model.make(z, label=np.array([0, 1, 1, 0, 1])).numpy()
    pure = [model.make(z, label=np.full(5, i)).numpy() for i in range(2)]
    assert np.array_equal(mixed[[0, 3]], pure[0][[0, 3]])
    assert np.array_equal(mixed[[1, 2, 4]], pure[1][[1, 2, 4]])


def test_a_domain_moves_what_is_shared_and_what_is_its_own():
    """And leaves the other's head and stem as they are."""
    model = cogan()
    model.compile(keras.optimizers.SGD(0.5))
    parts = [model.trunk, model.tail, *model.heads, *model.stems]
    before = [part.get_weights() for part in parts]
    x = np.random.default_rng(0).random((8, 2, 2, 1)).astype("float32")
    model.train_step((tf.constant(x), tf.ones(8, "int32")))
    moved = [
        difference(part.get_weights(), old) > 0
        for part, old in zip(parts, before, strict=True)
    ]
    assert moved == [True, True, False, True, False, True]
    shared = [w for part in parts for w in part.trainable_variables]
    players = model.players().values()
    assert sum(len(p.trainable_variables) for p in players) == len(shared)


def test_the_game_is_the_mean_of_one_game_for_each_domain():
    model = cogan()
    x = np.random.default_rng(0).random((8, 2, 2, 1)).astype("float32")
    z = np.random.default_rng(1).normal(size=(8, 3)).astype("float32")
    label = np.arange(8) % 2
    d, g = [], []
    for i in range(2):
        mine = label == i
        real = model.tail(model.stems[i](x[mine])).numpy()
        made = model.heads[i](model.trunk(z[mine]))
        fake = model.tail(model.stems[i](made)).numpy()
        d.append(softplus(-real).mean() + softplus(fake).mean())
        g.append(softplus(-fake).mean())
    loss = model.discriminator_loss(x, z, label=label)
    assert float(loss) == pytest.approx(np.mean(d), rel=1e-5)
    loss = model.generator_loss(x, z, label=label)
    assert float(loss) == pytest.approx(np.mean(g), rel=1e-5)


def test_couples_are_the_draws_of_one_latent():
    model = played()
    couples = model.couples(4, seed=3)
    for i in range(2):
        assert np.array_equal(couples[:, i], model.sample(4, 3, label=i))
    assert model.couples(2).shape == (2, 2, 2, 2, 1)


def test_parts_that_do_not_make_domains_are_refused():
    parts = coupled.conv(3, (2, 2, 1), width=6)
    with pytest.raises(BadInput, match="2 heads and 1 stems"):
        CoGAN(**{**parts, "stems": parts["stems"][:1]})
    with pytest.raises(BadInput, match="1 heads and 1 stems"):
        CoGAN(**coupled.conv(3, (2, 2, 1), domains=1))


def test_no_digit_is_in_both_domains():
    """They are the digits, in their order, every other one a negative."""
    for split in ("train", "test"):
        x, y = data.arrays("digits/domains", split, labels=("class", "domain"))
        ink, classes = data.arrays("digits", split, labels="class")
        negative = y["domain"] == 1
        assert np.array_equal(negative, np.arange(len(x)) % 2)
        assert np.array_equal(y["class"], classes)
        assert np.array_equal(x[~negative], ink[~negative])
        assert np.array_equal(x[negative], 1 - ink[negative])
