"""Write docs/modes.md: which losses find all modes of the ring and of the grid.

    python -m docs modes

Trains every game below on the ring of 8 and the grid of 25 Gaussians, with three seeds.
Each finished training is kept in docs/modes.json, and a changed setting repeats only
its own trainings. All of it takes about half an hour of one core.
"""

import functools
import time
from dataclasses import dataclass, field, replace

import keras

import keras_gen as kg
from docs.pages import Page
from keras_gen import data
from keras_gen.metrics.modes import coverage
from keras_gen.networks import mlp
from keras_gen.parts.constraints import ClipWeights
from keras_gen.parts.divergences import DIVERGENCES
from keras_gen.parts.losses import MMD, FDivergence
from keras_gen.parts.penalties import R1, Dragan, GradientPenalty
from keras_gen.parts.schedules import CriticSchedule
from keras_gen.training.checkpoint import state

LATENT, WIDTH, DEPTH, BATCH, SAMPLES = 8, 64, 3, 128, 10_000
SETS = {"ring": 1, "grid": 2}  # the grid has a finer scale, and takes more steps
SEEDS = (0, 1, 2)
AT_ONCE = 50  # steps of one call of the compiled function


@dataclass(frozen=True)
class Game:
    """One row: what is played (arguments of the class), how, and a remark.

    The rate decays to nothing along a cosine, which ends the circling of the players;
    a moving average of the generator changed nothing after that.
    """

    play: dict = field(default_factory=dict)
    system: str = "GAN"
    steps: int = 5000  # on the ring
    rate: float = 2e-3
    optimizer: str = "Adam"
    outputs: int = 1
    spectral: bool = False
    last_bias: bool = True
    remark: str = ""

    def settings(self) -> str:
        """All that the result depends on, in words."""
        common = f"{LATENT} {WIDTH} {DEPTH} {BATCH} {SAMPLES}"
        return f"{common} {self.__dict__ | {'remark': ''}}"

    def model(self):
        generator = mlp.encoder((LATENT,), 2, WIDTH, DEPTH)
        if self.system == "EBGAN":
            encoder = mlp.encoder((2,), self.outputs, WIDTH, 2)
            decoder = mlp.decoder(self.outputs, (2,), WIDTH, 1)
            return kg.EBGAN(generator, encoder, decoder, **self.play)
        activation = "leaky_relu" if self.spectral else "relu"
        critic = mlp.encoder(
            (2,), self.outputs, WIDTH, DEPTH, activation,
            spectral=self.spectral, last_bias=self.last_bias,
        )  # fmt: skip
        return getattr(kg, self.system)(generator, critic, **self.play)

    def optimizers(self):
        per_step = {"generator": 1, "discriminator": 1}
        k = self.play.get("critic_steps", 1)
        per_step["discriminator"] = k if isinstance(k, int) else k.steps
        kind = getattr(keras.optimizers, self.optimizer)
        momenta = {"beta_1": 0.5, "beta_2": 0.9} if self.optimizer == "Adam" else {}
        decay = keras.optimizers.schedules.CosineDecay
        return {
            player: kind(decay(self.rate, self.steps * n), **momenta)
            for player, n in per_step.items()
        }


