"""From a recipe to weights with a card.

The output folder of a training holds, besides its checkpoints, a picture of samples
for each epoch, the history and its curves, and at the end the weights, their card, and
both together as a Keras file:

    runs/vae-digits/
        checkpoints/  samples/  history.json  curves.png
        vae-digits.weights.h5   vae-digits.json   vae-digits.keras

and, of data of one's own, `data.json`: where their folders lie, which no card says;
of a model whose samples are compared with images, `neighbours.png`: some samples
and the training examples that are nearest to them.
"""

import json
import os
import pathlib
import shutil

import keras
import tensorflow as tf

from keras_gen import callbacks, plots
from keras_gen.arguments import whole_number
from keras_gen.errors import BadInput, NonFiniteLoss, OutputRefused, lookup
from keras_gen.files import atomic, check_output, clear
from keras_gen.model import GenerativeModel
from keras_gen.training import checkpoint
from keras_gen.training.interruption import partners
from keras_gen.training.precision import LossScale
from keras_gen.training.strategies import is_chief, open_strategy, share_of
from zoo import cards, pictures, places, tuning
from zoo.describing import described, titled, versions, write_weights
from zoo.evaluation import classifier_of, measure
from zoo.loading import opened
from zoo.packing import settle, whole
from zoo.registry import Entry, Facts, Recipe, find
from zoo.sampling import captions

PRECISIONS = {"float32": "float32", "float16": "mixed_float16"}
PRECISIONS["bfloat16"] = "mixed_bfloat16"


def train(
    name: str,
    *,
    out=None,
    data=None,
    size=None,
    augment=(),
    skip_bad: bool = False,
    halves: bool = False,
    start=None,
    freeze=(),
    epochs: int | None = None,
    seed: int = 0,
    batch: int | None = None,
    strategy: str = "default",
    hosts: str | None = None,
    rank: int | None = None,
    mixed_precision: str = "float32",
    deterministic: bool = False,
    every: int | None = None,
    publish: bool = False,
    force: bool = False,
) -> GenerativeModel | None:
    """Train a zoo entry from nothing, or go on with a training that was killed.

    Args:
        name: the entry.
        out: folder for everything that is written; `runs/NAME` if not given. If it
            holds checkpoints of the same training, that training goes on.
        data: other data: a name, or a folder of images, or a list of two for an entry
            that translates. What they are decides, and each conversion is said in a
            line; see `zoo.pictures`.
        size: (height, width), or "HxW", that these are cut and resized to.
        augment: "flip", "shift" or both: see `keras_gen.data.Spec`.
        skip_bad: leave out the images of a folder that cannot be read.
        halves: each image of the folder is a pair: a source, and its target to the
            right.
        start: a name or a path: weights to begin with, as far as they fit.
        freeze: parts of the model that stay as they are: "generator", "encoder", ...
        epochs: instead of the recipe's.
        seed: of the weights, the noise and the order of the data.
        batch: examples of a step, on all replicas together, instead of the recipe's;
            the learning rate and its schedule stay those of the recipe.
        strategy: "default", "one_device", "mirrored" for all GPUs of this machine,
            "multiworker" for several machines, or "tpu".
        hosts, rank: for "multiworker", see
            `keras_gen.training.strategies.open_strategy`.
        mixed_precision: "float32", "float16" or "bfloat16".
        deterministic: the same bits in every run on the same machine, more slowly.
        every: steps between two checkpoints, besides those at the ends of epochs.
        publish: put the weights and the card where `zoo.load` finds them.
        force: replace what a finished or foreign training has left in `out`.

    Returns:
        The trained model in float32, its weights rounded as their file has them; None
        in processes other than the chief, which alone writes files.
    """
    entry = find(name)
    whole_number("seed", seed, 0)
    if epochs is not None:
        whole_number("epochs", epochs, 1)
    if every is not None:
        whole_number("every", every, 1)
    changed = data or size or augment or skip_bad or halves or start or freeze
    if publish and (changed or batch or epochs or mixed_precision != "float32"):
        raise BadInput("only the recipe itself, on its own data, can be published.")
    spec, lines = pictures.prepared(entry, data, size, skip_bad, augment, halves)
    source = start and places.find(start)
    policy = lookup(PRECISIONS, mixed_precision, "precision")
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    group = open_strategy(strategy, hosts, rank)
    folder = pathlib.Path(out or f"runs/{name}")
    if is_chief(group):
        _prepare(folder, force)
    facts = Facts.of(spec)
    recipe = _made(entry, facts, seed, group, policy)
    identity = f"{name} on {spec}, seed {seed}, {mixed_precision}"
    chosen = tuning.frozen(recipe.model, freeze)
    if source:
        lines += tuning.take_over(recipe.model, opened(source), source.origin)
        identity += f", from {source.origin}"
    if freeze:
        lines.append(f"frozen: {', '.join(freeze)}")
        identity += f", frozen {', '.join(freeze)}"
    if batch is not None:
        recipe.batch = batch
        identity += f", batch {batch}"
    if epochs is None:
        epochs = recipe.epochs
    elif callable(recipe.optimizer):
        identity += f", rates for {epochs} epochs"
    steps = epochs * int(spec.load("train", recipe.batch).cardinality())
    spec.load("test", recipe.batch)  # if there is none, say so before the training
    with partners(group, checkpoint.AGAIN), group.scope():
        tuning.compile_frozen(recipe, steps, chosen)
    lines += _replicas(group, recipe.batch, batch)
    if is_chief(group):
        print("".join(f"{line}\n" for line in lines), end="", flush=True)
    progress = callbacks.Progress(title=f"{name}: {titled(entry, spec)}")
    shown = [progress]
    plays = "discriminator" in recipe.model.players()
    if is_chief(group) and plays and recipe.model.sampler:
        shown.insert(0, _monitor(spec, epochs))  # first: its numbers are shown
    if is_chief(group):
        grids = folder / "samples"
        if recipe.model.sampler:
            given = {"conditions": captions(spec, 64)}
        else:
            given = {"examples": _examples(spec)}
        shown.append(callbacks.SampleGrid(grids, info=spec.info, **given))
    try:
        history, seconds = checkpoint.fit(
            recipe.model,
            lambda: spec.load("train", recipe.batch, seed=seed),
            validation_data=spec.load("validation", recipe.batch),
            epochs=epochs,
            folder=folder / "checkpoints",
            every=every,
            recipe=identity,
            callbacks=shown,
            verbose=0,
        )
    except NonFiniteLoss as error:
        raise type(error)(
            f"{error} A training is exact, so the same command will meet it again: try "
            "another --seed with another --out, or a recipe with a lower rate."
        ) from None
    finally:
        progress.stop()
    for player, optimizer in recipe.model.optimizers.items():
        if isinstance(optimizer, LossScale) and is_chief(group):
            skipped = int(optimizer.skipped.numpy())
            print(f"{player}: {skipped} steps overflowed in float16 and were skipped")
    if not is_chief(group):
        return None
    model = entry.made_for(facts).model  # float32, and without a strategy
    model.set_weights([w.numpy() for w in recipe.model.weights])
    model = model.settled()
    settle(model, entry.precision)
    _write_curves(folder, history, model, name)
    card = {
        **described(entry, spec, model),
        "weights": write_weights(folder / f"{name}.weights.h5", model),
        "recipe": {
            "seed": seed,
            "batch": recipe.batch,
            "epochs": epochs,
            "steps": steps,
            "optimizer": {
                player: keras.saving.serialize_keras_object(optimizer)
                for player, optimizer in recipe.model.optimizers.items()
            },
            **({"from": source.called} if source else {}),
            **({"frozen": list(freeze)} if freeze else {}),
            **({"augment": list(spec.augment)} if spec.augment else {}),
        },
        "training": {
            "seconds": round(seconds, 1),
            "cores": os.cpu_count(),
            "strategy": strategy,
            "precision": mixed_precision,
            "versions": versions(),
        },
        "metrics": measure(model, spec),
    }
    if "form" in card["data"]:
        with atomic(folder / places.SOURCES) as temporary:
            temporary.write_text(json.dumps(pictures.sources(spec)))
    cards.write(folder / f"{name}.json", card)
    card = cards.read(folder / f"{name}.json")  # with the digits that it has there
    whole(folder / f"{name}.keras", model, card)
    if "memorised" in card["metrics"] and len(model.data_shape) == 3:
        picture = folder / "neighbours.png"
        plots.neighbours(model, spec.examples("train"), path=picture)
    if publish:
        shutil.copy(folder / card["weights"]["file"], cards.WEIGHTS)
        cards.write(cards.CARDS / f"{name}.json", card)
    return model


