"""What each data set is: facts only, so that listing and describing stay instant.

Nothing heavy is imported here, and nothing else of this package. Names that are not in
the table are looked for by `info`, in this order: a folder of images, then any image
set TFDS knows.
"""

import json
import math
import os
import pathlib
from dataclasses import dataclass, field, replace

from keras_gen.errors import BadInput

SPLITS = ("train", "validation", "test")
EXTRAS = ("mask", "ink", "caption")  # of drawn pictures, made for those who ask


@dataclass(frozen=True)
class Info:
    """Facts about one data set.

    Args:
        name: the name `load` takes.
        shape: the shape of one example; None where examples differ in size.
        kind: "image" (values in [0, 1]) or "point".
        levels: how many values a pixel can take, evenly spaced from 0 to 1; None for
            points.
        factors: the labels there are: the names of the classes of each, or None for
            a continuous one (and for the captions and line drawings of faces).
        sizes: examples per split.
        licence: under what terms the data may be used.
        description: one sentence.
        modes: the centres of the mixture, for points drawn around centres.
        std: the standard deviation of the Gaussian noise, for points.
        ranges: smallest and largest value of the continuous factors that have some.
    """

    name: str
    shape: tuple[int | None, ...]
    kind: str
    levels: int | None
    factors: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    licence: str = ""
    description: str = ""
    modes: tuple[tuple[float, float], ...] | None = None
    std: float | None = None
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)


def _numbered(n) -> tuple[str, ...]:
    return tuple(str(i) for i in range(n))


def _sizes(train, validation, test) -> dict[str, int]:
    return dict(zip(SPLITS, (train, validation, test), strict=True))


_RING = tuple(
    (2 * math.cos(i * math.pi / 4), 2 * math.sin(i * math.pi / 4)) for i in range(8)
)
_GRID = tuple((2.0 * i, 2.0 * j) for i in range(-2, 3) for j in range(-2, 3))


def _points(name, description, classes, std, modes=None):
    factors = {"class": _numbered(classes)}
    sizes = _sizes(20_000, 2_000, 5_000)
    licence = "Apache-2.0 (drawn by keras_gen)"
    return Info(
        f"points/{name}", (2,), "point", None, factors, sizes, licence, description,
        modes, std,
    )  # fmt: skip


_CELEB_A = (
    "5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes", "Bald",
    "Bangs", "Big_Lips", "Big_Nose", "Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair",
    "Bushy_Eyebrows", "Chubby", "Double_Chin", "Eyeglasses", "Goatee", "Gray_Hair",
    "Heavy_Makeup", "High_Cheekbones", "Male", "Mouth_Slightly_Open", "Mustache",
    "Narrow_Eyes", "No_Beard", "Oval_Face", "Pale_Skin", "Pointy_Nose",
    "Receding_Hairline", "Rosy_Cheeks", "Sideburns", "Smiling", "Straight_Hair",
    "Wavy_Hair", "Wearing_Earrings", "Wearing_Hat", "Wearing_Lipstick",
    "Wearing_Necklace", "Wearing_Necktie", "Young",
)  # fmt: skip
_CELEB_A_PLACES = tuple(
    f"{place}_{axis}"
    for place in ("lefteye", "leftmouth", "nose", "righteye", "rightmouth")
    for axis in "xy"
)
_FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
            "Sneaker", "Bag", "Ankle boot")  # fmt: skip
_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse",
            "ship", "truck")  # fmt: skip

TABLE = {
    info.name: info
    for info in (
        Info(
            "digits", (8, 8, 1), "image", 17,
            factors={"class": _numbered(10)},
            sizes=_sizes(1_297, 200, 300),
            licence="CC BY 4.0 (Alpaydin and Kaynak, UCI; shipped by scikit-learn)",
            description="1,797 handwritten digits, ink counted on 17 levels.",
        ),
        Info(
            "digits/domains", (8, 8, 1), "image", 17,
            factors={"class": _numbered(10), "domain": ("ink", "negative")},
            sizes=_sizes(1_297, 200, 300),
            licence="CC BY 4.0 (Alpaydin and Kaynak, UCI; shipped by scikit-learn)",
            description="The same digits, every other one as its negative.",
        ),
        Info(
            "glyphs", (28, 28, 1), "image", 256,
            factors={
                "class": tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                "font": ("sans", "mono", "serif"),
                "weight": ("regular", "bold"),
                "slant": ("upright", "oblique"),
                "size": None, "x": None, "y": None, "rotation": None,
            },
            sizes=_sizes(20_736, 2_592, 5_184),
            licence="Apache-2.0 (rendered from the DejaVu fonts, Bitstream Vera terms)",
            description="Digits and capitals rendered with eight known factors.",
            ranges={
                "size": (14, 19.5), "x": (-2, 2), "y": (-2, 2), "rotation": (-12, 12),
            },
        ),
        Info(
            "photos", (16, 16, 3), "image", 256,
            sizes=_sizes(14_872, 208, 304),
            licence="CC BY 2.0 (danielbuechele, vultilion; shipped by scikit-learn)",
            description="Colour crops of two photographs, splits from disjoint areas.",
        ),
        _points("ring", "Eight Gaussians on a circle of radius 2.", 8, 0.05, _RING),
        _points("grid", "Twenty-five Gaussians on a grid, 2 apart.", 25, 0.05, _GRID),
        _points("moons", "Two interleaved half circles of radius 2.", 2, 0.1),
        _points("spiral", "Two arms, one and a half turns each, radius 3.", 2, 0.05),
        Info(
            "mnist", (28, 28, 1), "image", 256,
            factors={"class": _numbered(10)},
            sizes=_sizes(54_000, 6_000, 10_000),
            licence="CC BY-SA 3.0 (LeCun, Cortes, Burges)",
            description="Handwritten digits (TFDS; downloaded on first use).",
        ),
        Info(
            "fashion_mnist", (28, 28, 1), "image", 256,
            factors={"class": _FASHION},
            sizes=_sizes(54_000, 6_000, 10_000),
            licence="MIT (Zalando Research)",
            description="Pieces of clothing (TFDS; downloaded on first use).",
        ),
        Info(
            "cifar10", (32, 32, 3), "image", 256,
            factors={"class": _CIFAR10},
            sizes=_sizes(45_000, 5_000, 10_000),
            licence="not stated by its authors (Krizhevsky 2009)",
            description="Small colour photographs (TFDS; downloaded on first use).",
        ),
        Info(
            "celeb_a", (218, 178, 3), "image", 256,
            factors={
                **dict.fromkeys(_CELEB_A, ("False", "True")),
                "Identity_No": None,
                **dict.fromkeys(_CELEB_A_PLACES),
            },
            sizes=_sizes(162_770, 19_867, 19_962),
            licence="non-commercial research only (Liu et al., MMLAB)",
            description="Faces with forty attributes (TFDS; downloaded on first use).",
        ),
    )
}  # fmt: skip


