"""What one sees of a training, and that it is the same every time."""

import io
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from rich.console import Console

from keras_gen import callbacks, data, plots
from keras_gen.adversarial.gan import GAN
from keras_gen.autoencoders.autoencoder import Autoencoder
from keras_gen.callbacks import Progress, SampleGrid, progress
from keras_gen.errors import BadInput, OutputRefused
from keras_gen.networks import deep, mlp
from tests.conftest import SMALL
from zoo.sampling import captions


def gan(shape):
    keras.utils.set_random_seed(1)
    generator = mlp.decoder(2, shape, width=8)
    model = GAN(generator, mlp.encoder(shape, 1, width=8))
    model.compile(keras.optimizers.SGD(0.0))
    return model


@pytest.fixture(scope="module")
def points():
    return gan((2,))


@pytest.fixture(scope="module")
def images():
    return gan((4, 4, 1))


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).random((12, 2)).astype("float32")


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).random((4, 4, 4, 1)).astype("float32")


# SampleGrid


def test_fixed_noise_makes_the_picture_a_function_of_the_model(
    images, pictures, tmp_path
):
    """With a learning rate of zero all epochs look alike; a moved weight shows."""
    grid = SampleGrid(tmp_path / "run", n=9, seed=4)
    images.fit(pictures, epochs=2, verbose=0, callbacks=[grid])
    first, second = sorted((tmp_path / "run").iterdir())
    assert [first.name, second.name] == ["epoch-0001.png", "epoch-0002.png"]
    assert first.read_bytes() == second.read_bytes()
    expected = plots.grid(images.sample(9, seed=4))
    drawn = np.asarray(Image.open(first).convert("L"))
    np.testing.assert_array_equal(drawn, expected)
    weight = images.generator.trainable_variables[0]
    before = weight.numpy()
    weight.assign(before + 1)
    grid.on_epoch_end(2)
    weight.assign(before)
    assert (tmp_path / "run/epoch-0003.png").read_bytes() != first.read_bytes()


def test_the_picture_is_of_what_is_asked_for(tmp_path):
    model = SMALL["GANCLS"]()
    said = {"caption": ["a long tie", "a short tie"]}
    grid = SampleGrid(tmp_path / "run", n=2, conditions=said)
    grid.set_model(model)
    grid.on_epoch_end(0)
    drawn = np.asarray(Image.open(tmp_path / "run/epoch-0001.png").convert("L"))
    expected, other = (plots.grid(model.sample(2, 0, **c)) for c in (said, {}))
    np.testing.assert_array_equal(drawn, expected)
    assert (drawn != other).any()


def test_samples_are_asked_for_what_test_captions_say():
    class Told:
        labels = "caption"

        def arrays(self, split):
            return None, np.array([f"{split} {i}".encode() for i in range(5)])

    assert captions(Told(), 3) == {"caption": ["test 0", "test 2", "test 4"]}
    assert captions(Told(), 7)["caption"][-1] == "test 4"
    assert captions(data.Spec("digits"), 3) == captions(None, 3) == {}


def test_a_picture_that_cannot_be_drawn_ends_no_training(tmp_path, capsys, monkeypatch):
    model = gan((4, 4, 1))
    x, found = np.ones((4, 4, 4, 1), "float32"), iter([np.nan, 0.5])
    value = lambda n, **_: np.full((n, 4, 4, 1), next(found))  # noqa: E731
    monkeypatch.setattr(model, "sample", value)
    grid = SampleGrid(tmp_path / "run", n=4)
    model.fit(x, batch_size=4, epochs=2, verbose=0, callbacks=[grid])
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["epoch-0002.png"]
    assert "no picture of epoch 1: " in capsys.readouterr().err


def test_every_few_epochs_and_after_a_restart_the_names_are_the_epochs(
    points, x, tmp_path
):
    grid = SampleGrid(tmp_path / "run", n=5, every=2)
    points.fit(x, epochs=6, initial_epoch=3, verbose=0, callbacks=[grid])
    names = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert names == ["epoch-0004.png", "epoch-0006.png"]


def test_the_tensorboard_log_holds_the_same_picture(images, pictures, tmp_path):
    grid = SampleGrid(tmp_path / "run", n=4, tensorboard=tmp_path / "logs")
    images.fit(pictures, epochs=1, verbose=0, callbacks=[grid])
    (log,) = (tmp_path / "logs").iterdir()
    records = tf.data.TFRecordDataset(str(log)).as_numpy_iterator()
    events = [tf.compat.v1.Event.FromString(record) for record in records]
    (event,) = [event for event in events if event.summary.value]
    (value,) = event.summary.value
    assert value.metadata.plugin_data.plugin_name == "images" and event.step == 0
    width, height, png = value.tensor.string_val
    assert png == (tmp_path / "run/epoch-0001.png").read_bytes()
    assert Image.open(io.BytesIO(png)).size == (int(width), int(height))


def test_an_unwritable_folder_is_refused_before_the_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputRefused, match="is a file"):
        SampleGrid(tmp_path / "file")


