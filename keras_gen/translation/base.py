"""What translators share: two players, one task, and the error of what is made."""

import keras
import numpy as np
import tensorflow as tf

from keras_gen import arguments, checks
from keras_gen.arguments import Size, checked
from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel


class Translator(GenerativeModel):
    """Base of the games whose generator answers for an error, too.

    A subclass has both players and says, in `task`, what its losses are about; its
    last report is the error of each image, which `generator_loss` gives beside its own.
    """

    sampler = None
    other_shape: tuple[int, ...] | None = None  # of the image that comes with each
    beside = "targets"  # what those are, in a word

    def players(self):
        return {"generator": self.generator, "discriminator": self.discriminator}

    def task(self, data, training) -> tuple:
        """Of a batch: the arguments of both losses."""
        raise NotImplementedError

    def train_step(self, data):
        task = self.task(data, training=True)
        d = self.critic_step(task)
        g, error = self.descend("generator", lambda: self.generator_loss(*task, True))
        return self._report(d, g, error)

    def critic_step(self, task):
        """One step of the discriminator, or more; returns its loss."""
        return self.descend(
            "discriminator", lambda: self.discriminator_loss(*task, True)
        )

    def test_step(self, data):
        task = self.task(data, training=False)
        return self._report(self.discriminator_loss(*task), *self.generator_loss(*task))

    def _report(self, d, g, error):
        losses = {"discriminator_loss": d, "generator_loss": g}
        return self.report(loss=d + g, **losses, **{self.reports[-1]: error})

    # What is looked at.

    @property
    def looks_across(self) -> bool:
        """Whether what becomes of an image depends, in training, on its neighbours."""
        batch = keras.layers.BatchNormalization
        layers = self.players()["generator"]._flatten_layers()
        return any(isinstance(layer, batch) for layer in layers)

    def fit(self, x=None, y=None, **kwargs):
        """As `GenerativeModel.fit`; of pairs of images, if it learns from pairs."""
        alone = y is None and not isinstance(getattr(x, "element_spec", x), tuple)
        if self.other_shape and x is not None and alone:
            raise BadInput(f"{type(self).__name__} {self._learns_from()}")
        if self.other_shape and y is not None and len(y) != len(x):
            raise BadInput(
                f"there are {len(x)} images and {len(y)} {self.beside}. Pairs are as "
                "many; images that do not belong together are drawn by "
                "keras_gen.data.load(a, other=b)."
            )
        if y is not None:
            self._check_other(tuple(np.shape(y))[1:])
        if kwargs.get("batch_size") == 1 and self.looks_across:
            raise BadInput(_ALONE)
        return super().fit(x, y, **kwargs)

    def _learns_from(self) -> str:
        return (
            f"learns from images and {self.beside}: give `fit` two arrays, or batches "
            "of both, such as keras_gen.data.load(a, other=b)."
        )

    def pair(self, data):
        """Of a batch: the images, and those that came with them."""
        x, _ = self.unpack(data)
        if x.shape[0] == 1 and self.looks_across:
            raise BadInput(_ALONE)
        if self.other_shape is None:
            return x, None
        _, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        if y is None:
            raise BadInput(f"{type(self).__name__} {self._learns_from()}")
        self._check_other(tuple(y.shape)[1:])
        checks.watch_images(y)
        return x, tf.cast(y, "float32")

    def _check_other(self, shape):
        if self.other_shape and shape != self.other_shape:
            raise BadInput(
                f"{type(self).__name__} takes {self.beside} of shape "
                f"{self.other_shape}; received {shape} beside the images."
            )

    # Use.

    @checked
    def at_size(self, height: Size | None, width: Size | None) -> "Translator":
        """The same translator, of images of another size.

        One that is made of convolutions alone can be trained on small crops and then
        translate, and be exported for, whole images. It is a copy, not compiled.

        Args:
            height, width: of the images that the copy takes; None for any.

        Example:
            >>> small = Pix2Pix.small()["plain"]()
            >>> small.at_size(8, 12).translate(tf.zeros((1, 8, 12, 1)))["image"].shape
            TensorShape([1, 8, 12, 1])
        """
        model = self.settled()
        names = [*arguments.own(type(self)), *model._given]
        given = {name: getattr(model, name) for name in names}
        for name, part in given.items():
            if isinstance(part, Translator):  # a teacher
                given[name] = part.at_size(height, width)
            elif isinstance(part, keras.Model):
                given[name] = _resized(part, (height, width))
        return type(self)(**given)


def _resized(network, size):
    """A copy of a network of images, for those of another size."""

    def resized(t):
        shape = (*size, t.shape[-1]) if len(t.shape) == 4 else t.shape[1:]
        return keras.Input(shape, dtype=t.dtype, name=t.name)

    def cloned(layer):
        if isinstance(layer, keras.Model):  # whose images may be of another level
            return _resized(layer, (None, None))
        return type(layer).from_config(layer.get_config())

    inputs = keras.tree.map_structure(resized, network.input)
    try:
        copy = keras.models.clone_model(network, inputs, cloned)
        copy.set_weights(network.get_weights())
    except ValueError as error:
        what = "any size" if None in size else f"{size[0]}x{size[1]}"
        raise BadInput(
            f'"{network.name}" cannot take images of {what} '
            f"({' '.join(str(error).split())[:200]}): only convolutions without dense "
            "layers fit every size, and sides that their strides divide."
        ) from None
    return copy


_ALONE = (
    "the generator normalises over the batch, and the batch is one image: in training "
    "it would see that image's own mean, and in use another one. Take larger batches, "
    'or networks with norm="instance".'
)
