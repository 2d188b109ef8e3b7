"""What the systems of this family share: a Markov chain draws for them.

    x_0  =  begin(start),     x_{i+1}  =  move(x_i, noise_i),     i < steps

`move` leaves the model's law as it is, or nearly so, and the chain comes to it in time;
how many steps are enough no theorem says. Where some values are known and put back
after each step, the rest comes to its law given these: that is completion.

A step's noise is an argument, like all noise here. So a chain is exported whole, as a
loop, and as one step for those who run the loop themselves and put back what they know.
"""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from keras_gen.arguments import CountFrom0, Numbers, Seed, Size
from keras_gen.errors import BadInput
from keras_gen.layers.loops import loop
from keras_gen.model import GenerativeModel
from keras_gen.noise import draw
from keras_gen.signatures import Signature, Spec, data_spec, label_spec
from keras_gen.training.distribute import whole_batch


class Chain(GenerativeModel):
    """Base of the models that draw by a chain.

    Args:
        data_shape: shape of one example.
        steps: how many make a sample.
    """

    sampler = "sample_loop"
    discrete = False  # whether what it draws is of few values

    def __init__(self, data_shape, steps: Size, **kwargs):
        super().__init__(data_shape, **kwargs)
        self.steps = steps

    # What a system defines.

    def origin(self) -> Spec:
        """The noise that decides where a chain begins."""
        raise NotImplementedError

    def fresh(self) -> dict[str, Spec]:
        """The noise of one step, by name."""
        raise NotImplementedError

    def begin(self, start, **given):
        """The first state."""
        raise NotImplementedError

    def move(self, x, **rest):
        """The next state, from the noise of a step and what is given."""
        raise NotImplementedError

    def shown(self, x):
        """A state as an example for everyone else."""
        return tf.clip_by_value(x, 0.0, 1.0) if self.data_name == "image" else x

    # The chain.

    def moved(self, x, noise, known=None, **given):
        """The state after the steps that this noise has; known values stay.

        Args:
            x: the state before.
            noise: by name, as `fresh` has it, the steps behind the batch.
            known: boolean, of the shape of `x`.
            **given: a label, if there are classes.
        """

        def turn(i, state):
            now = {name: tf.gather(values, i, axis=1) for name, values in noise.items()}
            return i + 1, self._held(state, x, known, **now, **given)

        count = next(iter(noise.values())).shape[1]
        return loop(count, turn, (x,))[1]

    def _held(self, state, x, known, **rest):
        """The next state, with what is known as it is in `x`."""
        after = self.move(state, **rest)
        after = after if known is None else tf.where(known, x, after)
        return tf.ensure_shape(after, state.shape)

    def generate(self, start, **rest):
        """The example that this noise draws, as `signatures()` has it."""
        noise = {name: rest.pop(name) for name in self.fresh()}
        x = self.moved(self.begin(start, **rest), noise, **rest)
        return {self.data_name: self.shown(x)}

    def sample_step(self, x, step, **rest):
        """One step of the chain, for programs that run the loop themselves.

        Args:
            x: the state; at first anything, such as an example with holes.
            step: int32 of shape (batch, 1), from 0: which of the noise is used.
            **rest: the noise of all steps, the same at each; a label.
        """
        for name in self.fresh():
            rest[name] = tf.gather(rest[name], step[:, 0], axis=1, batch_dims=1)
        return {self.data_name: self.shown(self.move(x, **rest))}

    def complete(self, x, known, start, **rest):
        """`x` with what is not `known` drawn, given the rest; the known values stay.

        Args:
            x: examples; what is not known has no influence.
            known: boolean, broadcast to the shape of `x`.
            start, **rest: as `generate` takes them.
        """
        known = tf.broadcast_to(tf.cast(known, tf.bool), tf.shape(x))
        noise = {name: rest.pop(name) for name in self.fresh()}
        x = tf.where(known, tf.cast(x, tf.float32), self.begin(start, **rest))
        x = self.moved(x, noise, known, **rest)
        return {self.data_name: self.shown(x)}

    def walk(self, x: Numbers, steps: CountFrom0, seed: Seed = 0, known=None, **given):
        """The states of chains after any number of steps, as an array.

        Args:
            x: where they begin, one example for each chain.
            steps: how many.
            seed: of the noise, which is drawn on the way.
            known: boolean; these values stay as they are in `x`.
            **given: a label for each, if there are classes.
        """
        self.check(np.asarray(x))
        x = tf.constant(x, tf.float32)
        if known is not None:
            known = tf.broadcast_to(tf.cast(known, tf.bool), x.shape)
        given = {name: tf.constant(value) for name, value in given.items()}
        if set(given) != ({self.condition} - {None}):
            raise BadInput(
                f"{type(self).__name__} is conditioned on {self.condition or 'nothing'}"
                f"; walk was given {', '.join(given) or 'nothing'}."
            )
        seed = tf.constant([seed & 0x7FFFFFFF, seed >> 31], tf.int32)
        return self.shown(self._walk(x, tf.constant(steps), seed, known, given)).numpy()

    @tf.function(autograph=False, reduce_retracing=True)
    def _walk(self, x, steps, seed, known, given):
        batch = tf.shape(x)[0]

        def turn(i, state):
            noise = {
                name: draw(spec.law, (batch, *spec.shape), seed + tf.stack([k, i]))
                for k, (name, spec) in enumerate(self.fresh().items())
            }
            return i + 1, self._held(state, x, known, **noise, **given)

        return loop(steps, turn, (x,))[1]

    # In training.

    def stirred(self, rows, steps, training=True):
        """The noise of so many steps, for the rows of this replica."""
        return {
            name: self.noise(spec.law, rows, (steps, *spec.shape), training)
            for name, spec in self.fresh().items()
        }

    def share(self, count, what) -> tuple[int, int]:
        """(how many of `count` rows of a state are this replica's, the first)."""
        context = tf.distribute.get_replica_context()
        replicas = context.num_replicas_in_sync
        if count % replicas:
            raise BadInput(
                f"{count} {what} cannot be shared equally by {replicas} replicas; take "
                f"{count - count % replicas + replicas}."
            )
        mine = count // replicas
        return mine, context.replica_id_in_sync_group * mine

    def keep(self, state, rows, first=None):
        """Write the rows of all replicas, in order, over a state that persists.

        Args:
            state: a variable whose first axis are chains.
            rows: those of this replica.
            first: the place of each row of all replicas; one after the other, if None.
        """
        everyone = whole_batch(rows)
        if first is not None:
            everyone = tf.tensor_scatter_nd_update(
                state.value, first[:, None], everyone
            )
        state.assign(everyone)

    # Use.

    def call(self, x, training=False, **given):
        """The energy, -log p(x) up to a constant; a chain without one has another."""
        return self.energy(x, **given)

    def signatures(self):
        steps, name = self.steps, self.data_name
        fresh = {
            key: replace(spec, shape=(steps, *spec.shape))
            for key, spec in self.fresh().items()
        }
        step = Spec(
            (1,),
            "index",
            f"number of this step, which noise it uses; 0 to {steps - 1}",
            dtype="int32",
            range=(0, steps - 1),
        )
        state = data_spec(self.data_shape, "state of the chain")
        after = data_spec(self.data_shape, "state one step later", self.discrete)
        sample = data_spec(self.data_shape, "sample", self.discrete)
        signatures = {
            "sample_step": Signature(
                self.sample_step, {"x": state, **fresh, "step": step}, {name: after}
            ),
            "sample_loop": Signature(
                self.generate, {"start": self.origin(), **fresh}, {name: sample}
            ),
        }
        if self.classes is not None:
            for signature in signatures.values():
                signature.inputs["label"] = label_spec(self.classes)
        return signatures


def energy_signature(model):
    """That of the energy, for models that have one."""
    x = {"x": data_spec(model.data_shape, "example to score")}
    if model.classes is not None:
        x["label"] = label_spec(model.classes)
    energy = Spec((), "energy", "-log p(x) in nats, up to a constant")
    return Signature(
        lambda x, **given: {"energy": model.energy(x, **given)}, x, {"energy": energy}
    )
