"""Judges: what a model of diffusion makes is steered to what another model wants.

    score of p(x_r | y)  =  score of p(x_r)  +  grad log p(y | x_r)

so that adding the last term, times a weight, to what an *unconditional* model says
draws what is wanted. A judge is a function of (noisy, clean, r),

    noisy    x_r, on the path
    clean    the model's estimate of x_0, images in the unit of [0, 1]
    r        the log-ratio of each

that gives log p(y | x_r), times its weight, for each example. Those here have learned
from clean examples and look at the estimate; their gradient goes through the network.

References: Dhariwal & Nichol (arXiv:2105.05233), with classifiers of noisy examples;
Bansal et al. (arXiv:2302.07121), for those of estimates.

Example:
    >>> import keras_gen as kg
    >>> model = kg.EDM.small()["convolutional"]()
    >>> classifier = kg.Classifier(kg.networks.mlp.encoder((8, 8, 1), 10, 4))
    >>> judge = kg.steering.to_class(classifier, label=3, weight=2.0)
    >>> model.sample(4, seed=1, steer=judge).shape
    (4, 8, 8, 1)
"""

import tensorflow as tf

from keras_gen.arguments import CountFrom0, Model, Positive, checked
from keras_gen.errors import BadInput


@checked
def to_class(classifier: Model, label: CountFrom0, weight: Positive = 1.0):
    """Wants what a classifier takes for this class.

    Args:
        classifier: with a method `discriminate` that gives logits of classes.
        label: the class.
        weight: how much that counts.
    """

    def judge(noisy, clean, r):
        logits = classifier.discriminate(clean)["logits"]
        return weight * tf.nn.log_softmax(logits)[:, label]

    return judge


@checked
def to_caption(model: Model, caption: str | tuple | list, weight: Positive = 1.0):
    """Wants what a model of images and captions, a `CLIP`, finds described by this one.

    Args:
        model: with a `vocabulary` and a method `discriminate` of images and captions.
        caption: a text of known words; or one for each example, all in one batch.
        weight: how much that counts.
    """
    texts = [caption] if isinstance(caption, str) else caption
    numbers = model.vocabulary.asked(texts)

    def judge(noisy, clean, r):
        each = tf.shape(clean)[0] // len(numbers)
        logits = model.discriminate(clean, tf.repeat(numbers, each, 0))["logits"]
        return weight * logits

    judge.examples = len(texts) if len(texts) > 1 else None
    return judge


def check_examples(judge, n: int, batch: int):
    """Raise `BadInput` if a judge wants something else of each, of others than these.

    Args:
        judge: or None.
        n: how many are drawn.
        batch: how many at once, at most.
    """
    wanted = getattr(judge, "examples", None)
    if wanted and (wanted != n or n > batch):
        raise BadInput(
            f"these captions are for {wanted} examples, one each; here {n} are drawn, "
            f"at most {batch} at once. Draw {wanted}, with batch={wanted}, or give one "
            "caption for all."
        )
