"""Batches of two images: drawn independently, matched by name, or halves of one."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gen import data
from keras_gen.data import Spec
from keras_gen.errors import BadInput, UnknownName


def written(folder, n=40, suffix="png", side=4, wide=1, offset=0):
    """Images of one colour, which is their number."""
    folder.mkdir()
    for i in range(n):
        x = np.full((side, side * wide, 3), i, "uint8")
        x[:, side:] = i + 100
        x[..., 2] += offset
        Image.fromarray(x).save(folder / f"{i:03d}.{suffix}")
    return folder


def numbers(images):
    return np.round(255 * np.asarray(images)[:, 0, 0, 0]).astype(int).tolist()


def test_two_sources_are_drawn_independently_and_resume_where_they_were():
    a = np.repeat(np.arange(20, dtype="uint8"), 16).reshape(20, 4, 4, 1)
    ds = data.load(a, batch=4, other=a[:9], seed=3)
    epochs = [[(numbers(x), numbers(y)) for x, y in ds] for _ in range(3)]
    assert all(len(epoch) == 2 for epoch in epochs)  # as the shorter one has
    pairs = [p for epoch in epochs for x, y in epoch for p in zip(x, y, strict=True)]
    assert len(set(pairs)) > 20
    assert len({x for x, _ in pairs}) > 14  # of the longer one others each time
    whole = [batch for epoch in epochs for batch in epoch]
    resumed = data.load(a, batch=4, other=a[:9], seed=3).repeat(3).skip(3)
    assert [(numbers(x), numbers(y)) for x, y in resumed] == whole[3:]


def test_a_test_is_whole_and_its_last_batch_has_as_many_of_both():
    a = np.random.default_rng(0).random((11, 4, 4, 1), "float32")
    rows = [(len(x), len(y)) for x, y in data.load(a, "test", batch=4, other=a[:7])]
    assert rows == [(4, 4), (3, 3)]
    x, y = data.arrays(a, "test", other=a[:7])
    assert len(x) == len(y) == 7
    assert Spec(a, other=a[:7]).count("test") == 7


def test_only_chooses_by_the_name_of_a_class_or_by_its_number():
    x, label = data.arrays("digits", "test", labels="class")
    sevens = data.arrays("digits", "test", only=("class", "7", "3"))
    np.testing.assert_array_equal(sevens, x[np.isin(label, (3, 7))])
    own = data.arrays((x, label), "test", only=("class", "3"))
    np.testing.assert_array_equal(own, x[label == 3])
    assert Spec("digits", only=("class", "7")).count("test") == (label == 7).sum()
    stream = tf.data.Dataset.from_tensor_slices((x, label))
    own = data.arrays(stream, "test", only=("class", "3"))
    np.testing.assert_array_equal(own, x[label == 3])
    with pytest.raises(UnknownName, match='no class of digits "eleven"'):
        data.load("digits", only=("class", "eleven"))
    with pytest.raises(BadInput, match="a factor and the values"):
        data.load("digits", only=("class",))


def test_pictures_of_equal_names_belong_together_in_every_order(tmp_path):
    a = written(tmp_path / "a")
    b = written(tmp_path / "b", suffix="bmp", offset=7)  # blue: seven more
    ds = data.load(a, batch=4, other=b, pairs="matched", augment=("flip",))
    for _ in range(2):
        for x, y in ds:
            assert numbers(x) == numbers(y)
            np.testing.assert_allclose(y[..., 2] - x[..., 2], 7 / 255, atol=1e-6)
    splits = [data.arrays(a, s, other=b, pairs="matched")[0] for s in data_splits()]
    assert sorted(n for x in splits for n in numbers(x)) == list(range(40))


def data_splits():
    return "train", "validation", "test"


def test_names_that_do_not_match_are_told(tmp_path):
    a, b = written(tmp_path / "a"), written(tmp_path / "b", n=39)
    (b / "extra.png").write_bytes((b / "000.png").read_bytes())
    with pytest.raises(BadInput, match=r"b lacks 039.png\. .*a lacks extra.png\."):
        data.load(a, batch=4, other=b, pairs="matched")
    x, y = data.arrays(a, other=b, pairs="matched", skip_bad=True)
    assert numbers(x) == numbers(y)


def test_a_picture_of_two_halves_is_a_pair(tmp_path):
    both = written(tmp_path / "both", wide=2)
    spec = Spec(both, pairs="halves")
    assert spec.info.shape == (4, 4, 3)
    for x, y in spec.load(batch=4):
        assert x.shape == y.shape == (4, 4, 4, 3)
        assert [n + 100 for n in numbers(x)] == numbers(y)
        assert float(tf.reduce_max(tf.math.reduce_std(x[..., 0], (1, 2)))) < 1e-6
    small = Spec(both, pairs="halves", size=(2, 2), channels=1)
    assert [t.shape[1:] for t in small.arrays("test")] == [(2, 2, 1)] * 2
    odd = written(tmp_path / "odd", side=3)
    with pytest.raises(BadInput, match="3 pixels wide, which are no two halves"):
        data.load(odd, batch=4, pairs="halves")


def test_what_are_no_pairs_is_refused_in_a_sentence(tmp_path):
    a = np.zeros((8, 4, 4, 1), "float32")
    with pytest.raises(BadInput, match=r"as many of both; the array has 8 .* has 7"):
        data.load(a, batch=2, other=a[:7], pairs="matched")
    with pytest.raises(BadInput, match="matched pairs are of two sources"):
        Spec(a, pairs="matched")
    with pytest.raises(BadInput, match="pictures of one folder"):
        Spec("digits", pairs="halves")
    with pytest.raises(BadInput, match="of two images, or an image and labels"):
        Spec("digits", labels="class", other="digits")
