"""Faces by designers, and landscapes: colour pictures of which everything is known.

"faces/STYLE" and "landscapes" are drawn from the styles of DiceBear, 64 x 64 pixels
each. Every option that was drawn is a factor; `keras_gen.data.styles` tells those that
all styles share. Besides factors one may ask for

    caption     a sentence in English, as bytes
    mask        (height, width) int32: the kind of each pixel; `info(...).factors`
                names the kinds
    ink         (height, width, 1) float32: a line drawing, black on white

What is held out: the combination of a style's main parts (hair, eyes and mouth of a
face). Whatever face is in the test split, no training face has these three together;
each of them alone is in all splits.

"expressions/STYLE" are the same faces once more, in the same order, each with the eyes,
eyebrows and mouth of another one, whose row is the factor `driver`: what reenactment
learns from, as matched pairs.

"masks/STYLE", and "masks/landscape", are the masks of these as pictures, in the same
order: the colour of a pixel is the number of its kind, a bit for each of red, green and
blue. What is painted in them a translator makes a face of.

"faces" are some of four styles each, in turns; the style is their factor.

The sets are TFDS builders without downloads: the first use of a style draws it, on all
cores, into the TFDS data folder. Smaller sizes are means over areas.
"""

import functools
import io
import os
import pickle
import subprocess
import sys

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from keras_gen.data import captions, definitions, rendered, styles
from keras_gen.data.artist import files
from keras_gen.data.catalogue import EXTRAS, MIXED, SPLITS, TABLE
from keras_gen.data.pipeline import Table

_FEW = 300  # pictures that are not worth a process
_BLOCK = 1024


def table(name: str, split: str, size=None, channels=None, extras=()) -> Table:
    """One split, drawn on the first use; `extras` says which of `EXTRAS` are read."""
    if name == "faces":
        return _mixed(split, size, channels)
    if name.startswith("masks/"):
        return _masks(styles.name_of(styles.style_of(name)), split, size, channels)
    builder = prepared(name)
    side = size or TABLE[name].shape[:2]
    wanted = [k for k in builder.info.features if k not in EXTRAS or k in extras]
    # To decode some only, TFDS has another way, which warns of its own deprecations.
    skipped = {k: tfds.decode.SkipDecoding() for k in EXTRAS if k not in extras}
    with rendered.reading(builder, name):
        ds = builder.as_dataset(split=split, decoders=skipped)
        ds = ds.map(lambda row: {key: row[key] for key in wanted}).batch(_BLOCK)
        ds = ds.map(lambda columns: _sized(columns, side, channels))
        blocks = list(ds.as_numpy_iterator())
    columns = {key: np.concatenate([b[key] for b in blocks]) for key in wanted}
    image = columns.pop("image")
    return Table(image, columns, scale=255.0)


def _mixed(split, size, channels):
    """Of each of the styles every n-th picture, beside those of the others."""
    n = len(MIXED)
    parts = [table(name, split, size, channels).x[k::n] for k, name in enumerate(MIXED)]
    image = np.stack(parts, axis=1)
    image = image.reshape(-1, *image.shape[2:])
    style = np.arange(len(image), dtype=np.int32) % n
    return Table(image, {"style": style}, scale=255.0)


def _masks(name, split, size, channels):
    """The table of the masks of a set, as pictures."""
    drawn = table(name, split, size, extras=("mask",))
    kinds = drawn.labels["mask"][..., None]
    image = (255 * (kinds >> np.arange(3) & 1)).astype("uint8")
    if channels == 1:
        image = tf.image.rgb_to_grayscale(image).numpy()
    labels = {key: y for key, y in drawn.labels.items() if key != "mask"}
    return Table(image, labels, scale=255.0)


def _sized(columns, side, channels):
    """The columns at another size; classes as integers of 32 bits."""
    sized = {k: tf.cast(v, tf.int32) for k, v in columns.items() if v.dtype == tf.int64}
    if "caption" in columns:
        sized["caption"] = columns["caption"]
    image = _rounded(_area(columns["image"], side))
    sized["image"] = tf.image.rgb_to_grayscale(image) if channels == 1 else image
    if "ink" in columns:
        sized["ink"] = _area(columns["ink"], side) / 255.0
    if "mask" in columns:
        kinds = tf.one_hot(columns["mask"][..., 0], len(styles.KINDS))
        sized["mask"] = tf.argmax(_area(kinds, side), axis=-1, output_type=tf.int32)
    return sized


