"""Recipes of the variational family."""

from etils import epy

import keras_gen as kg
import zoo
from keras_gen.data import Spec
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras


DIGITS = {"tasks": ("generate", "encode"), "data": Spec("digits")}


def _decaying(rate):
    """Adam whose rate falls to nothing: a short training ends at its best."""

    def optimizer(steps):
        decay = keras.optimizers.schedules.CosineDecay(rate, steps)
        return keras.optimizers.Adam(decay)

    return optimizer


def _on_digits(
    tiny, system=None, latent=8, encoder=None, head=None, **options
) -> Recipe:
    """What the entries on `digits` share, so that they compare: all but their parts.

    8 latents for 64 pixels and 10 classes: more coordinates stay unused.
    """
    mlp = kg.networks.mlp
    shape, levels = (8, 8, 1), 17
    posterior = options.get("posterior") or kg.posteriors.Diagonal()
    told = options.get("classes", 0)
    width = 8 if tiny else 256
    # 1,297 images are too few to learn 17 unrelated levels for each pixel: a mixture,
    # which knows that levels are neighbours, is .12 bits/dim better (on validation)
    # than Categorical, and a single logistic .07.
    head = head or kg.likelihoods.DiscretizedLogisticMixture(4, levels)
    dropout = 0.3  # or the validation ELBO turns after 60 epochs
    numbers = posterior.size(latent)
    return Recipe(
        model=(system or kg.VAE)(
            encoder
            or mlp.encoder((8, 8, 1 + told), numbers, width, 1, dropout=dropout),
            mlp.decoder(
                latent + told, head.parameters(shape), width, 1, dropout=dropout
            ),
            likelihood=head,
            **options,
        ),
        optimizer=keras.optimizers.Adam(1e-3),
        batch=64,  # 20 steps in an epoch: 128 would leave 10
        epochs=2 if tiny else 200,  # still .005 bits/dim better in the last 10 of 120
    )


@entry(
    "vae-digits",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of handwritten digits, 17 grey levels",
    **DIGITS,
)
def vae_digits(tiny: bool = False) -> Recipe:
    return _on_digits(tiny)


@entry(
    "categorical-digits",
    system="VAE",
    paper="arXiv:1312.6114",
    title="VAE of digits, 17 unrelated levels for each pixel",
    **DIGITS,
)
def categorical_digits(tiny: bool = False) -> Recipe:
    return _on_digits(tiny, head=kg.likelihoods.Categorical(17))


@entry(
    "beta-vae-digits",
    system="VAE",
    paper="arXiv:1804.03599",
    title="beta-VAE of digits: simpler codes, four times the price",
    **DIGITS,
)
def beta_vae_digits(tiny: bool = False) -> Recipe:
    # beta is the 4 of the first paper (ICLR 2017); the warm-up, a tenth of the
    # training, lets the codes say something before they cost that much.
    return _on_digits(tiny, beta=4.0, warm_up=400)


@entry(
    "iwae-digits",
    system="IWAE",
    paper="arXiv:1509.00519",
    title="IWAE of digits, 5 draws",
    **DIGITS,
)
def iwae_digits(tiny: bool = False) -> Recipe:
    samples = 2 if tiny else 5  # the paper's smaller one: 50 are ten times the work
    return _on_digits(tiny, kg.IWAE, samples=samples)


@entry(
    "full-covariance-digits",
    system="VAE",
    paper="arXiv:1906.02691",
    title="VAE of digits, posterior with all covariances",
    **DIGITS,
)
def full_covariance_digits(tiny: bool = False) -> Recipe:
    return _on_digits(tiny, posterior=kg.posteriors.FullCovariance())


@entry(
    "planar-digits",
    system="VAE",
    paper="arXiv:1505.05770",
    title="VAE of digits, posterior of planar flows",
    **DIGITS,
)
def planar_digits(tiny: bool = False) -> Recipe:
    steps = 2 if tiny else 10  # the paper's middle; as many coordinates and two more
    return _on_digits(tiny, posterior=kg.posteriors.Planar(steps))


@entry(
    "radial-digits",
    system="VAE",
    paper="arXiv:1505.05770",
    title="VAE of digits, posterior of radial flows",
    **DIGITS,
)
def radial_digits(tiny: bool = False) -> Recipe:
    steps = 2 if tiny else 10  # as planar-digits has
    return _on_digits(tiny, posterior=kg.posteriors.Radial(steps))


