"""From examples to batches: order, binarisation, labels.

The order is part of an experiment: a training that was killed must see, when it is
resumed, the batches it would have seen. So everything random here is a function of
the seed given to `load` and of the number of epochs drawn so far, and of nothing else:

    load(..., seed=s).repeat().skip(k)   equals the tail of   load(..., seed=s).repeat()

in any process, dynamic binarisation included. TensorFlow's own `Dataset.shuffle` would
almost do, but it also mixes in the seed of `tf.random.set_seed`, so that an unrelated
line elsewhere would change the order; the operations below it are called directly.

What binarisation means (x is a grey value in [0, 1]):

    threshold   x > 1/2
    static      one Bernoulli(x) draw per pixel, drawn once and for all
    dynamic     a Bernoulli(x) draw per pixel, fresh in every epoch

The three give different likelihoods: dynamic ones are nats better than static ones,
and numbers must never be compared across them.
Reference: Salakhutdinov & Murray, On the quantitative analysis of deep belief networks
(ICML 2008).
"""

from dataclasses import dataclass, field, replace

import numpy as np
import tensorflow as tf

from keras_gen.signatures import columns

_STATIC = 20_080_705  # the draw of every static binarisation; never to be changed
_STREAM = 1_618  # the second half of the seed, so that seed 0 is as good as any other
_WINDOW = 4_096  # examples of a stream that are shuffled together


@dataclass(frozen=True)
class Table:
    """A split held in memory: `x / scale` are the examples; one row per example."""

    x: np.ndarray
    labels: dict[str, np.ndarray] = field(default_factory=dict)
    scale: float | None = None

    @property
    def size(self) -> int:
        return len(self.x)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.x.shape[1:]


@dataclass(frozen=True)
class Stream:
    """A split that is read as it is used: elements (x, {factor: label})."""

    examples: tf.data.Dataset
    scale: float | None = None

    @property
    def size(self) -> int | None:
        """The number of examples, where it is known and finite."""
        size = int(self.examples.cardinality())
        return size if size >= 0 else None

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.examples.element_spec[0].shape)


def batches(source, *args, **kwargs) -> tf.data.Dataset:
    """The batches that `load` returns; the data stay on the host."""
    with tf.device("CPU:0"):
        return _batches(source, *args, **kwargs)


