"""Energy-based model: any network is an energy, and Langevin's chains draw from it.

    p(x)  =  exp( -E(x) ) / Z

Z is known to nobody, so nothing here is a density: `energy` is -log p up to a constant.
The slope of -log p is E's mean slope over data less that over the model,

    loss  =  mean of E(x)  -  mean of E(x~)  +  alpha mean of ( E(x)^2 + E(x~)^2 )

over data x and chains x~ (`parts.dynamics`). These persist in a buffer of fixed size:
each step of training takes as many as it has examples, in turn, moves them by k steps
and puts them back. Some begin anew, from noise. alpha keeps the energies near 0, which
are free up to a constant, and with them the slopes that the chains go down.

With classes, the network has an energy for each, E(x | y), and a buffer for each: the
chains of a step have the labels of its examples.

Energies add up: what two models find likely has exp(-E_1 - E_2), and so
`networks.energy.combined` is the network of another model, which draws from both.

References: Du & Mordatch, Implicit Generation and Generalization in Energy-Based Models
(arXiv:1903.08689); Nijkamp et al., Learning Non-Convergent Non-Persistent Short-Run
MCMC Toward Energy-Based Model (arXiv:1904.09770).
Not here: a classifier that is trained along (JEM); ensembles of chains' pasts.
"""

from typing import Annotated

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import NotNegative, Positive, Share, Size, within
from keras_gen.energy.base import Chain, energy_signature
from keras_gen.errors import BadInput
from keras_gen.likelihoods.base import noise_spec
from keras_gen.networks import energy as energies
from keras_gen.noise import draw
from keras_gen.parts.dynamics import MALA, Dynamics, Langevin
from keras_gen.training.distribute import whole_batch


