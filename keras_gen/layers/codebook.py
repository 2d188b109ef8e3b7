"""Codebook: vectors are replaced by the nearest of K that are learned.

    codes(z) = argmin_k |z - e_k|,   quantised(z) = e_codes(z)

The vectors e follow what chooses them, in one of two ways. By gradient they descend
|sg(z) - e|^2 in the model's loss (sg stops the gradient). By moving average each e_k is
the mean of the vectors that chose it, counted with a decay g and over all replicas:

    N_k  <-  g N_k + (1 - g) n_k,    m_k  <-  g m_k + (1 - g) sum of those n_k vectors
    e_k  <-  m_k / N'_k,   N'_k = (N_k + s) N / (N + K s),   N = sum_k N_k

N' is N with Laplace smoothing: a code that nothing chooses is not divided by zero. Such
a code is dead, it never comes nearer to the data on its own. `revive` puts the codes
that are chosen too rarely on vectors of the batch, which a given noise picks.

References: van den Oord et al., Neural Discrete Representation Learning
(arXiv:1711.00937), appendix A.1; Dhariwal et al., Jukebox (arXiv:2005.00341), for
the revival.
Not here: products and residuals of several codebooks.
"""

from typing import Annotated

import keras
import tensorflow as tf

from keras_gen.arguments import Checked, NotNegative, Share, Size, named, within

LEARNING = ("moving_average", "gradient")


@keras.saving.register_keras_serializable("keras_gen")
class Codebook(Checked, keras.layers.Layer):
    """K vectors, and who was chosen how often.

    Args:
        codes: K.
        dim: length of the vectors.
        learning: "moving_average" or "gradient".
        decay: of the moving averages.
        smoothing: s.
        revive: a code that is chosen less than this many times as often as the average
            one is put on a vector of the batch; 0 leaves all where they are.

    Example:
        >>> Codebook(8, 2).nearest(tf.zeros((1, 4, 3, 2))).shape
        TensorShape([1, 4, 3])
    """

    def __init__(
        self,
        codes: Annotated[int, within("[2, 1000000]")],
        dim: Size,
        learning: Annotated[
            str, named(LEARNING, "way to learn a codebook")
        ] = "moving_average",
        decay: Share = 0.99,
        smoothing: NotNegative = 1e-5,
        revive: Annotated[float, within("[0, 1)", "a share of the average use")] = 0.0,
        **kwargs,
    ):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.codes = codes
        self.dim = dim
        self.learning = learning
        self.decay = decay
        self.smoothing = smoothing
        self.revive = revive
        by_gradient = learning == "gradient"
        # Short ones, of which the direction decides: many are chosen at first.
        spread = keras.initializers.RandomUniform(-1 / codes, 1 / codes)
        self.vectors = self._state("vectors", (codes, dim), spread, by_gradient)
        self.counts = self._state("counts", (codes,), "ones")
        if not by_gradient:
            self.sums = self._state("sums", (codes, dim), "zeros")
            self.sums.assign(self.vectors)
        self.built = True

    def _state(self, name, shape, initializer, trainable=False):
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            trainable=trainable,
            autocast=False,
            aggregation="only_first_replica",  # what is assigned is the same on all
        )

    # Use.

    def nearest(self, z):
        """The code of each vector, int32; of equally near ones, the first."""
        e = self.vectors.value
        flat = tf.reshape(tf.cast(z, tf.float32), (-1, self.dim))
        # |z - e|^2 without |z|^2, which is the same for all e.
        score = tf.matmul(flat, e, transpose_b=True) - 0.5 * tf.reduce_sum(e * e, -1)
        codes = tf.argmax(score, axis=-1, output_type=tf.int32)
        return tf.reshape(codes, (-1, *z.shape[1:-1]))

    def look_up(self, codes):
        """The vectors of the codes."""
        return tf.gather(self.vectors.value, codes)

    # Learning, beside the gradient.

    def follow(self, z, codes, noise):
        """One step of the moving averages, and of the revival.

        Args:
            z: the vectors of this replica's batch.
            codes: which they chose.
            noise: uniform, (codes,); picks the vectors that revive dead codes, and is
                read on the first replica.
        """
        z = tf.reshape(tf.cast(tf.stop_gradient(z), tf.float32), (-1, self.dim))
        chosen = tf.one_hot(tf.reshape(codes, [-1]), self.codes)
        context = tf.distribute.get_replica_context()
        used, total = context.all_reduce(
            "sum",
            [tf.reduce_sum(chosen, axis=0), tf.matmul(chosen, z, transpose_a=True)],
        )
        counts = self.decay * self.counts.value + (1 - self.decay) * used
        vectors, averaged = self.vectors.value, self.learning == "moving_average"
        if averaged:
            sums = self.decay * self.sums.value + (1 - self.decay) * total
            vectors = sums / self.smoothed(counts)[:, None]
        if self.revive:
            mean = tf.reduce_mean(counts)
            dead = counts < self.revive * mean
            vectors = tf.where(dead[:, None], picked(z, noise), vectors)
            counts = tf.where(dead, mean, counts)
            if averaged:
                sums = tf.where(dead[:, None], vectors * mean, sums)
        self.vectors.assign(vectors)
        self.counts.assign(counts)
        if averaged:
            self.sums.assign(sums)

    def smoothed(self, counts):
        """N'."""
        total = tf.reduce_sum(counts)
        share = (counts + self.smoothing) / (total + self.codes * self.smoothing)
        return share * total

    def get_config(self):
        names = ("codes", "dim", "learning", "decay", "smoothing", "revive")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def picked(z, noise):
    """Rows of `z`, of all replicas together, each as likely: one for each noise.

    Args:
        z: this replica's vectors, (n, dim).
        noise: uniform, (k,); that of the first replica decides.
    """
    context = tf.distribute.get_replica_context()
    n, place = tf.shape(z)[0], context.replica_id_in_sync_group
    here = tf.one_hot(place, context.num_replicas_in_sync)
    sizes, noise = context.all_reduce(
        "sum", [here * tf.cast(n, tf.float32), here[0] * noise]
    )
    total = tf.reduce_sum(sizes)
    row = tf.minimum(tf.floor(noise * total), total - 1)
    row -= tf.reduce_sum(tf.cumsum(sizes, exclusive=True) * here)  # counted from here
    row = tf.cast(row, tf.int32)
    mine = tf.cast((row >= 0) & (row < n), tf.float32)
    rows = tf.gather(z, tf.clip_by_value(row, 0, n - 1))
    return context.all_reduce("sum", mine[:, None] * rows)
