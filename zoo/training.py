"""From a recipe to weights with a card.

The output folder of a training holds, besides its checkpoints, a picture of samples
for each epoch, the history and its curves, and at the end the weights and their card:

    runs/vae-digits/
        checkpoints/  samples/  history.json  curves.png
        vae-digits.weights.h5   vae-digits.json

and, of a model whose samples are compared with images, `neighbours.png`: some samples
and the training examples that are nearest to them.
"""

import dataclasses
import importlib.metadata
import json
import os
import pathlib
import platform
import shutil

import keras
import numpy as np
import tensorflow as tf

from keras_gen import callbacks, plots
from keras_gen import data as datasets
from keras_gen.checks import whole_number
from keras_gen.errors import BadInput, NonFiniteLoss, OutputRefused, lookup
from keras_gen.files import atomic, check_output, clear, sha256
from keras_gen.model import GenerativeModel
from keras_gen.training import checkpoint
from keras_gen.training.interruption import partners
from keras_gen.training.precision import LossScale
from keras_gen.training.strategies import is_chief, open_strategy, share_of
from zoo import cards
from zoo.evaluation import classifier_of, measure
from zoo.loading import golden
from zoo.packing import pack
from zoo.registry import Entry, Recipe, find

PRECISIONS = {"float32": "float32", "float16": "mixed_float16"}
PRECISIONS["bfloat16"] = "mixed_bfloat16"


def train(
    name: str,
    *,
    out=None,
    data=None,
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
        data: other data of the same shape: a name, or a folder of images.
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
        The trained model, in float32; None in processes other than the chief, which
        alone writes files.
    """
    entry = find(name)
    whole_number("seed", seed, 0)
    if epochs is not None:
        whole_number("epochs", epochs, 1)
    if publish and (data or batch or epochs or mixed_precision != "float32"):
        raise BadInput("only the recipe itself, on its own data, can be published.")
    spec = entry.data if data is None else _other_data(entry, data)
    policy = lookup(PRECISIONS, mixed_precision, "precision")
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    group = open_strategy(strategy, hosts, rank)
    folder = pathlib.Path(out or f"runs/{name}")
    if is_chief(group):
        _prepare(folder, force)
    recipe = _made(entry, seed, group, policy)
    identity = f"{name} on {spec}, seed {seed}, {mixed_precision}"
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
        recipe.compile(steps)
    print(_replicas(group, recipe.batch, entry, batch), end="", flush=True)
    progress = callbacks.Progress(title=f"{name}: {entry.title}, on {spec.name}")
    shown = [progress]
    if is_chief(group) and "discriminator" in recipe.model.players():
        shown.insert(0, _monitor(spec, epochs))  # first: its numbers are shown
    if is_chief(group):
        pictures = folder / "samples"
        given = _examples(spec) if recipe.model.sampler is None else None
        shown.append(callbacks.SampleGrid(pictures, info=spec.info, examples=given))
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
    model = entry.make().model  # float32, and without a strategy
    model.set_weights([w.numpy() for w in recipe.model.weights])
    model = model.settled()
    _write_curves(folder, history, model, name)
    card = {
        **_described(entry, spec, model),
        "weights": _write_weights(folder / f"{name}.weights.h5", model),
        "recipe": {
            "seed": seed,
            "batch": recipe.batch,
            "epochs": epochs,
            "steps": steps,
            "optimizer": {
                player: keras.saving.serialize_keras_object(optimizer)
                for player, optimizer in recipe.model.optimizers.items()
            },
        },
        "training": {
            "seconds": round(seconds, 1),
            "cores": os.cpu_count(),
            "strategy": strategy,
            "precision": mixed_precision,
            "versions": _versions(),
        },
        "metrics": measure(model, spec),
        "golden": golden(model),
    }
    cards.write(folder / f"{name}.json", card)
    if "memorised" in card["metrics"] and len(model.data_shape) == 3:
        picture = folder / "neighbours.png"
        plots.neighbours(model, spec.examples("train"), path=picture)
    if publish:
        shutil.copy(folder / card["weights"]["file"], cards.WEIGHTS)
        cards.write(cards.CARDS / f"{name}.json", card)
    return model


def _made(entry: Entry, seed, strategy, policy) -> Recipe:
    """The recipe, its model made under the strategy and the precision."""
    keras.utils.set_random_seed(seed)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        with partners(strategy, checkpoint.AGAIN), strategy.scope():
            return entry.make()
    finally:
        keras.config.set_dtype_policy(before)


def _replicas(strategy, batch, entry, asked) -> str:
    """What the group is, where it is more than one; the chief says it."""
    share, n = share_of(batch, strategy), strategy.num_replicas_in_sync
    lines = []
    if n > 1:
        lines.append(f"a global batch of {batch} = {n} replicas x {share} examples")
    if asked is not None:
        lines.append(
            f"batch {asked} instead of the recipe's: the learning rate and its "
            "schedule stay those of the recipe"
        )
    return "".join(f"{line}\n" for line in lines) if is_chief(strategy) else ""


def _examples(spec):
    """What a model that draws nothing shows its pictures of."""
    first = next(iter(spec.load("validation", 64)))
    return keras.utils.unpack_x_y_sample_weight(first)[0]


def _monitor(spec, epochs):
    """Looks for mode collapse some twenty times in a training."""
    return callbacks.CollapseMonitor(
        spec.examples("validation"),
        spec.info,
        classifier_of(spec),
        every=max(1, epochs // 20),
    )


def _other_data(entry: Entry, data) -> datasets.Spec:
    """The user's data, prepared as the entry prepares its own, at its size."""
    shape = entry.data.info.shape
    size, channels = (shape[:2], shape[2]) if len(shape) == 3 else (None, None)
    return dataclasses.replace(entry.data, name=str(data), size=size, channels=channels)


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


def _versions() -> dict:
    """Of Python and of the libraries that a training depends on."""
    libraries = ("keras-gen", "tensorflow", "keras", "tensorflow-probability", "numpy")
    versions = {library: importlib.metadata.version(library) for library in libraries}
    return {"python": platform.python_version(), **versions}


def _write_weights(path, model) -> dict:
    """Write the file; returns what a card says of it."""
    with atomic(path) as temporary:
        plain = temporary.with_suffix(".weights.h5")  # the suffix Keras insists on
        model.save_weights(plain)
        pack(plain, temporary)
        plain.unlink()
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}


def _described(entry: Entry, spec, model) -> dict:
    """What a card says of a model before it is trained."""
    info = spec.info
    own = spec == entry.data
    return {
        "name": entry.name,
        "system": entry.system,
        "title": entry.title,
        "family": entry.family,
        "tasks": list(entry.tasks),
        "paper": entry.paper,
        "licence": entry.licence if own else f"as the data: {info.licence}",
        "data": {
            "name": spec.name,
            "binarise": spec.binarise,
            "licence": info.licence,
            "train": info.sizes["train"],
            "test": info.sizes["test"],
        },
        "parameters": {
            player: sum(int(np.prod(w.shape)) for w in network.trainable_weights)
            for player, network in model.players().items()
        },
    }
