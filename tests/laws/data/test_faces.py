"""Laws of the drawn faces: what is said of a picture is true of it."""

import io
import re
import sys

import numpy as np
import pytest
from PIL import Image

from keras_gen import data
from keras_gen.data import (
    captions,
    catalogue,
    colours,
    definitions,
    drawing,
    faces,
    loading,
    styles,
)
from keras_gen.errors import BadFile, BadInput, UnknownName

FEW = {"train": 24, "validation": 4, "test": 8}
ALL = tuple(styles.STYLES)
FACES = tuple(style for style in ALL if style != "landscape")


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """A thousandth of the draws, to be fast; the law of a draw is the same."""
    monkeypatch.setattr(definitions, "_DRAWS", 2_000)


def rows(style, split="train"):
    return definitions.combinations(style, FEW)[split]


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """What a user loads, from a TFDS folder of its own."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(faces.Faces, "sizes", FEW)
    loading._named.cache_clear()
    yield
    loading._named.cache_clear()


def near(mask, by=1):
    """The mask and a rim: an edge is softer in a picture than in a mask."""
    grown = mask.copy()
    for down in range(-by, by + 1):
        for right in range(-by, by + 1):
            grown |= np.roll(mask, (down, right), (0, 1))
    return grown


def kind(style, chosen, name):
    return drawing.mask(style, chosen)[..., 0] == styles.STYLES[style].kinds.index(name)


def change(style, one, other):
    """By how much each pixel changes."""
    pictures = (drawing.picture(style, chosen).astype(int) for chosen in (one, other))
    return np.abs(np.subtract(*pictures)).sum(-1)


def test_describing_faces_needs_nothing_that_is_not_installed(monkeypatch):
    for module in ("dicebear_styles", "resvg_py"):
        monkeypatch.setitem(sys.modules, module, None)
    for style in ALL:
        info = data.info(styles.name_of(style), size=(32, 32))
        assert info.shape == (32, 32, 3)
        assert styles.name_of(style) in data.names()


def test_a_missing_extra_gets_a_sentence(monkeypatch, loaded):
    definitions.definition.cache_clear()
    for module in ("dicebear_styles", "resvg_py"):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(BadFile, match=r'pip install "keras-gen\[faces\]"'):
            data.load("faces/micah", batch=4)
        monkeypatch.delitem(sys.modules, module)


@pytest.mark.parametrize("style", ALL)
def test_the_licence_and_the_author_are_the_designers(style):
    meta = definitions.definition(style)["meta"]
    licence = data.info(styles.name_of(style)).licence
    assert licence.startswith(meta["license"]["name"])
    assert meta["creator"]["name"] in licence and meta["source"]["url"] in licence


@pytest.mark.parametrize("style", ALL)
def test_the_catalogue_knows_every_class(style):
    info = data.info(styles.name_of(style))
    assert info.factors["mask"] == styles.STYLES[style].kinds
    for chosen in rows(style):
        drawn = styles.factors(style, chosen)
        assert {"mask", "ink", "caption", *drawn} >= set(info.factors)
        for factor, value in drawn.items():
            if factor in info.factors:
                assert value in info.factors[factor]


def test_the_catalogue_is_what_its_command_writes(monkeypatch):
    monkeypatch.undo()  # all draws
    found, info = definitions.facts("fun-emoji"), data.info("faces/fun-emoji")
    assert found["sizes"] == info.sizes and found["licence"] == info.licence
    factors = {name: tuple(classes) for name, classes in found["factors"].items()}
    assert {**info.factors, **factors} == info.factors
    assert sum(info.sizes.values()) == 15 * 15 * 6  # all there are


@pytest.mark.parametrize("style", ALL)
def test_no_combination_of_the_main_parts_is_in_two_splits(style):
    """Many more than are drawn: two splits must not meet by chance either."""
    every = definitions.combinations(style, dict.fromkeys(FEW, 2_000))
    held = styles.STYLES[style].held_out
    keys = {
        split: {tuple(chosen[part] for part in held) for chosen in drawn}
        for split, drawn in every.items()
    }
    assert all(keys.values())
    assert not keys["train"] & keys["test"]
    assert not keys["train"] & keys["validation"]
    assert not keys["validation"] & keys["test"]
    whole = [tuple(chosen.values()) for drawn in every.values() for chosen in drawn]
    assert len(set(whole)) == len(whole)


@pytest.mark.parametrize("style", FACES)
def test_a_face_with_another_expression_is_the_same_face_of_the_same_split(style):
    every = definitions.combinations(style, dict.fromkeys(FEW, 100))
    held, changed = styles.STYLES[style].held_out, 0
    shared = [f"{name} colour" for name in ("skin", "hair", "base", "background")]
    combinations = {}
    for split, drawn in definitions.expressions(style, every).items():
        for face, (other, driver) in zip(every[split], drawn, strict=True):
            differing = {name for name in face if face[name] != other[name]}
            changed += bool(differing)
            for name in differing:
                assert other[name] == every[split][driver][name]
                paint = name.endswith(" colour") and name not in shared
                assert paint or name in styles.EXPRESSION
            for name in styles.EXPRESSION:  # all of it is the driver's
                assert other.get(name) == every[split][driver].get(name)
        combinations[split] = {
            tuple(face[part] for part in held)
            for face in every[split] + [other for other, _ in drawn]
        }
    assert changed > 0.9 * sum(map(len, every.values()))
    assert not combinations["train"] & combinations["test"]
    assert not combinations["validation"] & combinations["test"]


def test_expressions_are_loaded_beside_the_faces_in_their_order(loaded):
    form = {"other": "expressions/micah", "pairs": "matched"}
    x, y = data.arrays("faces/micah", "test", **form)
    driver = data.arrays("expressions/micah", "test", labels="driver")[1]
    faces_ = definitions.combinations("micah", FEW)
    others = definitions.expressions("micah", faces_)["test"]
    for i, (face, (other, j)) in enumerate(zip(faces_["test"], others, strict=True)):
        assert driver[i] == j
        for image, chosen in ((x[i], face), (y[i], other)):
            drawn = drawing.picture("micah", chosen)
            np.testing.assert_array_equal(np.round(image * 255), drawn)


@pytest.mark.parametrize("style, size", [("micah", None), ("landscape", (32, 32))])
def test_masks_are_pictures_beside_the_faces_in_their_order(style, size, loaded):
    """Of few colours, also at another size: each is the number of a kind."""
    name = f"masks/{style}"
    x, faces_ = data.arrays(
        name, "test", other=styles.name_of(style), pairs="matched", size=size
    )
    whole, masks = data.arrays(styles.name_of(style), "test", labels="mask", size=size)
    np.testing.assert_array_equal(faces_, whole)
    kinds = (x @ np.float32([1, 2, 4])).astype(int)
    np.testing.assert_array_equal(kinds, masks)
    assert set(np.unique(x)) == {0, 1} and len(np.unique(kinds)) >= 5
    assert data.info(name, size).shape == x.shape[1:]
    assert data.arrays(name, "test", size=size, channels=1).shape == (*x.shape[:3], 1)
    with pytest.raises(UnknownName, match="caption"):
        data.arrays(name, "test", labels="caption")


def test_faces_of_several_styles_are_those_of_each_in_turns(loaded):
    form = {"size": (16, 16)}
    x, style = data.arrays("faces", "train", labels="style", **form)
    names = data.info("faces").factors["style"]
    assert len(x) == FEW["train"] and set(style) == set(range(len(names)))
    for k, name in enumerate(names):
        theirs = data.arrays(f"faces/{name}", "train", **form)[k :: len(names)]
        np.testing.assert_array_equal(x[style == k], theirs)


@pytest.mark.parametrize("style", ALL)
def test_a_picture_is_what_the_designers_renderer_makes_of_it(style):
    """But for the soft edges of thin lines, and lights that fall on the background."""
    dicebear = pytest.importorskip("dicebear")
    import resvg_py

    whole = dicebear.Style(definitions.definition(style))
    for chosen in rows(style)[:3]:
        asked = {"seed": "any"}
        for option, value in chosen.items():
            name, _, what = option.partition(" ")
            if what == "colour" and value != "none":
                asked[f"{name}Color"] = [value]
            elif not what and value == "none":
                asked[f"{name}Probability"] = 0
            elif not what:
                asked[f"{name}Variant"], asked[f"{name}Probability"] = value, 100
        omitted = styles.STYLES[style].omitted
        asked.update(
            {f"{n}Probability": 0 for n, v in omitted.items() if v == styles.ALL}
        )
        svg = str(dicebear.Avatar(whole, asked))
        png = resvg_py.svg_to_bytes(svg_string=svg, width=64, height=64)
        theirs = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), float)
        ours = drawing.picture(style, chosen)
        if style == "landscape":  # its hills are shifted by chance: its colours remain
            assert {tuple(c) for c in ours[::63, 32]} <= {
                tuple(c) for c in theirs.reshape(-1, 3).astype(np.uint8)
            }
        else:
            assert np.abs(theirs - ours).mean() < 1.5


@pytest.mark.parametrize("style", ALL)
def test_another_process_draws_the_same(style, monkeypatch):
    if style != "micah":
        drawn = [faces.files(style, chosen) for chosen in rows(style)[:2]]
        drawing.rendered.cache_clear()
        assert drawn == [faces.files(style, chosen) for chosen in rows(style)[:2]]
        return
    here = list(faces._drawn(style, rows(style)[:5]))
    monkeypatch.setattr(faces, "_FEW", 0)
    assert list(faces._drawn(style, rows(style)[:5])) == here


@pytest.mark.parametrize(
    "style", ["adventurer", "avataaars", "micah", "pixel-art", "toon-head", "big-ears"]
)
def test_another_colour_of_the_hair_changes_the_hair_only(style):
    colours = definitions.options(style)["hair colour"][1:]
    inside = outside = 0
    for chosen in [r for r in rows(style) if r["hair colour"] != "none"][:8]:
        other = {**chosen, "hair colour": colours[0]}
        if chosen["hair colour"] == colours[0]:
            other["hair colour"] = colours[1]
        changed = change(style, chosen, other)
        rim = near(kind(style, chosen, "hair"))
        inside, outside = inside + changed[rim].sum(), outside + changed[~rim].sum()
        np.testing.assert_array_equal(
            drawing.mask(style, chosen), drawing.mask(style, other)
        )
    assert outside < 0.002 * inside


@pytest.mark.parametrize(
    ("style", "part", "name"),
    [
        ("adventurer", "glasses", "glasses"), ("avataaars", "accessories", "glasses"),
        ("lorelei", "glasses", "glasses"), ("micah", "glasses", "glasses"),
        ("notionists", "glasses", "glasses"), ("open-peeps", "accessories", "glasses"),
        ("pixel-art", "glasses", "glasses"), ("toon-head", "beard", "hair"),
        ("notionists", "beard", "hair"), ("pixel-art", "accessories", "other"),
    ],
)  # fmt: skip
def test_a_part_is_seen_where_the_mask_says_and_only_if_the_factor_does(
    style, part, name
):
    inside = outside = 0
    for chosen in rows(style):
        without = {**chosen, part: "none"}
        changed, mask = change(style, chosen, without), kind(style, chosen, name)
        rim = near(mask)
        inside, outside = inside + changed[rim].sum(), outside + changed[~rim].sum()
        assert changed.any() or chosen[part] == "none" or name != "glasses"
        if name == "glasses":
            assert mask.any() == (chosen[part] != "none")
    assert outside < 0.01 * inside


@pytest.mark.parametrize("style", ALL)
def test_a_mask_gives_every_pixel_one_kind(style):
    kinds = styles.STYLES[style].kinds
    found = set()
    for chosen in rows(style)[:12]:
        mask = drawing.mask(style, chosen)
        assert mask.shape == (64, 64, 1) and mask.max() < len(kinds)
        found |= {kinds[i] for i in np.unique(mask)}
        picture, around = drawing.picture(style, chosen), mask[..., 0] != 0
        bare = picture[~near(around, 2)]
        expected = [int(chosen["background colour"][i : i + 2], 16) for i in (1, 3, 5)]
        assert np.abs(bare.astype(int) - expected).max(initial=0) < 8  # a bulb glows
    missing = set(kinds) - found
    expected = {
        "landscape": set(), "fun-emoji": {"background", "hair", "glasses", "clothes"},
        "bottts": {"hair", "glasses", "clothes"},
        "big-ears": {"glasses", "clothes", "other"}, "toon-head": {"glasses", "other"},
        "adventurer": {"clothes"}, "lorelei": {"clothes"},
    }  # fmt: skip
    assert missing - {"other"} <= expected.get(style, set())


@pytest.mark.parametrize("style", ALL)
def test_a_line_drawing_is_ink_on_paper_and_knows_no_colours(style):
    for chosen in rows(style)[:4]:
        ink = drawing.ink(style, chosen)
        assert 0.02 < (ink < 128).mean() < 0.6
        colours = definitions.options(style)
        other = {
            option: colours[option][1] if " colour" in option else value
            for option, value in chosen.items()
        }
        np.testing.assert_array_equal(ink, drawing.ink(style, other))


@pytest.mark.parametrize("style", FACES)
def test_a_caption_says_what_the_factors_say(style):
    said, rng = set(), np.random.default_rng(0)
    for chosen in rows(style) * 4:
        factors = styles.factors(style, chosen)
        sentence = captions.caption(style, factors, rng)
        said.add(sentence)
        assert set(re.findall(r"\w+", sentence.lower())) <= set(captions.words())
        for words, factor in (
            (("glasses", "spectacles"), "glasses"),
            ((" beard", "facial hair"), "beard"),
            (("moustache", "mustache"), "moustache"),
            (("earrings", "rings in"), "earrings"),
            (("not smiling", "without a smile"), "sad"),
            ((", smiling", "with a smile", "happy"), "smiling"),
        ):
            if any(word in sentence for word in words):
                wanted = "False" if factor == "sad" else "True"
                assert factors["smiling" if factor == "sad" else factor] == wanted
        for length in ("long", "short"):
            if f"{length} " in sentence.partition("hair")[0] and "hair" in sentence:
                assert factors["hair_length"] == length
        for colour in colours.HAIR:
            if f"{colour} hair" in sentence:
                assert factors["hair_colour"] == colour
    assert len(said) > 20


@pytest.mark.parametrize("style", ALL)
def test_a_caption_names_what_its_factors_are_in_whatever_words(style, monkeypatch):
    """And all of it, where every part is named."""
    rng, seen = np.random.default_rng(0), set()
    for chosen in rows(style) * 8:
        factors = styles.factors(style, chosen)
        named = captions.named(captions.caption(style, factors, rng))
        assert named.items() <= factors.items()
        seen |= set(named)
    monkeypatch.setattr(captions, "_NAMED", 1.1)
    told = {"glasses", "beard", "moustache", "earrings", "hat"}
    for chosen in rows(style):
        factors = styles.factors(style, chosen)
        sentence = captions.caption(style, factors, rng).replace(",", "").upper()
        named = captions.named(sentence)
        wanted = {name for name in told if factors.get(name) == "True"}
        wanted |= {"smiling", "skin"} & set(factors)
        assert set(named) - {"hair_length", "hair_colour"} == wanted
        has = factors.get("hair_length") not in (None, "covered")
        assert bool({"hair_length", "hair_colour"} & set(named)) == has
        long = re.search("SHORT|LONG|BALD|NO HAIR", sentence) is not None
        assert ("hair_length" in named) == long
        assert named.items() <= factors.items() and seen >= set(named)


@pytest.mark.parametrize("style", FACES)
def test_what_the_designer_calls_a_smile_is_one(style):
    told = 0
    for chosen in rows(style):
        name = chosen.get("mouth", chosen.get("expression")).lower()
        for words, smiles in (
            (("smile", "happy", "laugh"), "True"),
            (("sad", "angry", "frown", "pissed", "scream", "rage", "fear"), "False"),
        ):
            if any(word in name for word in words):
                assert styles.factors(style, chosen)["smiling"] == smiles
                told += 1
    assert told or style in ("adventurer", "notionists", "big-ears")  # numbers only


def test_shared_factors_have_the_same_classes_in_all_styles():
    known = {}
    for style in FACES:
        for name, classes in data.info(styles.name_of(style)).factors.items():
            if name in ("smiling", "glasses", "beard", "hair_colour", "skin"):
                assert known.setdefault(name, classes) == classes
    assert len(known) == 5


def test_sets_come_in_our_conventions(loaded, caplog):
    form = {"size": (32, 32), "labels": "smiling"}
    x, y = next(iter(data.load("faces/adventurer", batch=8, **form)))
    assert x.shape == (8, 32, 32, 3) and x.dtype == np.float32 and y.dtype == np.int32
    asked = ("caption", "mask", "ink", "smiling", "hair_colour")
    x, y = data.arrays("faces/adventurer", "test", labels=asked)
    info = data.info("faces/adventurer")
    assert x.shape == (8, 64, 64, 3) and y["mask"].shape == (8, 64, 64)
    assert y["mask"].dtype == np.int32 and y["ink"].shape == (8, 64, 64, 1)
    for i, chosen in enumerate(rows("adventurer", "test")):
        factors = styles.factors("adventurer", chosen)
        np.testing.assert_array_equal(
            x[i], drawing.picture("adventurer", chosen) / np.float32(255)
        )
        for name in ("smiling", "hair_colour"):
            assert info.factors[name][y[name][i]] == factors[name]
        rng = np.random.default_rng((catalogue.SPLITS.index("test"), i))
        assert y["caption"][i].decode() == captions.caption("adventurer", factors, rng)
    assert not [line for line in caplog.messages if "deprecated" in line]  # of TFDS


def test_smaller_sizes_are_means_over_areas(loaded):
    fine, kinds = data.arrays("landscapes", "validation", labels="mask")
    x, mask = data.arrays("landscapes", "validation", labels="mask", size=(16, 16))
    areas = fine.reshape(4, 16, 4, 16, 4, 3)
    np.testing.assert_allclose(x, areas.mean((2, 4)), atol=0.51 / 255)
    counts = (kinds[..., None] == np.arange(6)).reshape(4, 16, 4, 16, 4, 6).sum((2, 4))
    chosen = np.take_along_axis(counts, mask[..., None], -1)[..., 0]
    np.testing.assert_array_equal(chosen, counts.max(-1))
    grey = data.arrays("landscapes", "validation", size=(16, 16), channels=1)
    weights = np.float32([0.299, 0.587, 0.114])
    np.testing.assert_allclose(grey[..., 0], x @ weights, atol=1 / 255)


@pytest.mark.parametrize(
    ("form", "error", "words"),
    [
        ({"size": (128, 128)}, BadInput, "smaller square"),
        ({"size": (32, 16)}, BadInput, "smaller square"),
        ({"labels": "smilng"}, UnknownName, 'Did you mean "smiling"'),
    ],
)
def test_wrong_requests_get_a_sentence_before_anything_is_drawn(form, error, words):
    with pytest.raises(error, match=words):
        data.load("faces/adventurer", **form)
