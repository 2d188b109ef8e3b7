"""A step of training against the same in PyTorch, in each of its four forms.

    python benchmarks/training.py [NAME ...] [--rounds 5] [--write]

Ours is `compile` and `fit` at default settings. PyTorch's is a loop as its tutorials
have it, with fused Adam and without gradients that nobody needs: as it is, with maps
whose channels come last, with its losses by `torch.compile`, and with both. Networks,
weights, batches and optimizers are the same (`twins.py`), and before anything is timed
both must report the same losses from the same noise, in two steps.

`--write` keeps what was found for docs/speed.md. Ends with an error unless each of ours
is at least as fast as the best of PyTorch's.
"""

import argparse
import sys
from typing import ClassVar

import keras
import numpy as np
import peers
import tensorflow as tf

import keras_gen as kg
from keras_gen.layers.bijections.coupling import Coupling
from keras_gen.layers.bijections.transforms import Affine

GREY, COLOUR = (28, 28, 1), (64, 64, 3)
VARIANTS = {
    "PyTorch": {},
    "channels last": {"last": True},
    "compiled": {"compiled": True},
    "compiled, channels last": {"compiled": True, "last": True},
}


def images(shape, law="uniform"):
    def make(n, rng):
        x = rng.random((n, *shape), "float32")
        return ((x < 0.2).astype("float32") if law == "binary" else x,)

    return make


class Contest:
    """What is trained, and how one writes it with PyTorch.

    Args:
        model: builds our model.
        data: from a number of examples and a generator to the arrays of a batch.
        steps: of a round.
        batch: examples of a step.
    """

    rate, beta = 1e-3, 0.9
    reports: tuple[str, ...] = ("loss",)  # of ours: the losses of theirs, in order
    noise: ClassVar[dict] = {}  # name -> law and shape for one example
    slopes = False  # a gradient within the loss, which torch.compile does not have

    def __init__(self, model, data, steps, batch=128):
        self.make, self.data, self.steps, self.batch = model, data, steps, batch

    def model(self):
        """Ours, with the same weights each time."""
        keras.utils.set_random_seed(0)
        model = self.make()
        model.compile(keras.optimizers.Adam(self.rate, beta_1=self.beta))
        return model

    def players(self, model) -> dict[str, list]:
        """The networks of each of theirs."""
        raise NotImplementedError

    def losses(self, torch, model, nets) -> dict:
        """What each player descends: functions of a batch and of noise by name."""
        raise NotImplementedError


class VAE(Contest):
    def players(self, model):
        self.noise = {"noise": ("normal", (model.latent_dim,))}
        return {"model": [model.encoder, model.decoder]}

    def losses(self, torch, model, nets):
        softplus, (encoder, decoder) = torch.nn.functional.softplus, nets["model"]

        def loss(x, noise):
            mean, raw = encoder(x).chunk(2, 1)
            stddev = softplus(raw) + 1e-4
            logits = decoder(mean + stddev * noise)
            log_px = (x * logits - softplus(logits)).sum((1, 2, 3))
            kl = 0.5 * (mean**2 + stddev**2 - 1 - 2 * stddev.log()).sum(1)
            return (kl - log_px).mean()

        return {"model": loss}


class Players(Contest):
    """Two, the critic first."""

    rate, beta = 2e-4, 0.5
    reports = "discriminator_loss", "generator_loss"

    def players(self, model):
        return {
            "discriminator": [model.discriminator],
            "generator": [model.generator],
        }


class Game(Players):
    def players(self, model):
        self.noise = {"z": ("normal", (model.latent_dim,))}
        return super().players(model)

    def losses(self, torch, model, nets):
        softplus = torch.nn.functional.softplus
        (critic,), (generator,) = nets["discriminator"], nets["generator"]

        def critic_loss(x, z):
            return softplus(-critic(x)).mean() + softplus(critic(generator(z))).mean()

        return {
            "discriminator": critic_loss,
            "generator": lambda x, z: softplus(-critic(generator(z))).mean(),
        }


class Penalised(Game):
    slopes = True

    def players(self, model):
        found = super().players(model)
        self.noise["u"] = "uniform", (1, 1, 1)
        return found

    def losses(self, torch, model, nets):
        (critic,), (generator,) = nets["discriminator"], nets["generator"]

        def critic_loss(x, z, u):
            with torch.no_grad():
                made = generator(z)
            between = (x + u * (made - x)).requires_grad_()
            (slope,) = torch.autograd.grad(
                critic(between).sum(), between, create_graph=True
            )
            norm = (slope.square().sum((1, 2, 3)) + 1e-10).sqrt()
            penalty = 10 * (norm - 1).square().mean()
            return critic(made).mean() - critic(x).mean() + penalty

        return {
            "discriminator": critic_loss,
            "generator": lambda x, z, u: -critic(generator(z)).mean(),
        }


