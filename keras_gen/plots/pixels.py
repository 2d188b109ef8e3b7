"""From arrays to pixels, and from pixels to figures and files."""

import io
import math
import pathlib

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from keras_gen.arguments import Numbers, Size, checked
from keras_gen.errors import BadInput, lookup
from keras_gen.files import atomic

INK, PALE, BLUE, ORANGE = "#333333", "#c8c8c8", "#1f6fb4", "#d9730d"
DPI = 144


@checked
def grid(images: Numbers, columns: Size | None = None) -> np.ndarray:
    """Tile images into one picture, uint8, with white gaps between them.

    Small images are enlarged by a whole factor, so that each pixel stays a sharp
    square, and between the smallest are gaps of two such squares: in 8x8 pixels a
    digit touches the edges, and would run on into the next. Values are clipped to
    [0, 1].

    Args:
        images: shape (n, height, width, 1 or 3), floats in [0, 1].
        columns: tiles per row; by default the rows make a square picture.

    Returns:
        Shape (height, width) for grey images, (height, width, 3) for colour.
    """
    tiles, scale = _pixels(images)
    n, height, width, channels = tiles.shape
    columns = min(columns or math.ceil(math.sqrt(n)), n)
    rows, gap = math.ceil(n / columns), 2 * scale if scale > 2 else 2
    shape = (rows * (height + gap) + gap, columns * (width + gap) + gap, channels)
    picture = np.full(shape, 255, np.uint8)
    for k, tile in enumerate(tiles):
        top = gap + k // columns * (height + gap)
        left = gap + k % columns * (width + gap)
        picture[top : top + height, left : left + width] = tile
    return picture[..., 0] if channels == 1 else picture


def _pixels(images):
    """Check, enlarge to at least 48 pixels, and quantise to bytes; by what factor."""
    x = np.asarray(images)
    if x.ndim != 4 or x.shape[-1] not in (1, 3) or not len(x):
        raise BadInput(
            "a grid needs images of shape (n, height, width, 1 or 3); received shape "
            f"{x.shape}."
        )
    if not np.issubdtype(x.dtype, np.floating) or not np.isfinite(x).all():
        raise BadInput(
            "images must be finite floats in [0, 1] (divide bytes by 255); received "
            f"{x.dtype}{'' if x.dtype.kind != 'f' else ' with NaN or infinity'}."
        )
    scale = max(1, math.ceil(48 / min(x.shape[1:3])))
    x = np.rint(255 * np.clip(x, 0, 1)).astype(np.uint8)
    return x.repeat(scale, axis=1).repeat(scale, axis=2), scale


def png(picture) -> bytes:
    """A figure, or a uint8 array of pixels, as the bytes of a PNG file."""
    return encoded(picture, ".png")


def encoded(picture, suffix: str) -> bytes:
    """A figure, or a uint8 array of pixels, as the bytes of a .png or .jpg file."""
    known = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
    form = lookup(known, suffix.lower(), "kind of picture")
    if isinstance(picture, Figure):
        picture.canvas.draw()
        picture = np.asarray(picture.canvas.buffer_rgba())[..., :3]
    buffer = io.BytesIO()
    options = {} if form == "png" else {"quality": 95, "subsampling": 0}
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, form, **options)
    return buffer.getvalue()


def save_image(path, picture):
    """Write a figure, or a uint8 array such as `grid` gives, as a PNG or a JPEG."""
    picture = encoded(picture, pathlib.Path(path).suffix or ".png")
    with atomic(path) as temporary:
        temporary.write_bytes(picture)


class Picture(Figure):
    """A figure that a notebook shows as it is, without pyplot or a magic word."""

    def _repr_png_(self):
        return png(self)


def new_figure(width, height, **kwargs):
    figure = Picture(figsize=(width, height), dpi=DPI, facecolor="white", **kwargs)
    FigureCanvasAgg(figure)
    return figure


def whole(pixels):
    """A figure of exactly these pixels."""
    return framed(pixels, 0, 0, 0, 0)[0]


def framed(pixels, left, bottom, right, top):
    """Pixels shown one to one, with margins in points for what is written there."""
    height, width = pixels.shape[:2]
    left, bottom, right, top = (round(m * DPI / 72) for m in (left, bottom, right, top))
    total = width + left + right, height + bottom + top
    figure = new_figure(total[0] / DPI, total[1] / DPI)
    axes = figure.add_axes(
        (left / total[0], bottom / total[1], width / total[0], height / total[1])
    )
    # Three equal channels: a grey colormap would round some bytes to the next one.
    colour = np.repeat(pixels[..., None], 3, -1) if pixels.ndim == 2 else pixels
    extent = (0, width, height, 0)
    axes.imshow(colour, interpolation="nearest", extent=extent, aspect="auto")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=8, labelcolor=INK, pad=2)
    axes.set(xticks=[], yticks=[])
    return figure, axes


def table(tiles, labels, heads=()):
    """Rows of images with a label before each row and a head above each column."""
    columns = len(tiles) // len(labels)
    picture = grid(tiles, columns)
    height, width = picture.shape[:2]
    left = 6 + 4.6 * max(len(label) for label in labels)
    figure, axes = framed(picture, left, bottom=4, right=4, top=16 if heads else 4)
    rows = (np.arange(len(labels)) + 0.5) * height / len(labels)
    axes.set_yticks(rows, labels)
    if heads:
        axes.xaxis.tick_top()
        axes.set_xticks((np.arange(columns) + 0.5) * width / columns, heads)
    axes.tick_params(length=0)
    return figure


def finish(figure, path):
    if path is not None:
        save_image(path, figure)
    return figure
