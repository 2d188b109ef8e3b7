"""StarGAN: one translator between all of several kinds of images.

The translator is told which kind k is asked for, at every pixel: G(x, k). The critic
says of an image how real it is, D(x), and which kind it is of, p(. | x). An image x of
kind c is translated to another kind k, and back:

    L_D = E D(G(x, k)) - E D(x) + penalty  -  v E log p(c | x)
          -  u E mean over j of log p(j | G(x, k))
    L_G = -E D(G(x, k))  -  v E log p(k | G(x, k))  +  w E |G(G(x, k), c) - x|_1

So n kinds need one translator, where two-way games need n (n - 1) of them. The k's of a
batch are its own labels in a drawn order: no kind is asked for that there is not.

A kind is one of n classes, or the answers to several questions: smiling or not, with
glasses or without. Then the critic answers each, and log p is the sum over them.

v = 1 is the paper's; w = 20 is its 10, for images in [-1, 1]. Its u is 0: then p learns
from real images alone, and the translator may find strokes that p takes for a kind, and
that nobody else does. At u > 0 the critic doubts what was made, unless it looks like
what is real of that kind.

Reference: Choi et al., StarGAN: Unified Generative Adversarial Networks for
Multi-Domain Image-to-Image Translation (arXiv:1711.09020).
Not here: several data sets with a mask vector.
"""

import functools

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Count, NotNegative
from keras_gen.errors import BadInput
from keras_gen.networks import cyclegan, labelled, stargan
from keras_gen.noise import draw
from keras_gen.parts.losses import Objective, objective
from keras_gen.parts.penalties import GradientPenalty, Penalty
from keras_gen.parts.reconstruction import absolute
from keras_gen.signatures import Signature, data_spec, flags_spec, label_spec
from keras_gen.training.distribute import first_row, whole_batch
from keras_gen.translation.base import Translator
from keras_gen.trial import Trial, in_parts