FLAT = R1(0.1)  # little, and enough that no mode is lost; the slopes of 1 / std stay
# Where only differences of scores count, Adam makes large steps of an offset's rounding
# errors, which leads the scores out of the margins of the hinge.
CRITIC = {"last_bias": False}
SPECTRAL = CRITIC | {"spectral": True}
STEEP = "nothing bounds the critic's slopes: the generator leaves modes at once whose "
STEEP += "examples the critic calls fake"
# Of the f-divergences.
SLOPES = "the generator descends the bound itself, without the trick of the paper: its "
SLOPES += "slope vanishes, or explodes, where the critic is sure"
RUNAWAY = {
    "kullback_leibler": "infinite as long as a mode is missed: there the critic's "
    "scores v rise without end, and e^(v - 1) overflows at the first example there",
    "neyman": "infinite as soon as one example lies where no data do: what the critic "
    "gains by it, 2 e^(-v/2), and the slope that it follows grow exponentially as its "
    "score v falls, until they overflow",
}
GAMES = {
    "non-saturating": Game({"loss": "non_saturating", "penalty": FLAT}),
    "minimax": Game({"loss": "minimax", "penalty": FLAT}),
    "least squares": Game({"loss": "least_squares", "penalty": FLAT}),
    "hinge": Game({"loss": "hinge", "penalty": FLAT}, **CRITIC),
    "WGAN-GP": Game(
        {"loss": "wasserstein", "penalty": GradientPenalty(0.1), "critic_steps": 3},
        **CRITIC,
    ),
    "SNGAN": Game({"loss": "hinge", "critic_steps": 2}, **SPECTRAL),
    "MMD": Game(  # from less than the width of a mode to more than that of the ring
        {"loss": MMD((0.02, 0.05, 0.1, 0.3, 1.0, 3.0))}, outputs=8, steps=12000,
        rate=4e-3, **SPECTRAL,
    ),
    "relativistic average": Game(
        {"loss": "relativistic_average", "penalty": FLAT}, **CRITIC
    ),
    "boundary-seeking": Game(
        {"loss": "boundary_seeking", "penalty": FLAT},
        remark="the generator is content wherever D = 1/2, be there data or not",
    ),
    **{
        f"f-GAN, {name.replace('_', ' ')}": Game(
            {"loss": FDivergence(name), "penalty": FLAT},
            remark=RUNAWAY.get(name, SLOPES),
        )
        for name in DIVERGENCES
    },
    "DRAGAN": Game({"loss": "minimax", "penalty": Dragan(0.1)}),
    "minimax, no penalty": Game({"loss": "minimax"}, remark=STEEP),
    "non-saturating, no penalty": Game({"loss": "non_saturating"}, remark=STEEP),
    "least squares, no penalty": Game({"loss": "least_squares"}, remark=STEEP),
    "hinge, no penalty": Game({"loss": "hinge"}, remark=STEEP, **CRITIC),
    "WGAN": Game(
        {
            "loss": "wasserstein",
            "constraint": ClipWeights(0.05),
            "critic_steps": CriticSchedule(),
        },
        optimizer="RMSprop",
        rate=2e-4,
        steps=4000,
        **CRITIC,
        remark="clipped weights leave the critic nearly linear, and no one knows its "
        "Lipschitz constant: it points to the middle of the data",
    ),
    "EBGAN": Game({"margin": 0.5, "pull_away": 0.1}, system="EBGAN", outputs=16,
        remark="an autoencoder of points in the plane rebuilds what lies between the "
        "modes as well as the modes"),
    "BEGAN": Game({"gamma": 0.5}, system="BEGAN", outputs=2,
        remark="as EBGAN"),
}  # fmt: skip
REQUIRED = list(GAMES)[:7]  # to find all of the ring; their trainings come first


class Training:
    """A game, compiled once, whose trainings begin from fresh weights each."""

    def __init__(self, game: Game, name: str):
        self.game, self.name, self.model = game, name, game.model()
        self.model.compile(
            game.optimizers(), steps_per_execution=AT_ONCE, jit_compile=True
        )
        self.begin = [variable.numpy() for variable in state(self.model)]
        self.fit(0, AT_ONCE)  # compiles

    def fit(self, seed, steps):
        """Train from the beginning."""
        keras.utils.set_random_seed(seed)
        fresh = self.game.model()
        for variable, value in zip(state(self.model), self.begin, strict=True):
            variable.assign(value)
        self.model.set_weights(fresh.get_weights())
        batches = data.load(f"points/{self.name}", batch=BATCH, seed=seed)
        self.model.fit(batches.repeat(), steps_per_epoch=steps, verbose=0)

    def measure(self, seed: int) -> dict:
        """What one training finds."""
        info = data.info(f"points/{self.name}")
        begin = time.process_time()
        try:
            self.fit(seed, self.game.steps)
        except kg.errors.NonFiniteLoss:
            return {"covered": 0, "good": 0.0, "finite": False, "seconds": 0.0}
        seconds = round(time.process_time() - begin, 1)
        x = self.model.sample(SAMPLES, seed=seed, batch=SAMPLES)
        found = coverage(x, info.modes, info.std)
        good = round(found.share_good, 4)
        return {
            "covered": found.covered,
            "good": good,
            "finite": True,
            "seconds": seconds,
        }


