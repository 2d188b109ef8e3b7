"""What `GenerativeModel` promises to a Keras programmer."""

import functools
import inspect
import logging

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.autograph.impl import api

from keras_gen import ACGAN, BEGAN, GAN, VAE, checks
from keras_gen.errors import BadInput, UnknownName
from keras_gen.likelihoods import Gaussian
from keras_gen.networks import mlp
from keras_gen.noise import draw
from keras_gen.signatures import Signature, Spec, draw_inputs, label_spec
from keras_gen.training.adam import one_pass
from keras_gen.training.distribute import Distributed
from tests.conftest import difference

SHAPE = (4, 4, 1)


def vae(**kwargs):
    return VAE(
        mlp.encoder(SHAPE, 4, 8), mlp.decoder(2, SHAPE, 8), Gaussian(0.5), **kwargs
    )


def gan():
    return GAN(mlp.encoder((2,), 2, 8), mlp.encoder((2,), 1, 8))


def images(n=32, seed=0):
    return np.random.default_rng(seed).random((n, *SHAPE)).astype("float32")


# Arguments


def test_a_subclass_shows_and_keeps_what_it_hands_on():
    class Mine(GAN):
        def __init__(self, generator, discriminator, extra, average=0.5, **kwargs):
            rules = {"average": average, "critic_steps": 2}
            super().__init__(generator, discriminator, **rules, **kwargs)
            self.extra = extra

    shown = inspect.signature(Mine).parameters
    assert " ".join(shown) == (
        "generator discriminator extra average loss critic_steps penalty constraint "
        "name dtype"
    )
    assert shown["average"].default == 0.5
    plain = gan()
    model = Mine(plain.generator, plain.discriminator, 7, loss="hinge", name="mine")
    twin = Mine.from_config(model.get_config())
    kept = twin.extra, twin.average, twin.critic_steps, twin.loss, twin.name
    assert kept == (7, 0.5, 2, "hinge", "mine")
    assert "extra" not in inspect.signature(model).parameters  # those of its call


def test_an_argument_that_would_be_lost_is_refused():
    with pytest.raises(UnknownName, match=r'"penalti"\. Did you mean "penalty"'):
        ACGAN(None, None, 10, penalti=1.0)
    with pytest.raises(UnknownName, match='no BEGAN argument "loss"'):
        BEGAN(None, None, loss="hinge")  # its base's; its own game has no such choice


# Optimizers


def test_schedules_and_callbacks_reach_the_optimizer_of_one_player():
    model = vae()
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    model.compile(keras.optimizers.SGD(schedule))
    model.fit(images(), batch_size=8, verbose=0)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.1 * 0.5**4)
    model.compile("sgd")
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    model.fit(images(), epochs=3, verbose=0, callbacks=[halve])
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01 / 8)


def test_several_players_say_where_their_optimizers_are():
    model = gan()
    model.compile("sgd")
    assert not hasattr(model.optimizer, "learning_rate")
    with pytest.raises(BadInput, match=r'optimizers\["generator"\]'):
        float(model.optimizer.learning_rate)
    with pytest.raises(BadInput, match="2 optimizers"):
        model.optimizer.learning_rate = 1.0


def test_one_optimizer_is_copied_for_each_player():
    given = keras.optimizers.Adam(0.03, beta_1=0.5)
    model = gan()
    model.compile(given)
    a, b = model.optimizers.values()
    assert a is not b
    assert a is not given
    assert float(a.beta_1) == float(b.beta_1) == 0.5
    with pytest.raises(BadInput, match="players generator, discriminator"):
        model.compile({"generator": "sgd"})


@pytest.mark.parametrize("kind", ["Adam", "AdamW"])
def test_adam_in_one_pass_is_keras_adam(kind):
    """Five steps with a schedule, one of a gradient that only has a few rows."""
    rng = np.random.default_rng(0)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9)
    adam = getattr(keras.optimizers, kind)
    make = functools.partial(adam, schedule, beta_1=0.5, name="adam")
    start = rng.normal(size=(4, 3)).astype("float32")
    variables = [keras.Variable(start) for _ in range(2)]
    optimizers = [make(), one_pass(make())]
    gradients = [tf.constant(g, tf.float32) for g in rng.normal(size=(4, 4, 3))]
    rows = tf.IndexedSlices(tf.ones((1, 3)), tf.constant([2]), tf.constant([4, 3]))
    gradients.append(rows)
    for gradient in gradients:
        for optimizer, variable in zip(optimizers, variables, strict=True):
            optimizer.apply([gradient], [variable])
    assert "update_step" in vars(optimizers[1])
    # Steps of .1; TensorFlow takes 1 - .999 in single precision, Keras in double.
    np.testing.assert_allclose(*variables, rtol=1e-4, atol=1e-5)
    assert optimizers[0].get_config() == optimizers[1].get_config()


