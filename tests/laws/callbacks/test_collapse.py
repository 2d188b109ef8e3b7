"""What warns while a game is played: collapse, and a discriminator that has won."""

import math
import warnings
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
import zoo
from keras_gen import data
from keras_gen.adversarial.gan import GAN
from keras_gen.callbacks import CollapseMonitor, guards
from keras_gen.errors import BadInput
from keras_gen.networks import labelled, mlp
from keras_gen.parts import losses, schedules
from tests.conftest import SMALL

RING = data.info("points/ring")
SURE = ["minimax", "non_saturating", "boundary_seeking", "least_squares", "hinge"]
BOUNDED = ["gan", "jensen_shannon", "squared_hellinger", "total_variation"]


def constant(value, shape=(2,), loss="non_saturating", **options):
    """A GAN that makes one example, scores by the first value, and does not learn."""
    generator = mlp.decoder(2, shape, width=4)
    kernel, bias = generator.layers[-1 - (len(shape) > 1)].trainable_variables
    kernel.assign(tf.zeros_like(kernel))
    bias.assign(tf.fill(bias.shape, float(value)))
    inputs = keras.Input(shape)
    score = keras.layers.Dense(1)(keras.layers.Flatten()(inputs))
    model = GAN(generator, keras.Model(inputs, score), loss=loss, **options)
    model.compile(keras.optimizers.SGD(0.0))
    return model


