"""Laws of the data: what a split is, what an epoch is, what a label means."""

import functools
import itertools
import os
import pathlib
import subprocess
import sys
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gen import data
from keras_gen.data import catalogue, glyphs, rendered
from keras_gen.errors import BadFile, BadInput, UnknownName
from keras_gen.parts import views

SMALL = ("digits", "points/ring", "points/grid", "points/moons", "points/spiral")
ALL = (*SMALL, "glyphs", "photos")


def rows(x):
    """Each example as bytes, to compare as sets."""
    return {example.tobytes() for example in x}


def flat(ds):
    return [[np.asarray(part) for part in tf.nest.flatten(batch)] for batch in ds]


def same(a, b):
    """Two sequences of batches are equal, bit for bit."""
    return len(a) == len(b) and all(
        np.array_equal(x, y)
        for one, other in zip(a, b, strict=True)
        for x, y in zip(one, other, strict=True)
    )


# Describing


def test_describing_imports_nothing_heavy():
    code = (
        "import sys; from keras_gen import data; data.Spec('digits').info;"
        "[data.info(name) for name in data.names()];"
        "print([m for m in ('tensorflow', 'tensorflow_datasets', 'sklearn', 'numpy')"
        " if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert answer.stdout.strip() == "[]", answer.stderr


def test_the_table_tells_the_truth():
    for name in ALL:
        info = data.info(name)
        for split, size in info.sizes.items():
            x, y = data.arrays(name, split, labels=tuple(info.factors))
            assert x.shape == (size, *info.shape) and x.dtype == np.float32
            for factor, classes in info.factors.items():
                if classes is None:
                    assert y[factor].dtype == np.float32
                else:
                    assert set(y[factor]) == set(range(len(classes)))
            if info.levels:
                levels = x[:1000] * (info.levels - 1)
                assert np.abs(levels - levels.round()).max() < 1e-4
                assert 0 == x.min() < x.max() == 1


@pytest.mark.parametrize("name", ALL)
def test_splits_are_fixed_and_disjoint(name):
    splits = [data.arrays(name, split) for split in catalogue.SPLITS]
    for one, other in itertools.combinations(splits, 2):
        assert not rows(one) & rows(other)


def test_digits_keep_their_levels_exactly():
    x = np.concatenate([data.arrays("digits", split) for split in catalogue.SPLITS])
    assert len(x) == 1797
    assert set((x * 16).ravel()) == set(range(17))


def test_modes_are_where_the_points_are():
    for name in ("points/ring", "points/grid"):
        info = data.info(name)
        x, y = data.arrays(name, "test", labels="class")
        offset = (x - np.array(info.modes)[y]) / info.std
        np.testing.assert_allclose(offset.std(), 1, atol=0.03)
        np.testing.assert_allclose(offset.mean(0), 0, atol=0.05)


# The order: what exact resume rests on


@pytest.mark.parametrize("binarise", [None, "dynamic"])
def test_batches_are_a_function_of_seed_and_position(binarise):
    """A resumed training skips what was seen, and must see then what was to come."""

    def fresh(seed=3):
        ds = data.load(
            "digits", batch=100, binarise=binarise, labels="class", seed=seed
        )
        return ds.repeat()

    whole = flat(fresh().take(40))  # three epochs of twelve batches, and some
    tf.random.set_seed(99)  # plays no part
    np.random.seed(99)
    assert same(whole, flat(fresh().take(40)))
    assert same(whole[17:], flat(fresh().skip(17).take(23)))
    assert not same(whole, flat(fresh(seed=4).take(40)))


def test_the_order_is_that_of_every_other_process():
    """Numbers from another run, version and machine: nothing local is mixed in."""
    x = np.arange(10, dtype=np.float32)[:, None]
    ds = data.load(x, batch=10, seed=3).repeat(2)
    assert [batch.astype(int).ravel().tolist() for batch in ds.as_numpy_iterator()] == [
        [1, 6, 8, 3, 5, 0, 7, 9, 4, 2],
        [4, 6, 2, 8, 7, 5, 9, 1, 0, 3],
    ]
    grey = np.full((1, 1, 8, 1), 0.5, np.float32)
    ds = data.load(grey, batch=1, binarise="dynamic", seed=3).repeat(2)
    assert [batch.ravel().tolist() for batch in ds.as_numpy_iterator()] == [
        [1, 0, 1, 1, 1, 1, 1, 0],
        [1, 1, 0, 1, 0, 1, 0, 1],
    ]


def test_an_epoch_is_every_example_once_in_a_new_order():
    ds = data.load("digits", batch=1297)
    assert int(ds.cardinality()) == 1
    (first,), (second,) = flat(ds), flat(ds)
    assert not np.array_equal(first, second)
    assert sorted(rows(first[0])) == sorted(rows(second[0]))
    assert rows(first[0]) == rows(data.arrays("digits", "train"))


def test_training_batches_are_whole_and_the_others_complete():
    train, test = (data.load("digits", split, batch=128) for split in ("train", "test"))
    assert train.element_spec.shape == (128, 8, 8, 1)
    assert int(train.cardinality()) == 1297 // 128
    assert [len(x) for x in test] == [128, 128, 44]
    x = np.concatenate(list(test.as_numpy_iterator()))
    np.testing.assert_array_equal(x, data.arrays("digits", "test"))


def test_an_epoch_in_memory_ends_when_its_data_do():
    """TensorFlow's tuner holds the end back; streams, which it speeds up, keep it."""
    x = np.zeros((4, 2, 2, 1), "float32")
    stream = tf.data.Dataset.from_tensor_slices(x)
    tuned = [data.load(s, batch=2).options().autotune.enabled for s in (x, stream)]
    assert tuned == [False, None]


def test_labels_stay_with_their_examples():
    x, y = data.arrays("digits", "train", labels="class")
    label = {example.tobytes(): kind for example, kind in zip(x, y, strict=True)}
    for xs, ys in data.load("digits", batch=200, labels="class").as_numpy_iterator():
        assert ys.dtype == np.int32
        assert [label[example.tobytes()] for example in xs] == list(ys)
    for names in (("class",), ["class"]):
        batch = next(iter(data.load("digits", labels=names)))
        assert set(batch[1]) == {"class"}


# Binarisation


def test_a_model_is_given_what_its_view_shows_and_of_pairs_the_first():
    spec = data.Spec("digits")
    x, view = spec.arrays("test"), views.Coarse(2)
    seen = spec.inputs("test", types.SimpleNamespace(view=view))
    np.testing.assert_array_equal(seen, view(x))
    assert np.abs(seen - x).max() > 0.1
    for of_any in (types.SimpleNamespace(view=None), object()):
        np.testing.assert_array_equal(spec.inputs("test", of_any), x)
    pairs = data.Spec("digits", other=data.Spec("digits"))
    np.testing.assert_array_equal(pairs.inputs("test", object()), x)


def test_threshold_is_at_one_half():
    grey, black = (
        data.arrays("digits", "test", binarise=b) for b in (None, "threshold")
    )
    np.testing.assert_array_equal(black, grey > 0.5)


def test_static_is_one_draw_whatever_the_batches():
    """Drawn per batch or per epoch, it would be another data set every time."""
    once = data.arrays("digits", "train", binarise="static")
    assert rows(once) == rows(data.arrays("digits", binarise="static", seed=5))
    for batch, seed in ((1297, 0), (1297, 1)):
        ds = data.load("digits", batch=batch, binarise="static", seed=seed)
        for _ in range(2):
            assert sorted(rows(next(iter(ds)).numpy())) == sorted(rows(once))
    small = data.load("digits", "train", 7, binarise="static", shuffle=False)
    assert rows(np.concatenate(list(small.as_numpy_iterator()))) <= rows(once)


def test_dynamic_is_a_new_draw_every_epoch_with_the_grey_as_its_mean():
    grey = data.arrays("digits", "test")
    ds = data.load("digits", "test", 300, binarise="dynamic").repeat(400)
    draws = np.stack(list(ds.as_numpy_iterator()))
    assert set(np.unique(draws)) == {0.0, 1.0}
    assert len(rows(draws)) == 400
    z = (draws.mean(0) - grey) / np.sqrt(np.maximum(grey * (1 - grey), 1e-9) / 400)
    assert np.abs(z).max() < 5.5
    np.testing.assert_allclose((z[(grey > 0) & (grey < 1)] ** 2).mean(), 1, atol=0.05)


def test_static_has_the_grey_as_its_mean():
    grey, drawn = (data.arrays("glyphs", "test", binarise=b) for b in (None, "static"))
    spread = np.sqrt((grey * (1 - grey)).sum())
    assert abs((drawn - grey).sum()) < 4 * spread
    assert not drawn[grey == 0].any() and drawn[grey == 1].all()


# Glyphs


CHARACTER = {
    "class": 14, "font": 0, "weight": 0, "slant": 0,
    "size": 16.0, "x": 0.0, "y": 0.0, "rotation": 0.0,
}  # fmt: skip


def drawn(**changes):
    return glyphs.render(**{**CHARACTER, **changes})[..., 0] / 255.0


def centre(image):
    y, x = np.mgrid[:28, :28] + 0.5
    return np.array([(x * image).sum(), (y * image).sum()]) / image.sum() - 14


def extent(image):
    """Height and width of the ink; the edge between two pixels leaves a trace."""
    return [np.ptp(np.nonzero(image.max(axis) > 0.25)[0]) + 1 for axis in (1, 0)]


def test_bold_has_more_ink_and_nothing_else_has():
    for kind, font in itertools.product(range(36), range(3)):
        thin, bold = (drawn(**{"class": kind}, font=font, weight=w) for w in (0, 1))
        assert bold.sum() > 1.15 * thin.sum()
        moved = drawn(**{"class": kind}, font=font, x=1.3, y=-0.7)
        np.testing.assert_allclose(moved.sum(), thin.sum(), rtol=0.02)


def test_offsets_move_the_ink_by_so_many_pixels():
    for x, y in ((1.3, 0.0), (0.0, -1.7), (-2.0, 0.45)):
        moved = centre(drawn(x=x, y=y)) - centre(drawn())
        np.testing.assert_allclose(moved, (x, y), atol=0.03)


def test_rotation_turns_the_ink_counter_clockwise_about_its_middle():
    before, angle = centre(drawn()), np.radians(12)
    turned = np.array(
        [
            np.cos(angle) * before[0] + np.sin(angle) * before[1],
            -np.sin(angle) * before[0] + np.cos(angle) * before[1],
        ]
    )
    assert np.linalg.norm(before) > 0.5  # an E is heavier on the left
    np.testing.assert_allclose(centre(drawn(rotation=12.0)), turned, atol=0.02)
    upright, leaning = (drawn(**{"class": 18}, rotation=r) for r in (0.0, 12.0))
    assert extent(leaning)[1] > extent(upright)[1]  # an I gets wider


def test_size_is_the_longer_side():
    for kind, size in itertools.product((1, 14, 32), (14.0, 16.0, 18.0)):
        assert max(extent(drawn(**{"class": kind}, size=size))) == size


def test_slant_leans_to_the_right():
    image = drawn(**{"class": 18}, slant=1)  # an I: its top is further right
    assert centre(image[:14].repeat(2, 0))[0] > centre(image[14:].repeat(2, 0))[0] + 1


def test_no_character_is_cut_at_the_border():
    """At the largest size, every corner of the ranges keeps all of the ink."""
    corners = itertools.product((-2, 2), (-2, 2), (-12, 12))
    shapes = itertools.product(range(36), range(3), range(2))
    for (kind, font, slant), (x, y, turn) in zip(
        shapes, itertools.cycle(corners), strict=False
    ):
        style = {"font": font, "weight": 1, "slant": slant, "rotation": turn}
        style.update({"class": kind, "size": 19.5})
        whole = drawn(**style)
        moved = drawn(**style, x=x, y=y)
        np.testing.assert_allclose(moved.sum(), whole.sum(), rtol=0.004)


def test_labels_are_the_causes_of_the_images():
    names = tuple(data.info("glyphs").factors)
    x, y = data.arrays("glyphs", "validation", labels=names)
    for i in range(0, len(x), 37):
        causes = glyphs.factors("validation", i)
        assert {k: np.float32(v) for k, v in causes.items()} == {
            name: np.float32(y[name][i]) for name in names
        }
        np.testing.assert_array_equal(x[i] * 255, glyphs.render(**causes))


def test_discrete_factors_are_balanced():
    _, y = data.arrays("glyphs", "test", labels=("class", "font", "weight", "slant"))
    _, counts = np.unique(np.stack(list(y.values())), axis=1, return_counts=True)
    assert len(counts) == 36 * 3 * 2 * 2 and set(counts) == {12}


class FewGlyphs(glyphs.Glyphs, skip_registration=True):
    name = "few_glyphs"
    sizes = dict.fromkeys(catalogue.SPLITS, 3)


def test_the_builder_writes_where_tfds_is_told_to(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    builder = glyphs.prepared(FewGlyphs)
    assert builder.data_dir.startswith(str(tmp_path))
    assert builder.info.splits["train"].num_examples == 3
    assert [p.name for p in (tmp_path / "few_glyphs").iterdir()] == ["1.0.0"]
    image = next(iter(builder.as_dataset(split="test")))["image"].numpy()
    np.testing.assert_array_equal(image, glyphs.render(**glyphs.factors("test", 0)))


def test_of_two_renderings_at_once_one_wins(tmp_path, monkeypatch):
    """Another process finishes between our looking and our moving."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    render = rendered._written

    def slow(builder):
        made = render(builder)
        monkeypatch.setattr(rendered, "_written", render)
        glyphs.prepared(FewGlyphs)
        return made

    monkeypatch.setattr(rendered, "_written", slow)
    assert glyphs.prepared(FewGlyphs).is_prepared()
    assert [p.name for p in (tmp_path / "few_glyphs").iterdir()] == ["1.0.0"]


def test_a_folder_that_cannot_be_written_gets_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(BadFile, match="TFDS_DATA_DIR"):
        glyphs.prepared(FewGlyphs)


@pytest.mark.parametrize("spoil", [b"", b"{}", b"\x00" * 50, None])
def test_damaged_glyphs_get_a_sentence_with_the_remedy(spoil, tmp_path, monkeypatch):
    """Each file in turn: empty, of another kind, zeros, gone."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    few = functools.partial(glyphs.prepared, FewGlyphs)
    whole = pathlib.Path(few().data_dir)
    monkeypatch.setattr(glyphs, "prepared", few)
    for name in sorted(path.name for path in whole.iterdir()):
        content = (whole / name).read_bytes()
        (whole / name).unlink()
        if spoil is not None:
            (whole / name).write_bytes(spoil)
        try:
            for split in catalogue.SPLITS:
                assert len(glyphs.table("glyphs", split).x) == 3
        except BadFile as error:
            assert "Remove that folder" in str(error)
        (whole / name).write_bytes(content)


def test_what_killed_renderings_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    old, new = (tmp_path / "few_glyphs" / f".rendering-{age}" for age in ("old", "new"))
    for left in (old, new):
        left.mkdir(parents=True)
    os.utime(old, (0, 0))
    glyphs.prepared(FewGlyphs)
    assert not old.exists()
    assert new.exists()  # perhaps somebody is at it


# Wrong requests


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        (("digist",), {}, UnknownName, 'Did you mean "digits"'),
        (("points/rign",), {}, UnknownName, 'Did you mean "points/ring"'),
        (("digits", "tset"), {}, UnknownName, 'Did you mean "test"'),
        (("digits", "train", 2000), {}, BadInput, "1297 examples"),
        (("digits", "train", 0), {}, BadInput, "whole number"),
        (("digits",), {"binarise": "dynamc"}, UnknownName, 'Did you mean "dynamic"'),
        (("points/ring",), {"binarise": "static"}, BadInput, "is for images"),
        (("digits",), {"labels": "clas"}, UnknownName, 'Did you mean "class"'),
        (("digits",), {"seed": -1}, BadInput, "seed"),
        (("digits",), {"size": (16, 16)}, BadInput, "one shape"),
        (("./no/such/folder",), {}, BadFile, "no folder"),
    ],
)
def test_wrong_requests_get_a_sentence(arguments, options, error, words):
    with pytest.raises(error, match=words):
        data.load(*arguments, **options)