def test_adam_s_epsilon_is_its_own():
    """One as large as the gradients halves the steps; Keras has it where we have it."""
    start = np.zeros(3, "float32")
    variables = [keras.Variable(start) for _ in range(2)]
    make = functools.partial(keras.optimizers.Adam, 0.1, epsilon=0.1)
    optimizers = [make(), one_pass(make())]
    for scale in (0.1, 0.2, -0.05):
        for optimizer, variable in zip(optimizers, variables, strict=True):
            optimizer.apply([scale * tf.constant([1.0, 0.1, 0.01])], [variable])
    np.testing.assert_allclose(*variables, rtol=1e-4)
    assert np.ptp(variables[0].numpy()) > 0.01


@pytest.mark.parametrize("rule", ["RMSprop", "Adagrad", "Adadelta", "Nadam", "Adam"])
def test_a_row_that_is_looked_up_twice_has_one_gradient(rule):
    """Equal labels in a batch move their embedding as the matrix product would."""
    labels = np.array([0, 1, 0, 2, 0, 1], "int32")
    moved = []
    for layer, x in (
        (keras.layers.Embedding(4, 3), labels),
        (keras.layers.Dense(3, use_bias=False), np.eye(4, dtype="float32")[labels]),
    ):
        model = vae()
        inputs = keras.Input(x.shape[1:], dtype=x.dtype.name)
        player = keras.Model(inputs, layer(inputs))
        player.trainable_variables[0].assign(np.ones((4, 3)))
        model.players = lambda player=player: {"model": player}
        model.compile(getattr(keras.optimizers, rule)(0.1))
        for _ in range(2):
            model.descend("model", lambda p=player, x=x: tf.reduce_sum(p(x) ** 2))
        moved.append(player.trainable_variables[0].numpy())
    np.testing.assert_allclose(*moved, rtol=1e-5)
    assert (moved[0][:3] < 1).all() and (moved[0][3] == 1).all()


def test_an_optimizer_of_ones_own_keeps_its_update():
    class Mine(keras.optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            self.assign(variable, 7.0 + tf.zeros_like(gradient))

    for optimizer in (Mine(), keras.optimizers.Adam(amsgrad=True)):
        assert "update_step" not in vars(one_pass(optimizer))


def test_weight_decay_of_the_layers_is_part_of_the_descent():
    """With a constant loss, L2 of strength c shrinks the weights by 1 - 2 c rate."""
    x = keras.Input((2,))
    layer = keras.layers.Dense(4, kernel_regularizer=keras.regularizers.L2(0.5))
    encoder = keras.Model(x, layer(x))
    model = VAE(encoder, mlp.decoder(2, (2,), 4), Gaussian(1.0))
    model.compile(keras.optimizers.SGD(0.1))
    before = layer.kernel.numpy()
    model.descend("model", lambda: 0.0 * tf.reduce_sum(model.encoder(tf.ones((1, 2)))))
    np.testing.assert_allclose(layer.kernel.numpy(), before * (1 - 0.1), rtol=1e-5)


# fit


def test_reports_are_averages_over_the_epoch_not_the_last_batch():
    model = vae()
    model.compile(keras.optimizers.SGD(0.0))
    x = images(24)
    x[:8] = 0.0  # batches that differ much
    per_batch = [
        model.evaluate(x[i : i + 8], batch_size=8, verbose=0, return_dict=True)
        for i in range(0, 24, 8)
    ]
    kl = model.fit(x, batch_size=8, shuffle=False, verbose=0).history["kl"][0]
    assert kl == pytest.approx(np.mean([logs["kl"] for logs in per_batch]), rel=1e-5)
    # An incomplete batch counts for what it is.
    kl = model.evaluate(x[:10], batch_size=8, verbose=0, return_dict=True)["kl"]
    whole = model.evaluate(x[:10], batch_size=10, verbose=0, return_dict=True)["kl"]
    assert kl == pytest.approx(whole, rel=1e-5)


@pytest.mark.parametrize(
    "settings",
    [{"steps_per_execution": 3}, {}, {"jit_compile": True}, {"run_eagerly": True}],
    ids=str,
)
@pytest.mark.parametrize("make", [vae, gan])
def test_ways_of_running_give_the_same_weights(make, settings, monkeypatch):
    monkeypatch.setattr(Distributed, "together", 3)
    x = images(40) if make is vae else images(40).reshape(40, -1)[:, :2]
    weights = []

    def waves(law, batch, shape, training=True):  # for XLA draws by its own order
        return tf.sin(tf.reshape(tf.range(8.0 * shape[0]), (8, *shape)))

    for chosen in ({"steps_per_execution": 1}, settings):
        keras.utils.set_random_seed(1)
        model = make()
        model.noise = waves
        model.compile(keras.optimizers.SGD(0.01), **chosen)
        model.fit(x, batch_size=8, epochs=2, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    assert difference(*weights) < 1e-5


def test_several_steps_are_one_call_where_nobody_looks(monkeypatch):
    monkeypatch.setattr(Distributed, "together", 3)
    model, seen, calls = vae(), [], []
    model.compile("sgd")
    make = model.make_train_function

    def counted(force=False):
        make(force)
        function = model.train_function
        model.train_function = lambda it: calls.append(1) or function(it)

    monkeypatch.setattr(model, "make_train_function", counted)
    look = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(batch)
    )
    epochs = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)

    def steps_and_calls(**settings):
        before = int(model.optimizer.iterations)
        calls.clear()
        model.train_function = None
        model.functions.clear()
        model.fit(images(40), batch_size=8, verbose=0, **settings)
        assert model.steps_per_execution == 1
        return int(model.optimizer.iterations) - before, len(calls)

    assert steps_and_calls() == (5, 2)
    assert steps_and_calls(callbacks=[epochs]) == (5, 2)
    assert steps_and_calls(callbacks=[epochs, look]) == (5, 5)
    assert seen == list(range(5))
    assert steps_and_calls(steps_per_epoch=4) == (4, 4)


