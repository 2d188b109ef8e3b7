"""Games with labels and codes: from the conditional GAN to CatGAN."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import checks
from keras_gen.adversarial.ac_gan import ACGAN
from keras_gen.adversarial.cat_gan import CatGAN, entropy_of_mean
from keras_gen.adversarial.conditional_gan import ConditionalGAN
from keras_gen.adversarial.gan import GAN
from keras_gen.adversarial.improved_gan import ImprovedGAN, known_surprise, mismatch
from keras_gen.adversarial.info_gan import InfoGAN
from keras_gen.errors import BadInput
from keras_gen.layers.minibatch import MinibatchDiscrimination, closeness
from keras_gen.networks import biggan, mlp, resnet
from keras_gen.networks.labelled import told
from keras_gen.parts.penalties import R1
from tests.conftest import difference, mirrored_over

CLASSES = 4
X = np.random.default_rng(0).normal(size=(8, 1)).astype("float32")
Z = np.random.default_rng(1).normal(size=(8, 2)).astype("float32")
Y = np.array([0, 1, 2, 3, 3, 0, 1, 2], "int32")
UNLABELLED = np.array([[0.2, 0.1, -0.3], [2, 1, 0]], "float32")
FAKE = np.array([[-1, 0, 0.5], [0.3, 0.3, 0.3]], "float32")


def conditional(**kwargs):
    generator = told(mlp.encoder((2 + CLASSES,), 1, 16), CLASSES)
    critic = told(mlp.encoder((1 + CLASSES,), 1, 16), CLASSES)
    return ConditionalGAN(generator, critic, CLASSES, **kwargs)


def ac(**kwargs):
    generator = told(mlp.encoder((2 + CLASSES,), 1, 16), CLASSES)
    return ACGAN(generator, mlp.encoder((1,), 1 + CLASSES, 16), CLASSES, **kwargs)


def info(codes=1, **kwargs):
    generator = mlp.encoder((2 + 3 + codes,), 1, 16)
    critic = mlp.encoder((1,), 1 + 3 + codes, 16)
    return InfoGAN(generator, critic, categories=3, codes=codes, **kwargs)


def improved(**kwargs):
    critic = mlp.encoder((1,), CLASSES, 16)
    return ImprovedGAN(
        mlp.encoder((2,), 1, 16), critic, critic.layers[-2].name, **kwargs
    )


def softplus(x):
    return np.log1p(np.exp(x))


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def on_replicas(function, *rows):
    """`function` of the rows that two replicas share, as each of them sees it."""
    strategy = mirrored_over(2)
    shared = [
        strategy.experimental_distribute_values_from_function(
            lambda c, r=r: tf.split(r, 2)[c.replica_id_in_sync_group]
        )
        for r in rows
    ]
    run = tf.function(lambda *parts: strategy.run(function, parts))
    return strategy.experimental_local_results(run(*shared))


# Conditional GAN.


def test_a_told_network_finds_the_code_in_its_last_channels():
    seen = keras.Input((2, 2, 1 + 3))
    image = told(keras.Model(seen, keras.layers.Identity()(seen)), 3)
    x = np.random.default_rng(0).random((2, 2, 2, 1)).astype("float32")
    y = image([x, np.array([2, 0])]).numpy()
    assert np.array_equal(y[..., :1], x)
    assert (y[0, ..., 1:] == [0, 0, 1]).all()
    assert (y[1, ..., 1:] == [1, 0, 0]).all()
    with pytest.raises(BadInput, match="build it for 3 more"):
        told(mlp.encoder((3,), 1), 3)


def test_both_players_hear_every_label():
    """Two labels, same latent, same example: another example, another score."""
    model = conditional()
    z, x = np.repeat(Z[:1], CLASSES, 0), np.repeat(X[:1], CLASSES, 0)
    label = np.arange(CLASSES)
    made = model.generate(z, label=label)["point"].numpy()
    score = model.discriminate(x, label=label)["score"].numpy()
    for rows in (made, score):
        assert len(np.unique(rows.round(6))) == CLASSES


def test_conditional_losses_are_those_of_the_pairs():
    model = conditional(penalty=R1(0.7))
    label = tf.constant(Y)
    fake = model.generator([tf.constant(Z), label])
    with tf.GradientTape() as tape:
        x = tf.constant(X)
        tape.watch(x)
        real = model.discriminator([x, label])
    slope = tape.gradient(real, x).numpy()
    scores = real.numpy(), model.discriminator([fake, label]).numpy()
    d = softplus(-scores[0]).mean() + softplus(scores[1]).mean()
    d += 0.35 * (slope**2).sum(1).mean()
    loss = model.discriminator_loss(tf.constant(X), tf.constant(Z), label=label)
    assert float(loss) == pytest.approx(d, rel=1e-5)
    g = model.generator_loss(tf.constant(X), tf.constant(Z), label=label)
    assert float(g) == pytest.approx(softplus(-scores[1]).mean(), rel=1e-5)


@functools.cache
def taught(make):
    """Taught that label k means the number k."""
    keras.utils.set_random_seed(0)
    model = make(penalty=R1(0.1), average=0.99)
    model.compile(keras.optimizers.Adam(3e-3, beta_1=0.5))
    y = np.random.default_rng(0).integers(0, CLASSES, 64 * 400).astype("int32")
    x = y + np.random.default_rng(1).normal(0, 0.1, len(y))
    model.fit(x[:, None].astype("float32"), y, batch_size=64, verbose=0)
    return model


@pytest.mark.parametrize("make", [conditional, ac])
def test_the_label_chooses_what_is_made(make):
    label = np.repeat(np.arange(CLASSES), 50)
    made = taught(make).sample(len(label), seed=0, label=label)[:, 0]
    assert (np.rint(made) == label).mean() > 0.8


@pytest.mark.parametrize("make", [conditional, ac])
def test_shuffling_the_labels_hurts(make):
    """Real examples with wrong labels look worse to the discriminator."""
    model = taught(make)
    x = np.arange(CLASSES, dtype="float32")[:, None]
    right, wrong = (
        (np.arange(CLASSES, dtype="int32") + shift) % CLASSES for shift in (0, 1)
    )
    if make is conditional:
        good, bad = (model.score(x, label=label) for label in (right, wrong))
        assert (good > bad).numpy().all()
    else:
        logits = model.discriminate(x)["logits"].numpy()
        assert (logits.argmax(-1) == right).all()


SQUARE = (4, 4, 1)
CRITICS = {
    "told": lambda: told(mlp.encoder((4, 4, 1 + 3), 1, 16), 3),
    "projection": lambda: resnet.discriminator(SQUARE, 4, classes=3),
    "projection of BigGAN": lambda: biggan.discriminator(SQUARE, 3, (4, 4), 1),
}


@pytest.mark.parametrize("critic", CRITICS)
def test_a_critic_learns_which_label_belongs_to_an_example(critic):
    """All that is wrong with what is made here are the labels: it is the data, moved.

    So the discriminator has nothing to go by but the label.
    """
    label = np.arange(6, dtype="int32") % 3
    x = np.zeros((6, *SQUARE), "float32")
    for i, k in enumerate(label):
        x[i, : 2 + 2 * (k > 0), : 2 + 2 * (k > 1)] = 1
    generator = told(mlp.generator(2 + 3, SQUARE, 4), 3)
    model = ConditionalGAN(generator, CRITICS[critic](), classes=3, loss="hinge")
    model.compile(keras.optimizers.Adam(0.02, beta_1=0.5))
    model.make = lambda z, training=False, label=None: tf.roll(tf.constant(x), 1, 0)
    step = tf.function(lambda: model.critic_step(tf.constant(x), label=label))
    losses = [float(step()) for _ in range(80)]
    assert losses[-1] < 0.9 * losses[0]
    right, wrong = (
        model.score(x, label=(label + shift) % 3).numpy() for shift in (0, 1)
    )
    assert (right > wrong).all()


def test_projection_is_another_critic_of_the_same_game():
    shape = (8, 8, 1)
    model = ConditionalGAN(
        told(mlp.generator(2 + 3, shape, 4), 3),
        resnet.discriminator(shape, 2, classes=3),
        classes=3,
        loss="hinge",
    )
    x = np.random.default_rng(0).random((4, *shape)).astype("float32")
    assert np.isfinite(model.discriminator_loss(x, Z[:4], label=[0, 1, 2, 0]))
    scores = model.score(np.repeat(x[:1], 3, 0), label=np.arange(3))
    assert len(np.unique(scores.numpy())) == 3


def test_networks_that_hear_no_label_are_refused_in_words():
    deaf, hears = mlp.encoder((1,), 1), told(mlp.encoder((2 + CLASSES,), 1), CLASSES)
    with pytest.raises(BadInput, match=r"discriminator takes a label.*labelled\.told"):
        ConditionalGAN(hears, deaf, CLASSES)
    with pytest.raises(BadInput, match="generator takes a label"):
        ACGAN(mlp.encoder((2,), 1), mlp.encoder((1,), 5), CLASSES)
    with pytest.raises(BadInput, match="5 numbers"):
        ACGAN(hears, deaf, CLASSES)


# AC-GAN.


@pytest.mark.parametrize("learns_fakes", [True, False])
def test_both_players_lower_the_surprise_at_the_class(learns_fakes):
    """The discriminator of both kinds of examples, the generator of its own."""
    model = ac(weight=0.3, learns_fakes=learns_fakes)
    label, rows = tf.constant(Y), np.arange(8)
    says = model.discriminator(X).numpy()
    of_fake = model.discriminator(model.generator([tf.constant(Z), label])).numpy()
    nats = [-log_softmax(s[:, 1:])[rows, Y].mean() for s in (says, of_fake)]
    d = softplus(-says[:, 0]).mean() + softplus(of_fake[:, 0]).mean()
    loss = model.discriminator_loss(tf.constant(X), tf.constant(Z), label=label)
    learned = sum(nats) if learns_fakes else nats[0]
    assert float(loss) == pytest.approx(d + 0.3 * learned, rel=1e-5)
    assert float(model.reported["game"].result()) == pytest.approx(d, rel=1e-5)
    g = model.generator_loss(tf.constant(X), tf.constant(Z), label=label)
    wanted = softplus(-of_fake[:, 0]).mean() + 0.3 * nats[1]
    assert float(g) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("make", [ac, info])
def test_a_penalty_is_on_the_score_and_not_on_the_other_heads(make):
    model = make(penalty=R1(2.0))
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        score = model.discriminator(x)[:, 0]
    slope = tape.gradient(score, x).numpy()
    critic = functools.partial(model.score)
    got = model.penalty(critic, x, None, None)
    assert float(got) == pytest.approx((slope**2).sum(1).mean(), rel=1e-5)


# InfoGAN.


def test_bound_is_the_mutual_information_of_a_known_channel():
    """A category that is right three times in four, read by Bayes and by others."""
    model = info(codes=0)
    truth = np.repeat(np.arange(3), 4)
    right = np.tile([1, 1, 1, 0], 3).astype(bool)
    read = np.where(right, truth, (truth + 1) % 3)
    z = np.concatenate([np.zeros((12, 2)), np.eye(3)[truth]], 1).astype("float32")
    # Each c is read as c (3/4) or c + 1 (1/4): so is each reading's posterior.
    posterior = 0.75 * np.eye(3)[read] + 0.25 * np.eye(3)[(read - 1) % 3]
    log_q = np.log(posterior + 1e-12)
    says = np.concatenate([np.zeros((12, 1)), log_q + 5.0], 1).astype("float32")
    noise = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    bound = float(model.information(says, z))
    assert bound == pytest.approx(np.log(3) - noise, rel=1e-5)
    worse = says * np.float32(0.5)  # another Q, less sure
    assert float(model.information(worse, z)) < bound
    assert float(model.information(0 * says, z)) == pytest.approx(0, abs=1e-6)


def test_bound_of_a_number_is_its_normal_log_density_and_log_two():
    model = info(codes=1)
    z = np.array([[0, 0, 1, 0, 0, 0.5], [0, 0, 0, 1, 0, -1.0]], "float32")
    says = np.array([[9, 50, 0, 0, 0.1], [9, 0, 50, 0, -0.2]], "float32")
    log_q = -0.5 * np.array([0.4, -0.8]) ** 2 - 0.5 * np.log(2 * np.pi)
    wanted = log_q.mean() + np.log(3) + np.log(2)
    assert float(model.information(says, z)) == pytest.approx(wanted, rel=1e-5)


def test_code_is_a_category_and_numbers_of_the_law_whose_entropy_is_used():
    model = info(codes=2)
    model.compile("sgd")
    z = model.latents(tf.zeros((3000, 1))).numpy()
    category, code = z[:, 2:5], z[:, 5:]
    assert set(np.unique(category)) == {0, 1}
    assert (category.sum(1) == 1).all()
    np.testing.assert_allclose(category.mean(0), 1 / 3, atol=0.04)
    assert code.min() >= -1
    assert code.max() < 1
    np.testing.assert_allclose(code.var(0), 1 / 3, atol=0.03)
    made = model.generate(z[:9, :2], category[:9].argmax(1), (code[:9] + 1) / 2)
    np.testing.assert_allclose(made["point"], model.generator(z[:9]), atol=1e-6)


def test_information_is_in_both_losses_and_its_reader_the_discriminators():
    """Without the term nobody moves the reader's weights; with it, one player does."""
    for weight in (0.0, 1.0):
        model = info(weight=weight)
        model.compile(keras.optimizers.SGD(0.1))
        z = model.latents(X)
        reader = model.discriminator.weights[-2]  # kernel: column 0 is the score's
        losses = [
            lambda model=model, z=z: model.discriminator_loss(X, z),
            lambda model=model, z=z: model.generator_loss(X, z),
        ]
        for name, loss in zip(("discriminator", "generator"), losses, strict=True):
            before = reader.numpy()
            model.descend(name, loss)
            moved = np.abs(reader.numpy() - before)[:, 1:].max() > 0
            assert moved == (weight > 0 and name == "discriminator")
        fake = model.judge(model.generator(z))
        assert float(model.generator_terms(None, fake, z)) == pytest.approx(
            softplus(-fake[:, 0].numpy()).mean()
            - weight * float(model.information(fake, z)),
            rel=1e-5,
        )