class Pixels(Contest):
    def players(self, model):
        return {"model": [model.network]}

    def losses(self, torch, model, nets):
        softplus, (network,) = torch.nn.functional.softplus, nets["model"]

        def loss(x):
            logits = network(x)
            return (softplus(logits) - x * logits).sum((1, 2, 3)).mean()

        return {"model": loss}


class Flow(Contest):
    """Straight paths: the network says where a noisy image goes."""

    def players(self, model):
        self.noise = {"z": ("normal", model.data_shape), "u": ("uniform", ())}
        self.noise["silent"] = self.noise["u"]
        return {"model": [model.network]}

    def losses(self, torch, model, nets):
        low, high = (float(end) for end in model.noising.ends)
        (network,), spread, drop = nets["model"], model.spread, model.drop
        nothing = model.classes

        def loss(x, label, z, u, silent):
            place = torch.arange(len(x), dtype=u.dtype)
            r = torch.special.ndtri((place + u) / len(x)).clamp(low, high)
            t = r.sigmoid()[:, None, None, None]
            x = 2 * x - 1
            noisy = (1 - t) * x + t * z
            seen = noisy * (t**2 + (spread * (1 - t)) ** 2).rsqrt()
            told = torch.where(silent < drop, nothing, label)
            said = network(seen, (r - low) / (high - low), told)
            return (said - (z - x)).square().mean()

        return {"model": loss}


class Pix2Pix(Players):
    def losses(self, torch, model, nets):
        softplus = torch.nn.functional.softplus
        (critic,), (generator,) = nets["discriminator"], nets["generator"]

        def critic_loss(source, target):
            real, fake = critic(target, source), critic(generator(source), source)
            return 0.5 * (softplus(-real).mean() + softplus(fake).mean())

        def generator_loss(source, target):
            made = generator(source)
            game = softplus(-critic(made, source)).mean()
            return game + 200 * (target - made).abs().mean()

        return {"discriminator": critic_loss, "generator": generator_loss}


class CycleGAN(Players):
    """Without the pool: its random numbers are one's own."""

    def players(self, model):
        return {
            "discriminator": [model.critic_a, model.critic_b],
            "generator": [model.forward, model.back],
        }

    def losses(self, torch, model, nets):
        (critic_a, critic_b), (there, back) = nets["discriminator"], nets["generator"]

        def critic_loss(a, b):
            fake_a, fake_b = critic_a(back(b)), critic_b(there(a))
            real_a, real_b = critic_a(a), critic_b(b)
            real = (real_a - 1).square().mean() + (real_b - 1).square().mean()
            return 0.5 * (real + fake_a.square().mean() + fake_b.square().mean())

        def generator_loss(a, b):
            made_a, made_b = back(b), there(a)
            cycle = (back(made_b) - a).abs().mean() + (there(made_a) - b).abs().mean()
            still = (there(b) - b).abs().mean() + (back(a) - a).abs().mean()
            fooled = (critic_a(made_a) - 1).square().mean()
            fooled = fooled + (critic_b(made_b) - 1).square().mean()
            return 0.5 * fooled + 10 * cycle + 5 * still

        return {"discriminator": critic_loss, "generator": generator_loss}


class Couplings(Contest):
    """Affine ones of dense networks, as RealNVP has them for vectors."""

    def players(self, model):
        return {"model": [step.network for step in model.steps]}

    def losses(self, torch, model, nets):
        swaps = [step.swap for step in model.steps]
        bounds = [step.transform.bound for step in model.steps]

        def loss(x):
            log_det = 0.0
            for network, swap, c in zip(nets["model"], swaps, bounds, strict=True):
                stays, moves = x.chunk(2, -1)
                if swap:
                    stays, moves = moves, stays
                raw, shift = network(stays).unflatten(-1, (-1, 2)).unbind(-1)
                log_scale = c * torch.tanh(raw / c)
                moved = moves * log_scale.exp() + shift
                x = torch.cat([moved, stays] if swap else [stays, moved], -1)
                log_det = log_det + log_scale.sum(-1)
            normal = -0.5 * (x**2 + np.log(2 * np.pi)).sum(-1)
            return -(normal + log_det).mean()

        return {"model": loss}