@keras.saving.register_keras_serializable("keras_gen")
class StarGAN(Translator):
    """Two players: a translator that is told a kind, and a critic that names it.

    Args:
        generator: network from an image and a label to an image, all in [0, 1], such as
            `networks.labelled.told` makes of one that is told nothing. What the label
            is, its second input says: a number, or an answer, 0 or 1, for each of
            several questions.
        discriminator: network from an image to scores, one or a map, and to the logits
            of the kinds, or of the answers.
        classification: v.
        cycle: w.
        doubt: u.
        penalty: what is added to the critic's loss, from `penalties`.
        critic_steps: the critic's steps for each of the translator's.
        loss: a name in `losses.LOSSES`, or an object like those.

    Example:
        >>> model = StarGAN.small()["plain"]()
        >>> model.compile("adam")
        >>> x, label = data.arrays("digits", labels="class")
        >>> history = model.fit(x[:32, 2:6, 2:6], label[:32] % 3, verbose=0)
        >>> model.translate(x[:2, 2:6, 2:6], label=np.array([0, 2]))["image"].shape
        TensorShape([2, 4, 4, 1])
    """

    reports = ("discriminator_loss", "generator_loss", "accuracy", "cycle_error")
    rising = ("accuracy",)

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        classification: NotNegative = 1.0,
        cycle: NotNegative = 20.0,
        doubt: NotNegative = 0.0,
        penalty: Penalty | None = GradientPenalty(10.0),  # noqa: B008  it is frozen
        critic_steps: Count = 5,
        loss: Objective = "wasserstein",
        **kwargs,
    ):
        made, seen = generator.output_shape[1:], generator.inputs[0].shape[1:]
        judged = discriminator.input_shape[1:]
        if len(generator.inputs) != 2 or not tuple(made) == tuple(seen) == judged:
            raise BadInput(
                "the generator takes an image and a label, and makes images of that "
                "shape for the discriminator; its inputs are "
                f"{[tuple(i.shape[1:]) for i in generator.inputs]}, it makes "
                f"{tuple(made)}, and the discriminator takes {tuple(judged)}."
            )
        if len(discriminator.outputs) != 2:
            raise BadInput(
                "the discriminator says two things, scores and the logits of the "
                f"kinds; this one says {len(discriminator.outputs)}."
            )
        super().__init__(made, **kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.classification = classification
        self.cycle = cycle
        self.doubt = doubt
        self.penalty = penalty
        self.critic_steps = critic_steps
        self.loss = loss
        self.objective = objective(loss)
        logits = discriminator.outputs[1].shape[-1]
        asked = generator.inputs[1].shape[1:]
        if asked and asked != (logits,):
            raise BadInput(
                f"the generator is told labels of shape {asked}, and the discriminator "
                f"gives {logits} logits: one for each answer of a label is wanted."
            )
        self.classes, self.flags = (None, logits) if asked else (logits, None)

    @property
    def called_with(self):
        return "images", self.data_shape

    # The game.

    def task(self, data, training):
        """Images, their kinds, those that they are to be of, and a penalty's noise."""
        x, _ = self.pair(data)
        label = tf.cast(self.unpack(data)[1]["label"], "int32")
        order = self.noise("uniform", tf.shape(x)[0], (), training)
        noise = None
        if self.penalty and self.penalty.law:
            shape = self.penalty.noise_shape(self.data_shape)
            noise = self.noise(self.penalty.law, tf.shape(x)[0], shape, training)
        return x, label, exchanged(label, order), noise

    def critic_step(self, task):
        for _ in range(self.critic_steps):
            loss = super().critic_step(task)
        return loss

    def make(self, x, label, training=False):
        made = self.generator([x, label], training=training)
        return tf.cast(made, "float32")

    def judge(self, x, training=False):
        """Scores, and logits of the kinds."""
        says = self.discriminator(x, training=training)
        return [tf.cast(said, "float32") for said in says]

    def score(self, x, training=False):
        return self.judge(x, training)[0]

    def discriminator_loss(self, x, label, asked, noise=None, training=False):
        made = self.make(x, asked, training)
        real, logits = self.judge(x, training)
        fake, said = self.judge(made, training)
        loss = self.objective.discriminator(real, fake)
        if self.doubt:
            loss += self.doubt * tf.reduce_mean(self.mean_surprise(said))
        if self.penalty:
            critic = functools.partial(self.score, training=training)
            loss += self.penalty(critic, x, made, noise)
        return loss + self.classification * tf.reduce_mean(surprise(label, logits))

    def generator_loss(self, x, label, asked, noise=None, training=False):
        """What the translator descends, and how far an image is from its return."""
        made = self.make(x, asked, training)
        fake, logits = self.judge(made, training)
        right = self.likeliest(logits) == asked
        self.reported["accuracy"].update_state(tf.cast(right, "float32"))
        game = self.objective.generator(lambda: self.score(x, training), fake)
        back = self.make(made, label, training)
        error = absolute(back, x)
        loss = game + self.classification * tf.reduce_mean(surprise(asked, logits))
        return loss + self.cycle * tf.reduce_mean(error), error

    def mean_surprise(self, logits):
        """`surprise` of each image, the mean over all labels."""
        if self.flags:
            both = tf.nn.softplus(logits) + tf.nn.softplus(-logits)
            return tf.reduce_sum(both / 2.0, -1)
        return -tf.reduce_mean(tf.nn.log_softmax(logits), -1)

    # Use.

    def call(self, x, label):
        return self.make(tf.cast(x, "float32"), tf.cast(label, "int32"))

    def translate(self, x, label):
        """`x` as one of another kind."""
        return {"image": self(x, label)}

    def likeliest(self, logits):
        if self.flags:
            return tf.cast(logits > 0, "int32")
        return tf.argmax(logits, -1, output_type="int32")

    def kinds(self, x):
        """What the critic takes each image for."""
        return self.likeliest(self.judge(x)[1])

    def trial(self, x, seed: int = 0) -> Trial:
        """It makes each of another kind, by `seed`, and again of what it was.

        Which that was, the critic says.
        """
        x = np.asarray(x)
        asked = self.asked(len(x), seed)
        made = in_parts(self, x, asked)
        back = in_parts(self, made, in_parts(self.kinds, x))
        return Trial(x, made, x, back=back)

    def asked(self, n: int, seed: int = 0) -> np.ndarray:
        """The kinds that a trial asks for, each as likely as the others."""
        spec = self.label_spec
        uniform = draw("uniform", (n, *spec.shape), seed).numpy()
        return (uniform * (spec.range[1] + 1)).astype("int32")

    @property
    def label_spec(self):
        if self.flags:
            return flags_spec(self.flags, "what is asked for: 1 with it, 0 without")
        return label_spec(self.classes, "the kind that is asked for")

    def signatures(self):
        inputs = {
            "x": data_spec(self.data_shape, "image to translate"),
            "label": self.label_spec,
        }
        image = data_spec(self.data_shape, "the image as one of that kind")
        return {"translate": Signature(self.translate, inputs, {"image": image})}

    @classmethod
    def small(cls):
        shape, classes = (4, 4, 1), 3

        def made(several=False):
            network = cyclegan.generator((4, 4, 1 + classes), 1, 2, 0, 0, told=True)
            critic = stargan.discriminator(shape, classes, 2, 1)
            told = labelled.told(network, classes, several)
            return cls(told, critic, critic_steps=2, doubt=0.5 * several)

        return {"plain": made, "attributes": lambda: made(True)}


def exchanged(label, order):
    """The labels of the whole batch, in the order of these numbers; this replica's."""
    mine, first = tf.shape(label)[0], first_row(label)
    label, order = whole_batch(tf.cast(label, "float32")), whole_batch(order)
    label = tf.gather(label, tf.argsort(order))
    return tf.cast(label, "int32")[first : first + mine]


def surprise(label, logits):
    """-log p(label) of each example, in nats; of several answers their sum."""
    if label.shape.rank == 2:
        cross = tf.nn.sigmoid_cross_entropy_with_logits
        return tf.reduce_sum(cross(tf.cast(label, logits.dtype), logits), -1)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits)
