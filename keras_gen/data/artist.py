"""A process that draws: options come in, PNG files go out, one picture after another.

    python -m keras_gen.data.artist

It imports no TensorFlow: as many of it as there are cores are started for a style.
"""

import io
import pickle
import sys

from PIL import Image

from keras_gen.data import drawing


def files(style: str, chosen: dict[str, str]) -> dict[str, bytes]:
    """Picture, mask and line drawing as PNG files."""
    return {
        "image": _png(drawing.picture(style, chosen)),
        "mask": _png(drawing.mask(style, chosen)[..., 0]),
        "ink": _png(drawing.ink(style, chosen)[..., 0]),
    }


def _png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "png", compress_level=3)
    return file.getvalue()


if __name__ == "__main__":
    style, rows = pickle.load(sys.stdin.buffer)
    for chosen in rows:
        pickle.dump(files(style, chosen), sys.stdout.buffer)
        sys.stdout.buffer.flush()