# What is built.


def dcgan(shape, width):
    nets = kg.networks.dcgan
    return lambda: kg.GAN(
        nets.generator(100, shape, width), nets.discriminator(shape, width)
    )


def wgan_gp():
    nets = kg.networks.dcgan
    critic = nets.discriminator(GREY, 64, normalised=False)
    penalty = kg.penalties.GradientPenalty(10.0)
    return kg.GAN(
        nets.generator(100, GREY, 64), critic, loss="wasserstein", penalty=penalty
    )


def dense_vae():
    """The published one, 815,824 parameters."""
    mlp = kg.networks.mlp
    size = {"width": 500, "depth": 1, "activation": "tanh"}
    return kg.VAE(mlp.encoder(GREY, 40, **size), mlp.decoder(20, GREY, **size))


def conv_vae():
    conv = kg.networks.conv
    return kg.VAE(conv.encoder(GREY, 32, 32), conv.decoder(16, GREY, 32))


def flow_matching():
    network = kg.networks.denoiser.unet(GREY, (48, 72), classes=10)
    return kg.FlowMatching(network, classes=10, average=0.0)


def pix2pix():
    nets = kg.networks.pix2pix
    return kg.Pix2Pix(
        nets.generator(COLOUR, 3, 32, 5, dropout=0.0),
        nets.discriminator(COLOUR, 3, 32, 2),
    )


def cyclegan():
    nets, shape = kg.networks, (32, 32, 3)
    return kg.CycleGAN(
        *(nets.cyclegan.generator(shape, 3, 16, blocks=3) for _ in "ab"),
        *(nets.pix2pix.discriminator(shape, width=32, strides=2) for _ in "ab"),
        pool=0,
    )


