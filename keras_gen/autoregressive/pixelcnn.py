"""PixelCNN: the image as a sequence of pixels, all conditionals by one convolution.

Pixels are drawn row by row, and within a pixel the channels, if their parameters are
separate ones:

    log p(x) = sum_i log p(x_i | x_1, ..., x_{i-1})

Convolutions that see only what is above and to the left give all factors in one pass,
so training is as parallel as that of any convolutional network. Drawing is sequential,
but costs no more arithmetic than that one pass (sampler.py).

The single stack has a *blind spot*: a masked convolution sees one pixel more to the
right for each row that it goes up, so what is above and further right than that is
never seen, however deep the network is. Gated PixelCNN (gated_pixelcnn.py) sees it.

Reference: van den Oord et al., Pixel Recurrent Neural Networks (arXiv:1601.06759).
Not here: recurrent layers (row_lstm.py, diagonal_bilstm.py), coarser grids
(pixelcnn_pp.py), a coarse image first (multi_scale.py).
"""

from typing import Annotated

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import named
from keras_gen.autoregressive.base import Autoregressive
from keras_gen.errors import BadInput
from keras_gen.likelihoods import Likelihood
from keras_gen.networks import pixelcnn
from keras_gen.noise import LAWS
from keras_gen.parts.causal import sampler


@keras.saving.register_keras_serializable("keras_gen")
class PixelCNN(Autoregressive):
    """Exact density of images, one pixel given those before.

    Args:
        network: a causal network, such as `keras_gen.networks.pixelcnn.pixelcnn`. If
            it has a second input, that is what it is told: "label", the one-hot code
            of one, or "embedding".
        likelihood: a head; Bernoulli if not given. One that ties the channels of a
            pixel together needs a network with `groups=1`.
        embedding_law: "normal" or "uniform" if the embeddings have such a law: `sample`
            draws those that it is not given.

    Example:
        >>> model = PixelCNN(pixelcnn.pixelcnn((8, 8, 1), 17, width=8), Categorical(17))
        >>> model.compile("adam")
        >>> history = model.fit(data.load("digits"), epochs=1, verbose=0)
        >>> model.log_prob(tf.zeros((2, 8, 8, 1))).shape
        TensorShape([2])
    """

    jit_sampling = True  # two to six times as fast, see benchmarks/sampling.py

    def __init__(
        self,
        network: keras.Model,
        likelihood: Likelihood | None = None,
        embedding_law: Annotated[str, named(LAWS, "noise law")] | None = None,
        **kwargs,
    ):
        plan = sampler.Plan(network)
        steps = (*plan.shape[:2], plan.groups)
        place = np.arange(np.prod(steps)).reshape(steps)
        super().__init__(plan.shape, likelihood, place, **kwargs)
        self.network = network
        told = {t.name: tuple(t.shape[1:]) for t in network.inputs[1:]}
        if len(told) > 1 or told.keys() - {"label", "embedding"}:
            raise BadInput(
                'beside the image a network has one input, "label" or "embedding"; '
                f'"{network.name}" has {", ".join(told)}.'
            )
        if "label" in told:
            (self.classes,) = told["label"]
        self.embedding = told.get("embedding")
        self.embedding_law = embedding_law
        self.plan = plan
        self.likelihood.check_network(network.output_shape, self.data_shape)
        if plan.groups > 1 and not self.likelihood.independent(self.data_shape):
            raise BadInput(
                f"{type(self.likelihood).__name__} ties the channels of a pixel "
                "together, and draws them at once; build the network with groups=1."
            )

    def parameters(self, x, training=False, **given):
        code = self._code(**given)
        inputs = [tf.cast(x, tf.float32), *code] if code else x
        return self.network(inputs, training=training)

    def fill(self, noise, x=None, known=None, temperature=1.0, head=None, **given):
        return sampler.draw(
            self.plan,
            head or self.likelihood,
            noise,
            self._code(**given),
            x=x,
            known=known,
            temperature=temperature,
        )

    def _code(self, label=None, embedding=None):
        """What the network is told beside the image."""
        for name, value, known in (
            ("label", label, self.classes and f"0 to {self.classes - 1}"),
            ("embedding", embedding, self.embedding and f"of shape {self.embedding}"),
        ):
            if (value is None) != (known is None):
                knows = f"{name}s {known}" if known else f"no {name}s"
                raise BadInput(
                    f"this {type(self).__name__} knows {knows}; received "
                    f"{name}={value}."
                )
        if label is not None:
            return [tf.one_hot(label, self.classes)]
        if embedding is None:
            return []
        embedding = tf.cast(embedding, tf.float32)
        if embedding.shape[1:] != self.embedding:
            raise BadInput(
                f"embeddings are of shape {self.embedding}, one for each example; "
                f"received {tuple(embedding.shape)}."
            )
        return [embedding]

    @classmethod
    def small(cls):
        def plain():
            sizes = {"width": 2, "depth": 1, "first": 3, "head": (4,)}
            return cls(pixelcnn.pixelcnn((4, 4, 1), 1, dropout=0.1, **sizes))

        return {"plain": plain}