def test_the_generator_is_pulled_towards_what_can_be_read():
    """The bound's gradient reaches it through the examples, beside that of the game."""
    model = info(weight=0.7)
    z, w = model.latents(X), model.generator.trainable_variables
    with tf.GradientTape(persistent=True) as tape:
        loss = model.generator_loss(X, z)
        says = model.discriminator(model.generator(z))
        game = tf.reduce_mean(tf.nn.softplus(-says[:, :1]))
        bound = model.information(says, z)
    found, of_game, of_bound = (tape.gradient(t, w) for t in (loss, game, bound))
    assert max(np.abs(g).max() for g in of_bound) > 1e-2
    wanted = [a - 0.7 * b for a, b in zip(of_game, of_bound, strict=True)]
    assert difference(found, wanted) < 1e-6


def test_what_is_read_follows_the_code():
    model = info(codes=1)
    z = np.repeat(Z[:1], 5, 0)
    code = np.linspace(0, 1, 5, dtype="float32")[:, None]
    made = model.generate(z, np.zeros(5, "int32"), code)["point"]
    read = model.encode(made)["code"]
    assert len(np.unique(made.numpy().round(6))) == 5
    assert len(np.unique(read.numpy().round(6))) == 5
    z, rows = np.repeat(Z[:1], 3, 0), np.arange(3, dtype="int32")
    made = model.generate(z, rows, np.full((3, 1), 0.5, "float32"))["point"]
    code = model.encode(made)
    assert len(np.unique(made.numpy().round(6))) == 3
    np.testing.assert_allclose(code["category"].numpy().sum(-1), 1, rtol=1e-5)
    assert code["code"].shape == (3, 1)


