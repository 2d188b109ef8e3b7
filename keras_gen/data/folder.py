"""A folder of the user's own images.

If every image lies in a sub-folder, the top sub-folders are classes. An image belongs
to train, validation or test (80 : 10 : 10) by a hash of its relative name: adding or
removing images never moves another one from train to test.

The images of a split are held in memory as bytes. Transparency is dropped, the
orientation that cameras write is obeyed.
"""

import hashlib
import math
import pathlib
import stat
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image, ImageOps

from keras_gen.data.catalogue import SPLITS, Info, check_shape
from keras_gen.data.pipeline import Table
from keras_gen.errors import BadFile, BadInput

SUFFIXES = frozenset(
    (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
)
# Pillow knows some that start other programs (PostScript: Ghostscript).
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
_PIXELS = 64 << 20  # of one image, when it is unpacked
_BYTES = 256 << 20  # of one file
_GREY = ("1", "L", "LA")
_MOST = 8 << 30  # bytes; more than that is for a tf.data.Dataset that reads as it goes


def describe(source, size=None, channels=None) -> Info:
    """The facts about a folder; its first image stands for the others."""
    check_shape(size, channels)
    root, names = _names(source)
    size, channels = _shape(root / names[0], size, channels)
    splits = [_split(name) for name in names]
    classes = _classes(names)
    return Info(
        name=str(source),
        shape=(*size, channels),
        kind="image",
        levels=256,
        factors={"class": classes} if classes else {},
        sizes={split: splits.count(split) for split in SPLITS},
        licence="yours",
        description=f"{len(names):,} images in {source}.",
    )


def table(source, split: str, size=None, channels=None) -> Table:
    """The images of one split, in the order of their names."""
    root, names = _names(source)
    fit = size is not None
    size, channels = _shape(root / names[0], size, channels)
    chosen = [name for name in names if _split(name) == split]
    if not chosen:
        raise BadInput(
            f"none of the {len(names)} images in {source} falls into the {split} split "
            "(80:10:10 by a hash of the names): add images, or load arrays."
        )
    if len(chosen) * math.prod(size) * channels > _MOST:
        raise BadInput(
            f"{len(chosen):,} images of {size[0]}x{size[1]} do not fit in memory: give "
            "a smaller `size`, or a tf.data.Dataset that reads them."
        )
    with ThreadPoolExecutor() as pool:
        read = pool.map(lambda name: _read(root / name, size, channels, fit), chosen)
        x = np.stack(list(read))
    classes = _classes(names)
    labels = [classes.index(name.split("/")[0]) for name in chosen] if classes else None
    return Table(x, {"class": np.int32(labels)} if classes else {}, scale=255.0)


def _names(source):
    root = pathlib.Path(source).expanduser()
    if not root.is_dir():
        raise BadFile(f"there is no folder {source}.")
    paths = (path.relative_to(root) for path in root.rglob("*"))
    names = sorted(
        path.as_posix()
        for path in paths
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.parts)
    )
    if not names:
        kinds = ", ".join(sorted(SUFFIXES))
        raise BadFile(f"there is no image in {source} (looked for {kinds}).")
    return root, names


def _classes(names):
    if not all("/" in name for name in names):
        return ()
    return tuple(sorted({name.split("/")[0] for name in names}))


def _split(name):
    tenth = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % 10
    return {8: "validation", 9: "test"}.get(tenth, "train")


def _shape(path, size, channels):
    """What was not asked for, the first image decides."""
    image = _open(path)
    size = size or (image.height, image.width)
    return tuple(size), channels or (1 if image.mode in _GREY else 3)


def _read(path, size, channels, fit):
    image = _open(path)
    height, width = size
    if fit:
        image = ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
    elif image.size != (width, height):
        raise BadInput(
            f"{path} is {image.height}x{image.width}, but the first image is "
            f"{height}x{width}: give size=(height, width) to cut and resize them all."
        )
    image = image.convert("L" if channels == 1 else "RGB")
    return np.asarray(image).reshape(height, width, channels)


def _limited(path):
    """The image, not unpacked yet, if it is a file of a size that images have."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for without end
        raise BadFile(f"{path} is no file, but a folder or a pipe: take it away.")
    if about.st_size > _BYTES:
        raise BadFile(
            f"{path} has {about.st_size >> 20} MB, and an image at most "
            f"{_BYTES >> 20}. Make it smaller, or take it away."
        )
    image = Image.open(path, formats=_FORMATS)
    if image.width * image.height > _PIXELS:
        raise BadFile(
            f"{path} is {image.height}x{image.width}, more than the {_PIXELS >> 20} "
            "million pixels of an image here. Make it smaller, or take it away."
        )
    return image


def _open(path):
    try:
        image = ImageOps.exif_transpose(_limited(path))
        image.load()
    except BadFile:
        raise
    except Exception as error:  # of any kind: Pillow has a parser for each format
        raise BadFile(
            f"{path} cannot be read as an image ({error}). Repair it or take it away."
        ) from None
    if image.mode[0] in "IF":
        raise BadInput(f"{path} has more than 8 bits per channel: convert it to 8.")
    return image if image.mode in _GREY else image.convert("RGB")
