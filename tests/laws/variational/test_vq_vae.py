"""A codebook between two networks: what learns from what, and what is counted."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from keras_gen.errors import BadInput
from keras_gen.layers.codebook import Codebook, picked
from keras_gen.networks import vqvae
from keras_gen.variational.vq_vae import VQVAE, Perplexity, Usage
from tests.conftest import mirrored_over, tiny_data

SHAPE, DIM, CODES = (4, 8, 1), 3, 5  # maps of 2 x 4 vectors


def made(learning="gradient", commitment=0.3, **kwargs):
    networks = [
        vqvae.encoder(SHAPE, DIM, 4, 2, 1, 1),
        vqvae.decoder((2, 4, DIM), 1, 4, 2, 1, 1),
    ]
    book = Codebook(CODES, DIM, learning, **kwargs)
    model = VQVAE(*networks, book, commitment=commitment)
    # Codes among the vectors of a fresh encoder, which are all alike.
    z = networks[0](tiny_data(model, 6)).numpy().reshape(-1, DIM)
    filled(book, z[:: len(z) // CODES][:CODES])
    return model


def vectors(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def filled(book, values):
    book.vectors.assign(values)
    return book


# Gradients.


def test_the_decoder_s_gradient_passes_straight_through_to_the_encoder():
    """Equal at z and at e, and none of it is left to the codebook."""
    model = made()
    x, z, e = tiny_data(model, 6), vectors(6, 2, 4, DIM), vectors(6, 2, 4, DIM, seed=1)
    z, e = tf.constant(z), tf.constant(e)
    with tf.GradientTape() as tape:
        tape.watch([z, e])
        score = model.score(x, z, e)
    at_z, at_e = tape.gradient(score, [z, e])
    assert at_e is None
    with tf.GradientTape() as tape:
        tape.watch(e)
        plain = model.likelihood.log_prob(model.decoder(e), x)
    np.testing.assert_allclose(score, plain, rtol=1e-5)
    expected = tape.gradient(plain, e)
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(at_z, expected, rtol=1e-3, atol=1e-6)


def test_commitment_pulls_the_encoder_alone_and_the_codebook_follows_undamped():
    """2 beta (z - e) / n at z, 2 (e - z) / n at e."""
    model = made(commitment=0.3)
    z, e = (
        tf.constant(vectors(6, 2, 4, DIM)),
        tf.constant(vectors(6, 2, 4, DIM, seed=1)),
    )
    with tf.GradientTape() as tape:
        tape.watch([z, e])
        loss = model.objective(tf.zeros(6), z, e)
    at_z, at_e = tape.gradient(loss, [z, e])
    n = 6 * 2 * 4 * DIM
    np.testing.assert_allclose(at_z, 2 * 0.3 * (z - e) / n, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(at_e, 2 * (e - z) / n, rtol=1e-5, atol=1e-9)


def test_the_step_s_gradients_are_those_of_the_terms():
    """Of the whole loss, by hand: the codebook's row for row, the encoder's in full."""
    model = made(commitment=0.3)
    x = tiny_data(model, 6)
    with tf.GradientTape(persistent=True) as tape:
        z, codes, e = model.quantise(x)
        log_px = model.score(x, z, e)
        loss = model.objective(log_px, z, e)
    n = tf.size(z).numpy()
    flat, k = z.numpy().reshape(-1, DIM), codes.numpy().reshape(-1)
    book = model.codebook.vectors.numpy()
    rows = np.zeros_like(book)
    np.add.at(rows, k, 2 * (book[k] - flat) / n)
    got = tf.convert_to_tensor(tape.gradient(loss, model.codebook.vectors.value))
    np.testing.assert_allclose(got, rows, rtol=1e-4, atol=1e-7)
    with tf.GradientTape() as inner:
        inner.watch(e)
        nats = -tf.reduce_mean(model.likelihood.log_prob(model.decoder(e), x))
    at_e = inner.gradient(nats, e) / math.prod(SHAPE) + 2 * 0.3 * (z - e) / n
    weights = [w.value for w in model.encoder.trainable_variables]
    pairs = zip(
        tape.gradient(loss, weights), tape.gradient(z, weights, at_e), strict=True
    )
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


# Codes.


def test_a_vector_of_the_codebook_is_its_own_code():
    book = filled(
        Codebook(CODES, DIM), vectors(CODES, DIM) * [[5], [0.1], [1], [1], [1]]
    )
    assert book.nearest(book.vectors.value).numpy().tolist() == list(range(CODES))


def test_the_code_is_that_of_the_smallest_distance():
    values, z = 3 * vectors(CODES, DIM), vectors(7, 2, 4, DIM, seed=1)
    distance = np.square(z[..., None, :] - values).sum(-1)
    found = filled(Codebook(CODES, DIM), values).nearest(z)
    assert found.dtype == tf.int32
    assert np.array_equal(found, distance.argmin(-1))


def test_of_equally_near_codes_the_first_is_chosen():
    values = vectors(CODES, DIM)
    values[3] = values[1]
    book = filled(Codebook(CODES, DIM), values)
    assert book.nearest(values[[3, 1]]).numpy().tolist() == [1, 1]


@pytest.mark.parametrize("learning", ["gradient", "moving_average"])
def test_encoding_and_decoding_is_reconstruction(learning):
    model = made(learning)
    x = tiny_data(model, 6)
    codes = model.encode(x)["codes"]
    assert codes.dtype == tf.int32
    assert codes.shape == (6, 2, 4)
    assert len(np.unique(codes)) > 1
    decoded = model.decode(codes)["image"]
    assert np.array_equal(decoded, model.reconstruct(x)["image"])


# The moving average.


def test_the_moving_average_is_the_smoothed_mean_of_what_chose_a_code():
    """Two steps of the formula, with a smoothing that counts, one code never chosen."""
    book = Codebook(CODES, DIM, decay=0.7, smoothing=0.5)
    e = book.vectors.numpy().astype("float64")
    counts, sums = np.ones(CODES), e.copy()
    for step in range(2):
        z = vectors(2, 2, 4, DIM, seed=step)
        codes = np.random.default_rng(step).integers(0, CODES - 1, (2, 2, 4))
        book.follow(tf.constant(z), tf.constant(codes), tf.zeros(CODES))
        chosen = np.eye(CODES)[codes.reshape(-1)]
        counts = 0.7 * counts + 0.3 * chosen.sum(0)
        sums = 0.7 * sums + 0.3 * chosen.T @ z.reshape(-1, DIM)
        total = counts.sum()
        smooth = (counts + 0.5) / (total + CODES * 0.5) * total
        e = sums / smooth[:, None]
    np.testing.assert_allclose(book.counts, counts, rtol=1e-5)
    np.testing.assert_allclose(book.vectors, e, rtol=1e-5, atol=1e-6)


def test_a_code_that_was_never_chosen_stays_finite():
    book = Codebook(2, 1, decay=0.0, smoothing=1e-5)
    for _ in range(3):
        book.follow(tf.ones((4, 1)), tf.zeros(4, "int32"), tf.zeros(2))
    assert np.isfinite(book.vectors.numpy()).all()
    assert book.vectors.numpy()[0] == pytest.approx(1.0, abs=1e-4)


def test_by_gradient_alone_the_averages_leave_the_vectors_where_they_are():
    book = Codebook(CODES, DIM, "gradient")
    before = book.vectors.numpy()
    book.follow(vectors(9, DIM), tf.zeros(9, "int32"), tf.zeros(CODES))
    assert np.array_equal(book.vectors, before)
    assert book.trainable_variables == [book.vectors]
    assert Codebook(CODES, DIM).trainable_variables == []


# Revival.


@pytest.mark.parametrize("learning", ["gradient", "moving_average"])
def test_dead_codes_wake_up_on_vectors_that_the_noise_picks(learning):
    """And only they: the same noise, the same vectors; they stay where they woke up."""
    z, codes = vectors(9, DIM, seed=4), np.array([0, 1, 2] * 3, "int32")

    def after(noise, revive=0.5):
        keras.utils.set_random_seed(2)
        book = Codebook(CODES, DIM, learning, decay=0.5, smoothing=1e-9, revive=revive)
        for _ in range(4):
            book.follow(z, codes, tf.constant(noise))
        return book

    book = after([0.0, 0.0, 0.0, 0.34, 0.999])
    np.testing.assert_allclose(book.vectors[3:], z[[3, 8]], rtol=1e-5)
    again, other = after([0.5, 0.5, 0.5, 0.34, 0.999]), after([0.0] * 5)
    asleep = after([0.0] * 5, revive=0.0)
    assert np.array_equal(again.vectors, book.vectors)
    np.testing.assert_allclose(other.vectors[3:], z[[0, 0]], rtol=1e-5)
    assert np.array_equal(asleep.vectors[:3], book.vectors[:3])
    assert (asleep.counts.numpy()[3:] < 0.1).all()


@pytest.mark.parametrize("learning", ["gradient", "moving_average"])
def test_dead_is_less_than_a_share_of_the_mean_which_is_where_life_begins(learning):
    """Counts of 40, 40, 30, 9 and 1, of which the mean is 24: 9 is dead, too."""
    z, codes = vectors(6, DIM), np.zeros(6, "int32")
    book = Codebook(CODES, DIM, learning, decay=1.0, smoothing=1e-9, revive=0.5)
    book.counts.assign([40.0, 40, 30, 9, 1])
    before = book.vectors.numpy()
    if learning == "moving_average":
        book.sums.assign(before * book.counts.numpy()[:, None])
    book.follow(z, codes, tf.fill((CODES,), 0.5))
    np.testing.assert_allclose(book.counts, [40, 40, 30, 24, 24])
    np.testing.assert_allclose(book.vectors[:3], before[:3], rtol=1e-5)
    np.testing.assert_allclose(book.vectors[3:], z[[3, 3]], rtol=1e-5)
    if learning == "moving_average":  # ... and the next step leaves it there
        np.testing.assert_allclose(book.sums[3:], 24 * z[[3, 3]], rtol=1e-5)


def test_every_vector_of_the_batch_may_be_picked():
    z = vectors(4, DIM)
    noise = (np.arange(8) + 0.5) / 8
    assert np.array_equal(picked(z, noise.astype("float32")), np.repeat(z, 2, axis=0))


def test_the_averages_and_the_picks_are_those_of_all_replicas():
    """Unequal shares, too, as of a last batch."""
    z = vectors(7, DIM, seed=5)
    codes = np.array([0, 1, 2, 0, 1, 2, 2], "int32")
    noise = np.array([0.1, 0.3, 0.5, 0.7, 0.95], "float32")

    def after(strategy, parts):
        keras.utils.set_random_seed(2)
        with strategy.scope():
            book = Codebook(CODES, DIM, decay=0.5, revive=0.5)

        @tf.function
        def step():
            def one():
                place = tf.distribute.get_replica_context().replica_id_in_sync_group
                rows = tf.constant(parts)
                part = tf.range(rows[place], rows[place + 1])
                # What the second replica has drawn must not matter, not even in a sum.
                mine = tf.where(place == 0, noise, noise[::-1])
                book.follow(tf.gather(z, part), tf.gather(codes, part), mine)

            strategy.run(one)

        step()
        step()
        return book.vectors.numpy(), book.counts.numpy()

    alone = after(tf.distribute.get_strategy(), [0, 7])
    several = after(mirrored_over(2), [0, 4, 7])
    for one, other in zip(alone, several, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


# Reports.


def test_perplexity_is_that_of_all_codes_of_the_epoch():
    """Of the last batch alone it would be 1; a mean over the batches, 1 too."""
    perplexity, usage = Perplexity(4), Usage(4)
    for batch in ([[0, 0]], [[1, 1]]):
        for metric in (perplexity, usage):
            metric.update_state(tf.constant(batch))
    assert float(perplexity.result()) == pytest.approx(2.0)
    assert float(usage.result()) == 0.5
    perplexity.reset_state()
    perplexity.update_state(tf.constant([0, 1, 2, 3]))
    assert float(perplexity.result()) == pytest.approx(4.0)
    perplexity.reset_state()
    perplexity.update_state(tf.constant([3, 3]))
    assert float(perplexity.result()) == pytest.approx(1.0)


def test_reports_do_not_depend_on_how_the_test_is_cut_into_batches():
    model = made()
    model.compile("sgd")
    x = tiny_data(model, 6)
    one, all_ = (
        model.evaluate(x, batch_size=b, verbose=0, return_dict=True) for b in (1, 6)
    )
    assert 1 < all_["perplexity"] <= CODES
    assert all_["usage"] == len(np.unique(model.encode(x)["codes"])) / CODES
    for key, value in all_.items():
        assert one[key] == pytest.approx(value, rel=1e-5)


# The whole.


def test_the_published_size():
    model = zoo.build("vq-vae-cifar10-paper")
    assert sum(math.prod(v.shape) for v in model.trainable_variables) == 695_491


def test_parts_that_do_not_fit_say_so():
    networks = vqvae.encoder(SHAPE, 4, 4, 2, 1, 1), vqvae.decoder((2, 4, 3), 1, 4, 2, 1)
    with pytest.raises(BadInput, match="must be the same and end in"):
        VQVAE(*networks, Codebook(CODES, 3))
    with pytest.raises(BadInput, match="share of the average use"):
        Codebook(CODES, 3, revive=2)
    with pytest.raises(LookupError, match="moving_average"):
        Codebook(CODES, 3, "moving_averages")
    with pytest.raises(BadInput, match="cannot be halved 2 times"):
        vqvae.encoder((6, 6, 1), 3)
