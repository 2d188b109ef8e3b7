"""What a model is to somebody who knows Keras: compile, fit, evaluate, predict, save.

Each method is Keras's, with what several players need and what users stumbled over: an
optimizer for each player, data that are looked at before they are trained on, errors in
sentences. What a step of training does is in model.py and in the systems.
"""

import importlib

import keras
import numpy as np
import tensorflow as tf

from keras_gen import checks
from keras_gen.callbacks.guards import guards
from keras_gen.callbacks.steps import Steps
from keras_gen.errors import BadFile, BadInput, lookup
from keras_gen.training.distribute import Distributed
from keras_gen.training.optimizers import SeveralOptimizers, optimizer_for
from keras_gen.training.strategies import check_strategy


class Contract(Distributed, keras.Model):
    """Base of `GenerativeModel`: the methods that Keras's users know."""

    compared: tuple[str, ...] = ()  # reports that are metrics of one's own

    def compile(
        self,
        optimizer="adam",
        *,
        metrics=None,
        run_eagerly=False,
        steps_per_execution="auto",
        jit_compile="auto",
        **of_keras,
    ):
        """Give each player its optimizer; the objective is the model's own.

        Args:
            optimizer: one optimizer, of which each player gets a copy, or a dict with
                one for each player.
            metrics: Keras's, of what is wanted for each example and what the model
                makes, as it is in use; `metrics_of` says what these are: examples and
                their reconstructions, labels and probabilities, targets and
                translations, ... They are reported in training and validation. Of a
                game's samples nothing is known to be wanted, and there are none.
            run_eagerly, jit_compile: as in `keras.Model`.
            steps_per_execution: as there; "auto" is several in a `fit` whose callbacks
                do not look at single steps, for a call takes its time, else 1.

        Example:
            >>> model.compile("adam")
            >>> gan.compile({"generator": "adam", "discriminator": "sgd"})
        """
        checks.check_compiled_with(of_keras, self)
        with self.distribute_strategy.scope():
            self._report_also(metrics)
        check_strategy(self.distribute_strategy, jit_compile)
        super().compile(
            optimizer=None,
            run_eagerly=run_eagerly,
            steps_per_execution=1
            if steps_per_execution == "auto"
            else steps_per_execution,
            jit_compile=jit_compile,
        )
        self._loss_tracker = None  # Keras's own; ours are in `reported`
        self.jit_asked = jit_compile  # "auto" may mean another thing where it is loaded
        self.steps_asked = steps_per_execution
        self.functions = {}  # for other numbers of steps at once
        players = self.players()
        if not isinstance(optimizer, dict):
            optimizer = dict.fromkeys(players, optimizer)
        if set(optimizer) != set(players):
            raise BadInput(
                f"{type(self).__name__} has the players {', '.join(players)}; "
                f"received optimizers for {', '.join(optimizer) or 'none'}."
            )
        # Built here, within the scope of the strategy: variables that an optimizer
        # creates while a step is traced cannot be fed, and would not be restored.
        with self.distribute_strategy.scope():
            self.optimizers = {
                name: optimizer_for(
                    name, player, optimizer[name], len(players) > 1, self.loss_terms
                )
                for name, player in players.items()
            }
        single = len(players) == 1
        self.optimizer = (
            next(iter(self.optimizers.values()))
            if single
            else SeveralOptimizers(self.optimizers)
        )

    def _report_also(self, metrics):
        """Report these metrics of one's own, in the place of those of before."""
        metrics = [checks.metric(m) for m in tf.nest.flatten(metrics or [])]
        checks.check_metrics(metrics, self)
        for name in self.compared:
            self.reported.pop(name)
        for metric in metrics:
            self.reported[metric.name] = metric
        self.compared = tuple(metric.name for metric in metrics)

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {
            "optimizer": {
                name: keras.saving.serialize_keras_object(
                    getattr(optimizer, "inner_optimizer", optimizer)
                )
                for name, optimizer in self.optimizers.items()
            },
            "metrics": [
                keras.saving.serialize_keras_object(self.reported[name])
                for name in self.compared
            ],
            "run_eagerly": self.run_eagerly,
            "steps_per_execution": self.steps_asked,
            "jit_compile": self.jit_asked,
        }

    def compile_from_config(self, config):
        if not all(p.trainable_variables for p in self.players().values()):
            return  # it was frozen after it was compiled
        optimizers = config.pop("optimizer")
        deserialize = keras.saving.deserialize_keras_object
        config["metrics"] = [deserialize(m) for m in config.get("metrics", ())]
        self.compile({n: deserialize(o) for n, o in optimizers.items()}, **config)

    def fit(self, x=None, y=None, *, callbacks=None, validation_data=None, **kwargs):
        """As `keras.Model.fit`, after a look at the data; stops if a loss is NaN.

        Data are arrays, a `tf.data.Dataset`, a `PyDataset` or a generator, of examples
        or of pairs of examples and what is given with them.
        """
        checks.check_no_weights(kwargs)
        checks.check_given(self, x)
        checks.check_data(self, x if y is None else (x, y))
        checks.check_data(self, validation_data)
        if not isinstance(x, (np.ndarray, tf.Tensor, list)):
            kwargs.setdefault("shuffle", False)  # or Keras warns that it does not
        if isinstance(validation_data, tuple):
            validation_data = tuple(map(checks.texts, validation_data))
        return self.run(
            x,
            checks.texts(y),
            callbacks=callbacks,
            validation_data=validation_data,
            **kwargs,
        )

    def run(self, x, y=None, *, callbacks=None, **kwargs):
        """`fit` without its look at the data: the one way into a training."""
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = tf.nest.flatten(callbacks or [])
            callbacks = [*guards(callbacks), *callbacks]
            self._direct(callbacks)
            if kwargs.get("verbose", "auto") in ("auto", 1):
                kwargs["verbose"] = 0
                callbacks.append(Steps())
        with checks.in_words(callbacks):
            return super().fit(x, y, callbacks=callbacks, **kwargs)

    def _direct(self, callbacks):
        """Tell EarlyStopping and its like which way what they watch gets better."""
        for callback in callbacks:
            if getattr(callback, "mode", None) == "auto":
                name = callback.monitor.removeprefix("val_")
                if name in self.compared:  # of Keras's own it is known
                    way = getattr(self.reported[name], "_direction", None)
                    callback.mode = {"up": "max", "down": "min"}.get(way, "auto")
                elif name in self.reported:
                    callback.mode = "max" if name in self.rising else "min"

    def evaluate(self, x=None, y=None, **kwargs):
        """As `keras.Model.evaluate`, after a look at the data."""
        checks.check_given(self, x)
        checks.check_data(self, x if y is None else (x, y))
        with checks.in_words():
            return super().evaluate(x, checks.texts(y), **kwargs)

    def train_on_batch(self, x, y=None, **kwargs):
        """As `keras.Model.train_on_batch`, after a look at the batch."""
        checks.check_data(self, x if y is None else (x, y))
        return super().train_on_batch(x, checks.texts(y), **kwargs)

    def test_on_batch(self, x, y=None, **kwargs):
        """As `keras.Model.test_on_batch`, after a look at the batch."""
        checks.check_data(self, x if y is None else (x, y))
        return super().test_on_batch(x, checks.texts(y), **kwargs)

    def predict_step(self, data):
        """What `model(x)` is, or of pairs `model(x, given)`."""
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        parts = x if isinstance(x, (tuple, list)) else (x,)
        if y is not None and self.called_beside == [self.condition]:
            parts = (x, y)  # of batches as `fit` has them
        checks.check_called_with(self, parts)
        x, *given = parts
        given = dict(zip(self.called_beside, given, strict=True))
        if "caption" in given:
            given["caption"] = self.vocabulary.numbers(given["caption"])
        return self(x, **given)

    def predict(self, x, **kwargs):
        """As `keras.Model.predict`: what the model gives when it is called.

        Of autoencoders and VAEs the reconstructions (of holes, what they are filled
        with), of classifiers and segmenters the probabilities, of translators the
        translations; of densities, PixelVAE and VQ priors the log-densities, of
        energies the energies; of games and diffusion the examples of latents or noise.
        What is told more takes a pair: `predict((x, label))`, `predict((x, known))`.
        """
        parts = x if isinstance(x, (tuple, list)) else (x,)
        if all(hasattr(part, "shape") for part in parts):
            checks.check_called_with(self, parts)
            x = tuple(map(checks.texts, parts)) if len(parts) > 1 else parts[0]
        with checks.in_words():
            return super().predict(x, **kwargs)

    def export(self, filepath, format=None, **options):
        """Write the model for other runtimes, verified: `export.export`.

        Args:
            filepath: the folder to create.
            format: one of Keras's words, "tf_saved_model", "onnx" or "litert"; all
                three if it is not given.
            **options: of `export.export`.
        """
        words = {"tf_saved_model": "saved_model", "onnx": "onnx", "litert": "tflite"}
        if format is not None:
            options["formats"] = [lookup(words, format, "format")]
        # By name: this package is beneath that one.
        return importlib.import_module("export").export(self, filepath, **options)

    def save(self, filepath, *args, **kwargs):
        """As `keras.Model.save`, to a `.keras` file."""
        checks.check_saved_as(filepath)
        return super().save(filepath, *args, **kwargs)

    def load_weights(self, filepath, *args, **kwargs):
        """As `keras.Model.load_weights`; of other files it says what they are not."""
        try:
            return super().load_weights(filepath, *args, **kwargs)
        except Exception as error:  # of any kind: whoever wrote it chose its bytes
            reason = " ".join(str(error).split())[:300]
            raise BadFile(
                f"{filepath!s:.200} cannot be read as weights of this "
                f"{type(self).__name__} ({reason})."
            ) from error
