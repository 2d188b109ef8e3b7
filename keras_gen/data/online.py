"""Image sets of TFDS, by their TFDS name: "mnist", "celeb_a", "cycle_gan/monet2photo".

The first use downloads and prepares a set with TFDS; later ones read it, and need no
network. A set without a validation split lends the last tenth of its training split.
Splits of up to a gigabyte are held in memory; larger ones are read as they are used,
and shuffled in a window.

TFDS decodes image by image, which takes ten seconds for MNIST. A split that fits into
memory is decoded once, and kept beside the prepared set as one array.

Scalar labels become factors by their own name, except that TFDS's "label" is our
"class"; of nested ones the last part of the name counts ("Smiling").
"""

import contextlib
import os
import pathlib

import numpy as np
import requests
import tensorflow as tf
import tensorflow_datasets as tfds

from keras_gen.data.catalogue import SPLITS, TABLE, Info
from keras_gen.data.pipeline import Stream, Table
from keras_gen.errors import BadFile, BadInput, unknown
from keras_gen.files import atomic

_MEMORY = 1 << 30  # bytes
_IMAGE = "image itself"  # a name that no factor has
_HOST = "https://storage.googleapis.com"  # most of TFDS's own downloads begin here


def describe(name: str) -> Info:
    """The facts that TFDS knows without downloading anything."""
    builder = _builder(name)
    facts = builder.info
    shape = facts.features[_image_key(builder)].shape
    return Info(
        name=name,
        shape=tuple(shape),
        kind="image",
        levels=256,
        factors={ours: _classes(f) for ours, f in _factors(builder).items()},
        sizes=_sizes(builder),
        licence="see the description",
        description=" ".join(facts.description.split()),
    )


def examples(name: str, split: str, size=None, channels=None) -> Table | Stream:
    """One split, in memory if it is small enough; prepared first if need be."""
    builder = _builder(name)
    key = _image_key(builder)
    height, width, depth = builder.info.features[key].shape
    if size is None and None in (height, width):
        raise BadInput(
            f"the images of {name} differ in size: give size=(height, width)."
        )
    shape = (*(size or (height, width)), channels or depth)
    _prepare(builder, name)
    form = "x".join(map(str, shape))
    kept = pathlib.Path(builder.data_dir, "keras_gen", f"{split}-{form}.npz")
    if kept.is_file():
        return _decoded(kept)
    factors = _factors(builder)

    def ours(example):
        flat = _flat(example)
        labels = {
            label: tf.cast(flat[label], tf.int32 if _classes(feature) else tf.float32)
            for label, feature in factors.items()
        }
        return _fitted(example[key], size, shape), labels

    ds = _read(builder, name, split).map(ours, num_parallel_calls=tf.data.AUTOTUNE)
    if _bytes(ds, shape) > _MEMORY:
        return Stream(ds, scale=255.0)
    blocks = list(ds.batch(1024).as_numpy_iterator())
    x, labels = tf.nest.map_structure(lambda *parts: np.concatenate(parts), *blocks)
    prepared = pathlib.Path(builder.data_dir, "dataset_info.json").is_file()
    if prepared and split in SPLITS:  # prepared says TFDS of mock data, too
        _keep(kept, x, labels)
    return Table(x, labels, scale=255.0)


def _decoded(path):
    with np.load(path) as columns:
        labels = {name: columns[name] for name in columns if name != _IMAGE}
        return Table(columns[_IMAGE], labels, scale=255.0)


