"""The zoo: what is declared, what is carded, what is checked before it is opened."""

import functools
import json
import os
import pathlib
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from PIL import Image

import keras_gen as kg
import zoo
from keras_gen import SYSTEMS
from keras_gen.errors import BadFile, BadInput, OutputRefused, UnknownName
from tests import entries
from tests.conftest import difference
from zoo import __main__ as cli
from zoo import (
    cards,
    describing,
    evaluation,
    loading,
    packing,
    pictures,
    registry,
)

NAMES = zoo.names()
TRAINED = [name for name in NAMES if zoo.entry(name).weights]
released = functools.cache(zoo.load)  # for tests that leave the model as it is


@pytest.mark.parametrize("name", TRAINED)
def test_golden_noise_gives_the_golden_output(name):
    assert loading.golden_error(name, released(name)) < 1e-4


@pytest.mark.parametrize("name", ["vae-digits", "dcgan-small-glyphs", "made-digits"])
def test_another_model_does_not_give_the_golden_output(name):
    assert loading.golden_error(name, zoo.build(name)) > 1e-3


@pytest.mark.parametrize("name", TRAINED)
def test_card_tells_the_truth_about_the_file(name):
    card, entry = zoo.card(name), zoo.entry(name)
    path = cards.WEIGHTS / card["weights"]["file"]
    assert path.stat().st_size == card["weights"]["bytes"] < 4e6
    assert card["name"] == name
    assert card["data"]["name"] == entry.data.name
    for player, network in released(name).players().items():
        count = sum(int(np.prod(w.shape)) for w in network.trainable_weights)
        assert card["parameters"][player] == count


def test_cards_are_read_by_lines_one_for_each_measure():
    for name in TRAINED:
        lines = (cards.CARDS / f"{name}.json").read_text().splitlines()
        assert len(lines) <= 150, name
        for measure, said in zoo.card(name)["metrics"].items():
            (line,) = [line for line in lines if line.startswith(f'  "{measure}": ')]
            assert json.loads("{" + line.rstrip(",") + "}") == {measure: said}
            assert said == cards.rounded(said), (name, measure)


def test_digits_of_a_measure_are_those_of_its_error():
    def shown(value, stderr):
        return tuple(cards.rounded({"value": value, "stderr": stderr}).values())

    assert shown(123.456789, 0.0456) == (123.457, 0.046)
    assert shown(123.456789, 45.6) == (123.0, 46.0)
    assert shown(1234.56789, 123.4) == (1230.0, 120.0)
    assert shown(0.98765, 0.00996) == (0.988, 0.01)  # which is two digits: .010
    assert shown(123.456789, None) == (123.46, None)
    assert shown(123.456789, 0.0) == (123.46, 0.0)


def test_all_weights_together_are_small():
    assert sum(p.stat().st_size for p in cards.WEIGHTS.glob("*.h5")) < 45e6


def test_weights_are_float16_where_their_entry_says_nothing_else():
    for name in TRAINED:
        found = set()

        def look(key, item, found=found):
            if isinstance(item, h5py.Dataset) and key != packing.GOLDEN:
                found.add(str(item.dtype))

        with h5py.File(cards.WEIGHTS / f"{name}.weights.h5") as file:
            file.visititems(look)
        kept = zoo.entry(name).precision
        kept = kept if kept == "float32" else "float16"
        assert kept in found, name
        assert found <= {"float16", kept, "int32"}, name


def written(model, path, precision="float16"):
    """What a training writes of `model`, before that rounded and masked."""
    packing.settle(model, precision)
    describing.write_weights(path, model)
    return path