def test_predict_evaluate_and_early_stopping_work():
    model = vae()
    model.compile("sgd")
    stop = keras.callbacks.EarlyStopping("val_elbo", mode="max", patience=0)
    history = model.fit(
        images(), validation_data=(images(8, 1),), epochs=2, verbose=0, callbacks=[stop]
    ).history
    assert {"elbo", "val_elbo", "kl", "val_kl"} <= set(history)
    assert model.predict(images(5), verbose=0).shape == (5, *SHAPE)
    np.testing.assert_allclose(
        model.predict(images(5), verbose=0), model.reconstruct(images(5))["image"]
    )


def test_labels_are_looked_over_by_models_that_need_none():
    model = vae()
    model.compile("sgd")
    model.fit(images(16), np.arange(16), batch_size=8, verbose=0)


def test_models_are_whole_before_they_are_compiled_or_called(tmp_path):
    model = vae()
    model.save(tmp_path / "m.keras")
    back = keras.models.load_model(tmp_path / "m.keras")
    assert difference(model.weights, back.weights) == 0
    assert not back.compiled


# Noise


def test_noise_does_not_repeat_and_is_a_function_of_the_seed():
    def draws(n):
        keras.utils.set_random_seed(4)
        model = vae()
        return [model.noise("normal", 3, (2,)).numpy() for _ in range(n)], model

    (first, second), model = draws(2)
    assert not np.array_equal(first, second)
    assert np.array_equal(draws(1)[0][0], first)
    test = model.noise("normal", 3, (2,), training=False)
    assert not np.array_equal(test, first)
    assert model.noise_count.numpy().tolist() == [2, 1]
    model.reset_metrics()
    assert model.noise_count.numpy().tolist() == [2, 0]


def test_nobody_hears_of_retracing(monkeypatch):
    """Of any number of samples, from many models of one class: some compile loops."""
    heard = []
    monkeypatch.setattr(logging.getLogger("tensorflow"), "handlers", [])
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: heard.append(record.getMessage())
    logging.getLogger("tensorflow").addHandler(handler)
    for make in [vae, gan] * 6:
        model = make()
        for n in (3, 4, 5):
            model.sample(n)
    model = vae()
    monkeypatch.setattr(model, "jit_sampling", True)
    for n in (1, 2, 3, 5, 9, 17):
        model.sample(n)
    assert not heard


def test_what_is_traced_is_not_written_anew_before(monkeypatch):
    """By AutoGraph, which takes longer than the tracing; Keras does without it, too."""
    written, convert = [], api._convert_actual
    monkeypatch.setattr(
        api, "_convert_actual", lambda f, *a: written.append(f) or convert(f, *a)
    )
    for make in (vae, gan):
        model = make()
        model.compile("sgd", steps_per_execution=1)
        x = np.ones((8, *model.data_shape), "float32")
        model.fit(x, verbose=0)
        model.evaluate(x, verbose=0)
        model.sample(2)
    assert not [f for f in written if f.__module__.startswith("keras_gen")]