def _keep(path, x, labels):
    """Where TFDS's folder cannot be written, every process decodes for itself."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        with atomic(path) as made, open(made, "wb") as file:
            np.savez(file, **{_IMAGE: x}, **labels)


def reachable() -> bool:
    """Whether there is a network: without, TFDS would retry for minutes."""
    try:
        requests.head(_HOST, timeout=5)
    except requests.RequestException:
        return False
    return True


def prepared(name: str) -> bool:
    """Whether a set of TFDS is here, so that nothing is downloaded for it."""
    return _builder(name).is_prepared()


def _builder(name):
    try:
        return tfds.builder(name, data_dir=os.environ.get("TFDS_DATA_DIR"))
    except tfds.core.DatasetNotFoundError:
        known = {*TABLE, *tfds.list_builders()}
        hint = "keras_gen.data.names() and tfds.list_builders() list all."
        raise unknown(name, known, "data set", hint) from None
    except (ValueError, AssertionError) as error:
        family, _, config = name.partition("/")
        if not family.partition(":")[0].isidentifier():
            raise unknown(name, TABLE, "data set") from None
        configs = tfds.builder_cls(family.partition(":")[0]).builder_configs
        if config and config not in configs:
            raise unknown(config, configs, f"configuration of {family}") from None
        raise BadInput(f"TFDS cannot open {name}: {error}") from None


def _prepare(builder, name):
    if builder.is_prepared():
        return
    if not reachable():
        raise BadFile(_absent(builder, name, "there is no network"))
    try:
        builder.download_and_prepare()
    except Exception as error:  # of any kind: it comes from the set's own code
        why = f"preparing it failed: {error}"
        raise BadFile(_absent(builder, name, why)) from error


def _absent(builder, name, why):
    return (
        f"{name} is not in {builder.data_dir} and {why}. With a network, run once: "
        f"python -c \"import tensorflow_datasets as tfds; tfds.load('{name}')\". "
        'Without one, "digits", "glyphs" and "points/..." are always there.'
    )


def _sizes(builder):
    """Known once the set is prepared."""
    splits = builder.info.splits
    named = dict.fromkeys(splits)
    if "train" in splits:
        named["validation"] = None
    return {name: splits[_lent(builder, name)].num_examples for name in named}


def _lent(builder, split):
    """What TFDS is to read for our `split`."""
    if "validation" in builder.info.splits:
        return split
    return {"train": "train[:90%]", "validation": "train[90%:]"}.get(split, split)


def _read(builder, name, split):
    try:
        return tfds.load(
            name,
            split=_lent(builder, split),
            data_dir=os.environ.get("TFDS_DATA_DIR"),
            download=False,
            shuffle_files=False,
        )
    except (ValueError, KeyError) as error:
        raise BadInput(f"{name} has no split {split!r}: {error}") from None


def _image_key(builder):
    for key, feature in builder.info.features.items():
        if isinstance(feature, tfds.features.Image) and feature.np_dtype == np.uint8:
            return key
    raise BadInput(f"the TFDS set {builder.name} holds no images of 8 bits.")


def _flat(tree):
    """Leaves of nested dictionaries under our names."""
    leaves = {}
    for key, value in tree.items():
        if isinstance(value, dict | tfds.features.FeaturesDict):
            leaves.update(_flat(value))
        else:
            leaves["class" if key == "label" else key] = value
    return leaves


def _factors(builder):
    return {
        name: feature
        for name, feature in _flat(builder.info.features).items()
        if feature.shape == () and np.dtype(feature.np_dtype).kind in "biuf"
    }


def _classes(feature):
    if isinstance(feature, tfds.features.ClassLabel):
        return tuple(feature.names)
    return ("False", "True") if feature.np_dtype == np.bool_ else None


def _fitted(image, size, shape):
    """Cut centrally to the aspect of `size`, resize, set the number of channels."""
    if size is not None:
        image = _resized(image, size)
    if image.shape[-1] == 3 and shape[-1] == 1:
        image = tf.image.rgb_to_grayscale(image)
    elif image.shape[-1] == 1 and shape[-1] == 3:
        image = tf.image.grayscale_to_rgb(image)
    return tf.ensure_shape(image, shape)


def _resized(image, size):
    extent = tf.shape(image)[:2]
    ratio = tf.reduce_min(tf.cast(extent, tf.float32) / tf.constant(size, tf.float32))
    cut = tf.minimum(
        tf.cast(tf.round(ratio * tf.constant(size, tf.float32)), tf.int32), extent
    )
    top, left = tf.unstack((extent - cut) // 2)
    image = tf.image.crop_to_bounding_box(image, top, left, cut[0], cut[1])
    image = tf.image.resize(image, size, antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)


def _bytes(ds, shape):
    return int(ds.cardinality()) * int(np.prod(shape))