def test_a_spec_is_checked_when_it_is_written():
    with pytest.raises(UnknownName, match='Did you mean "static"'):
        data.Spec("digits", binarise="statc")
    spec = data.Spec("digits", binarise="dynamic", labels="class")
    assert spec.info.levels == 2 and data.info("digits").levels == 17
    x, y = spec.arrays("test")
    assert set(np.unique(x)) == {0, 1} and y.shape == (300,)
    assert same(
        flat(spec.load("train", 64, seed=2)), flat(spec.load("train", 64, seed=2))
    )


def test_load_is_a_spec_and_a_spec_is_a_value():
    """A card stores lists where a recipe wrote tuples: it is the same data."""
    form = {"binarise": "dynamic", "labels": ("class",)}
    loaded = data.load("digits", "train", 64, seed=2, **form)
    assert same(flat(loaded), flat(data.Spec("digits", **form).load("train", 64, 2)))
    stored = data.Spec("celeb_a", labels=["Smiling"], size=[64, 64])
    assert stored == data.Spec("celeb_a", labels=("Smiling",), size=(64, 64))
    assert hash(stored)


def test_a_spec_is_told_in_words_with_all_that_is_not_as_always():
    assert str(data.Spec("digits")) == "digits"
    told = data.Spec("digits", binarise="dynamic", labels="class")
    assert str(told) == "digits (binarise dynamic, labels class)"
    assert str(data.Spec("a", size=(4, 6), other="b")) == "a (size 4 6, other b)"


