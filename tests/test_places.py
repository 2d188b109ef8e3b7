"""One's own trained model, wherever it lies, is as good as one of the zoo's."""

import inspect
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
from PIL import Image

import export
import keras_gen as kg
import zoo
from keras_gen.errors import BadFile, BadInput, UnknownName
from tests import entries
from tests.conftest import difference
from zoo import __main__ as cli
from zoo import pictures, places, registry, tuning

NAME = "small-gan-digits"
DIGITS = registry.Facts((8, 8, 1), levels=17, classes=10)


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


def test_a_page_shows_a_model_by_what_it_knows_of_itself(trained):
    exhibit = export.web.Exhibit.of(zoo.load(trained))
    assert (exhibit.name, exhibit.classes) == (NAME, ())
    assert export.web.Exhibit.of(kg.GAN.small()["plain"]()).name.startswith("gan")


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


@pytest.mark.parametrize("player", ["generator", "network"])
@pytest.mark.parametrize("before", [0.0, 0.9])
@pytest.mark.parametrize("after", [0.0, 0.9])
def test_weights_load_whether_or_not_a_model_keeps_an_average(
    tmp_path, player, before, after
):
    def made(average):
        networks = kg.networks
        if player == "network":
            return kg.DDPM(networks.denoiser.mlp((2,), 4, 1), steps=2, average=average)
        mlp, shape = networks.mlp, (4, 4, 1)
        pair = mlp.generator(2, shape, 4), mlp.encoder(shape, 1, 4)
        return kg.GAN(*pair, average=average)

    path = tmp_path / "some.weights.h5"
    source, model = made(before), made(after)
    if before:
        trained = source.players()[player]
        trained.set_weights([w + 1 for w in trained.get_weights()])
    source.save_weights(path)
    model.load_weights(path)
    assert np.array_equal(model.sample(3, seed=1), source.sample(3, seed=1))
    if before == after:
        assert difference(model.weights, source.weights) == 0
    if after and not before:
        fast, theirs = model.players()[player], source.players()[player]
        assert difference(fast.weights, theirs.weights) == 0


OWN_LAYER = """
import keras

@keras.saving.register_keras_serializable("theirs")
class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x
"""


def test_classes_of_one_s_own_are_imported_for_a_command_that_is_asked_to(
    tmp_path, capsys, monkeypatch
):
    """And for no other: a file that names them is no reason."""
    from export import command_line as exporting

    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "their_layers.py").write_text(OWN_LAYER)
    import their_layers

    shape = (4, 4, 1)
    decoder = kg.networks.mlp.decoder(2, shape, 4)
    decoder = keras.Model(decoder.input, their_layers.Twice()(decoder.output))
    kg.VAE(kg.networks.mlp.encoder(shape, 4, 4), decoder).save("theirs.keras")

    known = keras.saving.get_custom_objects()
    commands = (
        (cli.main, ["sample", "theirs.keras", "-n", "2", "--out", "theirs.png"]),
        (exporting.main, ["check", "theirs.keras", "--format", "onnx"]),
        (exporting.main, ["theirs.keras", "--format", "onnx", "--out", "files"]),
    )
    for main, words in commands:
        known.pop("theirs>Twice", None)
        monkeypatch.delitem(sys.modules, "their_layers", raising=False)
        assert main(words) == 2
        assert "theirs" in capsys.readouterr().err
        assert main([*words, "--import", "their_layers.py"]) == 0, words
        capsys.readouterr()
    known.pop("theirs>Twice", None)
    assert cli.main(["show", "theirs.keras", "--import", "no_such"]) == 2
    assert "--import no_such: No module named" in capsys.readouterr().err


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


# Other data than an entry's own


def save(path, x):
    """Grey or colour, as it is."""
    Image.fromarray(x.squeeze().astype("uint8")).save(path)


