"""VAEs of rendered characters."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras


GLYPHS = {
    "tasks": ("generate", "encode"),
    "data": Spec("glyphs", binarise="static"),
}


@entry(
    "vae-glyphs",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of rendered characters, black and white",
    **GLYPHS,
)
def vae_glyphs(tiny: bool = False) -> Recipe:
    conv = kg.networks.conv
    shape = (28, 28, 1)
    latent = 16  # class, font, weight, slant, size, place, turn, and room to spare
    width = 2 if tiny else 32
    return Recipe(
        model=kg.VAE(
            conv.encoder(shape, 2 * latent, width),
            conv.decoder(latent, shape, width),
        ),
        optimizer=keras.optimizers.Adam(1e-3),
        batch=16 if tiny else 128,
        epochs=40,
    )


def _on_glyphs(tiny, system=None, latent=16, **options) -> Recipe:
    """What the small entries on `glyphs` share, so that they compare: all but parts."""
    conv = kg.networks.conv
    posterior = options.get("posterior") or kg.posteriors.Diagonal()
    shape = (28, 28, 1)
    width = 2 if tiny else 12  # small enough to train a table of many parts
    return Recipe(
        model=(system or kg.VAE)(
            conv.encoder(shape, posterior.size(latent), width),
            conv.decoder(latent, shape, width),
            **options,
        ),
        optimizer=decaying(2e-3),  # as good as twice the epochs at a constant rate
        batch=16 if tiny else 128,
        epochs=10,  # minutes each; vae-glyphs takes 23 of them, and reaches 79 nats
    )


@entry(
    "vae-small-glyphs",
    system="VAE",
    paper="arXiv:1312.6114",
    title="Small VAE of rendered characters, to compare the next ones with",
    **GLYPHS,
)
def vae_small_glyphs(tiny: bool = False) -> Recipe:
    return _on_glyphs(tiny)


@entry(
    "iwae-glyphs",
    system="IWAE",
    paper="arXiv:1509.00519",
    title="IWAE of rendered characters, 5 draws",
    **GLYPHS,
)
def iwae_glyphs(tiny: bool = False) -> Recipe:
    return _on_glyphs(tiny, kg.IWAE, samples=2 if tiny else 5)  # as on digits


@entry(
    "iaf-glyphs",
    system="VAE",
    paper="arXiv:1606.04934",
    title="VAE of rendered characters, inverse autoregressive posterior",
    **GLYPHS,
)
def iaf_glyphs(tiny: bool = False) -> Recipe:
    width = 16 if tiny else 128  # 8 units for each of the 16 coordinates, as on digits
    iaf = kg.posteriors.InverseAutoregressive(2, width, context=width // 4)
    return _on_glyphs(tiny, posterior=iaf)


@entry(
    "vamp-glyphs",
    system="VAE",
    paper="arXiv:1705.07120",
    title="VAE of rendered characters, VampPrior",
    **GLYPHS,
)
def vamp_glyphs(tiny: bool = False) -> Recipe:
    components = 3 if tiny else 100  # a batch of the encoder more; the paper: 500
    return _on_glyphs(tiny, prior=kg.priors.VampPrior(components))


@entry(
    "ladder-glyphs",
    system="LadderVAE",
    paper="arXiv:1602.02282",
    title="Ladder VAE of rendered characters, three levels",
    **GLYPHS,
)
def ladder_glyphs(tiny: bool = False) -> Recipe:
    sizes = [1, 1, 2] if tiny else [4, 8, 16]  # the lowest is what the others have
    down = kg.networks.ladder.down(sizes, 4 if tiny else 48)  # as wide as its encoder
    # As many nats as the plain one comes to use; on validation 2.6 nats better than a
    # warm-up of three epochs, and that is better than one of a tenth of the training.
    return _on_glyphs(
        tiny, kg.LadderVAE, latent=sum(sizes), prior=kg.TopDown(down), free_bits=16.0
    )
