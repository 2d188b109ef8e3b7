"""A folder of the user's own images.

If every image lies in a sub-folder, the top sub-folders are classes. An image belongs
to train, validation or test (80 : 10 : 10) by a hash of its relative name: adding or
removing images never moves another one from train to test.

The images of a split are held in memory as bytes. Transparency is dropped, the
orientation that cameras write is obeyed. Files that cannot be read are told all at
once, or left out where `skip_bad` is asked for.
"""

import functools
import hashlib
import math
import pathlib
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Survey:
    """What lies in a folder, after a look at every image.

    Args:
        sizes: the (height, width) that there are, with how many images have each.
        colour: how many images have colours.
        black_and_white: whether every pixel of all is black or white.
        bad: what cannot be read, and why.
    """

    sizes: dict[tuple[int, int], int]
    colour: int
    black_and_white: bool
    bad: dict[str, str]


def survey(source) -> Survey:
    """Look at every image of a folder, once.

    Example:
        >>> survey("pictures").sizes
        {(28, 28): 1000}
    """
    root, names = _names(source)
    stamps = tuple((name, (root / name).stat().st_mtime_ns) for name in names)
    return _survey(root, stamps)


@functools.lru_cache(maxsize=4)
def _survey(root, stamps):
    """Kept for as long as no file changes."""
    with ThreadPoolExecutor() as pool:
        seen = list(pool.map(lambda stamp: _look(root / stamp[0]), stamps))
    sizes, good = {}, [facts for facts in seen if not isinstance(facts, str)]
    for size, _, _ in good:
        sizes[size] = sizes.get(size, 0) + 1
    return Survey(
        sizes,
        sum(colour for _, colour, _ in good),
        all(plain for _, _, plain in good),
        {
            name: facts
            for (name, _), facts in zip(stamps, seen, strict=True)
            if isinstance(facts, str)
        },
    )


def _look(path):
    """Its size, whether it has colour, whether it is black and white; or the error."""
    try:
        x = np.asarray(_open(path).convert("RGB"))
    except (BadFile, BadInput) as error:
        return str(error)
    colour = bool((x != x[..., :1]).any())
    return x.shape[:2], colour, bool(((x == 0) | (x == 255)).all()) and not colour


def describe(source, size=None, channels=None, skip_bad: bool = False) -> Info:
    """The facts about a folder; its first image stands for the others."""
    check_shape(size, channels)
    root, names = _names(source, skip_bad)
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


def table(source, split: str, size=None, channels=None, skip_bad=False) -> Table:
    """The images of one split, in the order of their names."""
    root, names = _names(source, skip_bad)
    fit = size is not None
    size, channels = _shape(root / names[0], size, channels)
    chosen = _of(split, names, source)
    x = _pixels([root / name for name in chosen], size, channels, fit)
    classes = _classes(names)
    labels = [classes.index(name.split("/")[0]) for name in chosen] if classes else None
    return Table(x, {"class": np.int32(labels)} if classes else {}, scale=255.0)


def _of(split, names, source):
    """The names of this split."""
    chosen = [name for name in names if _split(name) == split]
    if not chosen:
        raise BadInput(
            f"none of the {len(names)} images in {source} falls into the {split} split "
            "(80:10:10 by a hash of the names): add images, or load arrays."
        )
    return chosen


def _pixels(paths, size, channels, fit, half=None):
    """The images of these files, bytes of one shape."""
    if len(paths) * math.prod(size) * channels > _MOST:
        raise BadInput(
            f"{len(paths):,} images of {size[0]}x{size[1]} do not fit in memory: give "
            "a smaller `size`, or a tf.data.Dataset that reads them."
        )
    with ThreadPoolExecutor() as pool:
        read = pool.map(lambda path: _tried(path, size, channels, fit, half), paths)
        return _whole(list(read), len(paths))


def pairs(first, second, split: str) -> tuple[Table, Table]:
    """Both images of each pair, in the same order.

    Args:
        first, second: a `Spec` each; both of one folder if its pictures hold both, the
            first image in the left half.
        split: of the names in the first folder.
    """
    bad = first.skip_bad or second.skip_bad
    root, names = _names(first.name, bad)
    chosen = _of(split, names, first.name)
    if first.pairs == "halves":
        return tuple(
            _half_table(root, chosen, spec, half)
            for spec, half in ((first, 0), (second, 1))
        )
    other_root, others = _names(second.name, bad)
    places = {_stem(name): name for name in others}
    missing = [name for name in names if _stem(name) not in places]
    known = {_stem(name) for name in names}
    left = [name for name in others if _stem(name) not in known]
    if (missing or left) and not bad:
        raise BadInput(
            f"pairs have equal names in both folders; {_some(missing, second.name)} "
            f"{_some(left, first.name)} Rename them or take them away."
        )
    chosen = [name for name in chosen if _stem(name) in places]
    paths = [root / n for n in chosen], [other_root / places[_stem(n)] for n in chosen]
    return tuple(
        Table(_pixels(files, *_form(files[0], spec)), scale=255.0)
        for files, spec in zip(paths, (first, second), strict=True)
    )


def _half_table(root, names, spec, half):
    """One half of each picture."""
    paths = [root / name for name in names]
    (height, width), channels, fit = _form(paths[0], spec)
    if not fit:
        width = _even(paths[0], width) // 2
    return Table(_pixels(paths, (height, width), channels, fit, half), scale=255.0)


def _form(path, spec):
    """Size, channels, and whether images are cut to it."""
    return *_shape(path, spec.size, spec.channels), spec.size is not None


def _even(path, width):
    if width % 2:
        raise BadInput(
            f"{path} is {width} pixels wide, which are no two halves: pictures of "
            "pairs hold two images of one size beside each other."
        )
    return width


def _stem(name):
    return name.rpartition(".")[0]


def _some(names, folder):
    """Which of these are not in the folder, in a sentence."""
    if not names:
        return ""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{folder} lacks {', '.join(names[:3])}{more}."


def _tried(path, *form):
    """The pixels of a file, or the error."""
    try:
        return _read(path, *form)
    except (BadFile, BadInput) as error:
        return error


def _whole(read, n):
    """The pixels of all files, or one error for all that have none."""
    bad = [error for error in read if isinstance(error, Exception)]
    if not bad:
        return np.stack(read)
    if len(bad) == 1 or any("size=" in str(error) for error in bad):
        raise bad[0]
    shown = "\n  ".join(str(error) for error in bad[:20])
    more = f"\n  and {len(bad) - 20} more" if len(bad) > 20 else ""
    raise BadFile(
        f"{len(bad)} of {n} images cannot be used; repair them, take them away, or "
        f"leave them out with skip_bad=True (--skip-bad):\n  {shown}{more}"
    )


def _names(source, skip_bad=False):
    root, names = _listed(source)
    if not skip_bad:
        return root, names
    bad = survey(source).bad
    names = [name for name in names if name not in bad]
    if not names:
        raise BadFile(f"none of the {len(bad)} images in {source} can be read.")
    return root, names


def _listed(source):
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


def _read(path, size, channels, fit, half=None):
    image = _open(path)
    height, width = size
    if half is not None:
        middle = _even(path, image.width) // 2
        image = image.crop((half * middle, 0, (half + 1) * middle, image.height))
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
