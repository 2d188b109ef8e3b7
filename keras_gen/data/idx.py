"""A folder with the four IDX files in which MNIST and its relatives are published.

    train-images-idx3-ubyte   train-labels-idx1-ubyte
    t10k-images-idx3-ubyte    t10k-labels-idx1-ubyte

each gzipped (.gz) or not. Debian's package dataset-fashion-mnist installs such a
folder: this is the way to real data without a network. The last tenth of the training
files is the validation split, as with TFDS.

An IDX file begins with two zero bytes, the type of its elements (8: bytes), the number
of dimensions, and each dimension as 4 bytes, the most significant one first.
Reference: Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten digits.
"""

import gzip
import math
import pathlib
import re
import zlib

import numpy as np
from PIL import Image, ImageOps

from keras_gen.data.catalogue import SPLITS, Info, check_shape
from keras_gen.data.pipeline import Table
from keras_gen.errors import BadFile

_NAME = re.compile(r"(train|t10k)-(images|labels)[-.]idx([13])-ubyte(\.gz)?")


def is_idx(source) -> bool:
    """Whether the folder `source` holds IDX files."""
    root = pathlib.Path(source).expanduser()
    return root.is_dir() and any(_NAME.fullmatch(path.name) for path in root.iterdir())


def describe(source, size=None, channels=None) -> Info:
    """The facts about a folder of IDX files."""
    check_shape(size, channels)
    columns = {split: _split(source, split) for split in SPLITS}
    x, _ = columns["train"]
    classes = 1 + max(int(y.max()) for _, y in columns.values())
    return Info(
        name=str(source),
        shape=(*(size or x.shape[1:]), channels or 1),
        kind="image",
        levels=256,
        factors={"class": tuple(str(i) for i in range(classes))},
        sizes={split: len(y) for split, (_, y) in columns.items()},
        licence="yours",
        description=f"The images of the IDX files in {source}.",
    )


def table(source, split: str, size=None, channels=None) -> Table:
    """One split, in the order of its file."""
    x, y = _split(source, split)
    if size is not None and tuple(size) != x.shape[1:]:
        wide = (size[1], size[0])
        fitted = (ImageOps.fit(Image.fromarray(i), wide, Image.LANCZOS) for i in x)
        x = np.stack([np.asarray(image) for image in fitted])
    x = np.repeat(x[..., None], channels or 1, axis=-1)
    return Table(x, {"class": y.astype(np.int32)}, scale=255.0)


def _split(source, split):
    """The images and labels of one of our splits."""
    part = "t10k" if split == "test" else "train"
    x, y = _read(source, part, "images", 3), _read(source, part, "labels", 1)
    if len(x) != len(y):
        raise BadFile(
            f"{source} has {len(x)} {part} images but {len(y)} labels: these files do "
            "not belong together."
        )
    kept = len(x) - len(x) // 10
    rows = {"train": slice(kept), "validation": slice(kept, None)}.get(split)
    return (x, y) if rows is None else (x[rows], y[rows])


def _read(source, part, what, dimensions):
    root = pathlib.Path(source).expanduser()
    for path in sorted(root.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match and match.group(1, 2) == (part, what):
            return _parsed(path, dimensions)
    raise BadFile(
        f"{source} holds IDX files, but none named {part}-{what}-idx{dimensions}-ubyte "
        "(or .gz): all four of MNIST's are needed."
    )


def _parsed(path, dimensions):
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise BadFile(f"{path} cannot be read ({error}). Copy it again.") from None
    start = 4 + 4 * dimensions
    if content[:4] != bytes((0, 0, 8, dimensions)) or len(content) < start:
        raise BadFile(
            f"{path} is not an IDX file of bytes in {dimensions} dimensions: it begins "
            f"with {content[:4].hex(' ') or 'nothing'}."
        )
    shape = np.frombuffer(content, ">u4", dimensions, offset=4).tolist()
    if len(content) - start != math.prod(shape) or not math.prod(shape):
        raise BadFile(
            f"{path} promises {'x'.join(map(str, shape))} bytes and holds "
            f"{len(content) - start:,}: it is truncated or altered. Copy it again."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