@keras.saving.register_keras_serializable("keras_gen")
class EBM(Chain):
    """A network that is an energy.

    Args:
        network: from an example to its energy, or to one for each class.
        dynamics: of the chains, from `parts.dynamics`.
        k: steps of the chains for each step of training.
        chains: how many persist, for each class.
        restart: the probability that a chain begins anew.
        alpha: weight of the squared energies.
        smoothing: standard deviation of noise on the examples, in training.
        spread: of points, the standard deviation of the noise that chains begin with.
        classes: how many labels there are.
        steps: of the chains that make a sample, from one that persists.

    Example:
        >>> network = networks.energy.dense((2,), 16)
        >>> model = EBM(network, dynamics.Langevin(0.01), k=5, chains=256)
        >>> model.compile("adam")
        >>> history = model.fit(data.load("points/ring").take(2), verbose=0)
        >>> model.energy(model.sample(3, seed=1)).shape
        TensorShape([3])
    """

    reports = ("gap",)
    still = ("network",)

    def __init__(
        self,
        network: keras.Model,
        dynamics: Dynamics,
        k: Size = 40,
        chains: Size = 1024,
        restart: Share = 0.05,
        alpha: NotNegative = 0.1,
        smoothing: NotNegative = 0.0,
        spread: Positive = 1.0,
        classes: Annotated[int, within("[2, 65536]")] | None = None,
        steps: Size = 100,
        **kwargs,
    ):
        super().__init__(network.input_shape[1:], steps, **kwargs)
        self.network, self.dynamics, self.k = network, dynamics, k
        self.chains, self.restart, self.alpha = chains, restart, alpha
        self.smoothing, self.spread, self.classes = smoothing, spread, classes
        kinds = classes or 1
        if network.output_shape[1:] != (kinds,):
            raise BadInput(
                "the network gives the energy of an example, one number"
                f"{f' for each of the {classes} classes' if classes else ''}; this one "
                f"gives {network.output_shape[1:]}. End it in a dense layer of {kinds}."
            )

        def state(name, shape, dtype):
            return self.add_weight(
                name=name,
                shape=shape,
                dtype=dtype,
                initializer="zeros",
                trainable=False,
                autocast=False,
                aggregation="only_first_replica",
            )

        self.buffer = state("buffer", (kinds * chains, *self.data_shape), "float32")
        self.turn = state("turn", (kinds,), "int32")  # of each class: whose turn it is
        seed = tf.cast(keras.random.SeedGenerator().next(), tf.int32)
        self.buffer.assign(self.anew(draw(self.start_law, self.buffer.shape, seed)))

    # The law.

    def energy(self, x, label=None, training=False):
        """-log p(x), or -log p(x | label), in nats up to a constant."""
        return self.anywhere(x, label, training)

    def anywhere(self, x, label=None, training=False):
        """The same, also where a chain comes by that no example can be."""
        values = tf.cast(self.network(x, training=training), tf.float32)
        if label is None and self.classes:
            raise BadInput("this energy is asked with labels, as energy(x, label).")
        if label is None:
            return tf.reshape(values, (-1,))
        return tf.reduce_sum(values * tf.one_hot(label, self.classes), -1)

    # The chain.

    @property
    def start_law(self):
        return "uniform" if self.data_name == "image" else "normal"

    def anew(self, noise):
        """Where a chain begins that has no past."""
        return noise if self.data_name == "image" else self.spread * noise

    def origin(self):
        return noise_spec((), "uniform")

    def fresh(self):
        return self.dynamics.fresh(self.data_shape)

    def begin(self, start, label=0):
        place = tf.cast(tf.floor(start * self.chains), tf.int32)
        place = tf.minimum(place, self.chains - 1) + self.chains * label
        return tf.gather(self.buffer.value, place)

    def move(self, x, label=None, **noise):
        x = self.dynamics.move(lambda x: self.anywhere(x, label), x, **noise)
        return self.shown(x)

    # Training.

    def whose_turn(self, label):
        """The places in the buffer of all replicas' chains, and what comes next."""
        kinds = self.classes or 1
        chosen = tf.one_hot(tf.cast(whole_batch(label), tf.int32), kinds, dtype="int32")
        before = tf.cumsum(chosen, exclusive=True) + self.turn.value
        place = tf.reduce_sum(chosen * (before % self.chains), -1)
        place += self.chains * tf.argmax(chosen, -1, output_type=tf.int32)
        return place, (self.turn.value + tf.reduce_sum(chosen, 0)) % self.chains

    def train_step(self, data):
        x, given = self.unpack(data)
        x, rows = tf.cast(x, tf.float32), tf.shape(x)[0]
        if self.smoothing:
            x += self.smoothing * self.noise("normal", rows, self.data_shape)
        given = {name: tf.cast(value, tf.int32) for name, value in given.items()}
        label = given.get("label", tf.zeros((rows,), tf.int32))
        places, turn = self.whose_turn(label)
        first = tf.distribute.get_replica_context().replica_id_in_sync_group * rows
        before = tf.gather(self.buffer.value, places[first : first + rows])
        anew = self.noise("uniform", rows, (1,) * len(self.data_shape)) < self.restart
        noise = self.noise(self.start_law, rows, self.data_shape)
        before = tf.where(anew, self.anew(noise), before)
        after = self.moved(before, self.stirred(rows, self.k), **given)
        self.keep(self.buffer, after, places)
        self.turn.assign(turn)

        def loss():
            data = self.anywhere(x, **given, training=True)
            model = self.anywhere(after, **given, training=True)
            gap = tf.reduce_mean(model - data)
            squares = tf.reduce_mean(tf.square(data) + tf.square(model))
            return self.alpha * squares - gap, gap

        loss, gap = self.descend("model", loss)
        return self.report(loss=loss, gap=gap)

    def test_step(self, data):
        """How far the energies of these examples are above those of the chains."""
        x, given = self.unpack(data)
        told = {}
        if self.classes:
            told["label"] = np.repeat(np.arange(self.classes), self.chains)
        model = tf.reduce_mean(self.energy(self.buffer.value, **told))
        loss = self.energy(tf.cast(x, tf.float32), **given) - model
        return self.report(loss=loss, gap=-loss)

    def signatures(self):
        return {**super().signatures(), "energy": energy_signature(self)}

    @classmethod
    def small(cls):
        def told():
            network = energies.convolutional((8, 8, 1), 4, outputs=3)
            return cls(network, MALA(0.05), k=2, chains=8, classes=3, steps=2)

        return {
            "plain": lambda: cls(
                energies.dense((4, 4, 1), 8, 1), Langevin(0.1), k=2, chains=16, steps=2
            ),
            "told": told,
        }