# Improved GAN.


def test_last_of_k_plus_one_logits_is_superfluous():
    """With it fixed at zero, D(x) is the softmax's share of the first K."""
    shares = np.exp(log_softmax(np.pad(FAKE, ((0, 0), (0, 1)))))
    score = tf.reduce_logsumexp(FAKE, -1)
    np.testing.assert_allclose(tf.sigmoid(score), 1 - shares[:, -1], rtol=1e-5)


def test_semi_supervised_loss_is_that_of_the_paper():
    model = improved()
    labelled = np.array([[1, 2, 0.5], [0, -1, 3]], "float32")
    real = np.concatenate([labelled, UNLABELLED])
    label = np.array([1, 2, -1, -1], "int32")
    np.testing.assert_allclose(known_surprise(labelled, label[:2]), 0.26512634, 1e-6)
    scores = [np.log(np.exp(t).sum(-1)) for t in (real, FAKE)]
    unsupervised = softplus(-scores[0]).mean() + softplus(scores[1]).mean()
    loss = model.discriminator_terms((real, None), (FAKE, None), None, label)
    assert float(loss) == pytest.approx(0.26512634 + unsupervised, rel=1e-5)
    none = np.full(4, -1, "int32")
    loss = model.discriminator_terms((real, None), (FAKE, None), None, none)
    assert float(loss) == pytest.approx(unsupervised, rel=1e-5)


