"""Recipe of the multi-scale PixelCNN."""

import keras_gen as kg
from zoo.rates import decaying
from zoo.recipes.autoregressive.common import digits
from zoo.registry import Recipe, entry


@entry(
    "multi-scale-pixelcnn-digits",
    system="MultiScalePixelCNN",
    paper="arXiv:1601.06759",
    title="Multi-scale PixelCNN of handwritten digits, 4x4 and then 8x8",
    **digits.GREY,
)
def multi_scale_pixelcnn_digits() -> Recipe:
    small, shape, head = (4, 4, 1), digits.SHAPE, digits.head()
    networks, width = kg.networks.pixelcnn, 16
    sizes = {
        "outputs": head.parameters(shape)[-1],
        "width": 24,
        "first": 5,
        "head": (48,),
        "dropout": 0.1,
    }
    return Recipe(
        model=kg.MultiScalePixelCNN(
            networks.gated_pixelcnn(small, depth=2, **sizes),  # which see all of 4x4
            networks.guide(small, width=width),
            networks.gated_pixelcnn(shape, depth=3, embedding=(8, 8, width), **sizes),
            head,
        ),
        optimizer=decaying(2e-3),
        batch=64,
        epochs=100,
    )