# The user's own


@pytest.fixture
def folder(tmp_path):
    """Sixty images in two classes; the colour tells which one it is."""
    for i in range(60):
        kind, colour = (("ants", (255, 0, 0)), ("bees", (0, 0, 255)))[i % 2]
        (tmp_path / kind).mkdir(exist_ok=True)
        image = np.full((6, 9, 3), colour, np.uint8)
        image[0, 0] = i
        Image.fromarray(image).save(tmp_path / kind / f"{i}.png")
    return tmp_path


def test_a_folder_has_classes_and_disjoint_splits(folder):
    info = data.info(folder)
    assert info.shape == (6, 9, 3)
    assert info.factors == {"class": ("ants", "bees")}
    assert sum(info.sizes.values()) == 60 and min(info.sizes.values()) > 0
    seen = set()
    for split, size in info.sizes.items():
        x, y = data.arrays(folder, split, labels="class")
        assert len(x) == size
        np.testing.assert_array_equal(x[:, 3, 3, 2], y)  # blue is the second class
        assert not rows(x) & seen
        seen |= rows(x)
    assert len(seen) == 60


def test_removing_an_image_moves_no_other_between_splits(folder):
    before = rows(data.arrays(folder, "test"))
    for path in list((folder / "ants").iterdir())[:10]:
        path.unlink()
    assert rows(data.arrays(folder, "test")) <= before