def test_labels_may_be_missing_where_the_model_says_so():
    label = np.where(np.arange(8) < 4, Y, -1)
    checks.check_data(improved(), (X, label))
    with pytest.raises(BadInput, match="from 0 to 3"):
        checks.check_data(conditional(), (X, label))


def test_generator_matches_the_mean_features_of_the_data():
    a, b = np.array([[1, 2], [3, 4.0]]), np.array([[2, 2], [2, 8.0]])
    assert float(mismatch(a, b)) == 2.0
    model = improved()
    dense = model.discriminator.layers[1:3]
    fake, real = model.generator(Z), X
    for layer in dense:
        real, fake = layer(real), layer(fake)
    gap = real.numpy().mean(0) - fake.numpy().mean(0)
    loss = model.generator_loss(X, Z, label=tf.constant(Y))
    assert float(loss) == pytest.approx((gap**2).mean(), rel=1e-5)


def test_historical_averaging_pulls_towards_the_mean_of_all_past_weights():
    model = improved(memory=0.3)
    model.compile(keras.optimizers.SGD(0.1))
    w = model.generator.trainable_variables
    seen = [[v.numpy() for v in w]]
    for _ in range(3):
        past = [np.mean([s[i] for s in seen], axis=0) for i in range(len(w))]
        before = [v.numpy() for v in w]
        with tf.GradientTape() as tape:
            game = model.generator_loss(X, Z, label=tf.constant(Y))
        down = tape.gradient(game, w)
        model.descend(
            "generator", lambda: model.generator_loss(X, Z, label=tf.constant(Y))
        )
        wanted = [
            b - 0.1 * (g.numpy() + 0.6 * (b - p))
            for b, g, p in zip(before, down, past, strict=True)
        ]
        assert difference(wanted, w) < 1e-6
        seen.append([v.numpy() for v in w])


