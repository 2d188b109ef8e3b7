"""From a `Spec` to batches, or to whole arrays."""

import functools
import importlib
import os
from dataclasses import replace

import numpy as np
import tensorflow as tf

from keras_gen.arguments import whole_number
from keras_gen.data import catalogue, own, pipeline
from keras_gen.errors import BadInput, unknown

_BLOCK = 1024  # examples per batch when a whole split is collected


def batches(spec, split, batch, seed=0, shuffle=None) -> tf.data.Dataset:
    """The batches of one epoch; see `keras_gen.data.load`."""
    whole_number("batch", batch, 1)
    training = str(split).startswith("train")
    if shuffle is None:
        shuffle = training and not isinstance(spec.name, tf.data.Dataset)
    return _batches(spec, split, batch, seed, shuffle, training, training)


def arrays(spec, split, seed=0):
    """A whole split; see `keras_gen.data.arrays`."""
    blocks = _batches(spec, split, _BLOCK, seed, False, False, False)
    blocks = list(blocks.as_numpy_iterator())
    return tf.nest.map_structure(lambda *parts: np.concatenate(parts), *blocks)


def count(spec, split) -> int:
    """The number of a split's examples, or of its pairs."""
    return min(examples.size for examples, _, _ in _opened(spec, split))


def _batches(spec, split, batch, seed, shuffle, drop, augment):
    opened, specs = _opened(spec, split), (spec, spec.second)
    if spec.pairs:
        sizes = [examples.size for examples, _, _ in opened]
        if sizes[0] != sizes[1]:
            raise BadInput(
                f"matched pairs are as many of both; {opened[0][2]} has {sizes[0]} "
                f"examples in {split}, {opened[1][2]} has {sizes[1]}."
            )
    # The same seed is the same order, of as many rows; another is another.
    seeds = (seed, seed) if spec.pairs else (seed, seed + 1)
    served = [
        _served(one, *form, split, batch, seed=order, shuffle=shuffle, drop=drop,
                augment=one.augment if augment else ())
        for one, form, order in zip(specs, opened, seeds, strict=False)
    ]  # fmt: skip
    if len(served) == 1:
        return served[0]
    return tf.data.Dataset.zip(*served).map(_as_many)


def _as_many(x, y):
    """The last batches of both, where one ends before the other."""
    rows = tf.minimum(tf.shape(x)[0], tf.shape(y)[0])
    static = x.shape[0] if x.shape[0] == y.shape[0] else None
    return tuple(
        tf.ensure_shape(images[:rows], (static, *images.shape[1:])) for images in (x, y)
    )


def _served(spec, examples, factors, name, split, batch, *, seed, shuffle, drop,
            augment):  # fmt: skip
    whole_number("seed", seed, 0)
    forms = _forms(spec, factors, name)
    _check_labels(spec.labels, factors, name)
    if spec.binarise and len(examples.shape) != 3:
        raise BadInput(
            f"binarise={spec.binarise!r} is for images; {name} holds points of shape "
            f"{examples.shape}."
        )
    if augment and len(examples.shape) != 3:
        raise BadInput(f"augment={augment!r} is for images; {name} holds points.")
    if drop and examples.size is not None and batch > examples.size:
        raise BadInput(
            f"the {split} split of {name} has {examples.size} examples, fewer than one "
            f"batch of {batch}: give a smaller batch."
        )
    return pipeline.batches(
        examples,
        batch,
        shuffle=shuffle,
        drop=drop,
        binarise=spec.binarise,
        labels=spec.labels,
        seed=seed,
        forms=forms,
        augment=augment,
    )


def _opened(spec, split) -> list:
    """What `_open` gives of the examples; of both, where a batch is two images."""
    if not spec.both:
        return [_chosen(spec, *_open(spec, split))]
    folders = [
        catalogue.is_folder(one.name) and one.name not in catalogue.TABLE
        for one in (spec, spec.second)
    ]
    if spec.pairs and all(folders):
        from keras_gen.data import folder

        tables = folder.pairs(spec, spec.second, _known(split))
        names = (f"the folder {one.name}" for one in (spec, spec.second))
        return [(t, t.labels, name) for t, name in zip(tables, names, strict=True)]
    return [_chosen(one, *_open(one, split)) for one in (spec, spec.second)]


