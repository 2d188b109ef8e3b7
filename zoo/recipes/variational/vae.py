"""Recipes of the VAE: plain, and with other posteriors, priors and likelihoods."""

import keras_gen as kg
from keras_gen.data import Spec
from zoo import heads
from zoo.rates import constant, decaying
from zoo.recipes.variational.common import digits, real
from zoo.registry import Facts, Recipe, entry

GLYPHS = Facts((28, 28, 1), levels=2)


@entry(
    "vae-digits",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of handwritten digits, 17 grey levels",
    **digits.GREY,
)
def vae_digits(facts=digits.FACTS) -> Recipe:
    return digits.recipe(kg.VAE, facts)


@entry(
    "beta-vae-digits",
    system="VAE",
    paper="arXiv:1804.03599",
    title="beta-VAE of digits: simpler codes, four times the price",
    **digits.GREY,
)
def beta_vae_digits(facts=digits.FACTS) -> Recipe:
    # beta is the 4 of the first paper (ICLR 2017); the warm-up lets the codes say
    # something before they cost that much.
    return digits.recipe(kg.VAE, facts, beta=4.0, warm_up=digits.WARM_UP)


@entry(
    "iaf-digits",
    system="VAE",
    paper="arXiv:1606.04934",
    title="VAE of digits, inverse autoregressive posterior",
    **digits.GREY,
)
def iaf_digits(facts=digits.FACTS) -> Recipe:
    width = 64  # 8 units for each of the 8 coordinates
    iaf = kg.posteriors.InverseAutoregressive(2, width, context=width // 2)
    return digits.recipe(kg.VAE, facts, posterior=iaf)


@entry(
    "vae-small-glyphs",
    system="VAE",
    paper="arXiv:1312.6114",
    title="Small VAE of rendered characters",
    tasks=("generate", "encode"),
    data=Spec("glyphs", binarise="static"),
    shown=False,  # for its latents (docs/latent.md); what it draws is soft
)
def vae_small_glyphs(facts=GLYPHS) -> Recipe:
    conv, width = kg.networks.conv, 12
    latent = 16  # class, font, weight, slant, size, place, turn, and room to spare
    law = heads.of(facts.levels)
    return Recipe(
        model=kg.VAE(
            conv.encoder(facts.shape, 2 * latent, width),
            conv.decoder(latent, law.parameters(facts.shape), width),
            likelihood=law,
        ),
        optimizer=decaying(2e-3),  # as good as twice the epochs at a constant rate
        batch=128,
        epochs=10,
    )


@entry(
    "vae-ring",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of eight Gaussians in a ring, Gaussian decoder of learned scales",
    tasks=("generate", "encode"),
    data=Spec("points/ring"),
)
def vae_ring() -> Recipe:
    mlp = kg.networks.mlp
    latent = 2  # as many as the plane: a map of the plane onto itself
    width, depth = 96, 3
    smooth = "tanh"  # .07 nats better than ReLU, which cuts the plane into flat pieces
    head = kg.likelihoods.Gaussian("pixel")  # mean and scale of each coordinate
    return Recipe(
        model=kg.VAE(
            mlp.encoder((2,), 2 * latent, width, depth, smooth),
            mlp.decoder(latent, head.parameters((2,)), width, depth, smooth),
            head,
            # A sixth of the training. Without it, one coordinate dies in the first
            # steps: five of the eight modes, and 1.6 nats worse.
            warm_up=3000,
        ),
        optimizer=decaying(2e-3),  # small networks: twice the usual rate is stable
        batch=128,
        epochs=120,  # 18,840 steps: half a minute
    )


@entry(
    "vae-mnist",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of MNIST, two layers of 300 units",
    **real.SHARED,
    precision="float10",  # of a million weights
    **real.black_and_white("mnist"),
)
def vae_mnist(facts=real.FACTS) -> Recipe:
    return real.recipe(kg.VAE, facts)


@entry(
    "vamp-mnist",
    system="VAE",
    paper="arXiv:1705.07120",
    title="VAE of MNIST, VampPrior of 500 pseudo-inputs",
    weights=False,
    **real.SHARED,
    precision="float10",  # of a million weights
    **real.black_and_white("mnist"),
)
def vamp_mnist(facts=real.FACTS) -> Recipe:
    return real.recipe(kg.VAE, facts, prior=kg.priors.VampPrior(real.COMPONENTS))


@entry(
    "vae-fashion",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of Fashion-MNIST, two layers of 300 units",
    precision="float12",  # of a million weights
    **real.black_and_white("fashion_mnist"),
)
def vae_fashion(facts=real.FACTS) -> Recipe:
    return real.recipe(kg.VAE, facts)


@entry(
    "vae-faces",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of drawn faces at 32x32, in colour",
    tasks=("generate", "encode"),
    data=Spec("faces/avataaars", size=(32, 32)),
)
def vae_faces() -> Recipe:
    conv, shape, latent, width = kg.networks.conv, (32, 32, 3), 64, 40
    return Recipe(
        model=kg.VAE(
            conv.encoder(shape, 2 * latent, width),
            conv.decoder(latent, shape, width),
            # Of 256 levels with a scale for each pixel, the flat grounds would have
            # nearly all the gradient: after 30 epochs no mouth was drawn.
            likelihood=kg.likelihoods.Gaussian("shared"),
        ),
        optimizer=decaying(1e-3),
        batch=64,
        epochs=40,
    )


@entry(
    "vamp-fashion",
    system="VAE",
    paper="arXiv:1705.07120",
    title="VAE of Fashion-MNIST, VampPrior of 500 pseudo-inputs",
    weights=False,
    precision="float10",  # of a million weights
    **real.black_and_white("fashion_mnist"),
)
def vamp_fashion(facts=real.FACTS) -> Recipe:
    return real.recipe(kg.VAE, facts, prior=kg.priors.VampPrior(real.COMPONENTS))


@entry(
    "vae-mnist-paper",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE at its published size, binarised MNIST",
    tasks=("generate", "encode"),
    data=Spec("mnist", binarise="static"),
    licence="CC BY-SA 3.0, as the data",
    weights=False,
)
def vae_mnist_paper() -> Recipe:
    mlp = kg.networks.mlp
    shape, latent, width = (28, 28, 1), 20, 500  # 815,824 parameters
    return Recipe(
        model=kg.VAE(
            mlp.encoder(shape, 2 * latent, width, depth=1, activation="tanh"),
            mlp.decoder(latent, shape, width, depth=1, activation="tanh"),
        ),
        # The paper tried .01, .02 and .1.
        optimizer=constant(0.01, "Adagrad"),
        batch=100,
        epochs=500,
    )
