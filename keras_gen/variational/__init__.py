"""Variational inference: a bound on the likelihood of models with hidden causes."""

import importlib


def __getattr__(name):
    if name in ("posteriors", "priors"):
        return importlib.import_module(f"keras_gen.variational.{name}")
    raise AttributeError(f"module 'keras_gen.variational' has no attribute {name!r}")
