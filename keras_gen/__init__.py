"""Generative models as Keras models.

The names below are imported when they are first used: a command that only lists or
describes models must not wait for TensorFlow.

    >>> import keras_gen as kg
    >>> mlp = kg.networks.mlp
    >>> model = kg.VAE(mlp.encoder((8, 8, 1), 8), mlp.decoder(4, (8, 8, 1)))
"""

import importlib

__version__ = "0.1.0"

_MODULES = (
    "callbacks",
    "checkpoint",
    "data",
    "errors",
    "latent",
    "layers",
    "likelihoods",
    "metrics",
    "networks",
    "plots",
)
_CLASSES = {
    "GenerativeModel": "keras_gen.model",
    "Signature": "keras_gen.signatures",
    "Spec": "keras_gen.signatures",
    "Autoencoder": "keras_gen.autoencoders.autoencoder",
    "DenoisingAutoencoder": "keras_gen.autoencoders.denoising",
    "InpaintingAutoencoder": "keras_gen.autoencoders.inpainting",
    "Segmenter": "keras_gen.autoencoders.segmentation",
    "Classifier": "keras_gen.autoencoders.classification",
    "classifier": "keras_gen.autoencoders.classifier",
    "VAE": "keras_gen.variational.vae",
    "IWAE": "keras_gen.variational.iwae",
    "ConditionalVAE": "keras_gen.variational.conditional_vae",
    "LadderVAE": "keras_gen.variational.ladder_vae",
    "TopDown": "keras_gen.variational.ladder_vae",
    "PixelVAE": "keras_gen.variational.pixel_vae",
    "VQVAE": "keras_gen.variational.vq_vae",
    "VQPrior": "keras_gen.variational.vq_prior",
    "Codebook": "keras_gen.layers.codebook",
    "posteriors": "keras_gen.variational",
    "priors": "keras_gen.variational",
    "GAN": "keras_gen.adversarial.gan",
    "ConditionalGAN": "keras_gen.adversarial.conditional_gan",
    "BigGAN": "keras_gen.adversarial.biggan",
    "ProgressiveGAN": "keras_gen.adversarial.progressive_gan",
    "ACGAN": "keras_gen.adversarial.ac_gan",
    "InfoGAN": "keras_gen.adversarial.info_gan",
    "ImprovedGAN": "keras_gen.adversarial.improved_gan",
    "CatGAN": "keras_gen.adversarial.cat_gan",
    "EBGAN": "keras_gen.adversarial.ebgan",
    "BEGAN": "keras_gen.adversarial.began",
    "CoGAN": "keras_gen.adversarial.cogan",
    "BiGAN": "keras_gen.adversarial.bigan",
    "AdversarialAutoencoder": "keras_gen.adversarial.adversarial_autoencoder",
    "VAEGAN": "keras_gen.adversarial.vae_gan",
    "MADE": "keras_gen.autoregressive.made",
    "MADEEnsemble": "keras_gen.autoregressive.made_ensemble",
    "FVSBN": "keras_gen.autoregressive.fvsbn",
    "NADE": "keras_gen.autoregressive.nade",
    "PixelCNN": "keras_gen.autoregressive.pixelcnn",
    "GatedPixelCNN": "keras_gen.autoregressive.gated_pixelcnn",
    "PixelCNNPP": "keras_gen.autoregressive.pixelcnn_pp",
    "MultiScalePixelCNN": "keras_gen.autoregressive.multi_scale",
    "RowLSTM": "keras_gen.autoregressive.row_lstm",
    "DiagonalBiLSTM": "keras_gen.autoregressive.diagonal_bilstm",
}

__all__ = [*_MODULES, *_CLASSES]


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"keras_gen.{name}")
    if name in _CLASSES:
        return getattr(importlib.import_module(_CLASSES[name]), name)
    raise AttributeError(f"module 'keras_gen' has no attribute {name!r}")


def __dir__():
    return [*globals(), *__all__]
