"""The tour: train a model, load trained ones, draw pictures, export a generator.

    make demo        or        python examples/demo.py --out demo

Takes a few minutes on two cores and needs no network.
"""

import argparse
import pathlib
import sys
import time

from keras_gen.errors import KerasGenError
from keras_gen.files import check_output, clear
from keras_gen.quiet import import_tensorflow

EXPORTED = "dcgan-fashion"
EPOCHS = {"mnist": 3, "digits": 60}  # some minutes


def chosen() -> str:
    """Real images where they are prepared, and what is said where they are not."""
    from keras_gen import data

    if data.prepared("mnist"):
        return "mnist"
    print('   "mnist" is not prepared here; scikit-learn\'s digits take its place')
    return "digits"


def train(folder: pathlib.Path, name: str, epochs: int | None = None):
    """A VAE of handwritten digits, built by hand, with a picture for each epoch."""
    import keras

    from keras_gen import VAE, callbacks, data, plots
    from keras_gen.likelihoods import DiscretizedLogisticMixture
    from keras_gen.networks import mlp

    keras.utils.set_random_seed(0)
    info, latent = data.info(name), 2  # two latents, so that the manifold can be drawn
    head = DiscretizedLogisticMixture(4, levels=info.levels)
    model = VAE(
        mlp.encoder(info.shape, 2 * latent, dropout=0.1),
        mlp.decoder(latent, head.parameters(info.shape), dropout=0.1),
        head,
    )
    model.compile(keras.optimizers.Adam(1e-3))
    epochs = epochs or EPOCHS[name]
    print(f"   {info.sizes['train']:,} images of {name}, {epochs} epochs")
    history = model.fit(
        data.load(name, batch=64),
        validation_data=data.load(name, "validation"),
        epochs=epochs,
        verbose=0,
        callbacks=[
            callbacks.Progress("VAE of handwritten digits"),
            callbacks.SampleGrid(folder / "epochs", every=max(1, epochs // 6)),
        ],
    )
    test = data.arrays(name, "test")
    plots.losses(history, path=folder / "curves.png")
    plots.manifold(model, path=folder / "manifold.png")
    plots.reconstructions(model, test[:20], path=folder / "reconstructions.png")
    model.save(folder / "vae.keras")
    return model


def sample(folder: pathlib.Path):
    """A picture of what each trained model makes that has something to see."""
    import zoo
    from keras_gen import data, plots
    from zoo.sampling import captions, examples

    for name in zoo.names():
        entry = zoo.entry(name)
        if not (entry.weights and entry.shown):
            continue
        draws = "generate" in entry.tasks and entry.data.labels != "caption"
        if not draws and not data.prepared(entry.data.name):
            print(f"  {name} is shown by examples of {entry.data.name}, not here")
            continue
        x, path = examples(name, 30), folder / f"{name}.png"
        asked = captions(entry.data, 100)
        plots.overview(zoo.load(name), x, 100, 1, None, entry.data.info, path, asked)
        print(f"  {path}")


def explore(folder: pathlib.Path):
    """What a latent space holds: interpolations and traversals of `vae-fashion`."""
    import zoo
    from keras_gen import plots

    model = zoo.load("vae-fashion")
    z = plots.latents(model, 2, seed=3)
    plots.interpolations(model, z[:1], z[1:], path=folder / "interpolation.png")
    plots.traversals(model, z[0], path=folder / "traversals.png")


def export_all(folder: pathlib.Path):
    """One generator in every format, each file verified in its own runtime."""
    import export
    import zoo

    return export.export(
        zoo.load(EXPORTED), folder, name=EXPORTED, signatures=["generate"], force=True
    )


def summary(out: pathlib.Path, manifest, seconds: float):
    """What lies where."""
    from rich.console import Console
    from rich.table import Table

    table = Table("where", "what", box=None, pad_edge=False)
    table.add_row(f"{out}/trained", "the VAE trained just now (vae.keras), its curves")
    table.add_row(f"{out}/samples", "samples of the zoo's trained models")
    table.add_row(f"{out}/latents", "a walk through a latent space")
    for file in manifest.files:
        errors = [
            e["error"] for outputs in file.errors.values() for e in outputs.values()
        ]
        table.add_row(
            f"{out}/export/{file.path}",
            f"{EXPORTED}, {file.bytes / 1000:,.0f} kB, "
            f"differs from Keras by at most {max(errors):.1e}",
        )
    console = Console()
    console.print()
    console.print(table)
    console.print(f"\n{seconds / 60:.1f} minutes in all.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="demo", type=pathlib.Path)
    parser.add_argument("--epochs", type=int, help="of the training")
    parser.add_argument("--force", action="store_true", help="replace what --out holds")
    options = parser.parse_args()
    begin = time.monotonic()
    try:
        check_output(options.out, options.force)
        clear(options.out)
        manifest = tour(options.out, options.epochs)
    except KerasGenError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    summary(options.out, manifest, time.monotonic() - begin)
    return 0


def tour(out: pathlib.Path, epochs: int | None):
    """Train, sample, export."""
    import_tensorflow()
    for part in ("trained", "samples", "latents"):
        (out / part).mkdir(parents=True)
    print("1. Train a VAE on handwritten digits")
    train(out / "trained", chosen(), epochs)
    print("2. Load trained models from the zoo and draw samples")
    sample(out / "samples")
    explore(out / "latents")
    print("3. Export a generator to SavedModel, TFLite and ONNX, and verify each")
    return export_all(out / "export")


if __name__ == "__main__":
    sys.exit(main())
