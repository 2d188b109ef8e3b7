"""Pictures of samples while a model is trained."""

import sys

import keras
import tensorflow as tf

from keras_gen import plots
from keras_gen.arguments import Folder, Seed, Size, checked_class
from keras_gen.errors import BadInput
from keras_gen.files import atomic, check_output
from keras_gen.training.strategies import is_chief


@checked_class
class SampleGrid(keras.callbacks.Callback):
    """A picture of samples after each epoch, always from the same noise.

    What changes from one picture to the next is therefore the model alone. Of a model
    that draws nothing, the picture shows what it makes of `examples`.

    Args:
        folder: gets `epoch-0001.png`, `epoch-0002.png`, ...
        n: number of samples; by default 64 images or 1,000 points.
        seed: of the noise.
        every: epochs from one picture to the next.
        tensorboard: log directory that gets the pictures as an image summary too.
        columns: images per row; by default the rows make a square.
        info: the data's `Info`: where points have known modes, they are drawn.
        examples: for models that draw nothing, an array.
        conditions: what the samples are asked for, as `model.sample` takes it.

    Example:
        >>> model.fit(data, epochs=20, callbacks=[SampleGrid("pictures", every=5)])
    """

    def __init__(
        self,
        folder: Folder,
        n: Size | None = None,
        seed: Seed = 0,
        every: Size = 1,
        tensorboard=None,
        columns: Size | None = None,
        info=None,
        examples=None,
        conditions: dict | None = None,
    ):
        super().__init__()
        self.folder = check_output(folder, force=True)
        self.n = n
        self.seed = seed
        self.every = every
        self.tensorboard = tensorboard
        self.columns = columns
        self.info = info
        self.examples = examples
        self.conditions = conditions
        self._writer = None

    def on_train_begin(self, logs=None):
        if self.model.sampler is None and self.examples is None:
            raise BadInput(
                f"{type(self.model).__name__} draws no samples: give SampleGrid the "
                "`examples` that its pictures shall show."
            )

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every or not is_chief(self.model.distribute_strategy):
            return
        try:
            picture = plots.png(self._draw())
        except BadInput as error:  # no reason to end a training: the way back of a
            # flow may overflow in its first epochs
            print(f"\nno picture of epoch {epoch + 1}: {error}", file=sys.stderr)
            return
        self.folder.mkdir(exist_ok=True)
        with atomic(self.folder / f"epoch-{epoch + 1:04d}.png") as temporary:
            temporary.write_bytes(picture)
        if self.tensorboard is not None:
            self._log(picture, epoch)

    def on_train_end(self, logs=None):
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _draw(self):
        points = len(self.model.data_shape) == 1
        n = self.n or (1000 if points else 64)
        return plots.overview(
            self.model,
            self.examples,
            n,
            self.seed,
            self.columns,
            self.info,
            conditions=self.conditions,
        )

    def _log(self, picture, epoch):
        """An image summary, in the layout that TensorBoard's image plugin reads.

        Written out because `tf.summary.image` needs the tensorboard package. Steps
        count from 0, as those of the scalars that Keras's TensorBoard callback logs.
        """
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.tensorboard))
        metadata = tf.compat.v1.SummaryMetadata(
            plugin_data={"plugin_name": "images"}, data_class="DATA_CLASS_BLOB_SEQUENCE"
        )
        height, width = tf.io.decode_png(picture).shape[:2]
        content = [str(width), str(height), picture]
        with self._writer.as_default(step=epoch):
            tf.summary.write("samples", tf.constant(content), metadata=metadata)
        self._writer.flush()
