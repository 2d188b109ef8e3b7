"""The one loop of all drawing: generate, guide, edit, complete.

From noise z, n steps of a solver lead from r_0, where nothing is known of x, to r_n,
where there is no noise. What is to be kept of a given x goes the same way beside it,

    x_r  =  alpha_r x + sigma_r z

on the noise z itself, until the loop takes over: an edit of strength s begins after
(1 - s) n steps, and of a mask the known pixels are put in after every step. So a
batch may have another strength, mask and number of steps for each example, and one
graph draws them all. With `resample`, each step is made several times, and in between
as much noise is put back as it took away.

There is no Python in a step: it is a tf.while_loop, whose coefficients are computed in
float32 from the log-ratios, whatever becomes of the network.
"""

import tensorflow as tf

from keras_gen.parts.solvers import END, Turn


class Drawing:
    """How to draw with a model.

    Args:
        model: a `Diffusion`.
        noise: that of the steps, (batch, steps * model.noises(resample), ...), if the
            solver or `resample` takes some.
        given, weight: what the network is told, and how much that counts (guidance).
        x, known, strength: what is given, in [0, 1] for images; where it stays; how
            much noise is put on it.
        steps: how many, one for each example; the model's if None.
        solver: instead of the model's.
        resample: how often each step is made.
    """

    def __init__(
        self,
        model,
        noise=None,
        given=None,
        weight=None,
        x=None,
        known=None,
        strength=None,
        steps=None,
        solver=None,
        resample: int = 1,
    ):
        self.model = model
        self.noise = noise
        self.given = given
        self.weight = weight
        self.x = x
        self.known = known
        self.strength = strength
        self.steps = model.steps if steps is None else steps
        self.solver = solver or model.solver
        self.resample = resample

    def __call__(self, z):
        model, again = self.model, self.resample
        batch = tf.shape(z)[0]
        steps = tf.broadcast_to(tf.cast(self.steps, "float32"), (batch,))
        n = model.column(steps)
        if self.x is None:
            begin = tf.zeros_like(n)
        else:
            guide, begin = self._guide(n)

        def at(i):
            ratio = model.grid.at(model.noising, tf.minimum(i, n - 1.0), n)
            return tf.where(i >= n, END, ratio)

        def step(turn, x, r, s, i, kept):
            turn_ = Turn(model.noising, r, s, (i <= begin) | (again > 1), n)
            fresh = self._noise(turn, 0) if self.solver.stochastic else None
            return self.solver.step(self._predict, x, turn_, fresh, kept)

        def body(turn, x, kept):
            i = tf.cast(first + turn // again, "float32")
            r, s = at(i), at(i + 1.0)
            moved, kept = step(turn, x, r, s, i, kept)
            if self.x is not None:
                there = model.noised(guide, z, s)
                moved = tf.where(i + 1.0 <= begin, there, moved)
                moved = tf.where(self.known > 0.5, there, moved)
            if again > 1:
                back = turn % again < again - 1
                moved = tf.where(back, self._back(turn, moved, r, s), moved)
            x = tf.where(i < n, moved, x)
            return turn + 1, x, kept

        first = tf.cast(tf.reduce_min(begin), "int32")
        turns = (tf.cast(tf.reduce_max(n), "int32") - first) * again
        r = at(tf.cast(first, "float32"))
        alpha, sigma = model.noising.scales(r)
        x = z * tf.sqrt(tf.square(sigma) + tf.square(model.spread * alpha))
        if self.x is not None:
            x = tf.where(begin <= 0.0, x, model.noised(guide, z, r))
        x.set_shape((None, *model.data_shape))
        kept = self.solver.start(x, r)
        shapes = tf.nest.map_structure(lambda t: t.shape, (x, kept))
        _, x, _ = tf.while_loop(
            lambda turn, *_: turn < turns,
            body,
            (tf.constant(0), x, kept),
            shape_invariants=(tf.TensorShape([]), *shapes),
        )
        x = model.outward(x)
        if self.x is None:
            return x
        stays = (self.known > 0.5) | (model.column(self.strength) <= 0.0)
        return tf.where(stays, self.x, x)

    def _guide(self, n):
        """What is given, on the path, and after how many steps the loop takes over."""
        strength = tf.cast(self.strength, "float32")
        begin = n - tf.round(self.model.column(strength) * n)
        return self.model.inward(tf.cast(self.x, "float32")), begin

    def _predict(self, x, r):
        model = self.model
        weight = self.weight
        if weight is not None:
            column = tf.broadcast_to(tf.cast(weight, "float32"), tf.shape(x)[:1])
            weight = model.column(column)
        clip = model.clip and model.is_image
        return model.predict_both(x, r, self.given, weight, clip)

    def _noise(self, turn, which):
        """The noise of a turn: the solver's is the first, that put back the last."""
        per_turn = self.model.noises(self.resample) // self.resample
        return tf.gather(self.noise, turn * per_turn + which, axis=1)

    def _back(self, turn, x, r, s):
        """From s back to r, by new noise: a step of the path itself."""
        path = self.model.noising
        (alpha, sigma), (alpha_s, _) = path.scales(r), path.scales(s)
        added = sigma * tf.sqrt(-tf.math.expm1(2.0 * (s - r)))
        fresh = self._noise(turn, int(self.solver.stochastic))
        return alpha / alpha_s * x + added * fresh
