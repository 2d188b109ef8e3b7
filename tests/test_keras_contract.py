"""In Keras's hands a model of ours behaves as one of Keras does, or says why not."""

import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen import saved
from keras_gen.errors import BadInput, NonFiniteLoss, UnknownName
from keras_gen.networks import dcgan, deep, mlp, pix2pix
from keras_gen.training.distribute import Distributed
from tests.conftest import SMALL, tiny_batches, tiny_examples

SHAPE = (4, 4, 1)


def vae():
    return kg.VAE(mlp.encoder(SHAPE, 4, 8), mlp.decoder(2, SHAPE, 8))


def gan():
    return kg.GAN(mlp.encoder((2,), 2, 8), mlp.encoder((2,), 1, 8))


def cvae():
    encoder = mlp.encoder((4, 4, 1 + 3), 4, 8)
    return kg.ConditionalVAE(encoder, mlp.decoder(2 + 3, SHAPE, 8), classes=3)


def images(n=40):
    return np.random.default_rng(0).integers(0, 2, (n, *SHAPE)).astype("float32")


def points(n=40):
    return np.random.default_rng(0).normal(size=(n, 2)).astype("float32")


def compiled(model, optimizer="sgd", **settings):
    model.compile(optimizer, **settings)
    return model


# Metrics of one's own


@pytest.mark.parametrize("make", [vae, cvae])
def test_metrics_are_of_reconstructions(make, tmp_path):
    """In training, in validation, in evaluation, and after the model was loaded."""
    keras.utils.set_random_seed(0)
    x = images()
    given = () if make is vae else (np.arange(40, dtype="int32") % 3,)
    mine = keras.metrics.MeanSquaredError(name="mine")
    model = compiled(make(), keras.optimizers.SGD(0.0), metrics=["mae", mine])
    (made,) = model.reconstruct(x, **dict(zip(["label"], given, strict=False))).values()
    expected = {"mae": np.abs(made - x).mean(), "mine": np.square(made - x).mean()}
    history = model.fit(
        x, *given, batch_size=8, validation_data=(x, *given), verbose=0
    ).history
    for name, value in expected.items():
        assert history[name][0] == pytest.approx(value, rel=1e-4)
        assert history[f"val_{name}"][0] == pytest.approx(value, rel=1e-4)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    measured = again.evaluate(x, *given, verbose=0, return_dict=True)
    assert measured["mine"] == pytest.approx(expected["mine"], rel=1e-4)
    model.compile("sgd")
    assert "mine" not in model.evaluate(x, *given, verbose=0, return_dict=True)


def squared_in_holes(x, filled):
    return in_holes((x - filled) ** 2, filled != x)


def surprise_in_holes(x, filled):
    surprise = tf.math.xlogy(x, filled) + tf.math.xlogy(1.0 - x, 1.0 - filled)
    return in_holes(-surprise, filled != x)


def in_holes(costs, drawn):
    """Their mean where something was drawn; the rest comes back bit for bit."""
    drawn = tf.cast(drawn, "float32")
    total, counted = (tf.reduce_sum(v, [1, 2, 3]) for v in (costs * drawn, drawn))
    return total / counted


def of_attributes(wanted, said):
    """Surprise at the first, of two values, and at the second, of three."""
    two = keras.losses.binary_crossentropy(wanted[:, :1], said[:, :1])
    return two + keras.losses.categorical_crossentropy(wanted[:, 1:], said[:, 1:])


def denoising():
    """By cross-entropy: squared errors are descended of values beyond [0, 1], too."""
    encoder, decoder = deep.encoder(SHAPE, 2, (8,)), deep.decoder(2, SHAPE, (8,))
    noise = kg.corruption.GaussianNoise(0.3)
    return kg.DenoisingAutoencoder(encoder, decoder, noise, loss="cross_entropy")


def of_pairs():
    told = pix2pix.discriminator(SHAPE, 1, 2, 1)
    return kg.Pix2Pix(pix2pix.generator(SHAPE, 1, 2, 2), told)