def on(name: str, title: str) -> Game:
    """The game as it is played on these data."""
    game = GAMES[title]
    return replace(game, steps=SETS[name] * game.steps)


@functools.lru_cache(1)
def training(name: str, title: str) -> Training:
    """One at a time: all seeds of a game come one after the other."""
    return Training(on(name, title), name)


def runs() -> dict:
    """Title -> (data, game, seed) of each training, those that must succeed first."""
    rest = [title for title in GAMES if title not in REQUIRED]
    return {
        f"{name}, {title}, seed {seed}": (name, title, seed)
        for titles in (REQUIRED, rest)
        for name in SETS
        for title in titles
        for seed in SEEDS
    }


def keys() -> dict[str, str]:
    """The settings of each training."""
    return {run: on(name, title).settings() for run, (name, title, _) in runs().items()}


def measure(run: str) -> dict:
    name, title, seed = runs()[run]
    return training(name, title).measure(seed)


def of_seeds(found: dict, name: str, title: str) -> list[dict]:
    """What a game found on these data, seed by seed."""
    return [found[f"{name}, {title}, seed {seed}"] for seed in SEEDS]


HEAD = f"""# Modes found

Made by `python -m docs modes`; nothing here is written by hand.

Networks of {DEPTH} layers of {WIDTH} units, latent {LATENT}, batch {BATCH}, a rate that
falls to nothing along a cosine; {SAMPLES:,} samples of each training. A sample is good
within 4 standard deviations of a mode; a mode is covered from a tenth of its share of
good samples on. Each cell has one number for each of {len(SEEDS)} seeds; the time is
the longest, in seconds of one core, after compilation. In bold the games that covered
all modes with at least 90 % good samples, with every seed.
"""


def text(found: dict) -> str:
    """The whole page."""
    lines = [HEAD]
    for name in SETS:
        modes = len(data.info(f"points/{name}").modes)
        lines += [
            f"## {name.capitalize()} of {modes}",
            "",
            f"| game | modes of {modes} | share of good samples | s | how |",
            "|---|---|---|---:|---|",
            *(row(name, title, of_seeds(found, name, title)) for title in GAMES),
            "",
        ]
    remarks = [
        f"- {title}: {game.remark}."
        for title, game in GAMES.items()
        if game.remark and short(found, title)
    ]
    if remarks:
        lines += ["## Why some fall short of the ring, or became NaN", "", *remarks, ""]
    return "\n".join(lines)


def short(found, title) -> bool:
    """Whether a game missed a mode of the ring, or became NaN anywhere."""
    ring, grid = (of_seeds(found, name, title) for name in SETS)
    on_ring = all(solved("ring", run) for run in ring)
    return not (on_ring and all(run["finite"] for run in ring + grid))


def solved(name, run) -> bool:
    """All modes covered, and nine of ten samples near one."""
    modes = len(data.info(f"points/{name}").modes)
    return run["covered"] == modes and run["good"] >= 0.9


def row(name, title, found) -> str:
    """One line of a table."""
    covered = ", ".join(str(run["covered"]) for run in found)
    good = ", ".join(f"{run['good']:.3f}" if run["finite"] else "NaN" for run in found)
    seconds = max(run["seconds"] for run in found)
    shown = f"**{title}**" if all(solved(name, run) for run in found) else title
    settings = how(on(name, title))
    return f"| {shown} | {covered} | {good} | {seconds:.0f} | {settings} |"


def how(game: Game) -> str:
    """The settings of a row, as one would write them in code."""
    parts = [f"{k}={v!r}" for k, v in game.play.items()]
    parts += [f"spectral={game.spectral}"] * game.spectral
    steps = f"{game.steps:,} steps, {game.optimizer}({game.rate:g})"
    return f"`{game.system}({', '.join(parts)})`, {steps}"


PAGE = Page("modes", text, keys, measure)
