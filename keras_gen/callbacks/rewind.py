"""A training that goes back when it diverges.

The energies of an EBM are held by nothing but the balance of data and chains, and where
chains fall behind they run away within some hundred steps, after which nothing is left
to save. What people then do by hand is done here.
"""

import contextlib
import math
import warnings

import keras

from keras_gen.arguments import Positive, Size, checked_class
from keras_gen.errors import NonFiniteLoss, lookup
from keras_gen.training import checkpoint


@checked_class
class Rewind(keras.callbacks.Callback):
    """Goes back to the last good state when a report leaves its bounds, and says so.

    The state is all that training depends on, as in a checkpoint, and is kept in
    memory. Only the noise is not rewound, so the second try is another one; and the
    learning rates are lowered, where they are numbers and no schedules. The reports of
    an epoch are averages from its beginning on, or from the last rewinding.

    Args:
        report: what is watched, such as "gap" of an EBM.
        limit: the largest absolute value that is good; beyond it, or if it is not a
            number, the training has diverged.
        every: steps from one good state to the next.
        slower: what the learning rates are multiplied with.
        patience: how many times it goes back before it gives up.

    Example:
        >>> network = networks.energy.dense((2,), 8)
        >>> model = EBM(network, dynamics.Langevin(0.01), k=2, chains=256)
        >>> model.compile("adam")
        >>> ring = data.load("points/ring").take(2)
        >>> h = model.fit(ring, verbose=0, callbacks=[Rewind("gap", limit=50.0)])
    """

    measures = True  # before what keeps the state (see `checkpoint.fit`)
    rewinds = True  # in the place of what stops at NaN (see `guards`)

    def __init__(
        self,
        report: str = "gap",
        limit: Positive = 10.0,
        every: Size = 100,
        slower: Positive = 0.5,
        patience: Size = 5,
    ):
        super().__init__()
        self.report, self.limit, self.every = report, limit, every
        self.slower, self.patience = slower, patience

    def on_train_begin(self, logs=None):
        lookup(self.model.reported, self.report, "report of this model")
        self.rewound = self.since = self.proven = 0
        self.good = self.latest = self.state()

    def state(self):
        """All variables but the noise's, and what they are now."""
        noise = id(self.model.noise_count)
        kept = [v for v in checkpoint.state(self.model) if id(v) != noise]
        return [(v, v.numpy()) for v in kept]

    def on_train_batch_end(self, batch, logs=None):
        value = float((logs or {}).get(self.report, math.nan))
        self.since += 1
        if math.isfinite(value) and abs(value) <= self.limit:
            if self.since % self.every == 0:
                # A step that spoils the weights is reported by the next one: a state
                # is good when it has been followed by as many good steps.
                self.good, self.latest = self.latest, self.state()
                self.proven = self.since - self.every
            return
        if self.rewound == self.patience:
            raise NonFiniteLoss(
                f'"{self.report}" was {value:.3g} again, beyond {self.limit:g}, after '
                f"going back {self.patience} times. Give the model a lower learning "
                "rate, smaller or more steps of its chains, or a larger alpha."
            )
        self.rewound += 1
        self._go_back(value)

    def _go_back(self, value):
        optimizers = list(self.model.optimizers.values())
        rates = [self.slower * float(o.learning_rate) for o in optimizers]
        for variable, array in self.good:
            variable.assign(array)
        for metric in self.model.reported.values():
            metric.reset_state()
        said = []
        for optimizer, rate in zip(optimizers, rates, strict=True):
            with contextlib.suppress(TypeError):  # it follows a schedule
                optimizer.learning_rate = rate
                said.append(f"{rate:.3g}")
        slower = f" The learning rate is {', '.join(said)} now." if said else ""
        warnings.warn(
            f'the training diverged: "{self.report}" was {value:.3g}, beyond '
            f"{self.limit:g}; it goes on from the state of {self.since - self.proven} "
            "steps before."
            f"{slower}",
            stacklevel=2,
        )
        self.latest, self.since, self.proven = self.good, 0, 0