def _chosen(spec, examples, factors, name):
    """Of the examples those that `only` asks for."""
    if spec.only is None:
        return examples, factors, name
    factor, *values = spec.only
    _check_labels(factor, factors, name)
    known = isinstance(spec.name, str | os.PathLike) and spec.info.factors[factor]
    codes = [_code(value, known or (), factor, name) for value in values]
    if isinstance(examples, pipeline.Stream):
        kept = examples.examples.filter(
            lambda _, y: tf.reduce_any(tf.cast(y[factor], tf.int32) == codes)
        )
        return replace(examples, examples=kept), factors, name
    rows = np.isin(examples.labels[factor], codes)
    if not rows.any():
        raise BadInput(
            f"no example of {name} in this split has {factor} "
            f"{' or '.join(map(str, values))}."
        )
    labels = {key: y[rows] for key, y in examples.labels.items()}
    return replace(examples, x=examples.x[rows], labels=labels), factors, name


def _code(value, known, factor, name) -> int:
    """The number of a class, by its name or its number."""
    if value in known:
        return known.index(value)
    if str(value).isdigit() and (not known or int(value) < len(known)):
        return int(value)
    raise unknown(value, known, f"{factor} of {name}")


def _open(spec, split):
    """The examples, the factors one may ask for, and a name for messages."""
    source, size, channels = spec.name, spec.size, spec.channels
    if catalogue.is_folder(source) and source not in catalogue.TABLE:
        from keras_gen.data import folder, idx

        if idx.is_idx(source):
            table = idx.table(source, _known(split), size, channels)
        else:
            table = folder.table(source, _known(split), size, channels, spec.skip_bad)
        return table, table.labels, f"the folder {source}"
    if isinstance(source, str):
        factors = spec.info.factors
        _check_labels(spec.labels, factors, source)
        extras = tuple(n for n in _wanted(spec.labels) if n in catalogue.EXTRAS)
        return _named(source, split, size, channels, extras), factors, source
    if size is not None or channels is not None:
        raise BadInput("& arrays and datasets before you load them.")
    _known(split)
    if isinstance(source, tf.data.Dataset):
        stream = own.from_dataset(source)
        return stream, own.factors(stream), "the dataset"
    table = own.from_arrays(source)
    return table, table.labels, "the array"


@functools.lru_cache(maxsize=8)
def _named(name, split, size, channels, extras=()):
    """Kept: training, validation and metrics ask for the same few splits."""
    if name not in catalogue.OFFLINE:
        from keras_gen.data import online

        return online.examples(name, split, size, channels)
    if name in catalogue.DRAWN:
        from keras_gen.data import faces

        return faces.table(name, _known(split), size, channels, extras)
    module = importlib.import_module(f"keras_gen.data.{name.partition('/')[0]}")
    return module.table(name, _known(split))


def _known(split):
    if split not in catalogue.SPLITS:
        raise unknown(split, catalogue.SPLITS, "split")
    return split


def _forms(spec, factors, name):
    """{factor: how it enters an embedding}: its range, or how many classes it has."""
    if spec.embedding is None:
        return None
    if spec.labels is not None:
        raise BadInput("give labels or an embedding: a batch is a pair.")
    _check_labels(spec.embedding, factors, name)
    known = catalogue.TABLE[name].ranges if name in catalogue.TABLE else {}
    kinds = {f: c for f, c in factors.items() if f not in catalogue.EXTRAS}
    known = {f: len(c) for f, c in kinds.items() if isinstance(c, tuple)} | known
    for factor in spec.embedding:
        if factor not in known:
            has = f"those of {name} are {', '.join(known)}" if known else "it has none"
            raise BadInput(
                "an embedding is made of factors with classes or a known range; "
                f'"{factor}" of {name} has neither ({has}). Take `labels`, or pairs of '
                "your own."
            )
    return {factor: known[factor] for factor in spec.embedding}


def _check_labels(labels, factors, name):
    for factor in _wanted(labels):
        if factor not in factors:
            hint = "" if factors else f"{name} has no labels."
            raise unknown(factor, factors, f"factor of {name}", hint)


def _wanted(labels):
    return labels if isinstance(labels, tuple) else (labels,) if labels else ()