def test_the_same_weights_are_the_same_bytes_at_another_time(tmp_path):
    model = zoo.build("gan-ring")
    first = written(model, tmp_path / "a.weights.h5")
    time.sleep(1.1)  # HDF5 counts seconds
    again = zoo.build("gan-ring")
    again.load_weights(first)
    second = written(again, tmp_path / "b.weights.h5")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("precision", "share", "error"),
    [("float16", 0.5, 2**-11), ("float12", 0.4, 2**-7), ("float10", 0.33, 2**-5)],
)
def test_weights_weigh_half_and_are_read_as_they_were_rounded(
    tmp_path, precision, share, error
):
    model, plain = zoo.build("vae-digits"), tmp_path / "plain.weights.h5"
    before = [w.numpy() for w in model.weights]
    path = written(model, tmp_path / "half.weights.h5", precision)
    model.save_weights(plain)
    assert path.stat().st_size < share * plain.stat().st_size
    other = zoo.build("vae-digits")
    other.load_weights(path)
    for weight, old, read in zip(model.weights, before, other.weights, strict=True):
        assert read.dtype == weight.dtype
        np.testing.assert_array_equal(read, weight)
        if np.issubdtype(old.dtype, np.integer):
            np.testing.assert_array_equal(read, old)
        else:
            np.testing.assert_array_equal(read, read.numpy().astype("float16"))
            rtol, smallest = 1.07 * error, 2**-14  # that half precision has normal
            np.testing.assert_allclose(read, old, rtol=rtol, atol=rtol * smallest)
            assert not np.array_equal(read, old) or not old.any()
    np.testing.assert_array_equal(loading.golden(model), packing.golden(path))


def test_float32_weights_and_counts_stay_exact(tmp_path):
    model = zoo.build("gan-ring")
    model.weights[0].assign(model.weights[0] + 1e-6)
    counts = [w for w in model.weights if np.issubdtype(w.dtype, np.integer)]
    for count in counts:
        count.assign(count + 70_001)  # which float16 has not
    before = [w.numpy() for w in model.weights]
    path = written(model, tmp_path / "whole.weights.h5", "float32")
    other = zoo.build("gan-ring")
    other.load_weights(path)
    for old, read in zip(before, other.weights, strict=True):
        np.testing.assert_array_equal(read, old)
    assert counts
    packing.settle(model)
    for count in counts:
        assert count.numpy().max() >= 70_001


MASKED = {"made-digits": 0.5, "fvsbn-digits": 0.49, "iaf-digits": 0.006}


@pytest.mark.parametrize(("name", "share"), MASKED.items())
def test_what_a_mask_hides_is_stored_as_zero_and_was_no_matter(name, share):
    model = zoo.build(name)
    before, zeros = loading.golden(model), share_of_zeros(model)
    packing.settle(model, "float32")
    assert share_of_zeros(model) > zeros + share
    np.testing.assert_array_equal(loading.golden(model), before)


def share_of_zeros(model):
    kernels = [w.numpy() for w in model.weights if w.ndim > 1]
    return sum((w == 0).sum() for w in kernels) / sum(w.size for w in kernels)


@pytest.mark.parametrize("value", [65520.0, -7e4, np.inf, np.nan])
def test_weights_beyond_float16_are_refused(value):
    model = zoo.build("gan-ring")
    kernel = next(w for w in model.weights if w.ndim == 2)
    kernel.assign(np.full(kernel.shape, value))
    with pytest.raises(BadInput, match='precision="float32"'):
        packing.settle(model)
    packing.settle(model, "float32")


@pytest.mark.parametrize(
    "name",
    ["cat-gan-digits", "dae-gaussian-digits", "gan-ring", "made-digits", "vae-digits"],
)
def test_evaluate_reproduces_the_card(name):
    measured, claimed = zoo.evaluate(name), zoo.card(name)["metrics"]
    assert set(measured) == set(claimed)
    for key, value in measured.items():
        error = {"rel": 2e-3, "abs": 0.1 * (value["stderr"] or 0)}
        assert value["value"] == pytest.approx(claimed[key]["value"], **error)
        assert value["n"] == claimed[key]["n"]


# Of real images, what distances and answers are to be measured with; of captions, which
# is right among 64, some of which say as little.
ACCURATE = {"classifier-mnist": 0.993, "classifier-fashion": 0.92}
ACCURATE |= {"clip-faces": 0.65, "clip-pixel-faces": 0.65}