def test_means_over_known_labels_and_features_are_of_the_whole_batch():
    logits = np.random.default_rng(3).normal(size=(4, 3)).astype("float32")
    label = np.array([0, -1, -1, 2], "int32")
    for part in on_replicas(known_surprise, logits[[0, 3, 1, 2]], label[[0, 3, 1, 2]]):
        np.testing.assert_allclose(part, known_surprise(logits, label), rtol=1e-5)
    for function in (mismatch, lambda a, _: entropy_of_mean(a)):
        for part in on_replicas(function, logits, 2 * logits):
            np.testing.assert_allclose(part, function(logits, 2 * logits), rtol=1e-5)


# Minibatch discrimination.

M = np.array([[[1, 2.0]], [[1, 0]], [[0, 0]]], "float32")


def test_closeness_is_the_sum_over_the_batch_with_itself():
    wanted = [[1.18512235], [1.50321472], [1.41766651]]
    np.testing.assert_allclose(closeness(M), wanted, rtol=1e-6)


def test_closeness_sees_the_other_replicas():
    m = np.random.default_rng(0).normal(size=(4, 3, 2)).astype("float32")
    parts = on_replicas(closeness, m)
    np.testing.assert_allclose(np.concatenate(parts), closeness(m), rtol=1e-5)


def test_minibatch_discrimination_appends_closeness_to_its_input():
    layer = MinibatchDiscrimination(kernels=3, dims=2)
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    y = layer(x).numpy()
    assert np.array_equal(y[:, :5], x)
    m = (x @ layer.tensor.numpy()).reshape(4, 3, 2)
    for i in range(4):
        near = [np.exp(-np.abs(m[i] - m[j]).sum(-1)) for j in range(4)]
        np.testing.assert_allclose(y[i, 5:], np.sum(near, 0), rtol=1e-5)


