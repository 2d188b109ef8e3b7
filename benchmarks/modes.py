"""Which losses find all modes: the ring of 8 and the grid of 25 Gaussians.

Trains every game below on both, with several seeds, and writes docs/modes.md. Each
finished training is kept in a file, so the command can be killed and given again, and
a changed setting repeats only its own trainings. It asks for one core.

    python benchmarks/modes.py [--data ring grid] [--only NAME ...] [--seeds 3]
"""

import argparse
import json
import os
import pathlib
import time
from dataclasses import dataclass, field

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import tensorflow as tf

import keras_gen as kg
from keras_gen import data
from keras_gen.adversarial.constraints import ClipWeights
from keras_gen.adversarial.divergences import DIVERGENCES
from keras_gen.adversarial.losses import MMD, FDivergence
from keras_gen.adversarial.penalties import R1, Dragan, GradientPenalty
from keras_gen.adversarial.schedules import CriticSchedule
from keras_gen.files import atomic
from keras_gen.metrics.modes import coverage
from keras_gen.networks import mlp

ROOT = pathlib.Path(__file__).parents[1]
PAGE = ROOT / "docs" / "modes.md"
LATENT, WIDTH, DEPTH, BATCH, SAMPLES = 8, 128, 3, 256, 10_000


@dataclass(frozen=True)
class Game:
    """One row: what is played (arguments of the class), how, and a remark.

    The rate decays to nothing along a cosine, which ends the circling of the players;
    a moving average of the generator changed nothing after that.
    """

    play: dict = field(default_factory=dict)
    system: str = "GAN"
    steps: int = 8000
    rate: float = 1e-3
    optimizer: str = "Adam"
    outputs: int = 1
    spectral: bool = False
    remark: str = ""

    def key(self) -> str:
        """All that the result depends on, in words."""
        what = self.__dict__ | {"remark": "", "play": repr(self.play)}
        return repr(what)

    def model(self):
        generator = mlp.encoder((LATENT,), 2, WIDTH, DEPTH)
        if self.system == "EBGAN":
            encoder = mlp.encoder((2,), self.outputs, WIDTH, 2)
            decoder = mlp.decoder(self.outputs, (2,), WIDTH, 1)
            return kg.EBGAN(generator, encoder, decoder, **self.play)
        activation = "leaky_relu" if self.spectral else "relu"
        critic = mlp.encoder(
            (2,), self.outputs, WIDTH, DEPTH, activation, spectral=self.spectral
        )
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
GAMES = {
    "minimax": Game({"loss": "minimax", "penalty": FLAT}),
    "non-saturating": Game({"loss": "non_saturating", "penalty": FLAT}),
    "least squares": Game({"loss": "least_squares", "penalty": FLAT}),
    "hinge": Game({"loss": "hinge", "penalty": FLAT}),
    "WGAN-GP": Game(
        {"loss": "wasserstein", "penalty": GradientPenalty(0.1), "critic_steps": 3},
        steps=6000,
    ),
    "SNGAN": Game({"loss": "hinge", "critic_steps": 2}, spectral=True),
    "MMD": Game(
        {"loss": MMD((0.1, 0.3, 1.0, 3.0))}, outputs=8, spectral=True, steps=8000
    ),
    "relativistic average": Game({"loss": "relativistic_average", "penalty": FLAT}),
    "boundary-seeking": Game({"loss": "boundary_seeking", "penalty": FLAT}),
    **{
        f"f-GAN, {name.replace('_', ' ')}": Game(
            {"loss": FDivergence(name), "penalty": FLAT}
        )
        for name in DIVERGENCES
    },
    "DRAGAN": Game({"loss": "minimax", "penalty": Dragan(0.1)}),
    "minimax, no penalty": Game({"loss": "minimax"}),
    "non-saturating, no penalty": Game(
        {"loss": "non_saturating"},
        remark="the generator leaves modes whose examples the critic calls fake",
    ),
    "least squares, no penalty": Game({"loss": "least_squares"}),
    "hinge, no penalty": Game({"loss": "hinge"}),
    "WGAN": Game(
        {
            "loss": "wasserstein",
            "constraint": ClipWeights(0.05),
            "critic_steps": CriticSchedule(),
        },
        optimizer="RMSprop",
        rate=2e-4,
        steps=4000,
        remark="clipped weights leave the critic nearly linear, and no one knows its "
        "Lipschitz constant: it points to the middle of the data",
    ),
    "EBGAN": Game({"margin": 0.5, "pull_away": 0.1}, system="EBGAN", outputs=16,
        remark="an autoencoder of points in the plane rebuilds what lies between the "
        "modes as well as the modes"),
    "BEGAN": Game({"gamma": 0.5}, system="BEGAN", outputs=2,
        remark="as EBGAN"),
}  # fmt: skip


