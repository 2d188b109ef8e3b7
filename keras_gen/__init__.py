"""Generative models as Keras models.

The names below are imported when they are first used: a command that only lists or
describes models must not wait for TensorFlow.

    >>> import keras_gen as kg
    >>> mlp = kg.networks.mlp
    >>> model = kg.VAE(mlp.encoder((8, 8, 1), 8), mlp.decoder(4, (8, 8, 1)))
"""

from keras_gen import lazy, saved

__version__ = "0.1.0"

_ROOMS = ("callbacks", "data", "errors", "latent", "layers", "likelihoods", "metrics",
          "networks", "plots")  # fmt: skip
_PARTS = ("constraints", "corruption", "losses", "masks", "paths", "penalties",
          "posteriors", "priors", "scenes", "schedules", "solvers", "targets", "views",
          "weightings")  # fmt: skip
SYSTEMS = {
    "autoencoders": {
        "Autoencoder": "autoencoder",
        "DenoisingAutoencoder": "denoising_autoencoder",
        "InpaintingAutoencoder": "inpainting_autoencoder",
        "Segmenter": "segmenter",
        "AttributeClassifier": "attribute_classifier",
        "Classifier": "classifier",
    },
    "variational": {
        "VAE": "vae",
        "IWAE": "iwae",
        "ConditionalVAE": "conditional_vae",
        "LadderVAE": "ladder_vae",
        "PixelVAE": "pixel_vae",
        "VQVAE": "vq_vae",
        "VQPrior": "vq_prior",
    },
    "adversarial": {
        "GAN": "gan",
        "ConditionalGAN": "conditional_gan",
        "BigGAN": "biggan",
        "ProgressiveGAN": "progressive_gan",
        "ACGAN": "ac_gan",
        "InfoGAN": "info_gan",
        "ImprovedGAN": "improved_gan",
        "CatGAN": "cat_gan",
        "EBGAN": "ebgan",
        "BEGAN": "began",
        "CoGAN": "cogan",
        "BiGAN": "bigan",
        "AdversarialAutoencoder": "adversarial_autoencoder",
        "VAEGAN": "vae_gan",
    },
    "autoregressive": {
        "MADE": "made",
        "MADEEnsemble": "made_ensemble",
        "FVSBN": "fvsbn",
        "NADE": "nade",
        "PixelCNN": "pixelcnn",
        "GatedPixelCNN": "gated_pixelcnn",
        "PixelCNNPP": "pixelcnn_pp",
        "MultiScalePixelCNN": "multi_scale_pixelcnn",
        "RowLSTM": "row_lstm",
        "DiagonalBiLSTM": "diagonal_bilstm",
    },
    "flows": {
        "NICE": "nice",
        "RealNVP": "real_nvp",
        "PlanarFlow": "planar_flow",
        "RadialFlow": "radial_flow",
        "MAF": "maf",
        "Glow": "glow",
        "SplineFlow": "spline_flow",
    },
    "energy": {
        "RBM": "rbm",
    },
    "diffusion": {
        "DDPM": "ddpm",
        "EDM": "edm",
        "FlowMatching": "flow_matching",
    },
    "translation": {
        "Pix2Pix": "pix2pix",
        "ContextEncoder": "context_encoder",
    },
}

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "GenerativeModel": "keras_gen.model:GenerativeModel",
        "Signature": "keras_gen.signatures:Signature",
        "Spec": "keras_gen.signatures:Spec",
        **{room: f"keras_gen.{room}" for room in _ROOMS},
        "checkpoint": "keras_gen.training.checkpoint",
        **{part: f"keras_gen.parts.{part}" for part in _PARTS},
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