def heard(model, x, callbacks, epochs=5, y=None):
    """The warnings of a training, and its history."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        history = model.fit(
            x, y, epochs=epochs, batch_size=4, verbose=0, callbacks=callbacks
        )
    return [str(w.message) for w in found if "generat" in str(w.message)], history


# Collapse


def test_a_constant_generator_is_warned_of_once_and_after_patience():
    x = np.zeros((8, 2), "float32")
    monitor = CollapseMonitor(info=RING, n=50, patience=3)
    words, history = heard(constant(0.7), x, [monitor])
    (warning,) = words
    assert "modes_covered is" in warning and "after epoch 3" in warning
    assert "the data have 8" in warning
    assert len(history.history["share_good"]) == 5
    words, _ = heard(constant(0.7), x, [CollapseMonitor(info=RING, n=50)], epochs=2)
    assert not words


def test_only_measurements_in_a_row_are_a_collapse():
    """Low, good, low, low: with a patience of two it is said after the fourth."""
    good = np.random.default_rng(0).normal(size=(50, 2))
    monitor = CollapseMonitor(good, patience=2)
    monitor.set_model(SimpleNamespace(distribute_strategy=tf.distribute.get_strategy()))
    said = []
    for epoch, x in enumerate([0 * good, good, 0 * good, 0 * good, good]):
        monitor.model.sample = lambda n, seed, x=x: x
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            monitor.on_epoch_end(epoch, {})
        said += [epoch] * len(found)
    assert said == [3]


def test_a_trained_generator_of_the_ring_is_not_warned_of(tmp_path):
    model = zoo.load("gan-ring")
    model.compile(keras.optimizers.SGD(0.0))
    log = tmp_path / "log.csv"
    callbacks = [
        CollapseMonitor(info=RING, n=400, patience=1),
        keras.callbacks.CSVLogger(log),
    ]
    x = data.arrays("points/ring", "test")[:8]
    words, history = heard(model, x, callbacks, epochs=2)
    assert not words
    assert history.history["modes_covered"] == [8, 8]
    assert min(history.history["share_good"]) > 0.9
    assert "modes_covered" in log.read_text()


def test_images_are_compared_by_their_variance_and_classes():
    """The variance is a sum over the pixels; a mean of ratios would see dead ones."""
    x = np.random.default_rng(0).random((400, 2, 2, 1)).astype("float32")
    classifier = SimpleNamespace(classes=3, said=lambda x: np.zeros(len(x), int))
    monitor = CollapseMonitor(x, classifier=classifier, n=30, every=2, patience=2)
    words, history = heard(constant(0.3, x.shape[1:]), x[:4], [monitor])
    assert history.history["diversity"] == [pytest.approx(0, abs=1e-9)] * 2
    assert history.history["classes_covered"] == [1, 1]
    assert [w.split(": ")[1].split(" is ")[0] for w in words] == [
        "diversity",
        "classes_covered",
    ]
    half = x * np.array([1, 0, 0, 1]).reshape(1, 2, 2, 1)
    assert monitor.measure(half)["diversity"][0] == pytest.approx(0.5, rel=0.1)
    assert monitor.measure(x)["diversity"] == (pytest.approx(1), 1)


def test_diversity_is_of_variances():
    """Samples of half the deviation have a quarter of the diversity."""
    x = np.random.default_rng(0).random((400, 5))
    assert CollapseMonitor(x).measure(x / 2)["diversity"][0] == pytest.approx(0.25)


def test_collapse_from_what_is_asked_in_words():
    with pytest.raises(BadInput, match="give CollapseMonitor `examples`"):
        CollapseMonitor(info=data.info("digits"))


# A discriminator that has won


def win(model, slope=60.0):
    """Real examples at 1, generated ones at -1, and scores far apart."""
    kernel, bias = model.discriminator.layers[-1].trainable_variables
    kernel.assign([[slope], [0.0]])
    bias.assign([0.0])
    return model


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(guards.FairGame, "steps", 4)


def test_a_saturated_discriminator_is_warned_of_once(soon):
    """Two epochs of two steps are four steps; in the third it has been said."""
    x = np.ones((8, 2), "float32")
    (warning,) = heard(win(constant(-1.0, loss="minimax")), x, [])[0]
    assert "discriminator wins outright: in epoch 2 its loss is" in warning
    assert "1.39" in warning


def test_nobody_is_advised_what_they_have(soon):
    """Neither the loss nor the penalty; all else is still advice."""
    x = np.ones((8, 2), "float32")
    penalty = kg.penalties.R1(1e-9)  # the loss has its share of it
    said = {
        (loss, bool(part)): heard(
            win(constant(-1.0, loss=loss, penalty=part)), x, []
        )[0][0]
        for loss, part in [
            ("minimax", None), ("non_saturating", None), ("non_saturating", penalty)
        ]
    }  # fmt: skip
    advised = {
        key: ('loss="non_saturating"' in text, "penalties.R1" in text)
        for key, text in said.items()
    }
    assert advised == {
        ("minimax", False): (True, True),
        ("non_saturating", False): (False, True),
        ("non_saturating", True): (False, False),
    }
    assert all("a lower learning rate, fewer units" in text for text in said.values())


def test_a_loss_that_is_none_is_told_what_one_is():
    with pytest.raises(BadInput, match=r"inherits losses\.Loss\); received a object"):
        constant(0.0, loss=object())


@pytest.mark.parametrize(
    ("loss", "slope"),
    [
        ("minimax", 0.0),
        ("minimax", 1.0),
        ("least_squares", 60.0),
        ("wasserstein", 60.0),
    ],
)
def test_a_discriminator_that_errs_or_whose_loss_has_no_end_is_not(soon, loss, slope):
    """At slope 1 all are told apart, with a loss of .63: the generator can learn."""
    x = np.ones((8, 2), "float32")
    assert not heard(win(constant(-1.0, loss=loss), slope), x, [], epochs=3)[0]


def test_only_a_victory_that_lasts_is_one(soon):
    """Epochs of three steps: a lead of one of them, twice, and then one of two."""
    steps = tf.Variable(0)
    player = {"discriminator": SimpleNamespace(iterations=steps)}
    referee = guards.FairGame()
    referee.set_model(SimpleNamespace(stakes=(0.0, 1.4), optimizers=player))
    referee.on_train_begin()
    said = []
    for epoch, loss in enumerate([0.0, 1.0, 0.01, 1.0, 0.01, 0.0, 0.0]):
        referee.on_epoch_begin(epoch)
        steps.assign_add(3)
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            referee.on_epoch_end(epoch, {"discriminator_loss": loss})
        said += [epoch] * len(found)
    assert said == [5]


def spread(kind, slope):
    """A game with other terms: generated examples at -1, scores that are `slope` x.

    Both classes are shown, and all are called the second; all codes are read as 3.
    """
    latents, said = {"ac": (4, 3), "info": (5, 4), "improved": (2, 2)}[kind]
    made = mlp.decoder(latents, (2,), width=4)
    made.set_weights([0 * w for w in made.get_weights()[:-1]] + [-np.ones(2)])
    inputs = keras.Input((2,))
    flat = keras.layers.Flatten(name="flat")(inputs)
    critic = keras.Model(inputs, keras.layers.Dense(said)(flat))
    kernel = np.zeros((2, said))
    kernel[0, : 2 if kind == "improved" else 1] = slope
    critic.set_weights([kernel, 3 * np.eye(said)[-1]])
    model = {
        "ac": lambda: kg.ACGAN(labelled.told(made, 2), critic, 2),
        "info": lambda: kg.InfoGAN(made, critic, 2, codes=1),
        "improved": lambda: kg.ImprovedGAN(made, critic, "flat"),
    }[kind]()
    model.compile(keras.optimizers.SGD(0.0))
    return model


@pytest.mark.parametrize("kind", ["ac", "info", "improved"])
def test_other_terms_do_not_hide_that_a_discriminator_has_won(soon, kind):
    x, y = np.ones((8, 2), "float32"), np.arange(8, dtype="int32") % 2
    (warning,), history = heard(spread(kind, 60.0), x, [], y=y)
    assert "its loss in the game is" in warning and "1.39" in warning
    assert history.history["discriminator_loss"][-1] > 0.5
    assert history.history["game"][-1] < 1e-6
    assert not heard(spread(kind, 0.0), x, [], y=y)[0]


def test_the_game_is_measured_in_every_step_and_in_tests_as_well():
    x = np.ones((8, 2), "float32")
    model = spread("info", 1.0)
    found = model.evaluate(x, batch_size=4, verbose=0, return_dict=True)
    assert found["game"] == pytest.approx(2 * math.log(1 + math.exp(-1)), rel=1e-5)
    model.critic_steps = schedules.CriticSchedule(2, many=3, until=1, every=9)
    history = model.fit(x, batch_size=4, verbose=0).history
    assert history["game"] == [pytest.approx(found["game"], rel=1e-5)]


def test_no_loss_is_below_the_stakes_and_a_constant_score_is_worth_the_tie():
    rng = np.random.default_rng(0)
    ideal = {"least_squares": (1.0, 0.0), "hinge": (1.0, -1.0)}
    for name in [*SURE, "relativistic_average", *BOUNDED]:
        loss = losses.LOSSES[name]
        won, even = loss.stakes
        scores = 3 * rng.normal(size=(50, 2, 4, 1)).astype("float32")
        assert min(float(loss.discriminator(*s)) for s in scores) >= won
        real, fake = (tf.fill((4, 1), s) for s in ideal.get(name, (40.0, -40.0)))
        assert float(loss.discriminator(real, fake)) == pytest.approx(won, abs=1e-6)
        same = [tf.fill((4, 1), float(c)) for c in np.linspace(-2, 2, 41)]
        least = min(float(loss.discriminator(c, c)) for c in same)
        assert least == pytest.approx(even, rel=1e-6, abs=1e-6)
    smooth = losses.Minimax(smoothing=0.1)
    best = math.log(0.9 / 0.1), math.log(0.45 / 0.55)
    won = smooth.discriminator(tf.fill((1, 1), best[0]), tf.fill((1, 1), -40.0))
    even = smooth.discriminator(*2 * [tf.fill((1, 1), best[1])])
    assert smooth.stakes == pytest.approx((float(won), float(even)), rel=1e-5)
    for endless in (losses.Wasserstein(), losses.MMD(), losses.LOSSES["neyman"]):
        assert endless.stakes is None


def test_a_small_loss_leaves_the_minimax_generator_no_slope():
    rng = np.random.default_rng(1)
    for _ in range(20):
        real, fake = tf.constant(5 * rng.normal(size=(2, 6, 1)), "float32")
        with tf.GradientTape() as tape:
            tape.watch(fake)
            value = losses.Minimax().generator(None, fake)
        slope = float(tf.reduce_sum(tf.abs(tape.gradient(value, fake))))
        assert slope <= float(losses.Minimax().discriminator(real, fake))


ENDLESS = "GAN-penalty", "GAN-clipped", "GAN-features", "ProgressiveGAN"
ENERGIES = "EBGAN", "BEGAN"  # their slopes do not fade
GAMES = [n for n in SMALL if n.split("-")[0] in kg.SYSTEMS["adversarial"]]


@pytest.mark.parametrize("name", GAMES)
def test_the_stakes_of_a_game_are_known_where_there_are_some(name):
    stakes = getattr(SMALL[name](), "stakes", None)
    assert (stakes is None) == (name in ENDLESS + ENERGIES)
    assert stakes is None or stakes[0] < stakes[1]


def test_only_of_what_is_plain_is_the_equilibrium_known():
    """InfoGAN's loss is lower the more it knows of the code, whoever wins."""
    four = {"equilibrium": pytest.approx(math.log(4))}
    two = {"equilibrium": pytest.approx(math.log(2))}
    plain = {"discriminator_loss": four, "generator_loss": two}
    assert SMALL["ConditionalGAN"]().equilibrium() == plain
    for kind in ("ac", "info", "improved"):
        assert spread(kind, 0.0).equilibrium() == {"game": four}
    assert SMALL["EBGAN"]().equilibrium() == {}
    # Of a critic whose scores have any offset the generator's loss has it, too.
    assert set(SMALL["GAN-penalty"]().equilibrium()) == {"discriminator_loss"}
