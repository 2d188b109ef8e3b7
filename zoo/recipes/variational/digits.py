"""VAEs of handwritten digits."""

from etils import epy

import keras_gen as kg
from keras_gen.data import Spec
from zoo.rates import decaying
from zoo.registry import Recipe, entry

with epy.lazy_imports():
    import keras


DIGITS = {"tasks": ("generate", "encode"), "data": Spec("digits")}


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
        optimizer=decaying(2e-3),
        batch=64,
        epochs=2 if tiny else 200,
    )
