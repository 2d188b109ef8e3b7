"""Entries of a test's size, so that what is done with entries is tested on its path."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo import registry
from zoo.rates import constant
from zoo.registry import Recipe, entry


def declare(monkeypatch):
    """small-vae-digits, small-gan-digits and small-gan-glyphs, for one test."""
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry.entries()))
    black_and_white = Spec("digits", binarise="static")
    for name, system, data, make in (
        ("small-vae-digits", "VAE", black_and_white, _vae),
        ("small-gan-digits", "GAN", Spec("digits"), lambda: _gan((8, 8, 1))),
        ("small-gan-glyphs", "GAN", Spec("glyphs"), lambda: _gan((28, 28, 1))),
    ):
        about = {"title": f"Small {system}", "paper": "", "tasks": ("generate",)}
        entry(name, system=system, data=data, weights=False, **about)(make)


def _vae() -> Recipe:
    mlp, shape = kg.networks.mlp, (8, 8, 1)
    model = kg.VAE(mlp.encoder(shape, 2 * 2, 4), mlp.decoder(2, shape, 4))
    # A rate that does not depend on the epochs: a finished training may go on.
    return Recipe(model, constant(1e-3), batch=64, epochs=2)


def _gan(shape) -> Recipe:
    mlp = kg.networks.mlp
    model = kg.GAN(mlp.generator(2, shape, 4), mlp.encoder(shape, 1, 4))
    return Recipe(model, constant(1e-3), batch=8, epochs=2)
