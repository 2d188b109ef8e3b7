"""Classification: which kind of thing a whole image shows.

A network gives the logits of the classes, and learns the likelihood of the labels,

    loss = - mean over examples of log p(y | x),    p = softmax of the logits

It is here for what it sees on the way: the outputs of one of its layers are features in
which samples are compared with data (`metrics.frechet`, `metrics.kernel`,
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
from keras_gen.signatures import Signature, Spec, data_spec
from keras_gen.trial import Trial


@keras.saving.register_keras_serializable("keras_gen")
class Classifier(GenerativeModel):
    """A network from images to class logits, one layer of which gives features.

    Args:
        network: from examples to logits.
        features: name of the layer whose outputs are the features, a vector each.

    Example:
        >>> network = conv.encoder((8, 8, 1), 10, width=4)
        >>> model = Classifier(network, features=network.layers[-2].name)
        >>> model.compile("adam")
        >>> digits = data.load("digits", labels="class")
        >>> history = model.fit(digits, epochs=1, verbose=0)
        >>> model.discriminate(data.arrays("digits", "test"))["features"].shape
        TensorShape([300, 16])
    """

    reports = ("loss", "accuracy")
    sampler = None

    def __init__(self, network: keras.Model, features: str, **kwargs):
        super().__init__(network.input_shape[1:], **kwargs)
        names = [layer.name for layer in network.layers]
        if features not in names:
            raise BadInput(
                f"features is one of the network's layers {', '.join(names)}; "
                f'received "{features}".'
            )
        self.network = network
        self.features = features
        self.classes = network.output_shape[-1]
        seen = network.get_layer(features).output
        self.both = keras.Model(network.input, [network.output, seen])

    def logits(self, x, training=False):
        return tf.cast(self.network(x, training=training), "float32")

    # Training.

    def train_step(self, data):
        x, label, _ = keras.utils.unpack_x_y_sample_weight(data)
        seen = {}

        def loss():
            seen["logits"] = self.logits(x, training=True)
            return tf.reduce_mean(self.surprise(seen["logits"], label))

        loss = self.descend("model", loss)
        return self.report(loss=loss, accuracy=self.right(seen["logits"], label))

    def test_step(self, data):
        x, label, _ = keras.utils.unpack_x_y_sample_weight(data)
        logits = self.logits(x)
        return self.report(
            loss=self.surprise(logits, label), accuracy=self.right(logits, label)
        )

    def surprise(self, logits, label):
        """-log p(label | x) of each example, in nats."""
        return tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits)

    def right(self, logits, label):
        """1 for each example whose label has the largest logit."""
        said = tf.argmax(logits, -1, output_type="int32")
        return tf.cast(said == tf.cast(label, "int32"), "float32")

    # Use.

    def call(self, x, training=False):
        return tf.nn.softmax(self.logits(x, training))

    def discriminate(self, x):
        """The logits of the classes, and the features."""
        logits, features = (tf.cast(t, "float32") for t in self.both(x))
        return {"logits": logits, "features": features}

    def slopes(self, x):
        """What it looks at: |d log p(k | x) / dx|, k its answer, up to the largest."""
        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            sure = tf.reduce_max(tf.nn.log_softmax(self.logits(x)), -1)
        slope = tf.abs(tf.cast(tape.gradient(sure, x), "float32"))
        largest = tf.reduce_max(slope, list(range(1, x.shape.rank)), keepdims=True)
        return tf.math.divide_no_nan(slope, largest)

    def trial(self, x, seed: int = 0) -> Trial:
        """Shows what it looks at in each example; nothing is random."""
        x = np.asarray(x)
        parts = [self.slopes(x[i : i + 256]) for i in range(0, len(x), 256)]
        return Trial(x, np.concatenate(parts), x)

    def signatures(self):
        _, x = data_spec(self.data_shape, "example to classify")
        logits = Spec((self.classes,), "logits", "logits of the classes")
        wide = tuple(self.both.output_shape[1][1:])
        features = Spec(wide, "latent", "what distances of samples are measured in")
        outputs = {"logits": logits, "features": features}
        return {"discriminate": Signature(self.discriminate, {"x": x}, outputs)}