def test_a_folder_is_cut_and_resized_on_request(folder):
    x = next(iter(data.load(folder, batch=4, size=[3, 3], channels=1)))
    assert x.shape == (4, 3, 3, 1)
    spec = data.Spec(str(folder), size=(3, 3), channels=1)
    assert spec.info.shape == (3, 3, 1)
    assert spec.load(batch=4).element_spec.shape == x.shape


def test_a_folder_with_faults_gets_a_sentence(folder):
    train = next(p for p in sorted((folder / "ants").iterdir()) if _in_train(folder, p))
    good = train.read_bytes()
    Image.new("RGB", (5, 5)).save(train)
    with pytest.raises(BadInput, match=r"give size=\(height, width\)"):
        data.load(folder, batch=4)
    train.write_bytes(good[:60])
    with pytest.raises(BadFile, match=train.name):
        data.load(folder, batch=4)
    with pytest.raises(BadFile, match="no image"):
        (folder / "empty").mkdir()
        data.load(folder / "empty")


def _in_train(folder, path):
    from keras_gen.data.folder import _split

    return _split(path.relative_to(folder).as_posix()) == "train"


def test_arrays_are_served_whole():
    x = np.arange(10 * 12, dtype=np.uint8).reshape(10, 2, 2, 3)
    y = np.arange(10)
    got, labels = data.arrays((x, y), "test", labels="class")
    np.testing.assert_array_equal(got, x / np.float32(255))
    np.testing.assert_array_equal(labels, y)
    got = data.arrays((x / 255.0, {"sex": y % 2}), labels=("sex",))[1]["sex"]
    assert got.dtype == np.int32
    points = np.random.default_rng(0).normal(size=(64, 2))
    assert next(iter(data.load(points, batch=8))).shape == (8, 2)