def _batches(
    source,
    batch,
    *,
    shuffle,
    drop,
    binarise,
    labels,
    seed,
    forms=None,
    augment=(),
):
    if binarise == "static":
        source = _binarised_once(source)
    if isinstance(source, Table):  # labels that nobody asked for need no memory
        names = forms or ((labels,) if isinstance(labels, str) else labels or ())
        source = replace(source, labels={name: source.labels[name] for name in names})
    rows = _from_table if isinstance(source, Table) else _from_stream
    ds = rows(source, batch, shuffle, drop, seed)
    if augment:
        pairs = _random(seed + _STREAM).batch(2, drop_remainder=True)
        ds = tf.data.Dataset.zip((ds, pairs))
        ds = ds.map(lambda xy, pair: (_augmented(xy[0], pair, augment), xy[1]))
    if binarise == "dynamic":
        pairs = _random(seed).batch(2, drop_remainder=True)
        ds = tf.data.Dataset.zip((ds, pairs))
        ds = ds.map(
            lambda xy, pair: (_bernoulli(xy[0], pair), xy[1]),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
    elif binarise == "threshold":
        ds = ds.map(lambda x, y: (tf.cast(x > 0.5, tf.float32), y))
    ds = ds.map(_choose(labels, forms))
    if isinstance(source, Stream):
        return ds.prefetch(tf.data.AUTOTUNE)
    # TensorFlow tunes pipelines after 10, 20, 40 ... ms, and the end of an epoch waits
    # for the next of these looks: a short one takes up to twice its time.
    options = tf.data.Options()
    options.autotune.enabled = False
    return ds.prefetch(2).with_options(options)


def _from_table(table, batch, shuffle, drop, seed):
    """Whole batches are gathered at once: no work per example."""
    x = tf.constant(table.x)
    labels = {name: tf.constant(y) for name, y in table.labels.items()}

    def gather(rows):
        picked = {name: tf.gather(y, rows) for name, y in labels.items()}
        return _scaled(tf.gather(x, rows), table.scale), picked

    rows = tf.data.Dataset.range(table.size)
    if shuffle:
        rows = _shuffled(rows, table.size, seed)
    return rows.batch(batch, drop_remainder=drop).map(gather)


def _from_stream(stream, batch, shuffle, drop, seed):
    examples = stream.examples
    if shuffle:
        examples = _shuffled(examples, _WINDOW, seed)
    ds = examples.batch(batch, drop_remainder=drop)
    return ds.map(lambda x, y: (_scaled(x, stream.scale), y))


def _scaled(x, scale):
    x = tf.cast(x, tf.float32)
    return x / scale if scale else x


def _binarised_once(source):
    """The draw depends on the place of an example in its split, and on nothing else."""
    if isinstance(source, Table):
        uniform = np.random.default_rng(_STATIC).random(source.x.shape, np.float32)
        grey = source.x if source.scale is None else source.x / np.float32(source.scale)
        return replace(source, x=(uniform < grey).astype(np.uint8), scale=None)

    def draw(i, example):
        x, y = example
        return _bernoulli(_scaled(x, source.scale), tf.stack([_STATIC, i])), y

    return Stream(source.examples.enumerate().map(draw))


def _bernoulli(x, seed):
    uniform = tf.random.stateless_uniform(tf.shape(x), seed, alg="philox")
    return tf.ensure_shape(tf.cast(uniform < x, tf.float32), x.shape)


def _augmented(x, seed, ways):
    """Each image flipped or shifted by a draw of its own; no value becomes another."""
    n, (height, width) = tf.shape(x)[0], x.shape[1:3]
    draws = tf.random.stateless_uniform((3, n), seed, alg="philox")
    if "flip" in ways:
        x = tf.where(draws[0][:, None, None, None] < 0.5, x[:, :, ::-1], x)
    if "shift" in ways:
        for axis, side, draw in ((1, height, draws[1]), (2, width, draws[2])):
            by = tf.cast(tf.round((2 * draw - 1) * (side // 8)), tf.int32)
            # What comes in from outside repeats the edge.
            places = tf.clip_by_value(tf.range(side) + by[:, None], 0, side - 1)
            x = x if axis == 1 else tf.transpose(x, (0, 2, 1, 3))
            x = tf.gather(x, places, axis=1, batch_dims=1)
            x = x if axis == 1 else tf.transpose(x, (0, 2, 1, 3))
    return x


def _choose(labels, forms=None):
    """The structure of a batch: x, (x, y), (x, {factor: y}) or (x, h)."""
    if forms is not None:
        return lambda x, y: (x, _embedding(y, forms))
    if labels is None:
        return lambda x, y: x
    if isinstance(labels, str):
        return lambda x, y: (x, y[labels])
    return lambda x, y: (x, {name: y[name] for name in labels})


def _embedding(y, forms):
    """The factors, one after the other: numbers in [0, 1]."""
    parts = [_columns(y[name], form) for name, form in forms.items()]
    return tf.concat(parts, axis=-1)


def _columns(y, form):
    """By its range one column; of two classes one, and of more one for each."""
    if isinstance(form, int) and columns(form) > 1:
        return tf.one_hot(y, form)
    low, high = (0, 1) if isinstance(form, int) else form
    return tf.cast((y - low) / (high - low), tf.float32)[..., None]


def _shuffled(ds, window, seed):
    """`ds.shuffle(window, seed)`, whatever the seed of `tf.random.set_seed`."""
    variant = tf.raw_ops.ShuffleDatasetV3(
        input_dataset=tf.data.experimental.to_variant(ds),
        buffer_size=window,
        reshuffle_each_iteration=True,
        **_seeded(seed, ds.element_spec),
    )
    shuffled = tf.data.experimental.from_variant(variant, ds.element_spec)
    shuffled.source = ds  # keeps alive the functions that the variant refers to
    return shuffled


def _random(seed):
    """Integers without end, others in every epoch."""
    spec = tf.TensorSpec((), tf.int64)
    variant = tf.raw_ops.RandomDatasetV2(
        rerandomize_each_iteration=True, **_seeded(seed, spec)
    )
    return tf.data.experimental.from_variant(variant, spec)


def _seeded(seed, element_spec):
    flat = tf.nest.flatten(element_spec)
    return {
        "seed": seed,
        "seed2": _STREAM,
        "seed_generator": tf.raw_ops.DummySeedGenerator(),
        "output_types": [spec.dtype for spec in flat],
        "output_shapes": [spec.shape for spec in flat],
    }