def _faces():
    """Drawn faces and landscapes; `keras_gen.data.definitions` wrote what they are."""
    path = pathlib.Path(__file__).with_name("faces.json")
    for name, known in json.loads(path.read_text("utf-8")).items():
        classes = {key: tuple(values) for key, values in known["factors"].items()}
        extras = {**dict.fromkeys(EXTRAS), "mask": tuple(known["kinds"])}
        drawn = "Hills under a sky" if name == "landscapes" else "Faces by a designer"
        faces = Info(
            name, (64, 64, 3), "image", 256,
            factors={**classes, **extras},
            sizes=known["sizes"],
            licence=known["licence"],
            description=f"{drawn}, drawn in colour with {len(classes)} known factors.",
        )  # fmt: skip
        yield faces
        style = "landscape" if name == "landscapes" else name.partition("/")[2]
        yield replace(
            faces,
            name=f"masks/{style}",
            factors=classes,
            description=f"The masks of {name}, in their order, as pictures: a colour "
            f"for each of {len(known['kinds'])} kinds of pixels.",
        )
        if name != "landscapes":
            yield replace(
                faces,
                name=f"expressions/{style}",
                factors=faces.factors | {"driver": None},
                description=f"Those of {name}, in their order, each with the "
                "expression of another one, its driver.",
            )


DRAWN = {info.name: info for info in _faces()}
MIXED = tuple(
    f"faces/{style}" for style in ("adventurer", "avataaars", "bottts", "lorelei")
)
DRAWN["faces"] = replace(
    DRAWN[MIXED[0]],
    name="faces",
    factors={"style": tuple(name.partition("/")[2] for name in MIXED)},
    licence="; ".join(dict.fromkeys(DRAWN[name].licence for name in MIXED)),
    description=f"Faces by {len(MIXED)} designers, a share of each of their sets.",
)
TABLE.update(DRAWN)

OFFLINE = (
    "digits",
    "digits/domains",
    "glyphs",
    "photos",
    *(name for name in TABLE if name.startswith("points/")),
    *DRAWN,
)


def names() -> tuple[str, ...]:
    """The names that need no download first, then the online ones known by heart.

    `load` also takes any other image set of TFDS by its name, and folders.
    """
    return tuple(TABLE)


def reshaped(info: Info, size, channels) -> Info:
    """`info` of the same images at another size or number of channels."""
    if size is None and channels is None:
        return info
    same = size in (None, info.shape[:2]) and channels in (None, info.shape[-1])
    if same and None not in info.shape:
        return info
    if info.name in OFFLINE and info.name not in DRAWN:
        raise BadInput(
            f"{info.name} has one shape, {info.shape}: `size` and `channels` are for "
            "folders and online sets."
        )
    check_shape(size, channels)
    height, width, depth = info.shape
    if size and info.name in DRAWN and (size[0] != size[1] or size[0] > height):
        raise BadInput(
            f"{info.name} is drawn as squares of {height} pixels: `size` is a smaller "
            f"square, such as (32, 32), not {tuple(size)}."
        )
    shape = (*(size or (height, width)), channels or depth)
    return replace(info, shape=shape)


def check_shape(size, channels):
    """Refuse a `size` or a number of `channels` that no image can have."""
    whole = size is None or (
        isinstance(size, tuple | list)
        and len(size) == 2
        and all(isinstance(side, int) and side > 0 for side in size)
    )
    if not whole:
        raise BadInput(f"size must be (height, width) in pixels, not {size!r}.")
    if channels not in (None, 1, 3):
        raise BadInput(f"channels must be 1 (grey) or 3 (colour), not {channels!r}.")


def is_folder(source) -> bool:
    """Whether `source` is meant as a folder of the user's own."""
    if isinstance(source, os.PathLike):
        return True
    return isinstance(source, str) and (
        pathlib.Path(source).expanduser().is_dir() or source.startswith(("/", ".", "~"))
    )