GREY = np.full((4, 2, 2, 1), 0.5)
WRONG = [
    (np.where(np.arange(4)[:, None, None, None] == 2, np.nan, GREY), "in example 2"),
    (GREY * 255, "must lie in"),
    (GREY - 1, "must lie in"),
    (GREY[..., 0], "channel axis"),
    (GREY.astype(int), "int64"),
    (GREY[:0], "is empty"),
    (np.full((4, 2), np.inf), "NaN or infinite"),
    ((GREY, np.zeros(3)), "4 examples but 3 labels"),
]


@pytest.mark.parametrize(("array", "words"), WRONG)
def test_wrong_arrays_get_a_sentence(array, words):
    with pytest.raises(BadInput, match=words):
        data.load(array, batch=2)


@pytest.mark.parametrize(("array", "words"), [WRONG[1], WRONG[2], WRONG[4], WRONG[6]])
def test_wrong_datasets_get_a_sentence(array, words):
    with pytest.raises(BadInput, match=words):
        data.load(tf.data.Dataset.from_tensor_slices(array), batch=2)


def test_a_dataset_of_another_structure_gets_a_sentence():
    ds = tf.data.Dataset.from_tensor_slices
    for wrong in (ds({"x": GREY}), ds((GREY, GREY, GREY))):
        with pytest.raises(BadInput, match="must yield x"):
            data.load(wrong, batch=2)
    with pytest.raises(BadInput, match="4 examples, fewer"):
        data.load(ds(GREY), batch=8)


