"""GAN-CLS: an image from words, by a discriminator that reads them.

Generator and discriminator are told a caption c, as a vector t = v(c) of its encoder. A
discriminator that is shown real images with their captions, and made ones, could tell
them apart by the images alone. So there is a third pair, a real image x with a wrong
caption, of the vector t-: what is said has to be true of what is shown.

    s_r = D(x, t),   s_w = D(x, t-),   s_f = D(G(z, t), t)

    D:  max  E log s_r + 1/2 ( E log(1 - s_w) + E log(1 - s_f) )
    G:  max  E log s_f

A wrong caption is another one of the batch: for each example that of the next whose
words differ. Where there is none, the made image counts in its place, twice.

GAN-INT (`interpolate`) makes images of captions that nobody wrote, halfway between the
vectors of two that somebody did. There are no real images of them; the discriminator
judges by what it knows of those with captions:

    G:  max  E log s_f + i E log D(G(z, t^), t^),   t^ = t / 2 + t- / 2

A generator that is told so much may not heed z at all, and make one image of each
caption. What keeps it from that (`diversity`) is of two latents that are as far apart
as they are:

    G:  min  m / ( |G(z, t) - G(z', t)| / |z - z'| ),   |.| the mean of absolute values

The encoder is a third player. It learns, as CLIP does, which caption belongs to which
image, and from that alone: no gradient of the game reaches it, or captions would come
to mean what is easy to make.

Reference: Reed et al., Generative Adversarial Text to Image Synthesis
(arXiv:1605.05396), algorithm 1 and equation 5; its weight i is 1 in the authors' code;
Mao et al., Mode Seeking GANs (arXiv:1903.05628), equation 3, for m; theirs is 1, of
images in [-1, 1].
Not here: an encoder that has learned before all else, and is frozen (one may be trained
before it is given: `CLIP.fit`); the wrong captions of another class of birds.
"""

import functools

import keras
import tensorflow as tf

import keras_gen as kg
from keras_gen.arguments import NotNegative
from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.networks import gan_cls, mlp, text
from keras_gen.parts.losses import Objective, objective
from keras_gen.parts.reconstruction import absolute
from keras_gen.signatures import Signature, Spec, caption_spec, data_spec
from keras_gen.training.distribute import first_row, whole_batch
from keras_gen.vocabulary import Vocabulary

NEAR = 1e-5  # images that are nearer are one


