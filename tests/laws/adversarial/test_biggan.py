"""BigGAN: what its blocks are told, how its kernels are held, how it is asked."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from scipy import stats

import export
import keras_gen as kg
from keras_gen.errors import BadInput
from keras_gen.layers import spectral
from keras_gen.layers.attention import SelfAttention
from keras_gen.layers.modulate import Modulate
from keras_gen.layers.spectral import SpectralNorm
from keras_gen.networks import biggan
from tests.laws.layers.test_orthogonal import off_diagonal

SHAPE, CLASSES, Z = (8, 8, 1), 3, 6
WHOLE = (96, (16, 16, 8, 4, 2, 1), (1, 2, 4, 8, 16, 16))  # of the published 128x128


@functools.cache
def generator():
    return biggan.generator(Z, SHAPE, CLASSES, (4, 4, 4), 5, 4, orthogonal=0.5)


@functools.cache
def critic():
    return biggan.discriminator(SHAPE, CLASSES, (4, 8), halvings=1, attention=4)


def latents(n=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, Z)).astype("float32")


# What the blocks are told.


def test_normalisation_with_one_class_for_all_is_batch_normalisation():
    rng = np.random.default_rng(0)
    x = rng.normal(2.0, 3.0, (6, 4, 4, 5)).astype("float32")
    gain, bias = rng.normal(size=(2, 5)).astype("float32")
    bare = layers.BatchNormalization(center=False, scale=False)
    told = [np.tile(v, (6, 1)) for v in (gain, bias)]
    y = Modulate()([bare(x, training=True), *told])
    whole = layers.BatchNormalization()
    whole.build(x.shape)
    whole.gamma.assign(1 + gain)
    whole.beta.assign(bias)
    np.testing.assert_allclose(y, whole(x, training=True), atol=1e-5)
    told[0][0] += 1.0  # another condition changes its own example and no other
    other = Modulate()([bare(x, training=True), *told]).numpy()
    assert np.abs(other - y)[0].max() > 0.1
    np.testing.assert_allclose(other[1:], y[1:], atol=1e-6)


def test_a_piece_of_the_latents_reaches_its_block_and_those_after_it():
    network = generator()
    # Behind a block: the normalisation of the next, the attention.
    behind = [
        y for y in network.layers
        if isinstance(y, layers.BatchNormalization | SelfAttention)
    ]  # fmt: skip
    first = next(y for y in behind if isinstance(y, SelfAttention)).output
    inside = keras.Model(network.inputs, [first, behind[-1].input, network.output])
    z, label = tf.constant(latents()), tf.constant([0, 1, 2])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        outputs = inside([z, label])
    for output, pieces in zip(outputs, (2, 3, 3), strict=True):
        jacobian = np.abs(tape.batch_jacobian(output, z).numpy())
        jacobian = jacobian.reshape(3, -1, Z).max((0, 1))
        assert jacobian[: 2 * pieces].min() > 1e-6
        assert jacobian[2 * pieces :].max(initial=0) == 0


@pytest.mark.parametrize("embedding", [5, 0])
def test_the_class_reaches_every_block(embedding):
    """By an embedding that is shared, or by tables of the normalisations."""
    network = biggan.generator(Z, SHAPE, CLASSES, (4, 4, 4), embedding)
    tables = [y for y in network.layers if isinstance(y, layers.Embedding)]
    assert len(tables) == (1 if embedding else 2 * 2 * 2)
    for table in tables:
        shape = table.embeddings.shape
        table.embeddings.assign(np.random.default_rng(1).normal(size=shape))
    z = np.repeat(latents(1), CLASSES, 0)
    made = network([z, np.arange(CLASSES)]).numpy()
    assert min(np.abs(made[i] - made[i - 1]).max() for i in range(CLASSES)) > 1e-4
    for table in tables:
        table.embeddings.assign(np.ones(table.embeddings.shape))
    made = network([z, np.arange(CLASSES)]).numpy()
    np.testing.assert_allclose(made, made[:1].repeat(CLASSES, 0), atol=1e-6)


def test_the_critic_projects_the_class_on_what_it_sees():
    """The class adds <its row of the table, the features>, the table of norm one."""
    network = biggan.discriminator(SHAPE, CLASSES, (4, 8), halvings=1)
    (embedding,) = (
        y for y in network._flatten_layers() if isinstance(y, layers.Embedding)
    )
    embedding.embeddings.assign(3 * embedding.embeddings.numpy())  # norm one, before
    dot = next(y for y in network.layers if isinstance(y, layers.Dot))
    table, features = (keras.Model(network.inputs, tensor) for tensor in dot.input)
    x = np.random.default_rng(0).random((1, *SHAPE)).astype("float32").repeat(3, 0)
    given = [x, np.arange(CLASSES)]
    for _ in range(50):
        network(given, training=True)
    scores = network(given).numpy()[:, 0]
    rows, h = table(given).numpy(), features(given).numpy()
    assert np.array_equal(h[0], h[1]) and h.min() >= 0
    want = (rows[1:] - rows[0]) @ h[0]
    np.testing.assert_allclose(scores[1:] - scores[0], want, rtol=1e-3, atol=1e-5)
    assert np.abs(want).min() > 1e-3
    assert np.linalg.svd(rows, compute_uv=False)[0] == pytest.approx(1, rel=0.01)


def test_latents_that_cannot_be_shared_out_are_refused_in_words():
    with pytest.raises(BadInput, match="cannot be shared out equally"):
        biggan.generator(Z + 1, SHAPE, CLASSES, (4, 4, 4))
    with pytest.raises(BadInput, match="another number of widths"):
        biggan.generator(Z, (6, 8, 1), CLASSES, (4, 4, 4))


# Kernels.


def test_the_generator_pays_for_its_kernels_and_the_critic_does_not():
    network = generator()
    kernels = [
        y.divided.numpy()
        for y in network.layers
        if isinstance(y, SpectralNorm)
    ]  # fmt: skip
    wanted = 0.5 * sum(map(off_diagonal, kernels))
    assert float(sum(network.losses)) == pytest.approx(wanted, rel=1e-4)
    assert not critic().losses


def test_kernels_begin_orthogonal():
    for network in (generator(), critic()):
        for layer in network.layers:
            if isinstance(layer, SpectralNorm):
                w = layer.divided.numpy().reshape(-1, layer.divided.shape[-1])
                w = w if w.shape[0] >= w.shape[1] else w.T
                np.testing.assert_allclose(w.T @ w, np.eye(w.shape[1]), atol=1e-5)


def test_every_kernel_is_divided_by_its_spectral_norm():
    for network in (generator(), critic()):
        inside = {id(y.layer) for y in network._flatten_layers()
                  if isinstance(y, SpectralNorm)}  # fmt: skip
        bare = [
            y.name
            for y in network._flatten_layers()
            if hasattr(y, "kernel") and id(y) not in inside
        ]
        assert not bare


# How it is asked.


@functools.cache
def model():
    keras.utils.set_random_seed(1)
    return kg.BigGAN(generator(), critic(), CLASSES)


def test_its_game_is_the_papers():
    game = model()
    assert (game.loss, game.critic_steps, game.average) == ("hinge", 2, 0.9999)


@pytest.mark.parametrize("limit", [0.3, 1.0, 2.5])
def test_truncation_bounds_the_latents_and_their_law_is_known(limit, monkeypatch):
    seen, game = [], model()

    def taken(z, label):
        seen.append(z)
        return {"image": tf.zeros((len(z), *SHAPE))}

    monkeypatch.setattr(game, "_sample_function", taken, raising=False)
    for seed in (3, 3, 4):
        game.sample(500, seed, batch=500, truncation=limit, label=1)
    z, again, other = seen
    assert np.array_equal(z, again)
    assert not np.array_equal(z, other)
    assert z.shape == (500, Z)
    assert np.abs(z).max() <= limit
    law = stats.truncnorm(-limit, limit)
    assert z.var() == pytest.approx(law.var(), rel=0.06)
    assert stats.kstest(z.ravel(), law.cdf).pvalue > 1e-3


def test_truncation_makes_samples_alike():
    spread = [
        model().sample(200, seed=0, label=0, truncation=limit).var(0).mean()
        for limit in (0.2, 1.0, None)
    ]
    assert spread[0] < 0.5 * spread[1] < spread[1] < spread[2]
    with pytest.raises(BadInput, match="truncation is a positive number"):
        model().sample(3, truncation=0.0)


def test_attention_and_what_blocks_are_told_export_to_every_format(tmp_path):
    """Tiny entries have no attention: it would not move in their first step."""
    for network in (generator(), critic()):
        for layer in network.layers:
            if isinstance(layer, SelfAttention):
                layer.gamma.assign(1.5)
    game = kg.BigGAN(generator(), critic(), CLASSES, average=0.0)
    manifest = export.export(game, tmp_path / "out", signatures=["generate"])
    assert {file.format for file in manifest.files} == set(export.FORMATS)


# Published sizes.


def in_full(make, width):
    """A count of parameters at a large width: it is a quadratic in the width."""
    unit = 8  # of attention, which has an eighth of the channels
    at = [
        sum(int(np.prod(w.shape)) for w in make(unit * k).trainable_weights)
        for k in (1, 2, 3)
    ]
    n = width // unit
    weights = (n - 2) * (n - 3) // 2, -(n - 1) * (n - 3), (n - 1) * (n - 2) // 2
    return sum(w * count for w, count in zip(weights, at, strict=True))


def times(width, shares):
    return [width * share for share in shares]


def test_published_sizes(monkeypatch):
    """128x128 with a thousand classes, and the authors' code at 32x32 with ten."""
    monkeypatch.setattr(spectral, "FIRST_ITERATIONS", 0)
    width, up, down = WHOLE
    assert (
        in_full(
            lambda w: biggan.generator(
                120, (128, 128, 3), 1000, times(w, up), 128, attention=64
            ),
            width,
        )
        == 70_433_988
    )
    assert (
        in_full(
            lambda w: biggan.discriminator(
                (128, 128, 3), 1000, times(w, down), 5, attention=64
            ),
            width,
        )
        == 87_982_370
    )
    shape = (32, 32, 3)
    assert (
        in_full(lambda w: biggan.generator(128, shape, 10, [w] * 4, embedding=0), 256)
        == 4_304_387
    )
    assert (
        in_full(lambda w: biggan.discriminator(shape, 10, [w] * 4, halvings=2), 256)
        == 4_207_361
    )
