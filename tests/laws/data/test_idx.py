"""A folder of IDX files: MNIST for those who have no network."""

import gzip

import numpy as np
import pytest

from keras_gen import data
from keras_gen.errors import BadFile

NAMES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("t10k", "images"): "t10k-images-idx3-ubyte",
    ("t10k", "labels"): "t10k-labels-idx1-ubyte",
}


def idx(array):
    """The format, written down from its description."""
    head = bytes((0, 0, 8, array.ndim))
    return head + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


@pytest.fixture(params=["plain", "gzipped"])
def folder(request, tmp_path):
    """Forty and ten numbered images of 5 x 3 pixels; the label is the number mod 4."""
    for part, count in (("train", 40), ("t10k", 10)):
        x = np.arange(count * 15).reshape(count, 5, 3).astype(np.uint8)
        for what, array in (("images", x), ("labels", np.arange(count) % 4)):
            path = tmp_path / NAMES[part, what]
            content = idx(array.astype(np.uint8))
            if request.param == "gzipped":
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(content))
            else:
                path.write_bytes(content)
    return tmp_path


def path_of(folder, part, what):
    (path,) = folder.glob(NAMES[part, what] + "*")
    return path


def test_images_and_labels_come_in_order_and_in_our_splits(folder):
    info = data.info(folder)
    assert info.shape == (5, 3, 1) and info.levels == 256
    assert info.factors == {"class": ("0", "1", "2", "3")}
    assert info.sizes == {"train": 36, "validation": 4, "test": 10}
    start = {"train": 0, "validation": 36, "test": 0}
    for split, size in info.sizes.items():
        x, y = data.arrays(str(folder), split, labels="class")
        numbers = start[split] + np.arange(size)
        expected = (numbers[:, None] * 15 + np.arange(15)) % 256 / np.float32(255)
        np.testing.assert_array_equal(x.reshape(size, 15), expected.astype("float32"))
        np.testing.assert_array_equal(y, numbers % 4)
        assert y.dtype == np.int32


def test_size_and_channels_are_those_asked_for(folder):
    spec = data.Spec(str(folder), size=(6, 6), channels=3)
    assert spec.info.shape == (6, 6, 3)
    assert spec.load(batch=4).element_spec.shape == (4, 6, 6, 3)


def test_a_truncated_file_gets_a_sentence(folder):
    path = path_of(folder, "train", "images")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(BadFile, match="Copy it again"):
        data.load(folder, batch=4)
    path.write_bytes(b"")
    with pytest.raises(BadFile, match=path.name):
        data.load(folder, batch=4)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PNG and more", "not an IDX file"),
        (idx(np.zeros((40, 5), np.uint8)), "in 3 dimensions"),
        (idx(np.zeros((40, 5, 3), np.uint8)) + b"more", "holds 604"),
        (idx(np.zeros((39, 5, 3), np.uint8)), "39 train images but 40 labels"),
    ],
)
@pytest.mark.parametrize("folder", ["plain"], indirect=True)
def test_a_foreign_file_gets_a_sentence(folder, content, words):
    path_of(folder, "train", "images").write_bytes(content)
    with pytest.raises(BadFile, match=words):
        data.load(folder, batch=4)


def test_all_four_files_are_needed(folder):
    path_of(folder, "t10k", "labels").unlink()
    with pytest.raises(BadFile, match="t10k-labels-idx1-ubyte"):
        data.load(folder, "test", batch=4)
