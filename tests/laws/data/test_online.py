"""Online sets: the real loading code on TFDS's own mock data, and no network."""

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_gen import data
from keras_gen.data import catalogue, loading, online
from keras_gen.errors import BadFile, BadInput, UnknownName

ONLINE = [name for name in catalogue.TABLE if name not in catalogue.OFFLINE]


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """An empty TFDS folder and no network."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(online, "reachable", lambda: False)
    loading._named.cache_clear()
    yield tmp_path
    loading._named.cache_clear()


@pytest.fixture
def mocked(nowhere, monkeypatch):
    """TFDS serves twenty random images of the right shape as any split."""
    monkeypatch.setattr(online, "reachable", lambda: True)
    with tfds.testing.mock_data(
        num_examples=20, policy=tfds.testing.MockPolicy.USE_CODE
    ):
        yield


class TestOnlyPictures(tfds.core.GeneratorBasedBuilder):
    """Forty numbered pictures and no validation split, as most sets of TFDS are."""

    __test__ = False
    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = {
            "picture": tfds.features.Image(shape=(None, None, 1)),
            "label": tfds.features.ClassLabel(names=("even", "odd")),
        }
        features = tfds.features.FeaturesDict(features)
        return tfds.core.DatasetInfo(builder=self, features=features)

    def _split_generators(self, dl_manager):
        return {
            "train": self._generate_examples(0),
            "test": self._generate_examples(40),
        }

    def _generate_examples(self, start):
        for i in range(start, start + 40):
            picture = np.full((6, 6 + i % 3, 1), i, np.uint8)
            yield i, {"picture": picture, "label": i % 2}


def test_a_set_is_prepared_and_lends_its_last_tenth(nowhere, monkeypatch):
    """Validation examples must not be training examples too."""
    name = "test_only_pictures"
    monkeypatch.setattr(online, "reachable", lambda: True)
    seen = []
    for split in catalogue.SPLITS:
        x, y = data.arrays(name, split, labels="class", size=(4, 4))
        assert x.shape[1:] == (4, 4, 1)
        numbers = (x[:, 0, 0, 0] * 255).round().astype(int)
        np.testing.assert_array_equal(y, numbers % 2)
        seen.append(set(numbers))
    assert [len(split) for split in seen] == [36, 4, 40]
    assert len(set.union(*seen)) == 80
    info = data.info(name)
    assert info.sizes == {"train": 36, "validation": 4, "test": 40}
    assert info.factors == {"class": ("even", "odd")}
    monkeypatch.setattr(online, "reachable", lambda: False)  # not needed any more
    with pytest.raises(BadInput, match="no split 'tset'"):
        data.load(name, "tset", size=(4, 4))


def test_a_set_is_decoded_once(nowhere, monkeypatch):
    """The second reading, which is fast, gives the first one's bits; mocks stay out."""
    monkeypatch.setattr(online, "reachable", lambda: True)
    form = {"labels": ("class",), "size": (4, 4)}
    first = data.arrays("test_only_pictures", "validation", **form)
    loading._named.cache_clear()
    monkeypatch.setattr(online, "_read", lambda *_: pytest.fail("decoded again"))
    again = data.arrays("test_only_pictures", "validation", **form)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1]["class"], again[1]["class"])
    with pytest.raises(pytest.fail.Exception):
        data.arrays("test_only_pictures", "validation", size=(5, 5))


def test_deprecations_in_tfds_do_not_reach_the_user(nowhere, monkeypatch, caplog):
    monkeypatch.setattr(online, "reachable", lambda: True)
    data.arrays("test_only_pictures", "test", size=(4, 4))
    assert not [r for r in caplog.messages if "deprecated" in r]


@pytest.mark.parametrize("name", ONLINE)
def test_the_table_agrees_with_tfds(name, nowhere):
    ours, theirs = data.info(name), online.describe(name)
    assert ours.shape == theirs.shape
    assert ours.factors.keys() == theirs.factors.keys()
    for factor, classes in theirs.factors.items():
        if classes and classes[0] == "0":  # TFDS learns the names with the download
            assert len(classes) == len(ours.factors[factor])
        else:
            assert classes == ours.factors[factor]