def _area(images, side):
    return tf.image.resize(tf.cast(images, tf.float32), side, method="area")


def _rounded(images):
    return tf.cast(tf.round(images), tf.uint8)


class Faces(tfds.core.GeneratorBasedBuilder):
    """The drawn pictures as a TFDS data set, one configuration for each style."""

    name = "keras_gen_faces"
    VERSION = tfds.core.Version("1.0.0")  # raise it whenever an image would change
    BUILDER_CONFIGS = tuple(
        tfds.core.BuilderConfig(name=style) for style in styles.STYLES
    )
    sizes = None  # those of the catalogue

    @property
    def called(self) -> str:
        """What the catalogue calls them."""
        return styles.name_of(self.builder_config.name)

    def rows(self, style, sizes):
        """Of each split the options of each picture, and factors that are no option."""
        combinations = definitions.combinations(style, sizes)
        return {split: [(c, {}) for c in rows] for split, rows in combinations.items()}

    def _info(self):
        info = TABLE[self.called]
        factors = {
            name: tfds.features.ClassLabel(names=classes) if classes else np.int64
            for name, classes in info.factors.items()
            if name not in EXTRAS
        }
        grey = tfds.features.Image(shape=(*info.shape[:2], 1))
        return tfds.core.DatasetInfo(
            builder=self,
            description=__doc__,
            license=info.licence,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=info.shape),
                    "mask": grey,
                    "ink": grey,
                    "caption": tfds.features.Text(),
                    **factors,
                }
            ),
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        style = self.builder_config.name
        rows = self.rows(style, self.sizes or TABLE[self.called].sizes)
        return {split: self._generate_examples(split, rows[split]) for split in SPLITS}

    def _generate_examples(self, split, rows):
        style = self.builder_config.name
        known = TABLE[self.called].factors
        pictures = _drawn(style, [chosen for chosen, _ in rows])
        for index, ((chosen, more), drawn) in enumerate(
            zip(rows, pictures, strict=True)
        ):
            factors = styles.factors(style, chosen)
            rng = np.random.default_rng((SPLITS.index(split), index))
            yield (
                index,
                {
                    **{k: io.BytesIO(png) for k, png in drawn.items()},
                    "caption": captions.caption(style, factors, rng),
                    **{k: v for k, v in factors.items() if k in known},
                    **more,
                },
            )
            rendered.progress(split, index + 1, len(rows), every=500)


class Expressions(Faces):
    """The same faces, each with the expression of another one."""

    name = "keras_gen_expressions"

    @property
    def called(self):
        return f"expressions/{self.builder_config.name}"

    def rows(self, style, sizes):
        faces = definitions.combinations(style, sizes)
        return {
            split: [(chosen, {"driver": driver}) for chosen, driver in rows]
            for split, rows in definitions.expressions(style, faces).items()
        }


def prepared(name: str) -> tfds.core.DatasetBuilder:
    """The builder of a set with its files in place."""
    style = styles.style_of(name)
    definitions.definition(style)  # or a sentence about what is not installed
    what = f"{len(SPLITS)} splits of {name}"
    builder = Expressions if name.startswith("expressions/") else Faces
    return rendered.prepared(functools.partial(builder, config=style), what)


def _drawn(style, rows):
    """The PNG files of every picture, in order, from as many processes as cores."""
    count = os.cpu_count() if len(rows) > _FEW else 0
    if not count:
        yield from (files(style, chosen) for chosen in rows)
        return
    path = os.pathsep.join(filter(None, sys.path))
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "keras_gen.data.artist"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        for _ in range(count)
    ]
    try:
        for number, worker in enumerate(workers):
            pickle.dump((style, rows[number::count]), worker.stdin)
            worker.stdin.close()
        for index in range(len(rows)):
            yield pickle.load(workers[index % count].stdout)
    finally:
        for worker in workers:
            worker.kill()
            worker.stdout.close()
            worker.wait()