def _made(entry: Entry, facts, seed, strategy, policy) -> Recipe:
    """The recipe, its model made under the strategy and the precision."""
    keras.utils.set_random_seed(seed)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        with partners(strategy, checkpoint.AGAIN), strategy.scope():
            return entry.made_for(facts)
    finally:
        keras.config.set_dtype_policy(before)


def _replicas(strategy, batch, asked) -> list[str]:
    """What the group is, where it is more than one."""
    share, n = share_of(batch, strategy), strategy.num_replicas_in_sync
    lines = []
    if n > 1:
        lines.append(f"a global batch of {batch} = {n} replicas x {share} examples")
    if asked is not None:
        lines.append(
            f"batch {asked} instead of the recipe's: the learning rate and its "
            "schedule stay those of the recipe"
        )
    return lines


def _examples(spec):
    """What a model that draws nothing shows its pictures of."""
    return next(iter(spec.bare.load("validation", 64)))


def _monitor(spec, epochs):
    """Looks for mode collapse some twenty times in a training."""
    return callbacks.CollapseMonitor(
        spec.examples("validation"),
        spec.info,
        classifier_of(spec),
        every=max(1, epochs // 20),
    )


def _prepare(folder, force):
    """Make it ours to write in: empty, or holding checkpoints to go on from."""
    if (folder / "checkpoints").is_dir() and not force:
        return
    check_output(folder, force)
    if force:
        clear(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputRefused(f"cannot create {folder}: {error.strerror}.") from None


def _write_curves(folder, history, model, name):
    with atomic(folder / "history.json") as temporary:
        temporary.write_text(json.dumps(history))
    if history:
        known = model.equilibrium() if hasattr(model, "equilibrium") else {}
        plots.losses(history, known, title=name, path=folder / "curves.png")