def pictures_in(folder, shape, n=60, classes=(), levels=256):
    """PNG files of noise, in a folder for each class."""
    for i in range(n):
        x = np.random.default_rng(i).integers(0, levels, shape) * (255 // (levels - 1))
        home = folder / (classes[i % len(classes)] if classes else "")
        home.mkdir(parents=True, exist_ok=True)
        save(home / f"{i}.png", x)
    return folder


def prepared(name, *arguments, **options):
    return pictures.prepared(zoo.entry(name), *arguments, **options)


def test_what_pictures_are_decides_and_each_conversion_is_a_line(tmp_path):
    colour = pictures_in(tmp_path / "colour", (16, 16, 3))
    spec, lines = prepared("vae-digits", colour)
    assert registry.Facts.of(spec) == registry.Facts((16, 16, 3), 256)
    assert "colours kept: 60 of 60" in lines[0]
    assert "size kept: all are 16x16" in lines[1]
    assert "256 levels" in lines[2]
    spec, lines = prepared("dcgan-small-glyphs", colour, size="32x28")
    assert (spec.size, spec.channels) == ((32, 28), 3)
    assert "resized to 32x28, as asked" in lines[1]
    spec, lines = prepared("infogan-mnist", colour)  # its networks are of one size
    assert (spec.size, spec.channels) == ((28, 28), 1)
    assert "resized to 28x28" in lines[0] and "greyed" in lines[1]
    with pytest.raises(BadInput, match=r"one size.*dcgan-small-glyphs"):
        prepared("infogan-mnist", colour, size=(16, 16))
    with pytest.raises(BadInput, match="is no size"):
        prepared("vae-digits", colour, size="large")


def test_black_and_white_is_told_from_grey_and_grey_from_colour(tmp_path):
    plain = pictures_in(tmp_path / "plain", (16, 16, 1), levels=2)
    spec, _ = prepared("vae-small-glyphs", plain)
    assert registry.Facts.of(spec) == registry.Facts((16, 16, 1), 2)
    model = zoo.entry("vae-small-glyphs").made_for(registry.Facts.of(spec)).model
    assert isinstance(model.likelihood, kg.likelihoods.Bernoulli)
    grey = np.repeat(np.random.default_rng(0).integers(0, 256, (16, 16, 1)), 3, -1)
    save(tmp_path / "plain" / "grey.png", grey)
    spec, lines = prepared("vae-small-glyphs", plain)
    assert registry.Facts.of(spec) == registry.Facts((16, 16, 1), 256)
    assert lines[0] == "grey: no image has a colour"
    save(tmp_path / "plain" / "wide.png", np.zeros((16, 20, 1)))
    spec, lines = prepared("vae-small-glyphs", plain)
    assert spec.size == (28, 28) and "theirs differ" in lines[1]


def test_folders_are_the_classes_of_what_is_told_them(tmp_path):
    names = ("cat", "dog", "owl")
    folder = pictures_in(tmp_path / "pets", (16, 16, 1), classes=names)
    spec, lines = prepared("conditional-gan-glyphs", folder)
    assert lines[-1] == "3 classes, the folders: cat, dog, owl"
    facts = registry.Facts.of(spec)
    assert facts.classes == 3
    model = zoo.entry("conditional-gan-glyphs").made_for(facts).model
    assert (model.classes, model.data_shape) == (3, (16, 16, 1))
    assert pictures.form(spec)["classes"] == list(names)
    _, lines = prepared("dcgan-small-glyphs", folder)
    assert "3 folders are not told" in lines[-1]
    assert "conditional-gan-glyphs" in lines[-1]
    flat = pictures_in(tmp_path / "flat", (16, 16, 1))
    with pytest.raises(BadInput, match="a folder of its own"):
        prepared("conditional-gan-glyphs", flat)
    fixed = registry.Facts((8, 8, 1), 17, 3)
    with pytest.raises(BadInput, match=r"of 10 classes; these.*of 3 classes"):
        zoo.entry("improved-gan-digits").made_for(fixed)
    with pytest.raises(BadInput, match=r"likelihood of 17 levels.*vae-digits"):
        zoo.entry("vq-vae-digits").made_for(registry.Facts((8, 8, 1), 256))


@pytest.mark.parametrize(
    "name", [e.name for e in registry.entries().values() if e.adapts]
)
def test_a_recipe_s_default_facts_are_those_of_its_data(name):
    (given,) = inspect.signature(zoo.entry(name).make).parameters.values()
    own = zoo.entry(name).facts
    assert given.default.shape == own.shape
    assert given.default.levels == own.levels
    assert not own.classes or given.default.classes == own.classes


@pytest.mark.parametrize(
    "name",
    ["vae-digits", "vae-small-glyphs", "cvae-mnist", "made-digits", "pixelcnn-glyphs",
     "conditional-gated-pixelcnn-digits", "dcgan-small-glyphs", "ac-gan-glyphs"],
)  # fmt: skip
def test_recipes_are_built_for_colour_and_other_classes(name):
    entry = zoo.entry(name)
    facts = registry.Facts((8, 8, 3), 256, 5 if entry.facts.classes else 0)
    model = entry.made_for(facts).model
    model.check(
        np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)) / np.float32(255)
    )
    assert model.data_shape == (8, 8, 3)
    assert model.classes in (None, 5)


def test_all_bad_files_are_told_at_once_or_left_out(tmp_path):
    folder = pictures_in(tmp_path / "some", (8, 8, 1))
    for name in ("bad.png", "worse.jpg"):
        (folder / name).write_bytes(b"no image")
    with pytest.raises(BadInput, match=r"2 images of(.|\n)*bad\.png(.|\n)*worse\.jpg"):
        prepared("vae-digits", folder)
    spec, lines = prepared("vae-digits", folder, skip_bad=True)
    assert "2 files" in lines[0]
    assert sum(spec.info.sizes.values()) == 60
    assert spec.arrays("train").shape[1:] == (8, 8, 1)