@pytest.mark.parametrize("name", ONLINE)
@pytest.mark.parametrize("split", catalogue.SPLITS)
def test_every_online_set_comes_in_our_conventions(name, split, mocked):
    info = data.info(name)
    factor = next(iter(info.factors))
    x, y = next(iter(data.load(name, split, batch=8, labels=factor)))
    assert x.shape == (8, *info.shape) and x.dtype == np.float32
    assert x.numpy().min() >= 0 and 0.5 < x.numpy().max() <= 1
    assert set(y.numpy()) <= set(range(len(info.factors[factor])))


def test_faces_have_attributes_and_any_size(mocked):
    spec = data.Spec("celeb_a", labels=("Smiling", "nose_x"), size=(64, 64))
    assert spec.info.shape == (64, 64, 3)
    x, y = next(iter(spec.load(batch=4)))
    assert x.shape == (4, 64, 64, 3)
    assert y["Smiling"].dtype == np.int32 and y["nose_x"].dtype == np.float32
    assert data.load("celeb_a", batch=4, size=(32, 32), channels=1).element_spec.shape[
        1:
    ] == (32, 32, 1)


def test_a_large_set_is_streamed_with_the_same_laws(mocked, monkeypatch):
    """Nothing but the memory differs: same order for a seed, every epoch another."""
    monkeypatch.setattr(online, "_MEMORY", 0)

    def fresh():
        loading._named.cache_clear()
        return data.load("mnist", batch=10, binarise="static", labels="class", seed=4)

    whole = [(x.numpy(), y.numpy()) for x, y in fresh().repeat().take(6)]
    tail = [(x.numpy(), y.numpy()) for x, y in fresh().repeat().skip(3).take(3)]
    for (x, y), (x_again, y_again) in zip(whole[3:], tail, strict=True):
        np.testing.assert_array_equal(x, x_again)
        np.testing.assert_array_equal(y, y_again)
    assert int(fresh().cardinality()) == 2
    assert not np.array_equal(whole[0][0], whole[2][0])


def test_sets_of_two_domains_keep_their_own_splits(mocked):
    with pytest.raises(BadInput, match="give size"):
        data.load("cycle_gan/horse2zebra", "trainA", batch=2)
    ds = data.load("cycle_gan/horse2zebra", "trainA", batch=2, size=(32, 48))
    assert ds.element_spec.shape == (2, 32, 48, 3)


def test_resizing_cuts_the_middle():
    """A bright square in the middle of a wide dark image fills a square one."""
    import tensorflow as tf

    image = np.zeros((10, 30, 1), np.uint8)
    image[:, 10:20] = 200
    cut = online._fitted(tf.constant(image), (5, 5), (5, 5, 3)).numpy()
    np.testing.assert_array_equal(cut, np.full((5, 5, 3), 200))


def test_one_can_ask_what_is_here(nowhere, monkeypatch):
    assert data.prepared("digits") and not data.prepared("mnist")
    monkeypatch.setattr(tfds.core.DatasetBuilder, "is_prepared", lambda self: True)
    assert data.prepared("mnist")
    with pytest.raises(UnknownName, match='Did you mean "mnist"'):
        data.prepared("mnits")


def test_without_a_network_one_learns_what_to_do(nowhere, monkeypatch):
    """At once: TFDS must not even begin, it would try again for minutes."""
    builder = tfds.core.DatasetBuilder
    monkeypatch.setattr(builder, "download_and_prepare", lambda self: pytest.fail())
    with pytest.raises(BadFile, match=r"tfds\.load\('mnist'\).*\"glyphs\""):
        data.load("mnist")


def test_a_failed_download_is_a_sentence_too(nowhere, monkeypatch):
    def fail(self, *args, **kwargs):
        raise ConnectionError("quota exceeded")

    monkeypatch.setattr(online, "reachable", lambda: True)
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    with pytest.raises(BadFile, match=r"quota exceeded.*tfds\.load\('mnist'\)"):
        data.load("mnist")


def test_no_network_is_noticed_at_once(monkeypatch):
    """TFDS would retry ten times, with growing pauses."""
    monkeypatch.setattr(online, "_HOST", "http://127.0.0.1:9")
    assert not online.reachable()


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("mnits", UnknownName, 'Did you mean "mnist"'),
        ("cycle_gan/horse2zebr", UnknownName, 'Did you mean "horse2zebra"'),
        ("imdb_reviews", BadInput, "no images"),
    ],
)
def test_wrong_names_get_a_sentence(name, error, words, nowhere):
    with pytest.raises(error, match=words):
        data.info(name)