@pytest.mark.parametrize(
    ("make", "metric", "report"),
    [
        (SMALL["Autoencoder-convolutional"], "binary_crossentropy", "loss"),
        (denoising, "binary_crossentropy", "loss"),
        (SMALL["InpaintingAutoencoder"], surprise_in_holes, "loss"),
        (SMALL["ContextEncoder"], squared_in_holes, "squared_error"),
        (SMALL["Classifier"], "sparse_categorical_crossentropy", "loss"),
        (SMALL["AttributeClassifier"], of_attributes, "loss"),
        (SMALL["Segmenter"], "sparse_categorical_crossentropy", "loss"),
        (SMALL["Pix2Pix"], "mae", "l1"),
        (of_pairs, "mae", "l1"),
    ],
)
def test_metrics_are_of_the_task_that_was_set(make, metric, report):
    """One that measures what a report does gives the same number, on the same noise."""
    model = make()
    plain, told = ({} for _ in range(2))
    for metrics, found in ((None, plain), ([metric], told)):
        compiled(model, keras.optimizers.SGD(0.0), metrics=metrics)
        data = tiny_batches(model, 40, 8)
        found.update(model.evaluate(data, verbose=0, return_dict=True))
    name = getattr(metric, "__name__", metric)
    assert told[name] == pytest.approx(told[report], rel=1e-4)
    assert told.pop(name) and told == pytest.approx(plain)  # nothing else moves
    history = model.fit(data, epochs=2, verbose=0, validation_data=data).history
    assert history[f"val_{name}"] == pytest.approx([told[report]] * 2, rel=1e-4)
    assert len(history[name]) == 2


def test_which_way_ones_own_metric_gets_better_is_known():
    stop = keras.callbacks.EarlyStopping(monitor="val_top")
    top = keras.metrics.SparseTopKCategoricalAccuracy(2, name="top")
    model = compiled(SMALL["Classifier"](), metrics=[top])
    data = tiny_batches(model, 40, 8)
    model.fit(data, validation_data=data, verbose=0, callbacks=[stop])
    assert stop.monitor_op(2.0, 1.0) and not stop.monitor_op(1.0, 2.0)


# Saved


def test_a_saved_model_loads_in_a_process_that_has_imported_us(tmp_path):
    model = compiled(gan(), "adam")
    model.fit(points(), verbose=0)
    model.save(tmp_path / "model.keras")
    dcgan.discriminator((8, 8, 1), 4).save(tmp_path / "network.keras")
    for order in (
        "keras_gen, keras",
        "keras, keras_gen",
        "keras_gen, tensorflow, keras",  # which looks for Keras and leaves it
    ):
        program = (
            f"import {order}\n"
            f"model = keras.models.load_model({str(tmp_path / 'model.keras')!r})\n"
            f"keras.models.load_model({str(tmp_path / 'network.keras')!r})\n"
            "print([int(o.iterations) for o in model.optimizers.values()])"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        assert done.stdout == "[2, 2]\n", done.stderr


def test_every_registered_class_is_announced():
    for name, module in saved.homes().items():
        cls = getattr(__import__(module, fromlist=[name]), name)
        assert keras.saving.get_registered_name(cls) == f"keras_gen>{name}"
    known = {n for n in keras.saving.get_custom_objects() if n.startswith("keras_gen>")}
    assert {f"keras_gen>{name}" for name in saved.homes()} >= {
        n for n in known if not n.endswith(">Mine")
    }


def test_a_whole_model_is_saved_to_one_kind_of_file(tmp_path):
    with pytest.raises(BadInput, match=r"\.keras file; received .*a\.h5"):
        vae().save(tmp_path / "a.h5")


# Looked at, by summary and callbacks


def test_a_game_has_a_summary_of_all_players(capsys):
    compiled(gan(), "adam").summary()
    shown = capsys.readouterr().out
    weights = sum(v.shape.num_elements() for v in gan().trainable_variables)
    assert "Optimizer params" in shown
    assert f"Trainable params: {weights}" in shown.replace(",", "")


def test_tensorboard_follows_a_game(tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path)
    compiled(gan()).fit(
        points(), validation_data=points(), verbose=0, callbacks=[board]
    )
    assert list(tmp_path.glob("train/*")) and list(tmp_path.glob("validation/*"))


def rates(model):
    return [float(o.learning_rate) for o in model.optimizers.values()]


def test_schedulers_act_on_all_players_or_on_the_one_that_is_named():
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    sgd = keras.optimizers.SGD
    model = compiled(gan(), {"generator": sgd(0.1), "discriminator": sgd(0.4)})
    model.fit(points(), verbose=0, callbacks=[halve])
    assert rates(model) == pytest.approx([0.05, 0.2])
    only = kg.callbacks.OfPlayer("discriminator", halve)
    model.fit(points(), verbose=0, callbacks=[only])
    assert rates(model) == pytest.approx([0.05, 0.1])
    with pytest.raises(UnknownName, match='no player "critic"'):
        model.fit(
            points(), verbose=0, callbacks=[kg.callbacks.OfPlayer("critic", halve)]
        )


def test_a_plateau_lowers_every_players_rate():
    plateau = keras.callbacks.ReduceLROnPlateau("loss", 0.5, 1, min_delta=1e9)
    model = compiled(gan())
    model.fit(points(), epochs=2, verbose=0, callbacks=[plateau])
    assert rates(model) == pytest.approx([0.005, 0.005])


@pytest.mark.parametrize("make", [vae, gan], ids=["vae", "gan"])
def test_the_usual_callbacks_find_their_loss(make, tmp_path):
    x = images() if make is vae else points()
    stop = keras.callbacks.EarlyStopping(patience=1, min_delta=1e9)
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.weights.h5", save_best_only=True, save_weights_only=True
    )
    model = compiled(make())
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        history = model.fit(
            x, validation_data=x, epochs=9, verbose=0, callbacks=[stop, best]
        )
    assert len(history.history["val_loss"]) == 2  # nothing is better by 1e9
    assert (tmp_path / "best.weights.h5").exists()


