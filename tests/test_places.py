"""One's own trained model, wherever it lies, is as good as one of the zoo's."""

import io
import json
import shutil
import subprocess
import sys
import zipfile

import h5py
import keras
import numpy as np
import pytest

import keras_gen as kg
import zoo
from keras_gen.errors import BadFile, UnknownName
from tests import entries
from tests.conftest import difference
from zoo import __main__ as cli
from zoo import places

NAME = "small-gan-digits"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a training, with a model that keeps an average until its end."""
    with pytest.MonkeyPatch.context() as patch:
        entries.declare(patch)
        out = tmp_path_factory.mktemp("runs") / "mine"
        zoo.train(NAME, out=out, epochs=1)
    return out


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    entries.declare(monkeypatch)


def test_a_folder_a_keras_file_and_weights_mean_the_same_model(trained):
    expected = zoo.load(trained)
    assert isinstance(expected, kg.GAN)
    for path in (f"{NAME}.keras", f"{NAME}.weights.h5"):
        model = zoo.load(trained / path)
        assert difference(model.weights[2:], expected.weights[2:]) == 0
        assert model.about == expected.about
        assert model.about["name"] == NAME
        assert zoo.card(trained / path) == zoo.card(str(trained))


def test_a_keras_file_brings_its_card_along(trained, tmp_path):
    moved = shutil.copy(trained / f"{NAME}.keras", tmp_path / "elsewhere.keras")
    assert zoo.card(moved) == zoo.card(trained)
    assert keras.saving.load_model(moved).sample(2, seed=1).shape == (2, 8, 8, 1)


def test_a_fresh_process_loads_what_was_trained(trained):
    script = (
        "import zoo;"
        f"print(zoo.load({str(trained / (NAME + '.keras'))!r}).sample(2, seed=1).sum())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    expected = zoo.load(trained).sample(2, seed=1).sum()
    assert float(ran.stdout.split()[-1]) == pytest.approx(expected, rel=1e-5)


def test_every_command_takes_a_path(trained, tmp_path, capsys, monkeypatch):
    from export import command_line as exporting

    monkeypatch.chdir(tmp_path)
    mine = str(trained)
    assert cli.main(["show", mine, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == zoo.card(trained)
    assert cli.main(["sample", mine, "-n", "4"]) == 0
    assert (tmp_path / f"{NAME}.png").exists()
    capsys.readouterr()
    assert cli.main(["evaluate", mine, "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert set(measured) == set(zoo.card(trained)["metrics"])
    assert exporting.main(["check", mine, "--format", "onnx"]) == 0
    arguments = [mine, "--format", "onnx", "--signatures", "generate", "--json"]
    capsys.readouterr()
    assert exporting.main([*arguments, "--out", str(tmp_path / "files")]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert (manifest["name"], manifest["metadata"]["system"]) == (NAME, "GAN")


def test_a_strangers_model_without_a_card_is_sampled_and_not_measured(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    kg.GAN.small()["plain"]().save("theirs.keras")
    assert cli.main(["sample", "theirs.keras", "-n", "4"]) == 0
    assert (tmp_path / "theirs.png").exists()
    for command in ("show", "evaluate"):
        assert cli.main([command, "theirs.keras"]) == 2
        assert "has no card" in capsys.readouterr().err


@pytest.mark.parametrize("before", [0.0, 0.9])
@pytest.mark.parametrize("after", [0.0, 0.9])
def test_weights_load_whether_or_not_a_model_keeps_an_average(tmp_path, before, after):
    def made(average):
        mlp, shape = kg.networks.mlp, (4, 4, 1)
        networks = mlp.generator(2, shape, 4), mlp.encoder(shape, 1, 4)
        return kg.GAN(*networks, average=average)

    path = tmp_path / "some.weights.h5"
    source, model = made(before), made(after)
    if before:
        source.generator.set_weights([w + 1 for w in source.generator.get_weights()])
    source.save_weights(path)
    model.load_weights(path)
    assert np.array_equal(model.sample(3, seed=1), source.sample(3, seed=1))
    if before == after:
        assert difference(model.weights, source.weights) == 0
    if after and not before:
        assert difference(model.generator.weights, source.generator.weights) == 0


def test_what_a_string_means_or_a_sentence():
    with pytest.raises(UnknownName, match=r'Did you mean "gan-ring".*path will do'):
        places.find("gan-rink")
    with pytest.raises(BadFile, match=r"runs/none does not exist.*folder of a train"):
        places.find("runs/none")
    with pytest.raises(BadFile, match="does not exist"):
        places.find("none.keras")


def test_a_folder_says_what_it_lacks(tmp_path, trained):
    with pytest.raises(BadFile, match=r"holds no \.keras"):
        places.find(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(BadFile, match="has not ended"):
        places.find(tmp_path)
    shutil.copy(trained / f"{NAME}.weights.h5", tmp_path)
    with pytest.raises(BadFile, match="holds numbers alone"):
        places.find(tmp_path)
    for name in "ab":
        shutil.copy(trained / f"{NAME}.keras", tmp_path / f"{name}.keras")
    with pytest.raises(BadFile, match=r"holds 2 models.*a\.keras, b\.keras"):
        places.find(tmp_path)
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(BadFile, match="is no model"):
        places.find(tmp_path / "notes.txt")


# What strangers may send


def doctored(source, target, change=None, weights=None):
    """A copy of a .keras file with another configuration or other weights."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json" and change:
                config = json.loads(content)
                change(config)
                content = json.dumps(config)
            if name == "model.weights.h5" and weights:
                content = weights
            new.writestr(name, content)
    return target


