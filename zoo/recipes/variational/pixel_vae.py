"""Recipe of the PixelVAE."""

import keras_gen as kg
from zoo import heads
from zoo.rates import decaying
from zoo.recipes.variational.common import digits
from zoo.registry import Recipe, entry


@entry(
    "pixel-vae-digits",
    system="PixelVAE",
    paper="arXiv:1611.05013",
    title="PixelVAE of digits: latents, and pixels that see their neighbours",
    **digits.GREY,
)
def pixel_vae_digits(facts=digits.FACTS) -> Recipe:
    mlp, shape = kg.networks.mlp, facts.shape
    latent, width, told = 8, 256, 16  # latents and width as of vae-digits
    head = heads.of(facts.levels, components=3)
    network = kg.networks.pixelcnn.gated_pixelcnn(
        shape,
        head.parameters(shape)[-1],
        width=24,
        depth=1,  # it sees two rows up and two pixels to the left: the rest is for z
        first=3,
        head=(48,),
        dropout=0.2,
        embedding=(*shape[:2], told),
    )
    return Recipe(
        model=kg.PixelVAE(
            mlp.encoder(shape, 2 * latent, width, 1, dropout=digits.DROPOUT),
            mlp.decoder(latent, (*shape[:2], told), width, 1, dropout=digits.DROPOUT),
            kg.GatedPixelCNN(network, head),
            warm_up=digits.WARM_UP,  # so that z is in use when it costs
        ),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=200,
    )