def test_better_is_higher_for_a_bound_and_lower_for_a_divergence():
    elbo = keras.callbacks.EarlyStopping(monitor="val_elbo")
    kl = keras.callbacks.EarlyStopping(monitor="val_kl")
    x = images()
    compiled(vae()).fit(x, validation_data=x, verbose=0, callbacks=[elbo, kl])
    assert elbo.monitor_op(2.0, 1.0) and not elbo.monitor_op(1.0, 2.0)
    assert kl.monitor_op(1.0, 2.0) and not kl.monitor_op(2.0, 1.0)


def test_the_loss_is_what_is_descended():
    model = compiled(kg.VAE(mlp.encoder(SHAPE, 4, 8), mlp.decoder(2, SHAPE, 8), beta=3))
    found = model.evaluate(images(), verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(
        3 * found["kl"] - found["reconstruction"], rel=1e-5
    )
    found = compiled(gan()).evaluate(points(), verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(
        found["discriminator_loss"] + found["generator_loss"], rel=1e-5
    )


# Data, whatever they come as


class Sequence(keras.utils.PyDataset):
    def __init__(self, *batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, i):
        return self.batches[i]


def ways(x):
    """Eight examples to a batch, of which only the last batches hold a fault."""
    parts = [x[i : i + 8] for i in range(0, len(x), 8)]
    return {
        "a list": lambda: {"x": [x], "batch_size": 8},
        "a dataset": lambda: {"x": tf.data.Dataset.from_tensor_slices(x).batch(8)},
        "a PyDataset": lambda: {"x": Sequence(*parts)},
        "a generator": lambda: {
            "x": ((x,) for x in parts),
            "steps_per_epoch": len(parts),
        },
    }


@pytest.mark.parametrize("way", ways(images()))
def test_pixels_are_watched_whatever_the_data_come_as(way):
    x = images()
    x[-1] *= 255
    with pytest.raises(BadInput, match=r"lie in \[0, 1\].*from 0.* to 255.*epoch 1"):
        compiled(vae()).fit(**ways(x)[way](), verbose=0)
    x[-1] = np.nan
    with pytest.raises(BadInput, match=r"none of their values is NaN"):
        compiled(vae()).fit(**ways(x)[way](), verbose=0)
    with pytest.raises(BadInput, match="received uint8"):
        compiled(vae()).fit(**ways(images().astype("uint8"))[way](), verbose=0)


def test_examples_and_labels_of_a_batch_are_watched():
    x, y = points(), np.arange(40) % 4
    x[-1, 0] = np.inf
    batches = [x[i : i + 8] for i in range(0, 40, 8)]
    with pytest.raises(BadInput, match=r"examples are finite numbers.*inf"):
        compiled(gan()).fit(Sequence(*batches), verbose=0)
    y[:32] %= 3
    pairs = [(images()[i : i + 8], y[i : i + 8]) for i in range(0, 40, 8)]
    with pytest.raises(BadInput, match="from 0 to 2; received values from 0 to 3"):
        compiled(cvae()).fit(Sequence(*pairs), verbose=0)
    model = compiled(vae())
    with pytest.raises(BadInput, match=r"lie in \[0, 1\]"):
        model.train_on_batch(images() * 255)
    with pytest.raises(BadInput, match=r"lie in \[0, 1\]"):
        model.test_on_batch(images() * 255)


def test_batches_that_are_given_one_by_one_share_a_graph():
    """As those of `fit`, whose steps they make."""
    x, y = images().astype("float64"), np.arange(40) % 3
    one, other = compiled(cvae()), compiled(cvae())
    other.set_weights(one.get_weights())
    traces, step = [], type(one).train_step
    one.train_step = lambda data: traces.append(1) or step(one, data)
    for i in range(0, 40, 8):
        one.train_on_batch(x[i : i + 8], y[i : i + 8])
    assert len(traces) == 1
    other.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    for ours, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_a_loss_that_is_nan_is_said_of_the_right_batches(monkeypatch):
    monkeypatch.setattr(Distributed, "together", 16)
    model = compiled(gan(), keras.optimizers.SGD(1e30))
    with pytest.raises(NonFiniteLoss, match="epoch 1, batch 1 to 5"):
        model.fit(points(), batch_size=8, verbose=0)


def test_progress_counts_no_step_beyond_the_last(capsys, monkeypatch):
    monkeypatch.setattr(Distributed, "together", 16)
    model = compiled(gan())
    model.fit(points(80), batch_size=4, verbose=1)
    shown = capsys.readouterr().out
    assert "20/20" in shown
    assert "32/20" not in shown


# What cannot be, in a sentence


def test_compile_says_whose_the_objective_is():
    with pytest.raises(BadInput, match="VAE has its own objective"):
        vae().compile("adam", loss="mse")
    with pytest.raises(BadInput, match="reports its own measures, loss, discr"):
        gan().compile("adam", metrics=["mae"])
    with pytest.raises(BadInput, match="a metric is one of Keras's"):
        vae().compile("adam", metrics=["maee"])
    with pytest.raises(BadInput, match='"kl" is reported already'):
        vae().compile("adam", metrics=[keras.metrics.Mean(name="kl")])


def test_no_data_are_refused():
    with pytest.raises(BadInput, match=r"VAE needs data"):
        compiled(vae()).fit()
    with pytest.raises(BadInput, match=r"empty: an array of shape \(0, 4, 4, 1\)"):
        compiled(vae()).fit(images()[:0])
    dicts = tf.data.Dataset.from_tensor_slices({"image": images()}).batch(8)
    with pytest.raises(BadInput, match="dicts with image"):
        compiled(vae()).fit(dicts, verbose=0)


def test_predict_gives_what_the_model_is_called_for():
    x, model = images(8), vae()
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x), atol=1e-6)
    z, game = points(8), gan()
    np.testing.assert_allclose(game.predict(z, verbose=0), game(z), atol=1e-6)
    label, told = np.arange(8) % 3, cvae()
    wanted = told(x, label=label)
    np.testing.assert_allclose(told.predict((x, label), verbose=0), wanted, atol=1e-6)
    with pytest.raises(BadInput, match=r"\(examples, label\); received"):
        told.predict(x)
    with pytest.raises(BadInput, match=r"takes latents of shape \(n, 2\)"):
        game.predict(images())


def test_export_the_keras_way_is_ours(tmp_path):
    manifest = gan().export(tmp_path / "out", format="onnx")
    assert {file.format for file in manifest.files} == {"onnx"}


def test_a_network_that_was_subclassed_is_refused_in_words():
    class Mine(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(BadInput, match=r"encoder is a keras.Model with a known input"):
        kg.VAE(Mine(), mlp.decoder(2, SHAPE, 8))
    with pytest.raises(BadInput, match=r"discriminator is a keras.Model"):
        kg.GAN(mlp.encoder((2,), 2, 8), "a critic")


def test_captions_are_texts_of_any_kind():
    """Strings, bytes, and the objects as which `data.arrays` gives them."""
    model = compiled(SMALL["CLIP"](), run_eagerly=True)
    x, said = tiny_examples(model, 8)
    bytes_ = said.astype("S")
    kinds = (said, bytes_, said.astype(object), bytes_.astype(object))
    losses = {model.evaluate(x, texts, verbose=0)[0] for texts in kinds}
    assert len(losses) == 1
    for texts in kinds:
        model.fit(x, texts, validation_data=(x, texts), verbose=0)