def test_released_models_are_as_good_as_promised():
    for name in TRAINED:
        if zoo.entry(name).data.name == "points/ring":
            ring = zoo.card(name)["metrics"]
            assert ring["modes_covered"]["value"] == 8, name
            # A density pays for every point that it misses, and for no bridge.
            least = 0.5 if "nll" in ring else 0.9
            assert ring["share_good"]["value"] >= least, name
    for name in ("vae-digits", "made-digits"):
        metrics = zoo.card(name)["metrics"]
        margin = metrics["histogram_bits_per_dim"]["value"]
        margin -= metrics["bits_per_dim"]["value"]
        assert margin > 10 * metrics["bits_per_dim"]["stderr"]
    for name in set(TRAINED) - set(zoo.names(task="generate")):
        metrics = zoo.card(name)["metrics"]
        if "accuracy" in metrics:
            least = ACCURATE.get(name, 0.95)
            assert metrics["accuracy"]["value"] >= least, name
            continue
        if "asked_frechet" in metrics:  # without pairs: for what was asked
            for way in ("", "_back"):
                distance, taken = (
                    [metrics.get(f"{k}{way}{end}") for end in ("", "_unchanged")]
                    for k in ("asked_frechet", "taken")
                )
                assert distance[0]["value"] < 0.5 * distance[1]["value"], name
                if all(taken):
                    assert taken[0]["value"] > 0.75 > 0.1 > taken[1]["value"], name
            continue
        if "label_accuracy" in metrics:  # told the kind
            assert metrics["label_accuracy"]["value"] > 0.75, name
            continue
        if "expression_right" in metrics:  # driven
            right, same = (
                metrics[f"expression_right{end}"]["value"] for end in ("", "_unchanged")
            )
            assert right > same + 0.1, name
            assert metrics["l1"]["value"] < metrics["baseline_l1"]["value"], name
            continue
        if "iou" in metrics and "baseline_iou" not in metrics:  # of many kinds
            assert metrics["iou"]["value"] > 0.8
            continue
        measure = "iou" if "iou" in metrics else "psnr"
        value, baseline = (metrics[f"{p}{measure}"]["value"] for p in ("", "baseline_"))
        if name == "ae-linear-digits":  # which is its baseline, found by descent
            assert abs(value - baseline) < 0.1
        else:
            assert value > baseline + (0.1 if measure == "iou" else 1.0)


def test_what_an_entry_does_to_its_images_is_its_own():
    """Where it is trained as it is; the data of others are their own."""
    entry = zoo.entry("classifier-fashion")
    assert pictures.prepared(entry, None)[0] == entry.data
    assert pictures.prepared(entry, None, augment=["shift"])[0].augment == ("shift",)
    assert pictures.prepared(entry, "mnist")[0].augment == ()
    card = describing.described(entry, entry.data, entry.make().model)
    assert card["licence"] == entry.licence and "form" not in card["data"]


@pytest.fixture
def copied(monkeypatch, tmp_path):
    """The card and the weights of gan-ring where a test may damage them."""
    for folder in ("CARDS", "WEIGHTS"):
        copy = tmp_path / folder
        copy.mkdir()
        for path in getattr(cards, folder).glob("gan-ring*"):
            (copy / path.name).write_bytes(path.read_bytes())
        monkeypatch.setattr(cards, folder, copy)
    monkeypatch.setattr(loading, "WEIGHTS", tmp_path / "WEIGHTS")
    return tmp_path


