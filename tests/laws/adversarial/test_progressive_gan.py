"""Progressive GAN: how it grows, and the layers that it is made of."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen.errors import BadInput
from keras_gen.networks import progressive
from keras_gen.parts.losses import Wasserstein
from keras_gen.parts.penalties import R1
from keras_gen.parts.schedules import Growth
from tests.conftest import difference

SHAPE, Z, WIDTHS = (8, 8, 2), 3, (4, 4, 3)
STABLE, FADE = 3, 2
X = np.random.default_rng(0).random((8, *SHAPE)).astype("float32")


def fresh(**kwargs):
    return kg.ProgressiveGAN(
        progressive.generator(Z, SHAPE, WIDTHS),
        progressive.discriminator(SHAPE, WIDTHS),
        Growth(STABLE, FADE),
        **kwargs,
    )


@functools.cache
def model():
    keras.utils.set_random_seed(0)
    game = fresh(average=0.0)
    for weight in game.trainable_variables:  # biases that are not zero
        if weight.path.endswith("bias"):
            weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    return game


def repeated(x):
    return np.repeat(np.repeat(x, 2, 1), 2, 2)


def halved(x):
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).mean((2, 4))


def made(size, growth):
    z = np.random.default_rng(2).normal(size=(4, Z)).astype("float32")
    network = model().players_of(size)["generator"]
    return network([z, np.full(4, growth, "float32")]).numpy()


def scored(size, growth, x):
    network = model().players_of(size)["discriminator"]
    return network([x, np.full(len(x), growth, "float32")]).numpy()


# Growing.


@pytest.mark.parametrize("size", [1, 2])
def test_a_fade_begins_with_the_smaller_image_and_ends_with_the_larger(size):
    smaller = made(size - 1, size - 1)
    assert np.array_equal(made(size, size - 1), repeated(smaller))
    network = model().generator
    fine = network.get_layer(f"to_{size}").output
    alone = keras.Model(network.inputs, fine)
    z = np.random.default_rng(2).normal(size=(4, Z)).astype("float32")
    whole = alone([z, np.zeros(4, "float32")]).numpy() / 2 + 0.5
    np.testing.assert_allclose(made(size, size), whole, rtol=0, atol=1e-6)
    between = made(size, size - 0.75)
    wanted = 0.75 * repeated(smaller) + 0.25 * whole
    np.testing.assert_allclose(between, wanted, atol=1e-6)
    assert np.abs(whole - repeated(smaller)).max() > 0.1


@pytest.mark.parametrize("size", [1, 2])
def test_a_critic_begins_to_grow_as_the_smaller_one(size):
    x = X[:, : 2 << size, : 2 << size]
    smaller = scored(size - 1, size - 1, halved(x))
    np.testing.assert_allclose(scored(size, size - 1, x), smaller, atol=1e-6)
    assert np.abs(scored(size, size, x) - smaller).max() > 1e-3


def test_what_is_not_yet_reached_need_not_be_computed():
    """The networks of a size are the whole ones, at any growth up to it."""
    for size, growth in ((0, 0.0), (1, 0.4), (1, 1.0)):
        small = made(size, growth)
        large, x = small, X[:, : 2 << size, : 2 << size]
        seen = x
        for _ in range(2 - size):
            large, seen = repeated(large), repeated(seen)
        np.testing.assert_allclose(made(2, growth), large, atol=1e-6)
        np.testing.assert_allclose(
            scored(2, growth, seen), scored(size, growth, x), atol=1e-5
        )


def at(monkeypatch, size, growth):
    """The model, as it is in a step of that size and growth."""
    game = model()
    monkeypatch.setattr(game, "size", size)
    monkeypatch.setattr(game, "growth", lambda: tf.constant(growth, "float32"))
    return game


@pytest.mark.parametrize("size", [1, 2])
def test_the_game_is_continuous_where_a_size_is_added(size, monkeypatch):
    """Losses at the end of a size, and in the next one's graph before and in its fade.

    But for the penalty: it is on slopes in more pixels than before.
    """
    z, found = tf.ones((8, Z)), []
    for now, growth in ((size - 1, size - 1), (size, size - 1), (size, size - 0.9999)):
        game = at(monkeypatch, now, growth)
        monkeypatch.setattr(game, "penalty", None)
        x, _ = game.unpack(X)
        assert x.shape[1] == 2 << now
        found.append([game.discriminator_loss(x, z), game.generator_loss(x, z)])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4)
    np.testing.assert_allclose(found[1], found[2], rtol=1e-2)


def test_real_images_fade_as_the_generated_do(monkeypatch):
    for size, growth in ((0, 0.0), (1, 0.25), (2, 1.5), (2, 2.0)):
        got, _ = at(monkeypatch, size, growth).unpack(X)
        fine = X
        for _ in range(2 - size):
            fine = halved(fine)
        a = growth - size + 1
        wanted = a * fine + (1 - a) * repeated(halved(fine)) if size else fine
        np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_growth_is_stable_then_fades_and_never_shrinks():
    growth = [float(Growth(3, 4)(n)) for n in range(1, 19)]
    wanted = [0] * 3 + [0.25, 0.5, 0.75, 1] + [1] * 3
    wanted += [1.25, 1.5, 1.75, 2] + [2] * 3 + [2.25]
    assert growth == wanted
    assert [float(Growth(0, 2)(n)) for n in (1, 2, 3)] == [0.5, 1, 1.5]
    assert float(Growth(5, 10**6)(5)) == 0
    with pytest.raises(BadInput, match=r"fade is a whole number in \[1, .*received 0"):
        Growth(10, 0)


def test_only_what_is_reached_is_trained_and_each_size_in_its_time():
    game, sides = fresh(), []
    game.compile(keras.optimizers.SGD(0.01))
    judge = game.judge
    game.judge = lambda x, *given: sides.append(x.shape[1]) or judge(x, *given)
    parts = [
        (player, layer)
        for player in (game.generator, game.discriminator)
        for layer in player.layers
        if layer.trainable_weights
    ]
    for step in range(1, 12):
        before = [layer.get_weights() for _, layer in parts]
        game.fit(X, batch_size=8, verbose=0)
        moved = {
            player.name.split("_")[1][0] + "." + layer.name
            for (player, layer), old in zip(parts, before, strict=True)
            if difference(old, layer.get_weights()) > 0
        }
        growth = float(Growth(STABLE, FADE)(step))
        reached = int(np.ceil(growth))
        ends = {int(growth), reached}
        wanted = {f"g.block_{s}" for s in range(reached + 1)}
        wanted |= {f"d.block_{s}" for s in range(1, reached + 1)} | {"d.score"}
        wanted |= {f"g.to_{s}" for s in ends} | {f"d.from_{s}" for s in ends}
        assert moved == wanted, step
        assert sides[-1] == 2 << reached  # of the graph that was made last
    assert float(game.growth()) == growth == 2
    assert game.size == 2


def test_a_model_that_has_not_grown_up_draws_what_it_can():
    """And so does the one that is kept of it."""
    game = fresh()
    game.compile("sgd")
    x = game.sample(4, seed=0)
    assert np.array_equal(x, repeated(repeated(x[:, ::4, ::4])))
    game.steps.assign(STABLE + FADE)
    x = game.sample(4, seed=0)
    assert np.array_equal(x, repeated(x[:, ::2, ::2]))
    assert not np.array_equal(x, repeated(repeated(x[:, ::4, ::4])))
    assert np.array_equal(x, game.settled().sample(4, seed=0))
    assert x.min() >= 0
    assert x.max() <= 1


def test_its_game_is_the_papers():
    game = model()
    assert game.objective == Wasserstein(drift=0.001)
    assert (game.penalty.weight, game.penalty.target) == (10, 1)
    assert game.critic_steps == 1
    real, fake = np.array([1.0, 3.0]), np.array([0.5, 1.5])
    loss = Wasserstein(drift=0.1).discriminator(real, fake)
    assert float(loss) == pytest.approx(1 - 2 + 0.1 * 5)
    assert fresh(penalty=R1(3.0)).penalty.weight == 3


def test_players_of_different_sizes_are_refused_in_words():
    with pytest.raises(BadInput, match="has 3 sizes and the discriminator 2"):
        kg.ProgressiveGAN(
            progressive.generator(Z, SHAPE, WIDTHS),
            progressive.discriminator(SHAPE, WIDTHS[1:]),
        )
    with pytest.raises(BadInput, match="each twice the one before"):
        progressive.generator(Z, (6, 8, 1), WIDTHS)


def test_published_sizes():
    """1024x1024, by the quadratic in the width that a count of parameters is."""
    shares, k = (32, 32, 32, 32, 16, 8, 4, 2, 1), 16

    def count(network):
        return sum(int(np.prod(w.shape)) for w in network.trainable_weights)

    def in_full(make):
        at = [count(make([w * share for share in shares])) for w in (1, 2, 3)]
        weights = (k - 2) * (k - 3) // 2, -(k - 1) * (k - 3), (k - 1) * (k - 2) // 2
        return sum(w * c for w, c in zip(weights, at, strict=True))

    shape = (1024, 1024, 3)
    assert in_full(lambda w: progressive.generator(w[0], shape, w)) == 23_079_115
    assert in_full(lambda w: progressive.discriminator(shape, w)) == 23_087_249
