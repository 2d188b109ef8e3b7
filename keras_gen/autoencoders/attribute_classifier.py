"""Classification of attributes: many questions about one image, answered at once.

A network gives the logits of all answers side by side, one number for an attribute of
two values and one each for one of more, and learns the likelihood of all of them,

    loss = - mean over examples of  sum over attributes a  log p(y_a | x)

Its features and its answers are those of a `Classifier`, only of several things: who
smiles, who wears glasses, what colour the hair has. So it tells of a picture that was
changed on purpose whether the change is there, and whether all else was kept.

Attributes come as one vector, as `data.load(..., embedding=(...))` gives them.

Reference: Liu, Luo, Wang & Tang, Deep Learning Face Attributes in the Wild
(arXiv:1411.7766), section 3.2, for one network of all attributes.
"""

import math

import keras
import numpy as np
import tensorflow as tf

from keras_gen.autoencoders.classifier import Classifier
from keras_gen.errors import BadInput, lookup
from keras_gen.networks import mlp
from keras_gen.signatures import columns


@keras.saving.register_keras_serializable("keras_gen")
class AttributeClassifier(Classifier):
    """A network from images to the logits of several attributes.

    Args:
        network: from examples to logits; its last layer maps a vector to them.
        attributes: {name: how many values it has}, in the order of the logits.

    Example:
        >>> model = AttributeClassifier.small()["plain"]()
        >>> answers = model.answers(np.zeros((3, 4, 4, 1), "float32"))
        >>> sorted(answers), answers["hair"].shape
        (['glasses', 'hair'], (3,))
    """

    def __init__(self, network: keras.Model, attributes: dict, **kwargs):
        super().__init__(network, **kwargs)
        self.attributes = dict(attributes)
        self.classes, self.embedding = None, network.output_shape[1:]
        wanted = sum(map(columns, self.attributes.values()))
        if wanted != network.output_shape[-1]:
            raise BadInput(
                f"{', '.join(self.attributes)} have {wanted} logits, one for each "
                "attribute of two values and one for each value of the others; the "
                f"network gives {network.output_shape[-1]}."
            )

    def _parts(self, values):
        """{attribute: its columns}."""
        widths = [columns(count) for count in self.attributes.values()]
        return dict(
            zip(self.attributes, tf.split(values, widths, axis=-1), strict=True)
        )

    def surprise(self, logits, embedding):
        """-sum over attributes of log p(attribute | x) of each example, in nats."""
        said, true = self._parts(logits), self._parts(embedding)
        total = 0.0
        for name in self.attributes:
            if said[name].shape[-1] == 1:
                cross = tf.nn.sigmoid_cross_entropy_with_logits
                total += cross(true[name], said[name])[:, 0]
            else:
                total += tf.nn.softmax_cross_entropy_with_logits(true[name], said[name])
        return total

    def right(self, logits, embedding):
        """The share of its attributes that are right, for each example."""
        found = self.rights(logits, embedding)
        return tf.add_n(list(found.values())) / len(found)

    def rights(self, logits, embedding):
        """{attribute: 1 for each example where the likeliest answer is right}."""
        said, true = self._parts(logits), self._parts(embedding)
        return {
            name: tf.cast(
                _answer(said[name], 0.0) == _answer(true[name], 0.5), "float32"
            )
            for name in self.attributes
        }

    def sure(self, logits):
        parts = self._parts(logits).values()
        two = [tf.concat([-p, p], -1) / 2.0 if p.shape[-1] == 1 else p for p in parts]
        return tf.add_n([tf.reduce_max(tf.nn.log_softmax(p), -1) for p in two])

    def call(self, x, training=False):
        """The probabilities, side by side as the logits are."""
        parts = self._parts(self.logits(x, training)).values()
        return tf.concat(
            [tf.sigmoid(p) if p.shape[-1] == 1 else tf.nn.softmax(p) for p in parts], -1
        )

    def answers(self, x, batch: int = 256) -> dict[str, np.ndarray]:
        """{attribute: the likeliest value of each example}."""
        parts = self._parts(self._seen(x, "logits", batch))
        return {name: _answer(part, 0.0).numpy() for name, part in parts.items()}

    def said(self, x, batch: int = 256):
        raise BadInput(
            "of several attributes there is no one class: ask for `answers(x)`, or for "
            f"a judge of some, judging({', '.join(map(repr, self.attributes))})."
        )

    def judging(self, *names) -> "Judge":
        """A classifier of these attributes alone: of their combinations, if several."""
        return Judge(self, {n: lookup(self.attributes, n, "attribute") for n in names})

    @classmethod
    def small(cls):
        attributes = {"glasses": 2, "hair": 3}
        return {
            "plain": lambda: cls(mlp.encoder((4, 4, 1), 4, 8, 2, "tanh"), attributes)
        }


class Judge:
    """Some attributes as one label: what measures of samples ask of a classifier."""

    def __init__(self, model, counts):
        self.model, self.counts = model, counts
        self.classes = math.prod(counts.values())
        self.features, self.answers = model.features, model.answers

    @property
    def about(self):
        return getattr(self.model, "about", {"name": type(self.model).__name__})

    def answered(self, x):
        """Their likeliest values, side by side."""
        answers = self.answers(x)
        return np.stack([answers[name] for name in self.counts], -1)

    def said(self, x):
        """The combination of their likeliest values, as a number."""
        return np.ravel_multi_index(tuple(self.answered(x).T), (*self.counts.values(),))

    def others(self, x):
        """{attribute: its likeliest values}, of those that are not judged."""
        answers = self.model.answers(x)
        return {name: answers[name] for name in answers if name not in self.counts}


def _answer(part, threshold):
    if part.shape[-1] == 1:
        return tf.cast(part[..., 0] > threshold, "int32")
    return tf.argmax(part, -1, output_type="int32")