def test_weights_are_refused_unless_they_are_the_card_s(copied):
    path = copied / "WEIGHTS" / "gan-ring.weights.h5"
    content = path.read_bytes()
    zoo.load("gan-ring")
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    for damaged in (bytes(flipped), content[: len(content) // 2], b""):
        path.write_bytes(damaged)
        with pytest.raises(BadFile, match="not the file of its card"):
            zoo.load("gan-ring")
    path.unlink()
    with pytest.raises(BadFile, match="does not exist"):
        zoo.load("gan-ring")


def test_publishing_what_was_measured_changes_nothing_else_on_the_card(copied, capsys):
    path = copied / "CARDS" / "gan-ring.json"
    good = json.loads(path.read_text())
    stale = {"value": 1.0, "stderr": None, "estimator": "", "n": 1}
    path.write_text(json.dumps({**good, "metrics": {"nll": stale}}))
    assert cli.main(["evaluate", "gan-ring"]) == 0
    assert "modes_covered" in capsys.readouterr().out
    assert set(cards.read(path)["metrics"]) == {"nll"}
    assert cli.main(["evaluate", "gan-ring", "--publish"]) == 0
    assert cards.read(path) == good


def test_samples_are_judged_by_what_only_classifies_the_same_data():
    found = evaluation.classifier_of(zoo.entry("dcgan-small-glyphs").data)
    assert found.about["name"] == "classifier-glyphs"
    # Which was trained on images that were flipped: the data are the same.
    found = evaluation.classifier_of(zoo.entry("ac-gan-fashion").data)
    assert found.about["name"] == "classifier-fashion"
    # Of faces chosen by one attribute, that one is judged: without glasses, and with.
    faces = zoo.entry("dualgan-glasses").data
    found = evaluation.classifier_of(faces)
    assert found.counts == {"glasses": 2}
    assert evaluation._wanted(faces, found) == [[0], [1]]
    small = registry.datasets.Spec("glyphs", size=(8, 8))
    for spec in (small, zoo.entry("gan-ring").data, zoo.entry("pixelcnn-glyphs").data):
        assert evaluation.classifier_of(spec) is None


def test_what_captions_name_is_looked_for_by_the_classifier_of_the_data(monkeypatch):
    """As numbers of its values; a caption that names nothing does not count."""
    rng = np.random.default_rng(0)
    x = rng.random((60, 32, 32, 3)).astype("float32")
    captions = np.array([b"A face with red hair, not smiling.", b"a portrait"] * 30)
    spec = registry.datasets.Spec("faces/avataaars", size=(32, 32), labels="caption")
    monkeypatch.setattr(type(spec), "arrays", lambda *_: (x, captions))

    class Captioned:
        vocabulary = kg.Vocabulary(kg.data.words())
        condition, sampler = "caption", "generate"

        def signatures(self):
            return {"generate": SimpleNamespace(inputs={"caption": None})}

        def sample(self, n, seed, caption):
            assert np.array_equal(caption, self.vocabulary.numbers(captions))
            return x[::-1]

    measured = evaluation.measure(Captioned(), spec)
    said = zoo.load("classifier-faces").answers(x)
    values = spec.info.factors["hair_colour"].index("red"), 0
    for key, shown in (("", slice(None, None, -1)), ("_floor", slice(None))):
        right = (
            (said["hair_colour"][shown][::2] == values[0])
            + (said["smiling"][shown][::2] == values[1])
        ) / 2
        assert measured[f"caption_accuracy{key}"]["value"] == pytest.approx(
            right.mean()
        )
        assert measured[f"caption_accuracy{key}"]["n"] == 30


COVERAGE = {"modes_covered", "share_good"}
COPIES = {"duplicates", "duplicates_floor", "support", "memorised"}
CLASSES = {"classes_covered", "classes_covered_floor", "bins_apart", "bins_apart_floor"}


def test_the_card_of_every_game_shows_whether_it_lost_modes_or_copies():
    known = functools.cache(evaluation.classifier_of)
    for name in set(TRAINED) & set(zoo.names("adversarial")):
        data = zoo.entry(name).data
        wanted = COVERAGE if data.info.modes is not None else COPIES
        if known(replace(data, labels=None)):
            wanted = wanted | CLASSES
        if data.labels == "domain":
            wanted = wanted | {"classes_covered", "couples_alike"}
        assert set(zoo.card(name)["metrics"]) >= wanted, name


def test_cards_have_a_closed_schema(copied):
    path = copied / "CARDS" / "gan-ring.json"
    good = json.loads(path.read_text())
    for spoil, words in (
        (lambda c: c.pop("licence"), "expected the fields"),
        (lambda c: c.update(note="hello"), "expected the fields"),
        (lambda c: c["weights"].update(bytes="many"), "expected .*int"),
        (lambda c: c["metrics"]["share_good"].pop("n"), "share_good: expected"),
    ):
        card = json.loads(json.dumps(good))
        spoil(card)
        path.write_text(json.dumps(card))
        with pytest.raises(BadFile, match=words):
            zoo.card("gan-ring")
    path.write_text("{")
    with pytest.raises(BadFile, match="cannot be read as a card"):
        zoo.card("gan-ring")


def test_names_filter_and_refuse():
    assert set(zoo.names(dataset="digits")) >= {"made-digits", "vae-digits"}
    density = zoo.names(task="density", dataset="glyphs")
    assert "gated-pixelcnn-glyphs" in density
    assert "made-digits" not in density
    assert set(zoo.names(family="adversarial")) >= {"gan-ring", "dcgan-small-glyphs"}
    with pytest.raises(UnknownName, match='Did you mean "digits"'):
        zoo.names(dataset="digit")
    with pytest.raises(UnknownName, match='Did you mean "dcgan-small-glyphs"'):
        zoo.load("dcgan-small-glyph")
    with pytest.raises(BadFile, match="zoo train dcgan-celeba-paper"):
        zoo.load("dcgan-celeba-paper")


def test_a_name_is_declared_once():
    entry = zoo.entry("gan-ring")
    with pytest.raises(ValueError, match="two zoo entries"):
        registry.entry(
            "gan-ring", system="", paper="", title="", tasks=(), data=entry.data
        )(entry.make)


def test_a_recipe_a_system_and_a_family_have_one_name():
    """And tables have the order of `SYSTEMS`, in which no family is torn apart."""
    homes = {
        system: f"zoo.recipes.{family}.{file}"
        for family, files in SYSTEMS.items()
        for system, file in files.items()
    }
    found = [zoo.entry(name) for name in NAMES]
    for entry in found:
        assert entry.make.__module__ == homes[entry.system], entry.name
        assert entry.family == homes[entry.system].split(".")[2], entry.name
    assert list(dict.fromkeys(entry.system for entry in found)) == list(homes)


def test_an_entry_is_one_of_a_system_that_there_is():
    about = {"paper": "", "title": "", "tasks": (), "data": None}
    with pytest.raises(UnknownName, match='Did you mean "ACGAN"'):
        registry.entry("new", system="ACGan", **about)(None)


def test_training_writes_all_it_promises_and_goes_on(
    tmp_path, capsys, monkeypatch, copied
):
    """And is published with the recipe's own epochs, where `zoo.load` finds it."""
    entries.declare(monkeypatch)
    name, out = "small-vae-digits", tmp_path / "run"
    zoo.train(name, out=out, epochs=1)
    assert {p.name for p in out.iterdir()} == {
        "checkpoints",
        "samples",
        "history.json",
        "curves.png",
        "small-vae-digits.json",
        "small-vae-digits.keras",
        "small-vae-digits.weights.h5",
    }
    more = zoo.train(name, out=out, publish=True)
    assert "epoch 2/2" in capsys.readouterr().out
    assert len(list((out / "samples").iterdir())) == 2
    card = cards.read(out / f"{name}.json")
    assert card["recipe"]["epochs"] == 2
    assert zoo.card(name) == card
    assert difference(zoo.load(name).weights, more.weights) < 1e-3
    whole = zoo.train(name, out=tmp_path / "other", epochs=2)
    assert difference(more.weights, whole.weights) == 0
    with pytest.raises(BadInput, match=r"another recipe \(small-vae-digits on digits"):
        zoo.train(name, out=out, epochs=2, seed=1)
    with pytest.raises(BadInput, match="more than the 1 epochs asked for"):
        zoo.train(name, out=out, epochs=1)  # or its card would tell of another model
    with pytest.raises(OutputRefused, match="not empty"):
        zoo.train(name, out=out / "samples", epochs=1)
    for change in ({"epochs": 1}, {"data": "digits"}, {"mixed_precision": "float16"}):
        with pytest.raises(BadInput, match="published"):
            zoo.train(name, out=out, publish=True, **change)


def test_training_on_a_folder_of_images(tmp_path, monkeypatch):
    """A game's: it looks for collapse, and its curves show the equilibrium."""
    from keras_gen import plots

    entries.declare(monkeypatch)
    drawn, losses = [], plots.losses
    monkeypatch.setattr(
        plots, "losses", lambda *a, **k: drawn.append(a) or losses(*a, **k)
    )

    folder = tmp_path / "mine"
    folder.mkdir()
    for i in range(120):
        grey = np.random.default_rng(i).integers(0, 256, (40, 30, 1), dtype="uint8")
        plots.save_image(folder / f"{i}.png", np.repeat(grey, 3, -1))
    out = tmp_path / "run"
    zoo.train("small-gan-glyphs", out=out, data=folder, epochs=1)
    card = cards.read(out / "small-gan-glyphs.json")
    assert card["data"]["name"] == "mine/"  # the way there stays on this machine
    assert set(card["metrics"]) >= {"frechet", "frechet_floor", "memorised"}
    assert (out / "neighbours.png").exists()
    ((history, references),) = drawn
    assert json.loads((out / "history.json").read_text()) == history
    (diversity,) = history["diversity"]
    assert diversity > 0
    log_four = references["discriminator_loss"]["equilibrium"]
    assert log_four == pytest.approx(1.386294, rel=1e-5)


# The command line


def run(*arguments, capsys=None):
    code = cli.main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_listing_does_not_import_tensorflow():
    script = (
        "import sys; from zoo.__main__ import main; "
        "code = main(['list']) or main(['show', 'gan-ring']);"
        "code = code or main(['list', '--json']);"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'matplotlib'} & set(sys.modules);"
        "assert not heavy, heavy; sys.exit(code)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "8 modes" in result.stdout


def test_list_as_json_has_every_entry(capsys):
    code, out, _ = run("list", "--json", capsys=capsys)
    assert code == 0
    assert [row["name"] for row in json.loads(out)] == NAMES


def test_list_shows_a_bound_as_one(capsys):
    """By the words of its estimator, whatever kind of model it is."""
    _, out, _ = run("list", "--json", capsys=capsys)
    measures = {row["name"]: row["measure"] for row in json.loads(out)}
    assert measures["vae-digits"].startswith("<= ")
    assert measures["vq-prior-digits"].startswith("<= ")  # it has no "elbo"
    assert measures["made-digits"][0].isdigit()  # exact


def test_a_measure_has_its_error_and_pictures_are_judged_by_what_they_show(capsys):
    _, out, _ = run("list", "--json", capsys=capsys)
    measures = {row["name"]: row["measure"] for row in json.loads(out)}
    keys = {"dcgan-small-glyphs": "classifier_frechet", "cogan-digits": "frechet"}
    for name, key in keys.items():
        assert f"{zoo.card(name)['metrics'][key]['value']:.2f}" in measures[name]
    bits = zoo.card("pixelcnn-glyphs")["metrics"]["bits_per_dim"]
    assert f"{bits['value']:.4f} ± {bits['stderr']:.4f}" in measures["pixelcnn-glyphs"]


def test_show_prints_the_card(capsys):
    code, out, _ = run("show", "made-digits", capsys=capsys)
    assert code == 0
    assert "CC BY 4.0" in out
    assert "bits_per_dim" in out
    _, out, _ = run("show", "made-digits", "--json", capsys=capsys)
    assert json.loads(out) == zoo.card("made-digits")


def test_sample_writes_a_picture_from_a_seed(tmp_path, capsys):
    out = tmp_path / "ring.png"
    arguments = ("sample", "gan-ring", "-n", "50", "--seed", "3", "--npy")
    code, text, _ = run(*arguments, "--out", str(out), capsys=capsys)
    assert code == 0
    assert text.split() == [str(out), str(out.with_suffix(".npy"))]
    first = np.load(out.with_suffix(".npy"))
    assert np.array_equal(first, zoo.load("gan-ring").sample(50, seed=3))
    code, _, error = run(*arguments, "--out", str(out), capsys=capsys)
    assert (code, "--force" in error) == (2, True)


def test_a_name_that_ends_in_npy_is_the_numbers_alone(tmp_path, capsys):
    """With `--npy` or without: one file, written once."""
    drawn = zoo.load("gan-ring").sample(5, seed=3)
    for more in ([], ["--npy"]):
        out = tmp_path / f"{len(more)}.npy"
        arguments = ("sample", "gan-ring", "-n", "5", "--seed", "3", "--out", str(out))
        code, text, _ = run(*arguments, *more, capsys=capsys)
        assert (code, text.split()) == (0, [str(out)])
        assert np.array_equal(np.load(out), drawn)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_picture_is_of_the_kind_that_its_name_says(tmp_path, capsys):
    files = [tmp_path / name for name in ("a.png", "a.jpg", "a.JPEG")]
    for file in files:
        code, _, _ = run(
            "sample", "bigan-digits", "-n", "4", "--out", str(file), capsys=capsys
        )
        assert code == 0
    kept = [Image.open(file) for file in files]
    assert [image.format for image in kept] == ["PNG", "JPEG", "JPEG"]
    png, jpg, _ = (np.asarray(image.convert("L"), "float32") for image in kept)
    assert np.abs(png - jpg).mean() < 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--label", "3"], ["--out", "/nowhere/x.png"], ["--out", "x.bmp"],
        ["-n", "0"], ["--caption", "a face"],
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_before_tensorflow(arguments, tmp_path):
    script = (
        "import sys; from zoo.__main__ import main; code = main(sys.argv[1:]); "
        "sys.exit(9 if 'tensorflow' in sys.modules or 'keras' in sys.modules else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "sample", "gan-ring", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parents[1])},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1


def test_a_picture_may_show_the_nearest_training_examples(tmp_path, capsys):
    plain, nearest = (str(tmp_path / f"{k}.png") for k in ("plain", "nearest"))
    arguments = ("sample", "bigan-digits", "-n", "5", "--out")
    assert run(*arguments, plain, capsys=capsys)[0] == 0
    assert run(*arguments, nearest, "--nearest", capsys=capsys)[0] == 0
    assert len({(tmp_path / k).read_bytes() for k in ("plain.png", "nearest.png")}) == 2


def test_sample_of_a_model_that_draws_nothing_is_its_work_on_test_data(
    tmp_path, capsys
):
    out = tmp_path / "clean.png"
    arguments = ("-n", "5", "--seed", "3", "--npy", "--out", str(out))
    code, _, _ = run("sample", "dae-gaussian-digits", *arguments, capsys=capsys)
    assert code == 0 and out.exists()
    x = zoo.entry("dae-gaussian-digits").data.arrays("test")[[0, 74, 149, 224, 299]]
    made = zoo.load("dae-gaussian-digits").trial(x, seed=3).made
    assert np.array_equal(np.load(out.with_suffix(".npy")), made)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lst"], 'Did you mean "list"'),
        (["show", "gan-rink"], 'Did you mean "gan-ring"'),
        (["list", "--task", "generat"], 'Did you mean "generate"'),
        (["train", "gan-rink"], 'Did you mean "gan-ring"'),
        (["train", "gan-ring", "--strategy", "mirored"], 'Did you mean "mirrored"'),
        (["train", "gan-ring", "--mixed-precision", "flot16"], 'mean "float16"'),
        (["train", "gan-ring", "--data", "point/ring"], 'Did you mean "points/ring"'),
        (["sample", "gan-ring", "--out", "/nowhere/x.png"], "folder that exists"),
        (["sample", "gan-ring", "--nearest"], "draws no images"),
        (["sample", "gan-ring", "-n", "0"], "whole number from 1"),
        (["sample", "gan-ring", "--label", "3"], "not conditioned on labels"),
        (["sample", "gan-ring", "--caption", "a face"], "reads no captions"),
        (["train", "gan-ring", "--epochs", "0"], "whole number from 1"),
        (["train", "gan-ring", "--seed", "-1"], "whole number from 0"),
        (["evaluate", "vae-mnist-paper"], "zoo train vae-mnist-paper"),
    ],
)
def test_mistakes_get_one_sentence_and_exit_code_2(
    arguments, words, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    code, _, error = run(*arguments, capsys=capsys)
    assert code == 2
    assert words in error
    assert "Traceback" not in error
    assert len(error.strip().splitlines()) == 1
