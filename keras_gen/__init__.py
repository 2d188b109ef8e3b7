"""Generative models as Keras models.

The names below are imported when they are first used: a command that only lists or
describes models must not wait for TensorFlow.

    >>> import keras_gen as kg
    >>> mlp = kg.networks.mlp
    >>> model = kg.VAE(mlp.encoder((8, 8, 1), 8), mlp.decoder(4, (8, 8, 1)))
"""

import os

from keras_gen import lazy, saved

__version__ = "0.1.0"

# On processors without AVX-512, TensorFlow leaves its faster convolutions off: of a
# step, their gradients took twice the time (benchmarks/convolutions.py).
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

_ROOMS = ("callbacks", "data", "errors", "latent", "layers", "likelihoods", "metrics",
          "networks", "plots")  # fmt: skip
# What is in these folders is found there: systems, and so are parts and networks.
FAMILIES = ("autoencoders", "variational", "adversarial", "autoregressive", "flows",
            "energy", "diffusion", "translation")  # fmt: skip
SYSTEMS = {family: saved.systems(family) for family in FAMILIES}

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "GenerativeModel": "keras_gen.model:GenerativeModel",
        "Signature": "keras_gen.signatures:Signature",
        "Spec": "keras_gen.signatures:Spec",
        "Vocabulary": "keras_gen.vocabulary:Vocabulary",
        **{room: f"keras_gen.{room}" for room in _ROOMS},
        "checkpoint": "keras_gen.training.checkpoint",
        **lazy.inside("keras_gen.parts"),
        "TopDown": "keras_gen.variational.ladder_vae:TopDown",
        "Flow": "keras_gen.flows.base:Flow",
        "stacking": "keras_gen.energy.stacking",
        "Codebook": "keras_gen.layers.codebook:Codebook",
        "classifier": "keras_gen.networks.classifier:classifier",
        **{
            system: f"keras_gen.{family}.{file}:{system}"
            for family, files in SYSTEMS.items()
            for system, file in files.items()
        },
    },
)

saved.announce()