def test_training_on_one_s_own_classes_is_told_on_the_card(
    tmp_path, monkeypatch, capsys
):
    def recipe(facts=DIGITS):
        told, n = kg.networks.labelled.told, facts.classes
        h, w, c = facts.shape
        generator = kg.networks.mlp.generator(2 + n, facts.shape, 4)
        critic = kg.networks.mlp.encoder((h, w, c + n), 1, 4)
        model = kg.ConditionalGAN(told(generator, n), told(critic, n), classes=n)
        return registry.Recipe(model, "adam", batch=8, epochs=1)

    about = {"system": "ConditionalGAN", "title": "", "paper": "", "weights": False}
    data = kg.data.Spec("digits", labels="class")
    registry.entry("small-told", tasks=("generate",), data=data, **about)(recipe)
    folder = pictures_in(tmp_path / "pets", (8, 8, 3), 200, classes=("cat", "owl"))
    first = tmp_path / "first"
    zoo.train("small-told", out=first, data=folder, augment=["flip"], epochs=1)
    said = capsys.readouterr().out
    assert "2 classes, the folders: cat, owl" in said and "colours kept" in said
    card = zoo.card(first)
    assert card["data"]["form"]["classes"] == ["cat", "owl"]
    assert card["title"] == "ConditionalGAN of pets, by the recipe of small-told"
    model = zoo.load(first / "small-told.weights.h5")
    assert (model.classes, model.data_shape) == (2, (8, 8, 3))
    assert model.about["data"]["form"]["classes"] == ["cat", "owl"]
    place = places.find(first)
    assert (place.classes, place.data.channels) == (("cat", "owl"), 3)
    assert place.data.name == str(folder)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["sample", str(first), "-n", "2", "--label", "owl"]) == 0
    capsys.readouterr()
    assert cli.main(["sample", str(first), "--label", "own", "--force"]) == 2
    assert 'Did you mean "owl"' in capsys.readouterr().err

    # Fine-tuning: other classes, and a player that stays as it is.
    more = pictures_in(tmp_path / "more", (8, 8, 3), 200, classes=("a", "b", "c"))
    before = model.generator.get_weights()
    arguments = ("--data", str(more), "--from", str(first), "--epochs", "1")
    frozen = ("--freeze", "generator", "--out", "second")
    assert cli.main(["train", "small-told", *arguments, *frozen]) == 0
    said = capsys.readouterr().out
    assert "generator: 5 of 6 arrays from" in said and "was (4, 4)" in said
    tuned = zoo.load("second")
    same = [
        np.array_equal(a, b)
        for a, b in zip(before, tuned.generator.get_weights(), strict=True)
        if a.shape == b.shape
    ]
    assert len(same) == 5 and all(same)
    critics = model.discriminator.get_weights(), tuned.discriminator.get_weights()
    assert not np.array_equal(critics[0][-1], critics[1][-1])
    assert zoo.card("second")["recipe"]["frozen"] == ["generator"]
    assert zoo.card("second")["recipe"]["from"] == "first"

    # The way to the data stays here, and what is sent goes without it.
    zoo.push("second", (tmp_path / "sent").as_uri())
    shared = [*first.glob("small-told.*"), *(tmp_path / "sent").iterdir()]
    with zipfile.ZipFile(first / "small-told.keras") as file:
        inside = b"".join(map(file.read, file.namelist()))
    sent = inside + b"".join(path.read_bytes() for path in shared)
    assert b'"pets/"' in sent and b"Data: more/" in sent
    assert not any(str(way).encode() in sent for way in (folder, more, first))
    assert cli.main(["sample", "sent", "-n", "2", "--out", "sent.png"]) == 0
    capsys.readouterr()
    assert cli.main(["evaluate", "sent"]) == 2
    assert "trained on more/, and that is not here" in capsys.readouterr().err
    folder.rename(tmp_path / "moved")
    assert cli.main(["evaluate", str(first)]) == 2
    assert "Put it there again" in capsys.readouterr().err


def test_what_does_not_fit_is_said():
    model = kg.VAE.small()["plain"]()
    assert tuning.take_over(model, kg.VAE.small()["plain"](), "it")[0].startswith("enc")
    with pytest.raises(BadInput, match="nothing of it fits: it is a GAN"):
        tuning.take_over(model, kg.GAN.small()["plain"](), "it")
    with pytest.raises(UnknownName, match='Did you mean "encoder"'):
        tuning.frozen(model, ["encodr"])
    with pytest.raises(BadInput, match="nothing to train"):
        tuning.frozen(model, ["encoder", "decoder"])


def test_augmentation_moves_pixels_of_the_training_and_invents_none():
    x = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), dtype="uint8")
    for way in ("flip", "shift"):
        spec = kg.data.Spec(x, augment=(way,))
        (first,) = spec.load("train", 64, shuffle=False)
        grey = x / np.float32(255)
        same = (first == grey).numpy().all((1, 2, 3))
        assert 0 < same.sum() < 64, way
        for a, b in zip(first.numpy(), grey, strict=True):
            assert set(a.flat) <= set(b.flat)
        (again,) = spec.load("train", 64, shuffle=False)
        assert np.array_equal(first, again)
        assert np.array_equal(spec.arrays("train"), grey)
        (test,) = spec.load("test", 64)
        assert np.array_equal(test, grey)
    with pytest.raises(UnknownName, match='Did you mean "flip"'):
        kg.data.Spec("digits", augment=("flp",))
