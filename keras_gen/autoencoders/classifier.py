"""Classification: which kind of thing a whole image shows.

A network gives the logits of the classes, and learns the likelihood of the labels,

    loss = - mean over examples of log p(y | x),    p = softmax of the logits

It is here for what it sees on the way: what its last layer makes the logits of are
features in which samples are compared with data (`metrics.frechet`, `metrics.kernel`,
`metrics.neighbours`), and its answers tell whether a conditional model makes what it is
asked for (`metrics.classes`).

What it looks at is shown by the slope of its answer, |d log p(k | x) / dx| at the class
k that it names, in units of the largest of the image.

Reference: Simonyan, Vedaldi & Zisserman, Deep Inside Convolutional Networks
(arXiv:1312.6034), section 3.
Not here: a classifier that begins with an autoencoder's encoder (classifier.py).
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.networks import mlp
from keras_gen.signatures import Signature, Spec, data_spec
from keras_gen.trial import Trial


@keras.saving.register_keras_serializable("keras_gen")
class Classifier(GenerativeModel):
    """A network from images to class logits, which sees features on the way.

    Args:
        network: from examples to logits; its last layer maps a vector to them.

    Example:
        >>> model = Classifier(conv.encoder((8, 8, 1), 10, width=4))
        >>> model.compile("adam")
        >>> digits = data.load("digits", labels="class")
        >>> history = model.fit(digits, epochs=1, verbose=0)
        >>> a, b = (data.arrays("digits", split)[:300] for split in ("train", "test"))
        >>> metrics.frechet.distance(model.features(a), model.features(b)) > 0
        True
    """

    reports = rising = ("accuracy",)
    sampler = None
    metrics_of = "labels and probabilities"

    def __init__(self, network: keras.Model, **kwargs):
        super().__init__(network.input_shape[1:], **kwargs)
        self.network = network
        self.classes = network.output_shape[-1]
        last = network.layers[-1]
        seen = last.input
        if not isinstance(seen, keras.KerasTensor) or len(seen.shape) != 2:
            raise BadInput(
                "features are the vectors that the network's last layer makes logits "
                f'of; received a network whose last layer, "{last.name}", is given '
                f"{getattr(seen, 'shape', 'several arrays')}. End it with a dense one."
            )
        self.both = keras.Model(network.input, [network.output, seen])

    def logits(self, x, training=False):
        return tf.cast(self.network(x, training=training), "float32")

    # Training.

    def unpack(self, data):
        x, given = super().unpack(data)
        (wanted,) = given.values()
        self.compare(wanted, lambda: self(x))
        return x, given

    def train_step(self, data):
        x, given = self.unpack(data)

        def loss():
            logits = self.logits(x, training=True)
            return tf.reduce_mean(self.surprise(logits, **given)), logits

        loss, logits = self.descend("model", loss)
        return self.report(loss=loss, accuracy=self.right(logits, **given))

    def test_step(self, data):
        x, given = self.unpack(data)
        logits = self.logits(x)
        return self.report(
            loss=self.surprise(logits, **given), accuracy=self.right(logits, **given)
        )

    def surprise(self, logits, label):
        """-log p(label | x) of each example, in nats."""
        return tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits)

    def right(self, logits, label):
        """1 for each example whose label has the largest logit."""
        said = tf.argmax(logits, -1, output_type="int32")
        return tf.cast(said == tf.cast(label, "int32"), "float32")

    # Use.

    def sure(self, logits):
        """log p of the answer to each example."""
        return tf.reduce_max(tf.nn.log_softmax(logits), -1)

    def call(self, x, training=False):
        return tf.nn.softmax(self.logits(x, training))

    def discriminate(self, x):
        """The logits of the classes, and the features."""
        logits, features = (tf.cast(t, "float32") for t in self.both(x))
        return {"logits": logits, "features": features}

    def features(self, x, batch: int = 256) -> np.ndarray:
        """What the logits are made of, a vector for each example.

        Args:
            x: examples.
            batch: how many the network is given at once.
        """
        return self._seen(x, "features", batch)

    def said(self, x, batch: int = 256) -> np.ndarray:
        """The class with the largest logit, for each example."""
        return self._seen(x, "logits", batch).argmax(-1)

    def _seen(self, x, what, batch):
        x = np.asarray(x, "float32")
        parts = range(0, len(x), batch)
        return np.concatenate(
            [self.discriminate(x[i : i + batch])[what] for i in parts]
        )

    def slopes(self, x):
        """What it looks at: |d log p(k | x) / dx|, k its answer, up to the largest."""
        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            sure = self.sure(self.logits(x))
        slope = tf.abs(tf.cast(tape.gradient(sure, x), "float32"))
        largest = tf.reduce_max(slope, list(range(1, x.shape.rank)), keepdims=True)
        return tf.math.divide_no_nan(slope, largest)

    def trial(self, x, seed: int = 0) -> Trial:
        """Shows what it looks at in each example; nothing is random."""
        x = np.asarray(x)
        parts = [self.slopes(x[i : i + 256]) for i in range(0, len(x), 256)]
        return Trial(x, np.concatenate(parts), x, shown="looks at")

    def signatures(self):
        x = data_spec(self.data_shape, "example to classify")
        said, wide = (tuple(shape[1:]) for shape in self.both.output_shape)
        logits = Spec(said, "logits", "logits of the classes")
        features = Spec(wide, "latent", "what distances of samples are measured in")
        outputs = {"logits": logits, "features": features}
        return {"discriminate": Signature(self.discriminate, {"x": x}, outputs)}

    @classmethod
    def small(cls):
        return {"plain": lambda: cls(mlp.encoder((4, 4, 1), 3, 8, 2, "tanh"))}