def test_only_the_chief_shows_anything(points, x, tmp_path, monkeypatch):
    for module in (callbacks.pictures, callbacks.progress):
        monkeypatch.setattr(module, "is_chief", lambda model: False)
    out = io.StringIO()
    shown = [SampleGrid(tmp_path / "run"), Progress(console=Console(file=out))]
    points.fit(x, verbose=0, callbacks=shown)
    assert not (tmp_path / "run").exists() and out.getvalue() == ""


def test_a_model_that_draws_nothing_shows_what_it_makes_of_examples(pictures, tmp_path):
    model = Autoencoder(deep.encoder((4, 4, 1), 2), deep.decoder(2, (4, 4, 1)))
    model.compile(keras.optimizers.SGD(0.0))
    with pytest.raises(BadInput, match="give SampleGrid the `examples`"):
        model.fit(pictures, verbose=0, callbacks=[SampleGrid(tmp_path)])
    grid = SampleGrid(tmp_path, n=3, examples=pictures)
    model.fit(pictures, verbose=0, callbacks=[grid])
    plots.trials(model, pictures[:3], path=tmp_path / "expected.png")
    drawn, expected = sorted(tmp_path.iterdir())
    assert drawn.read_bytes() == expected.read_bytes()


# Progress


def test_away_from_a_terminal_it_prints_one_plain_line_per_epoch(points, x):
    out = io.StringIO()
    shown = Progress("gan-ring", Console(file=out, width=20))
    points.fit(x, batch_size=4, epochs=5, initial_epoch=2, verbose=0, callbacks=[shown])
    title, *lines = out.getvalue().splitlines()
    assert title == "gan-ring"
    assert [line.split("  ")[0] for line in lines] == [
        "epoch 3/5",
        "epoch 4/5",
        "epoch 5/5",
    ]
    assert "\x1b" not in out.getvalue() and "generator_loss 0." in lines[0]
    assert lines[0].endswith("left") and not lines[-1].endswith("left")


def test_on_a_terminal_it_redraws_and_gives_the_cursor_back(points, x, monkeypatch):
    monkeypatch.setattr(Progress, "refresh", 0.0)
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, legacy_windows=False)
    points.fit(
        x,
        batch_size=4,
        epochs=2,
        verbose=0,
        validation_data=(x,),
        callbacks=[Progress("gan-ring", console)],
    )
    text = out.getvalue()
    for words in ("gan-ring", "epoch 2/2", "step 2/3", "generator_loss", "validation"):
        assert words in text
    assert text.count("\x1b[?25l") < text.count("\x1b[?25h")
    assert text.endswith("\n\x1b[?25h")


def test_in_a_notebook_it_redraws_one_output(points, x, monkeypatch):
    """Through what every notebook has; here a stand-in that keeps what it is shown."""
    shown = []

    class Handle:
        update = staticmethod(shown.append)

    def display(value, display_id=False):
        if display_id:  # the title is written, the rest redrawn
            shown.append(value)
        return Handle

    module = types.ModuleType("IPython.display")
    module.HTML, module.display = str, display
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setattr(Progress, "refresh", 0.0)
    console = Console(file=io.StringIO(), force_jupyter=True)
    points.fit(
        x, batch_size=4, epochs=2, verbose=0, callbacks=[Progress("ring", console)]
    )
    assert len(shown) == 1 + 2 * (3 + 1)
    assert shown[-1].startswith("<pre") and "\x1b" not in shown[-1]
    for words in ("epoch 2/2", "step 3/3", "━", "generator_loss"):
        assert words in shown[-1]


def test_an_unknown_number_of_steps_is_known_after_the_first_epoch(points, x):
    batches = tf.data.Dataset.from_tensor_slices(x).batch(4)
    batches = batches.filter(lambda batch: True)  # forgets its cardinality
    out = io.StringIO()
    shown = Progress(console=Console(file=out))
    points.fit(batches, epochs=2, verbose=0, callbacks=[shown])
    lines = out.getvalue().splitlines()
    assert lines[0].endswith("left") and len(lines) == 2 and shown._steps == 3


def test_the_time_left_is_that_of_the_whole_training(points, monkeypatch):
    """Two of five epochs of ten steps were done before; a step takes 2 seconds.

    The first step takes 60, as tracing does, and must not count.
    """
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    shown = Progress(console=Console(file=io.StringIO()))
    shown.set_model(points)
    shown.set_params({"epochs": 5, "steps": 10, "verbose": 0})
    shown.on_train_begin()
    shown.on_epoch_begin(2)
    clock[0] += 60
    shown.on_train_batch_end(0, {})
    assert shown.seconds_left() is None
    for step in range(1, 10):
        clock[0] += 2
        shown.on_train_batch_end(step, {})
    assert shown.seconds_left() == pytest.approx(40)
    shown.on_epoch_end(2, {})
    shown.on_epoch_begin(3)
    for step in range(5):
        clock[0] += 2
        shown.on_train_batch_end(step, {})
    assert shown.seconds_left() == pytest.approx(30)


def test_times_and_numbers_read_well():
    times = [progress.duration(s) for s in (0.04, 9.96, 59.7, 3599.9, 7500)]
    assert times == ["0.0 s", "10 s", "1 min 00 s", "1 h 00 min", "2 h 05 min"]
    assert progress.number(-103.24) == "-103.2"