def test_a_dataset_is_taken_in_its_own_order_batched_or_not():
    x, y = data.arrays("digits", "test", labels="class")
    plain = tf.data.Dataset.from_tensor_slices((x, y))
    bytes_ = tf.data.Dataset.from_tensor_slices(((x * 255).astype(np.uint8), y))
    for ds in (plain, plain.batch(7), bytes_):
        served = data.load(ds, batch=100, labels="class")
        assert served.element_spec[0].shape == (100, 8, 8, 1)
        got = flat(served)
        np.testing.assert_allclose(np.concatenate([b[0] for b in got]), x, atol=1 / 255)
        np.testing.assert_array_equal(np.concatenate([b[1] for b in got]), y)


def test_a_stream_keeps_the_laws_of_a_table():
    x = data.arrays("digits", "test")

    def fresh(binarise, shuffle, seed=1):
        ds = tf.data.Dataset.from_tensor_slices(x)
        return data.load(ds, batch=50, binarise=binarise, shuffle=shuffle, seed=seed)

    whole = flat(fresh("dynamic", True).repeat().take(15))
    tf.random.set_seed(5)
    assert same(whole[7:], flat(fresh("dynamic", True).repeat().skip(7).take(8)))
    assert not same(whole[:6], whole[6:12])
    twice = flat(fresh("static", False).repeat(2))
    once, again = twice[:6], flat(fresh("static", True, seed=2))
    assert same(once, twice[6:])
    a, b = (np.concatenate([batch[0] for batch in d]) for d in (once, again))
    assert sorted(rows(a)) == sorted(rows(b)) and not np.array_equal(a, b)