def test_a_discriminator_that_compares_says_nothing_of_one_example():
    x = keras.Input((1,))
    y = MinibatchDiscrimination(2, 2)(keras.layers.Dense(4)(x))
    critic = keras.Model(x, keras.layers.Dense(1)(y))
    model = GAN(mlp.encoder((2,), 1, 4), critic)
    model.compile("sgd")
    before = critic.get_layer(index=2).tensor.numpy()
    model.fit(X, verbose=0)
    assert np.abs(critic.get_layer(index=2).tensor.numpy() - before).max() > 0
    assert set(model.signatures()) == {"generate"}


# CatGAN.


def test_categorical_losses_are_those_of_the_paper():
    model = CatGAN(mlp.encoder((2,), 1, 4), mlp.encoder((1,), 3, 4))
    d = model.discriminator_terms(UNLABELLED, FAKE, None)
    g = model.generator_terms(None, FAKE, None)
    np.testing.assert_allclose([d, g], [-1.06617134, -0.03855048], rtol=1e-5)


def test_sorting_is_worth_log_k_and_not_sorting_nothing():
    """The mutual information of example and category, and the doubt at fakes."""
    model = CatGAN(mlp.encoder((2,), 1, 4), mlp.encoder((1,), 3, 4))
    sure, doubt = 50 * np.eye(3, dtype="float32"), np.zeros((3, 3), "float32")
    best = model.discriminator_terms(sure, doubt, None)
    np.testing.assert_allclose(best, -2 * np.log(3), rtol=1e-5)
    won, even = model.stakes
    assert won == pytest.approx(float(best))
    laws = np.random.default_rng(0).normal(0, 3, (20, 6, 3)).astype("float32")
    alike = [float(model.discriminator_terms(law, law, None)) for law in laws]
    assert min([*alike, model.discriminator_terms(sure, sure, None)]) >= even - 1e-6
    tie = model.discriminator_terms(sure, sure, None)
    assert even == pytest.approx(float(tie))
    one = np.repeat(sure[:1], 3, 0)  # all in one category
    np.testing.assert_allclose(model.discriminator_terms(one, one, None), 0, atol=1e-5)
    np.testing.assert_allclose(
        model.generator_terms(None, sure, None), -np.log(3), rtol=1e-5
    )