def train(game: Game, name: str, seed: int) -> dict:
    """One training and its measures."""
    keras.utils.set_random_seed(seed)
    begin = time.perf_counter(), time.process_time()
    model, info = game.model(), data.info(f"points/{name}")
    model.compile(game.optimizers(), steps_per_execution=50, jit_compile=True)
    batches = data.load(f"points/{name}", batch=BATCH, seed=seed).repeat().prefetch(4)
    try:
        model.fit(batches, steps_per_epoch=game.steps, verbose=0)
        found = coverage(model.sample(SAMPLES, seed=seed), info.modes, info.std)
    except kg.errors.NonFiniteLoss:
        found = None
    wall, core = time.perf_counter() - begin[0], time.process_time() - begin[1]
    return {
        "covered": found.covered if found else 0,
        "good": found.share_good if found else 0.0,
        "finite": found is not None,
        "seconds": round(core, 1),
        "wall": round(wall, 1),
    }


def page(rows: dict, seeds: int) -> str:
    """The document, from the trainings that are finished; it says which are not."""
    lines = [
        "# Modes found",
        "",
        "Written by `python benchmarks/modes.py`. Networks of "
        f"{DEPTH} layers of {WIDTH} units, latent {LATENT}, batch {BATCH}, a rate that "
        f"falls to nothing along a cosine; {SAMPLES:,} samples of each training. A "
        "sample is good within 4 standard deviations of a mode; a mode is covered from "
        "a tenth of its share of good samples on. Each cell has one number for each "
        "seed; the time is the longest, in seconds of one core.",
    ]
    for name in ("ring", "grid"):
        modes = len(data.info(f"points/{name}").modes)
        waiting = []
        lines += [
            "",
            f"## {name.capitalize()} of {modes}",
            "",
            f"| game | modes of {modes} | share of good samples | s | how |",
            "|---|---|---|---:|---|",
        ]
        for title, game in GAMES.items():
            found = rows.get(name, {}).get(title, {})
            runs = [r for _, r in sorted(found.items()) if r["key"] == game.key()]
            if len(runs) < seeds:
                waiting.append(f"{title} ({len(runs)} of {seeds} seeds)")
            if not runs:
                continue
            covered = ", ".join(str(r["covered"]) for r in runs)
            good = ", ".join(f"{r['good']:.3f}" for r in runs)
            if not all(r["finite"] for r in runs):
                good += " (a loss became NaN)"
            seconds = max(r["seconds"] for r in runs)
            lines.append(
                f"| {title} | {covered} | {good} | {seconds:.0f} | {how(game)} |"
            )
        if waiting:
            lines += ["", f"**Not finished:** {', '.join(waiting)}."]
    remarks = [f"- {t}: {g.remark}." for t, g in GAMES.items() if g.remark]
    return "\n".join([*lines, "", "## Remarks", "", *remarks, ""])


def how(game: Game) -> str:
    """The settings of a row, as one would write them in code."""
    parts = [f"{k}={v!r}" for k, v in game.play.items()]
    parts += [f"spectral={game.spectral}"] * game.spectral
    parts += [f"{game.steps} steps, {game.optimizer}({game.rate:g})"]
    return f"`{game.system}({', '.join(parts[:-1])})`, {parts[-1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", nargs="+", default=["ring", "grid"])
    parser.add_argument("--only", nargs="+", default=list(GAMES), choices=GAMES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / "runs/modes.json")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    options.cache.parent.mkdir(parents=True, exist_ok=True)
    rows = json.loads(options.cache.read_text()) if options.cache.exists() else {}
    for name in options.data:
        for title in options.only:
            for seed in range(options.seeds):
                runs = rows.setdefault(name, {}).setdefault(title, {})
                key = GAMES[title].key()
                if runs.get(str(seed), {}).get("key") == key:
                    continue
                runs[str(seed)] = {"key": key, **train(GAMES[title], name, seed)}
                print(name, title, seed, runs[str(seed)] | {"key": ""}, flush=True)
                with atomic(options.cache) as temporary:
                    temporary.write_text(json.dumps(rows, indent=1))
                PAGE.write_text(page(rows, options.seeds))
    PAGE.write_text(page(rows, options.seeds))


if __name__ == "__main__":
    main()