def _root(config):
    config.update(keras.saving.serialize_keras_object(keras.Sequential([])))


def _part(**part):
    return lambda config: config["config"].update(penalty=part)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_root, "'Sequential' and no model of keras_gen"),
        (lambda c: c.clear(), "no model of keras_gen"),
        (_part(class_name="Lambda", module="keras.layers"), "which is code"),
        (_part(class_name="__lambda__", config={"value": "e30="}), "which is code"),
        (_part(class_name="system", module="os"), "neither of Keras nor"),
        (
            _part(class_name="function", module="keras.utils", config="get_file"),
            "neither of Keras nor",
        ),
        (
            _part(class_name="VAE", module="x", registered_name="theirs>VAE"),
            "neither of Keras nor",
        ),
    ],
)
def test_code_and_foreign_classes_are_refused(trained, tmp_path, change, words):
    file = doctored(trained / f"{NAME}.keras", tmp_path / "bad.keras", change)
    with pytest.raises(BadFile, match=words):
        zoo.load(file)


def test_arrays_that_lie_elsewhere_are_refused(trained, tmp_path):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["x"] = np.zeros(3)

    def link(file):
        file["vars/0"] = h5py.ExternalLink(str(secret), "x")

    def external(file):
        file.create_dataset("y", (4,), "u1", external=[(str(secret), 0, 4)])

    def virtual(file):
        layout = h5py.VirtualLayout((3,), "f8")
        layout[:] = h5py.VirtualSource(str(secret), "x", (3,))
        file.create_virtual_dataset("y", layout)

    for hostile in (link, external, virtual):
        content = io.BytesIO()
        with h5py.File(content, "w") as file:
            hostile(file)
        source = trained / f"{NAME}.keras"
        bad = doctored(source, tmp_path / "bad.keras", weights=content.getvalue())
        with pytest.raises(BadFile, match="not loaded"):
            zoo.load(bad)


def test_damaged_files_are_one_sentence(trained, tmp_path):
    whole = (trained / f"{NAME}.keras").read_bytes()
    bad = tmp_path / "bad.keras"
    for content in (b"", b"no zip", whole[: len(whole) // 2]):
        bad.write_bytes(content)
        with pytest.raises(BadFile, match=r"cannot be read as a \.keras file"):
            zoo.load(bad)
    doctored(trained / f"{NAME}.keras", bad, weights=b"no hdf5")
    with pytest.raises(BadFile, match="no readable weights"):
        zoo.load(bad)
