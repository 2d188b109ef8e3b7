"""Printed characters with known causes: digits and capitals in the DejaVu fonts.

Every image is a function of eight factors, and all of them are labels:

    class      0-9, A-Z
    font       sans, mono, serif
    weight     regular, bold
    slant      upright, oblique
    size       the longer side of the upright character, in pixels, 14 to 19.5
    x, y       offset of its centre to the right and down, in pixels, -2 to 2
    rotation   counter-clockwise, in degrees, -12 to 12

The factors are independent: each split holds every combination of the first four
equally often, and the last four are uniform. The ranges are such that every character
lies inside the image. White ink on black, antialiased.

The set is a TFDS builder without downloads: the first use renders it into the TFDS
data folder, later ones read it. An image depends on its split and index only.
"""

import functools
import math
import pathlib

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image, ImageDraw, ImageFont

from keras_gen.data import rendered
from keras_gen.data.catalogue import SPLITS, TABLE
from keras_gen.data.pipeline import Table

_INFO = TABLE["glyphs"]
_SIDE = 28
_FINER = 4  # drawn on a grid this much finer, then averaged
_EM = 96  # size of the type the shapes are taken from: about that of the finer grid
_MARGIN = 2  # pixels around a shape, for its edge to fade out into
_FILES = {"sans": "DejaVuSans", "mono": "DejaVuSansMono", "serif": "DejaVuSerif"}
_DISCRETE = ("class", "font", "weight", "slant")
_KINDS = tuple(len(_INFO.factors[name]) for name in _DISCRETE)


def table(name: str, split: str) -> Table:
    """The split `split`, rendered on the first use on this machine."""
    builder = prepared()
    with rendered.reading(builder, "the glyphs"):
        columns = builder.as_dataset(split=split, batch_size=-1)
        columns = {key: value.numpy() for key, value in columns.items()}
    image = columns.pop("image")
    kinds = {key: columns[key].astype(np.int32) for key in _DISCRETE}
    return Table(image, {**columns, **kinds}, scale=255.0)


def factors(split: str, index: int) -> dict[str, int | float]:
    """The causes of one example; the continuous ones come from a seed of its own."""
    kinds = np.unravel_index(index % math.prod(_KINDS), _KINDS)
    rng = np.random.default_rng((SPLITS.index(split), index))
    return {
        **{name: int(kind) for name, kind in zip(_DISCRETE, kinds, strict=True)},
        **{name: rng.uniform(*limits) for name, limits in _INFO.ranges.items()},
    }


def render(font, weight, slant, size, x, y, rotation, **character) -> np.ndarray:
    """The image of one character, uint8 of shape (28, 28, 1).

    Args:
        font, weight, slant: indices into `info("glyphs").factors`.
        size, x, y: in pixels.
        rotation: in degrees, counter-clockwise.
        **character: `class`, which is a reserved word: pass `**factors(...)`.
    """
    shape = _shape(character["class"], font, weight, slant)
    # For each fine pixel, where to look in `shape`: centre, turn back, scale back.
    scale = (max(shape.size) - 2 * _MARGIN) / (size * _FINER)
    cos = scale * math.cos(math.radians(rotation))
    sin = scale * math.sin(math.radians(rotation))
    centre_x, centre_y = (_FINER * (_SIDE / 2 + offset) for offset in (x, y))
    half_width, half_height = shape.width / 2, shape.height / 2
    matrix = (
        cos, -sin, half_width - cos * centre_x + sin * centre_y,
        sin, cos, half_height - sin * centre_x - cos * centre_y,
    )  # fmt: skip
    fine = (_SIDE * _FINER, _SIDE * _FINER)
    turned = shape.transform(fine, Image.Transform.AFFINE, matrix, Image.BILINEAR)
    return np.asarray(turned.reduce(_FINER))[..., None]


@functools.cache
def _shape(character, font, weight, slant):
    """One large upright character, cut at its ink but for an empty margin."""
    canvas = Image.new("L", (3 * _EM, 3 * _EM))
    text = _INFO.factors["class"][character]
    ImageDraw.Draw(canvas).text(
        (_EM, _EM), text, fill=255, font=_type(font, weight, slant)
    )
    left, top, right, bottom = canvas.getbbox()
    return canvas.crop(
        (left - _MARGIN, top - _MARGIN, right + _MARGIN, bottom + _MARGIN)
    )


@functools.cache
def _type(font, weight, slant):
    import matplotlib

    family = _INFO.factors["font"][font]
    style = "Bold" * weight + ("Italic" if family == "serif" else "Oblique") * slant
    name = _FILES[family] + (f"-{style}" if style else "")
    path = pathlib.Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")
    return ImageFont.truetype(path, _EM, layout_engine=ImageFont.Layout.BASIC)


class Glyphs(tfds.core.GeneratorBasedBuilder):
    """The rendered characters as a TFDS data set."""

    name = "keras_gen_glyphs"
    VERSION = tfds.core.Version("1.0.0")  # raise it whenever an image would change
    sizes = _INFO.sizes

    def _info(self):
        names = {
            name: tfds.features.ClassLabel(names=_INFO.factors[name])
            for name in _DISCRETE
        }
        return tfds.core.DatasetInfo(
            builder=self,
            description=__doc__,
            license=_INFO.licence,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=_INFO.shape),
                    **names,
                    **dict.fromkeys(_INFO.ranges, np.float32),
                }
            ),
            supervised_keys=("image", "class"),
            disable_shuffling=True,  # by index: the order is the same everywhere
        )

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples(split) for split in SPLITS}

    def _generate_examples(self, split):
        size = self.sizes[split]
        for index in range(size):
            causes = factors(split, index)
            yield index, {"image": render(**causes), **causes}
            rendered.progress(split, index + 1, size, every=648)


def prepared(builder=Glyphs) -> tfds.core.DatasetBuilder:
    """The builder with its files in place."""
    return rendered.prepared(builder, "the glyphs")