def test_labels_that_are_not_given_are_drawn_uniformly_and_others_are_looked_at():
    inputs = {"z": Spec((2,), "latent", "z", law="normal"), "label": label_spec(3)}
    signature = Signature(lambda **_: {}, inputs, {})
    label = draw_inputs(signature, 3000, 0)["label"]
    assert label.dtype == np.int32
    assert np.abs(np.bincount(label, minlength=3) / 3000 - 1 / 3).max() < 0.03
    assert draw_inputs(signature, 2, 0, label=1)["label"].tolist() == [1, 1]
    given, drawn = (
        draw_inputs(signature, 3, 0, label=[2, 0, 1]),
        draw_inputs(signature, 3, 0),
    )
    assert given["label"].tolist() == [2, 0, 1]
    assert np.array_equal(given["z"], drawn["z"])  # the noise does not depend on it
    for wrong, words in (
        (3, "from 0 to 2; received 3 to 3"),
        ([0.5, 1], "type int32"),
        ([0, 1, 2], r"each of the 2 examples; received shape \(3,\)"),
    ):
        with pytest.raises(BadInput, match=words):
            draw_inputs(signature, 2, 0, label=wrong)
    with pytest.raises(UnknownName, match=r'"labels".*"label"'):
        draw_inputs(signature, 2, 0, labels=1)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (None, "given labels.*received examples alone"),
        (np.array([0, 3]), "from 0 to 2; received 0 to 3"),
        (np.array([0.0, 1.0]), "received float64"),
        (np.eye(2, dtype=int), r"shape \(2, 2\)"),
    ],
)
def test_a_conditioned_model_looks_at_its_labels(y, words):
    model = vae()
    model.classes = 3
    with pytest.raises(BadInput, match=words):
        model.fit(images(2), y, verbose=0)
    checks.check_data(model, (images(2), np.array([0, 2])))


@pytest.mark.parametrize(
    ("law", "mean", "variance"),
    [("normal", 0, 1), ("uniform", 0.5, 1 / 12), ("gumbel", 0.5772, np.pi**2 / 6)],
)
def test_laws_of_noise(law, mean, variance):
    x = draw(law, (200_000,), 5).numpy()
    assert np.isfinite(x).all()
    assert x.mean() == pytest.approx(mean, abs=0.015)
    assert x.var() == pytest.approx(variance, rel=0.02)
    assert np.array_equal(x, tf.function(draw)(law, (200_000,), tf.constant([5, 0])))
    assert not np.array_equal(x, draw(law, (200_000,), 6))
    with pytest.raises(UnknownName, match=f'mean "{law}"'):
        draw(law[:-1], (1,), 0)


# Mistakes


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros((8, 5, 5, 1), "float32"), r"\(batch, 4, 4, 1\); received \(., 5, 5"),
        (np.zeros((8, 4, 4), "float32"), "built for examples of shape"),
        (np.zeros((8, *SHAPE), "uint8"), "Divide integer images"),
        (images(8) * 255, "in \\[0, 1\\]; received values"),
        (np.where(images(8) > 0.9, np.nan, 0.5).astype("float32"), "NaN or infinite"),
    ],
)
def test_bad_data_is_refused_before_training(x, words):
    model = vae()
    model.compile("sgd")
    for data in (x, tf.data.Dataset.from_tensor_slices(x).batch(4)):
        with pytest.raises(BadInput, match=words):
            model.fit(data, verbose=0)
        with pytest.raises(BadInput, match=words):
            model.evaluate(data, verbose=0)


def test_an_empty_dataset_is_refused():
    model = vae()
    model.compile("sgd")
    data = tf.data.Dataset.from_tensor_slices(images(8)).batch(9, drop_remainder=True)
    with pytest.raises(BadInput, match="batch size is larger than the data"):
        model.fit(data, verbose=0)


@pytest.mark.parametrize("make", [vae, gan])
def test_nan_deep_in_the_data_stops_at_its_step(make):
    x = images(40) if make is vae else images(40).reshape(40, -1)[:, :2].copy()
    x[28] = np.nan
    model = make()
    model.compile("sgd")
    data = tf.data.Dataset.from_tensor_slices(x).batch(8)
    with pytest.raises(BadInput, match=r"received values .*epoch 1 after batch 3"):
        model.fit(data, verbose=0)


def test_a_loss_that_depends_on_nothing_is_an_error():
    model = vae()
    model.compile("sgd")
    with pytest.raises(BadInput, match="does not depend on any of its weights"):
        model.descend("model", lambda: tf.constant(1.0))
    with pytest.raises(UnknownName, match="report"):
        model.report(loss=1.0, lost=1.0)