def couplings(size, number, width):
    def make():
        steps = []
        for k in range(number):
            network = kg.networks.flows.dense(size // 2, size, width)
            steps.append(Coupling(network, Affine(), size // 2, k % 2 == 1))
        return kg.Flow((size,), steps)

    return make


def points(size):
    return lambda n, rng: (rng.normal(size=(n, size)).astype("float32"),)


def labelled(n, rng):
    return (*images(GREY)(n, rng), rng.integers(0, 10, n).astype("int32"))


def pairs(shape):
    return lambda n, rng: images(shape)(n, rng) + images(shape)(n, rng)


CONTESTS = {
    "DCGAN, 28x28": Game(dcgan(GREY, 64), images(GREY), 20, 64),
    "DCGAN, 64x64": Game(dcgan(COLOUR, 32), images(COLOUR), 6, 64),
    "WGAN-GP, 28x28": Penalised(wgan_gp, images(GREY), 12, 64),
    "VAE, dense": VAE(dense_vae, images(GREY, "binary"), 150),
    "VAE, convolutional": VAE(conv_vae, images(GREY, "binary"), 30),
    "Gated PixelCNN": Pixels(
        lambda: kg.GatedPixelCNN(kg.networks.pixelcnn.gated_pixelcnn(GREY, 1)),
        images(GREY, "binary"),
        4,
        32,
    ),
    "flow matching, U-Net": Flow(flow_matching, labelled, 4),
    "pix2pix, 64x64": Pix2Pix(pix2pix, pairs(COLOUR), 6, 16),
    "CycleGAN, 32x32": CycleGAN(cyclegan, pairs((32, 32, 3)), 6, 8),
    "couplings of points": Couplings(couplings(2, 8, 64), points(2), 100, 256),
    "couplings of vectors": Couplings(couplings(784, 4, 512), points(784), 20),
}


# The race.


class Theirs:
    """A contest as one writes it with PyTorch."""

    def __init__(self, torch, contest, model, last=False, compiled=False):
        from twins import Twin

        self.torch, self.contest = torch, contest
        self.form = torch.channels_last if last else torch.contiguous_format
        self.nets = torch.nn.ModuleDict(
            {
                player: torch.nn.ModuleList(Twin(network) for network in networks)
                for player, networks in contest.players(model).items()
            }
        ).to(memory_format=self.form)
        self.losses = contest.losses(torch, model, self.nets)
        if compiled:
            self.losses = {n: torch.compile(f) for n, f in self.losses.items()}
        settings = {"betas": (contest.beta, 0.999), "eps": 1e-7, "fused": True}
        self.adams = {
            name: torch.optim.Adam(nets.parameters(), contest.rate, **settings)
            for name, nets in self.nets.items()
        }

    def formed(self, x):
        return x.contiguous(memory_format=self.form) if x.ndim == 4 else x

    def drawn(self, n):
        draw = {"normal": self.torch.randn, "uniform": self.torch.rand}
        return {
            name: self.formed(self.as_maps(draw[law](n, *shape)))
            for name, (law, shape) in self.contest.noise.items()
        }

    def as_maps(self, x):
        return x.movedim(-1, 1) if x.ndim == 4 else x

    def step(self, batch, noise):
        """The losses of all players, each before it moves."""
        found = []
        for player, loss in self.losses.items():
            for name, nets in self.nets.items():
                nets.requires_grad_(name == player)
            self.adams[player].zero_grad()
            value = loss(*batch, **(noise or self.drawn(len(batch[0]))))
            value.backward()
            self.adams[player].step()
            found.append(value.detach())
        return self.torch.stack(found)

    def epoch(self, data):
        total = 0.0
        for rows in self.torch.randperm(len(data[0])).split(self.contest.batch):
            total += self.step([self.formed(x[rows]) for x in data], None)
        return total.numpy()


def agree(torch, contest, variants=VARIANTS):
    """Raise unless all report the same losses, in two steps with the same noise."""
    from twins import mirrored

    rng, n = np.random.default_rng(0), contest.batch
    batch, model = contest.data(n, rng), contest.model()
    others = {
        name: Theirs(torch, contest, model, **how) for name, how in variants.items()
    }
    drawn = {}
    for law, shape in contest.noise.values():
        draw = {"normal": rng.standard_normal, "uniform": rng.random}[law]
        drawn[law, tuple(shape)] = draw((n, *shape), "float32")
    model.noise = lambda law, rows, shape, training=True: drawn[law, tuple(shape)]
    noise = {
        name: mirrored(drawn[law, tuple(shape)])
        for name, (law, shape) in contest.noise.items()
    }
    theirs = [mirrored(x) for x in batch]
    # Adam's first step is a sign, which rounding may turn where a gradient is none.
    for tolerance in (1e-3, 1e-2):
        logs = model.train_on_batch(*batch, return_dict=True)
        wanted = [logs[name] for name in contest.reports]
        for name, other in others.items():
            found = other.step([other.formed(x) for x in theirs], noise).numpy()
            np.testing.assert_allclose(found, wanted, rtol=tolerance, err_msg=name)


def operations(contest):
    """Of a step of ours: two for each product, in the layers and their gradients."""
    batch = contest.data(contest.batch, np.random.default_rng(0))
    model = contest.model()
    specs = [tf.TensorSpec(x.shape, x.dtype) for x in batch]
    step = tf.function(
        lambda *data: model.train_step(data if len(data) > 1 else data[0]),
        autograph=False,
    )
    return peers.products_of(step.get_concrete_function(*specs).graph)


def race(torch, contest, rounds):
    """What `peers.race` gives, of all that can take part."""
    from twins import mirrored

    variants = {
        name: how
        for name, how in VARIANTS.items()
        if not (contest.slopes and how.get("compiled"))
    }
    agree(torch, contest, variants)
    rng, model = np.random.default_rng(0), contest.model()
    arrays = contest.data(contest.batch * contest.steps, rng)
    theirs = [mirrored(x) for x in arrays]
    given = kg.data.load(*arrays, batch=contest.batch) if len(arrays) == 1 else None

    def ours():
        if given is not None:
            model.fit(given, verbose=0)
        else:
            model.fit(*arrays, batch_size=contest.batch, verbose=0)

    def player(how):
        other = Theirs(torch, contest, model, **how)
        return lambda: other.epoch(theirs)

    players = {"ours": ours} | {name: player(how) for name, how in variants.items()}
    times, yardstick = peers.race(torch, players, rounds)
    return peers.summary(
        list(players), times, yardstick, contest.steps, operations(contest)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CONTESTS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--write", action="store_true", help="keep it for docs/speed.md"
    )
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in CONTESTS]:
        parser.error(f"no contest {unknown[0]!r}; there are {', '.join(CONTESTS)}")
    torch = peers.torch_or_none()
    if torch is None:
        return 0
    results = {}
    for name in options.names or CONTESTS:
        results[name] = race(torch, CONTESTS[name], options.rounds)
        peers.show(name, results[name])
        if options.write:
            peers.keep(name, results[name], ("PyTorch", "torch"))
    return 0 if all(found["ratio"] <= 1 for found in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