@keras.saving.register_keras_serializable("keras_gen")
class GANCLS(GenerativeModel):
    """Three players: a generator that is told a caption, who judges it, who reads it.

    Args:
        generator: network from a latent and a caption's vector to an image in [0, 1]:
            `networks.gan_cls.generator`.
        discriminator: network from an image and such a vector to scores, logits with
            most losses: `networks.gan_cls.discriminator`.
        encoder: a `CLIP`, whose vectors these are.
        interpolate: i, the weight of captions halfway between two; 0 is GAN-CLS alone.
        diversity: m, the weight of images of one caption being alike.
        loss: a name in `losses.LOSSES`, or an object like those.

    Example:
        >>> model = GANCLS.small()["plain"]()
        >>> model.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))
        >>> captions = np.array(["a long tie", "a short tie"] * 16)
        >>> history = model.fit(data.arrays("digits")[:32], captions, verbose=0)
        >>> model.sample(4, seed=1, caption="a long tie").shape
        (4, 8, 8, 1)
    """

    reports = ("discriminator_loss", "generator_loss", "encoder_loss")
    still = ("encoder",)  # where it is not its turn

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        encoder: GenerativeModel,
        interpolate: NotNegative = 0.0,
        diversity: NotNegative = 0.0,
        loss: Objective = "non_saturating",
        **kwargs,
    ):
        super().__init__(generator.output_shape[1:], **kwargs)
        if not callable(getattr(encoder, "encode_caption", None)):
            raise BadInput(
                "the encoder has vectors of captions, as a CLIP has; received a "
                f"{type(encoder).__name__}."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.encoder = encoder
        self.interpolate = interpolate
        self.diversity = diversity
        self.loss = loss
        self.objective = objective(loss)
        self.vocabulary = encoder.vocabulary
        self.supports_jit = False  # XLA has no text
        self.latent_dim = generator.inputs[0].shape[-1]
        vector = tuple(encoder.captions.output_shape[1:])
        takes = [
            [tuple(i.shape[1:]) for i in network.inputs]
            for network in (generator, discriminator)
        ]
        wanted = [[(self.latent_dim,), vector], [self.data_shape, vector]]
        if takes != wanted or encoder.data_shape != self.data_shape:
            raise BadInput(
                f"the encoder compares images of shape {encoder.data_shape} with "
                f"captions, vectors of {vector[0]} numbers. The generator takes a "
                "latent and such a vector, and makes such images; the discriminator "
                f"takes both. They take {takes[0]} and {takes[1]}, and the generator "
                f"makes {self.data_shape}."
            )

    @property
    def called_with(self):
        return "latents", (self.latent_dim,)

    def players(self):
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "encoder": self.encoder,
        }

    # The game.

    def vectors(self, caption):
        """Those of captions, as they are: the game does not move them."""
        return tf.stop_gradient(self.encoder.encode_caption(caption)["latent"])

    def make(self, z, t, training=False):
        return tf.cast(self.generator([z, t], training=training), "float32")

    def judge(self, x, t, training=False):
        """How real the image looks, and how true of it the caption is."""
        return tf.cast(self.discriminator([x, t], training=training), "float32")

    def task(self, x, caption, training):
        """Images, noise, the vectors of right captions and wrong ones, who has one.

        And other noise, if there is to be diversity.
        """
        law = "normal", tf.shape(x)[0], (self.latent_dim,), training
        z, other_z = self.noise(*law), self.noise(*law) if self.diversity else None
        other, differs = wrong(caption)
        return x, z, self.vectors(caption), self.vectors(other), differs, other_z

    def discriminator_loss(self, x, z, t, other, differs, other_z=None, training=False):
        fake = self.judge(self.make(z, t, training), t, training)
        right, mistold = (self.judge(x, v, training) for v in (t, other))
        differs = tf.reshape(differs, (-1, *[1] * (fake.shape.rank - 1)))
        mistold = tf.where(differs, mistold, fake)
        against = self.objective.discriminator
        return 0.5 * (against(right, fake) + against(right, mistold))

    def generator_loss(self, x, z, t, other, differs, other_z=None, training=False):
        def game(vectors):
            fake = self.judge(self.make(z, vectors, training), vectors, training)
            real = functools.partial(self.judge, x, t, training)
            return self.objective.generator(real, fake)

        loss = game(t)
        if self.interpolate:
            loss += self.interpolate * game(0.5 * t + 0.5 * other)
        if self.diversity:
            made = (self.make(each, t, training) for each in (z, other_z))
            alike = absolute(z, other_z) / (absolute(*made) + NEAR)
            loss += self.diversity * tf.reduce_mean(alike)
        return loss

    def encoder_loss(self, x, caption, training=False):
        """The encoder's own: which caption belongs to which image."""
        each, _ = self.encoder.terms(x, caption, training=training)
        return tf.reduce_mean(each)

    def train_step(self, data):
        x, given = self.unpack(data)
        task = self.task(x, **given, training=True)
        d = self.descend("discriminator", lambda: self.discriminator_loss(*task, True))
        g = self.descend("generator", lambda: self.generator_loss(*task, True))
        e = self.descend(
            "encoder", lambda: self.encoder_loss(x, **given, training=True)
        )
        return self._report(d, g, e)

    def test_step(self, data):
        x, given = self.unpack(data)
        task = self.task(x, **given, training=False)
        losses = self.discriminator_loss(*task), self.generator_loss(*task)
        return self._report(*losses, self.encoder_loss(x, **given))

    def _report(self, d, g, e):
        return self.report(
            loss=d + g + e, discriminator_loss=d, generator_loss=g, encoder_loss=e
        )

    # Use.

    def call(self, z, caption):
        return self.make(z, self.vectors(caption))

    def generate(self, z, caption):
        """Images of what the captions say, given as numbers (`vocabulary.asked`)."""
        return {"image": self(z, caption)}

    def discriminate(self, x, caption):
        """The score of each image with its caption."""
        return {"score": self.judge(x, self.vectors(caption))}

    def signatures(self):
        z = Spec((self.latent_dim,), "latent", "standard normal latent", law="normal")
        x = data_spec(self.data_shape, "image to judge")
        caption = caption_spec(self.vocabulary)
        shape = self.discriminator.output_shape[1:]
        score = Spec(shape, "logits", "score, high for real images and true captions")
        image = data_spec(self.data_shape, "image of what the caption says")
        return {
            "generate": Signature(
                self.generate, {"z": z, "caption": caption}, {"image": image}
            ),
            "discriminate": Signature(
                self.discriminate, {"x": x, "caption": caption}, {"score": score}
            ),
        }

    @classmethod
    def small(cls):
        words = Vocabulary(("a", "long", "short", "tie"), 5)
        shape, dim = (8, 8, 1), 8

        def made(**options):
            images = mlp.encoder(shape, dim, 8, 1, "tanh")
            captions = text.encoder(words, dim, 8)
            return cls(
                gan_cls.generator(2, dim, shape, 2, 4),
                gan_cls.discriminator(shape, dim, 2, 4),
                kg.CLIP(images, captions, words),
                **options,
            )

        more = {"interpolate": 1.0, "diversity": 0.1}
        return {"plain": made, "interpolating": lambda: made(**more)}


def wrong(caption):
    """For each example the next caption of the whole batch that differs; if one does.

    Where all are alike, it is its own again.
    """
    every = whole_batch(caption)
    n, mine = tf.shape(every)[0], first_row(caption) + tf.range(tf.shape(caption)[0])
    behind = (tf.range(n)[None] - mine[:, None]) % n
    differs = tf.reduce_any(caption[:, None] != every[None], -1)
    nearest = tf.argmin(tf.where(differs, behind, n), -1)
    return tf.gather(every, nearest), tf.reduce_any(differs, -1)
