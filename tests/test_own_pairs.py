"""A user's own pairs, and own images of two kinds, become a training."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import zoo
from keras_gen.errors import BadInput
from zoo import pictures
from zoo.describing import titled
from zoo.registry import Facts


def written(folder, n=60, shape=(16, 16, 3)):
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(n):
        x = rng.integers(0, 256, shape, dtype="uint8")
        Image.fromarray(x.squeeze()).save(folder / f"{i}.png")
    return str(folder)


@pytest.fixture
def two(tmp_path):
    return written(tmp_path / "a", shape=(16, 16)), written(tmp_path / "b", n=50)


def made(name, data, size="16", **how):
    """The model that the entry has for these data, the form of them, and what is said.

    Of a batch of them it gives a loss.
    """
    spec, lines = pictures.prepared(zoo.entry(name), data, size, **how)
    model = zoo.entry(name).made_for(Facts.of(spec)).model
    task = model.task(next(iter(spec.load("test", 4))), training=False)
    assert np.isfinite(float(model.discriminator_loss(*task)))
    return model, spec, lines


def test_two_folders_of_an_entry_without_pairs_are_two_kinds(two):
    model, spec, lines = made("discogan-shoes-bags", list(two))
    assert (model.data_shape, model.other_shape) == ((16, 16, 1), (16, 16, 3))
    assert spec.pairs is None
    assert lines[-1] == "drawn independently"
    entry = zoo.entry("discogan-shoes-bags")
    assert titled(entry, spec) == f"DiscoGAN of a and b, by the recipe of {entry.name}"
    assert titled(entry, replace(entry.data, augment=("flip",))) == entry.title
    form = pictures.form(spec)
    assert form["other"] == {"name": "b/", "size": [16, 16], "channels": 3}


def test_two_folders_of_another_are_pairs_by_their_names(two, tmp_path):
    with pytest.raises(BadInput, match=r"b lacks 50.png, 51.png, .* and 7 more"):
        made("pix2pix-colour-faces", list(two))
    pairs = [two[0], written(tmp_path / "c")]
    model, spec, _ = made("pix2pix-colour-faces", pairs)
    assert (model.source_shape, model.target_shape) == ((16, 16, 1), (16, 16, 3))
    assert model.view is None and spec.pairs == "matched"


def test_pictures_side_by_side_are_pairs(tmp_path):
    both = written(tmp_path / "both", shape=(16, 32, 3))
    model, spec, lines = made("pix2pix-edges-fashion", [both], halves=True)
    assert model.source_shape == model.target_shape == (16, 16, 3)
    assert spec.pairs == "halves" and "halves" in lines[-1]


def test_what_an_entry_cannot_learn_from_is_said(two):
    a, b = two
    for name, data, how, words in (
        ("vae-small-glyphs", [a, b], {}, "learns from one folder"),
        ("discogan-shoes-bags", [a], {}, r"two folders or data sets, the kinds.*1"),
        ("discogan-shoes-bags", [a], {"halves": True}, "--halves is of one folder"),
        ("pix2pix-edges-fashion", [a, b, b], {}, "sources and targets.*3"),
    ):
        with pytest.raises(BadInput, match=words):
            pictures.prepared(zoo.entry(name), data, **how)