@entry(
    "iaf-digits",
    system="VAE",
    paper="arXiv:1606.04934",
    title="VAE of digits, inverse autoregressive posterior",
    **DIGITS,
)
def iaf_digits(tiny: bool = False) -> Recipe:
    width = 8 if tiny else 64  # 8 units for each of the 8 coordinates
    iaf = kg.posteriors.InverseAutoregressive(2, width, context=width // 2)
    return _on_digits(tiny, posterior=iaf)


@entry(
    "mixture-prior-digits",
    system="VAE",
    paper="arXiv:1705.07120",
    title="VAE of digits, mixture of Gaussians as prior",
    **DIGITS,
)
def mixture_prior_digits(tiny: bool = False) -> Recipe:
    components = 3 if tiny else 50  # several for each of the 10 classes
    return _on_digits(tiny, prior=kg.priors.MixtureOfGaussians(components))


@entry(
    "vamp-digits",
    system="VAE",
    paper="arXiv:1705.07120",
    title="VAE of digits, VampPrior",
    **DIGITS,
)
def vamp_digits(tiny: bool = False) -> Recipe:
    components = 3 if tiny else 50  # as many as the mixture has
    return _on_digits(tiny, prior=kg.priors.VampPrior(components))


@entry(
    "ladder-digits",
    system="LadderVAE",
    paper="arXiv:1602.02282",
    title="Ladder VAE of digits, three levels",
    **DIGITS,
)
def ladder_digits(tiny: bool = False) -> Recipe:
    ladder = kg.networks.ladder
    sizes = [1, 1, 2] if tiny else [2, 4, 8]  # the lowest is what the others have alone
    width = 8 if tiny else 128  # three layers of half the width: about as many weights
    return _on_digits(
        tiny,
        kg.LadderVAE,
        sum(sizes),
        ladder.encoder((8, 8, 1), sizes, width, dropout=0.3),
        prior=kg.TopDown(ladder.down(sizes, width)),
        warm_up=400,  # a tenth of the training: upper levels that cost at once die
    )


@entry(
    "cvae-digits",
    system="ConditionalVAE",
    paper="arXiv:1406.5298",
    title="Conditional VAE of digits, told the class",
    tasks=("generate", "encode"),
    data=Spec("digits", labels="class"),
)
def cvae_digits(tiny: bool = False) -> Recipe:
    return _on_digits(tiny, kg.ConditionalVAE, classes=10)


@entry(
    "pixel-vae-digits",
    system="PixelVAE",
    paper="arXiv:1611.05013",
    title="PixelVAE of digits: latents, and pixels that see their neighbours",
    **DIGITS,
)
def pixel_vae_digits(tiny: bool = False) -> Recipe:
    mlp = kg.networks.mlp
    shape, latent, told = (8, 8, 1), 8, 2 if tiny else 16  # latents as of vae-digits
    head = kg.likelihoods.DiscretizedLogisticMixture(2 if tiny else 3, 17)
    network = kg.networks.pixelcnn.gated_pixelcnn(
        shape,
        head.parameters(shape)[-1],
        width=2 if tiny else 24,
        depth=1,  # it sees two rows up and two pixels to the left: the rest is for z
        first=3,
        head=(4,) if tiny else (48,),
        dropout=0.0 if tiny else 0.2,
        embedding=(8, 8, told),
    )
    width = 8 if tiny else 256
    return Recipe(
        model=kg.PixelVAE(
            mlp.encoder(shape, 2 * latent, width, 1, dropout=0.3),
            mlp.decoder(latent, (8, 8, told), width, 1, dropout=0.3),
            kg.GatedPixelCNN(network, head),
            warm_up=400,  # a tenth of the training, so that z is in use when it costs
        ),
        optimizer=_decaying(2e-3),
        batch=64,
        epochs=2 if tiny else 200,
    )


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
        optimizer=_decaying(2e-3),  # as good as twice the epochs at a constant rate
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


CODES = {"system": "VQVAE", "paper": "arXiv:1711.00937"}
CODES |= {"tasks": ("reconstruct", "encode")}


@entry(
    "vq-vae-glyphs",
    title="VQ-VAE of rendered characters, 7x7 codes",
    data=Spec("glyphs", binarise="static"),
    **CODES,
)
def vq_vae_glyphs(tiny: bool = False) -> Recipe:
    width = 4 if tiny else 32  # a quarter of the published: one channel of ink
    # 64 kinds of 4x4 patches; more would be used, and cost the prior that is to come.
    book = kg.Codebook(4 if tiny else 64, 2 if tiny else 16, revive=0.05)
    return _vq_vae((28, 28, 1), book, width, 2, tiny, batch=64, epochs=6)


@entry(
    "vq-vae-digits",
    title="VQ-VAE of handwritten digits, 4x4 codes learned by gradient",
    data=Spec("digits"),
    **CODES,
)
def vq_vae_digits(tiny: bool = False) -> Recipe:
    width = 4 if tiny else 64  # patches of 2x2 need no more
    book = kg.Codebook(4 if tiny else 32, 2 if tiny else 8, "gradient", revive=0.05)
    # As the other entries on digits have it, for their reasons.
    head = kg.likelihoods.DiscretizedLogisticMixture(4, 17)
    return _vq_vae((8, 8, 1), book, width, 1, tiny, head, batch=64, epochs=60)


def _vq_vae(shape, book, width, halvings, tiny, head=None, **training) -> Recipe:
    """A fourth of the width inside the residual blocks, as published."""
    vqvae = kg.networks.vqvae
    side = shape[0] // 2**halvings
    head = head or kg.likelihoods.Bernoulli()
    size = (width, max(1, width // 4), halvings, 1 if tiny else 2)
    training["batch"] = 8 if tiny else training["batch"]
    return Recipe(
        model=kg.VQVAE(
            vqvae.encoder(shape, book.dim, *size),
            vqvae.decoder((side, side, book.dim), head.parameters(shape)[-1], *size),
            book,
            head,
        ),
        optimizer=_decaying(2e-3),  # the codebook settles where the encoder does
        **training,
    )


@entry(
    "vq-vae-cifar10-paper",
    title="VQ-VAE at its published size, CIFAR-10",
    data=Spec("cifar10"),
    weights=False,
    **CODES,
)
def vq_vae_cifar10_paper(tiny: bool = False) -> Recipe:
    vqvae = kg.networks.vqvae
    # 695,491 parameters, 32,768 of them the codebook's.
    book = kg.Codebook(4 if tiny else 512, 2 if tiny else 64, "gradient")
    size = (4, 1) if tiny else (128, 32)
    return Recipe(
        model=kg.VQVAE(
            vqvae.encoder((32, 32, 3), book.dim, *size),
            vqvae.decoder((8, 8, book.dim), 3, *size),
            book,
            # The standard deviation of the data's values: the published code divides
            # the squared error by their variance.
            kg.likelihoods.Gaussian(0.25),
        ),
        optimizer=keras.optimizers.Adam(3e-4),
        batch=8 if tiny else 32,
        epochs=160,  # 250,000 steps
    )


PRIOR = {"system": "VQPrior", "paper": "arXiv:1711.00937"}
PRIOR |= {"tasks": ("generate", "encode")}


@entry(
    "vq-prior-digits",
    title="Gated PixelCNN of the codes of vq-vae-digits",
    data=Spec("digits"),
    **PRIOR,
)
def vq_prior_digits(tiny: bool = False) -> Recipe:
    # 1,297 maps of 16 codes are few: narrow, and much dropout.
    return _vq_prior(tiny, "vq-vae-digits", 24, 2, dropout=0.4, batch=64, epochs=60)


@entry(
    "vq-prior-glyphs",
    title="Gated PixelCNN of the codes of vq-vae-glyphs",
    data=Spec("glyphs", binarise="static"),
    **PRIOR,
)
def vq_prior_glyphs(tiny: bool = False) -> Recipe:
    # 16 times the images: wider and deeper, with little dropout.
    return _vq_prior(tiny, "vq-vae-glyphs", 32, 4, dropout=0.1, batch=64, epochs=6)


def _vq_prior(tiny, codes_of, width, depth, dropout, **training) -> Recipe:
    vq_vae = zoo.build(codes_of, tiny=True) if tiny else zoo.load(codes_of)
    shape, codes = (*vq_vae.code_shape, 1), vq_vae.codebook.codes
    network = kg.networks.pixelcnn.gated_pixelcnn(
        shape,
        codes,
        width=2 if tiny else width,
        depth=1 if tiny else depth,
        first=3 if tiny else 7,  # half of the larger map, all of the smaller
        head=(4,) if tiny else (64,),
        dropout=0.0 if tiny else dropout,
        codes=codes,
    )
    head = kg.likelihoods.Categorical(codes)
    training["batch"] = 8 if tiny else training["batch"]
    return Recipe(
        model=kg.VQPrior(vq_vae, kg.GatedPixelCNN(network, head)),
        optimizer=_decaying(2e-3),
        **training,
    )


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
def vae_mnist_paper(tiny: bool = False) -> Recipe:
    mlp = kg.networks.mlp
    shape, latent = (28, 28, 1), 20
    width = 8 if tiny else 500  # 815,824 parameters
    return Recipe(
        model=kg.VAE(
            mlp.encoder(shape, 2 * latent, width, depth=1, activation="tanh"),
            mlp.decoder(latent, shape, width, depth=1, activation="tanh"),
        ),
        optimizer=keras.optimizers.Adagrad(0.01),  # the paper tried .01, .02 and .1
        batch=100,
        epochs=500,
    )
