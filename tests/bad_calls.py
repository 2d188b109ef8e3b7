"""Calls of all public callables with one argument that cannot be meant, by a seed.

Of each callable its signature is read, and of each parameter the kind: what it is by
its annotation, or else by its name. A call gives one parameter a value that no one of
its kind may have, and to the others what is right.
"""

import contextlib
import importlib
import inspect
import pkgutil
import signal
import typing

import keras
import numpy as np
import tensorflow as tf

import keras_gen as kg
from keras_gen import arguments
from keras_gen.errors import KerasGenError
from tests.conftest import SMALL, tiny_data

RAGGED = [[1.0], [1.0, 2.0]]
UNBUILT = keras.Sequential([keras.layers.Dense(2)])
STRINGS = tf.data.Dataset.from_tensor_slices(["a", "b"]).batch(2)
NAN = float("nan")

NOWHERE = {  # values that none of a kind may have
    "int": ["3", "", -(10**6), 10**30, 2.5, NAN, RAGGED, UNBUILT, b"1", 1j],
    "float": ["0.5", "", NAN, float("inf"), RAGGED, UNBUILT, 10**400, 1j],
    "network": ["dcgan", 3, UNBUILT, [], tf.zeros((1, 2)), np.zeros(3), {}],
    "model": ["vae", 3, UNBUILT, [], tf.zeros((1, 2)), {}, STRINGS],
    "array": ["x", np.array(["a", "b"]), RAGGED, {}, np.full((2, 4, 4, 1), NAN), 1j],
    "data": ["no such", "\0", "a" * 300, 3, RAGGED, STRINGS, np.array(["a"]), {}],
    "fitted": ["x", 3, RAGGED, STRINGS, np.array(["a"]), np.full((2, 4, 4, 1), 255.0)],
    "shape": ["444", 4, (4, -4, 1), (4, 0, 1), RAGGED, (4, "4", 1), (10**30, 4, 1), ()],
    "sizes": ["88", 8, (-8,), (0,), RAGGED, ("8",), (10**30,), (2.5,), UNBUILT],
    "name": ["\0", "a" * 300, "no such thing", 3, b"a", RAGGED, UNBUILT, "\x1b[31m"],
    "part": ["r1", 3, UNBUILT, RAGGED, tf.zeros(2), object],
    "folder": ["\0", "a" * 300, 3.5, UNBUILT],
    "path": ["\0", "a" * 300, "/no/such/folder/x.png", 3.5, UNBUILT],
}
BY_NAME = {  # where there is no annotation, or one that says too little
    "layer": "part", "in_degrees": "sizes", "out_degrees": "sizes",
    "source": "data", "network": "network", "history": "part",
}  # fmt: skip
FREE = ("title", "console", "kwargs", "form", "conditions", "given", "callback",
        "callbacks", "info", "tensorboard", "truth", "kinds", "classifier", "order",
        "references", "hidden_units")  # fmt: skip


def kind_of(parameter) -> str | None:
    """Which kind of value a parameter takes, if it is known."""
    name, wanted = parameter.name, parameter.annotation
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        return None
    if name in FREE:
        return None
    if name in BY_NAME:
        return BY_NAME[name]
    if name in ("path", "folder"):
        return name
    return _of(wanted)


def _of(wanted):
    aliases = {
        arguments.Shape: "shape", arguments.ImageShape: "shape",
        arguments.Sizes: "sizes", arguments.Model: "model", arguments.Numbers: "array",
        arguments.Activation: "name", arguments.Name: "name",
    }  # fmt: skip
    for alias, kind in aliases.items():
        if wanted == alias:
            return kind
    origin, options = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is typing.Annotated:
        return _of(options[0])
    if origin in (list, tuple):
        return "sizes" if _of(options[0]) == "int" else "part"
    if origin is typing.Literal:
        return "name"
    if options:  # several types: what none of them may be
        kinds = {_of(option) for option in options if option is not type(None)} - {None}
        return kinds.pop() if len(kinds) == 1 else "part" if kinds else None
    if wanted in (int, float):
        return wanted.__name__
    if wanted is str:
        return "name"
    if isinstance(wanted, type) and issubclass(wanted, kg.GenerativeModel):
        return "model"
    if isinstance(wanted, type) and issubclass(wanted, keras.Model):
        return "network"
    if isinstance(wanted, type) and wanted is not inspect.Parameter.empty:
        return "part" if wanted.__module__.startswith("keras_gen") else None
    return None


def callables():
    """(name, callable, right arguments) of everything public that takes some."""
    for family in kg.SYSTEMS.values():
        for name in family:
            model = SMALL[name]()
            system = type(model)
            right = {n: getattr(model, n, None) for n in arguments.own(system)}
            right |= dict.fromkeys(("posterior", "prior") if name != "VQPrior" else ())
            right = {n: v for n, v in right.items() if v is not None}
            yield name, getattr(kg, name), right
    for room in ("constraints", "corruption", "losses", "masks", "penalties",
                 "posteriors", "priors", "scenes", "schedules", "paths", "targets",
                 "weightings", "solvers", "views", "likelihoods", "plots",
                 "data", "metrics", "latent", "callbacks"):  # fmt: skip
        module = getattr(kg, room)
        for name in getattr(module, "__all__", None) or vars(module):
            found = getattr(module, name)
            own = getattr(found, "__module__", "").startswith(f"{module.__name__}")
            if own and callable(found) and name[0] != "_" and f"{room}.{name}" in RIGHT:
                yield f"{room}.{name}", found, RIGHT[f"{room}.{name}"]()
    for info in pkgutil.iter_modules(kg.networks.__path__):
        module = getattr(kg.networks, info.name)
        for name, found in vars(module).items():
            own = getattr(found, "__module__", None) == module.__name__
            if own and inspect.isfunction(found) and name[0] != "_":
                right = RIGHT.get(f"networks.{info.name}.{name}", dict)()
                yield f"networks.{info.name}.{name}", found, right
    for info in pkgutil.iter_modules(kg.layers.__path__):
        module = importlib.import_module(f"keras_gen.layers.{info.name}")
        for name, found in vars(module).items():
            own = getattr(found, "__module__", None) == module.__name__
            if own and inspect.isclass(found) and name in LAYERS:
                yield f"layers.{info.name}.{name}", found, dict(LAYERS[name])
    yield from methods()


LAYERS = {
    "Codebook": {"codes": 8, "dim": 2},
    "DiagonalRecurrence": {"width": 2},
    "Enlarge": {"filters": 2},
    "Equalised": {"layer": keras.layers.Dense(2)},
    "Fade": {"level": 1},
    "Gate": {},
    "LeftOf": {"filters": 2, "columns": 1, "mask": "A"},
    "MaskedDense": {"in_degrees": [1, 2], "out_degrees": [1, 2]},
    "MinibatchDiscrimination": {},
    "OneHot": {"levels": 4},
    "Orthogonal": {},
    "Pointwise": {"filters": 2},
    "RowRecurrence": {"width": 2},
    "RowsAbove": {"filters": 2, "size": (1, 3)},
    "SpectralNorm": {"layer": keras.layers.Dense(2)},
    "Tell": {"classes": 3},
}


def methods():
    """Those of a few small models."""
    for name in ("VAE", "GAN", "MADE", "ConditionalVAE", "VQVAE", "Autoencoder"):
        model = SMALL[name]()
        model.compile("adam")
        x = tiny_data(model, 4)
        for method in ("sample", "encode", "decode", "log_prob", "reconstruct",
                       "generate", "discriminate", "fit", "evaluate"):  # fmt: skip
            found = getattr(model, method, None)
            if found is None or (method == "sample" and model.sampler is None):
                continue
            right = {"x": x} if method not in ("sample", "generate", "decode") else {}
            right |= {"n": 2} if method == "sample" else {}
            yield f"{name}().{method}", found, right
        yield f"{name}().compile", model.compile, {}


def named(name: str):
    """The callable of a name in `RIGHT`."""
    found = kg
    for part in name.split("."):
        found = getattr(found, part)
    return found


METHODS = {"x": "fitted", "z": "array", "optimizer": "name"}


def calls():
    """(name, function, arguments) with one of them wrong, in a fixed order."""
    for name, function, right in callables():
        for parameter in inspect.signature(function).parameters.values():
            kind = kind_of(parameter)
            if ")." in name and parameter.name in METHODS:
                kind = METHODS[parameter.name]
            for value in NOWHERE.get(kind, ()):
                if legal(parameter, value):
                    continue
                yield name, function, {**right, parameter.name: value}, parameter.name


def legal(parameter, value) -> bool:
    """What is wrong for most of a kind, and right here."""
    if parameter.name in ("in_degrees", "out_degrees"):  # of any whole numbers
        return value in [(-8,), (0,)]
    if parameter.name == "layer" and value is UNBUILT:  # which is one
        return True
    if value is UNBUILT or value is object:  # Keras models and classes are functions
        return parameter.name in ("critic_steps", "activation", "constraint", "decay")
    if parameter.name == "nll":
        return not isinstance(value, str)
    if parameter.name == "seed" and value == -(10**6):  # of `sample`, any integer
        return True
    if parameter.name == "scale":
        return isinstance(value, int)
    free = ("labels", "layers", "recipe", "estimator")
    if parameter.name == "name":  # of a model, any; of data, a known one
        free = ("name",) if value == "no such thing" else ()
    return isinstance(value, str) and parameter.name in free


@contextlib.contextmanager
def at_most(seconds: int):
    """Raise TimeoutError in what takes longer."""

    def ring(*_):
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(function, given) -> str:
    """ "sentence", "accepted", "hung", or the raw error."""
    try:
        with at_most(20):
            function(**given)
    except KerasGenError:
        return "sentence"
    except TimeoutError:
        return "hung"
    except Exception as error:
        return f"{type(error).__name__}: {error!s:.120}"
    return "accepted"


def _x(n=6):
    return np.random.default_rng(0).random((n, 4, 4, 1), "float32")


def _points(n=6):
    return np.random.default_rng(0).random((n, 2), "float32")


def _vae():
    return SMALL["VAE"]()


# What each function of a room is called with when nothing is wrong.
RIGHT = {
    "constraints.ClipWeights": dict,
    "corruption.GaussianNoise": lambda: {"stddev": 0.5},
    "corruption.Masking": lambda: {"rate": 0.5},
    "corruption.SaltAndPepper": lambda: {"rate": 0.5},
    "losses.BoundarySeeking": dict,
    "losses.FDivergence": dict,
    "losses.LeastSquares": dict,
    "losses.MMD": dict,
    "losses.Minimax": dict,
    "losses.NonSaturating": dict,
    "losses.Wasserstein": dict,
    "masks.Rectangle": dict,
    "masks.Scribble": dict,
    "penalties.Dragan": dict,
    "penalties.GradientPenalty": dict,
    "penalties.R1": dict,
    "posteriors.InverseAutoregressive": dict,
    "posteriors.Planar": dict,
    "posteriors.Radial": dict,
    "priors.MixtureOfGaussians": lambda: {"components": 2},
    "priors.VampPrior": lambda: {"components": 2},
    "scenes.Clutter": dict,
    "schedules.CriticSchedule": dict,
    "schedules.Growth": lambda: {"stable": 1, "fade": 1},
    "paths.Exploding": dict,
    "paths.LinearVariance": dict,
    "targets.V": dict,
    "weightings.LogNormal": dict,
    "weightings.LogitNormal": dict,
    "weightings.MinSNR": dict,
    "solvers.Ancestral": dict,
    "solvers.Churn": dict,
    "solvers.DDIM": dict,
    "solvers.Karras": dict,
    "views.Coarse": dict,
    "likelihoods.Categorical": lambda: {"levels": 2},
    "likelihoods.DiscretizedLogistic": dict,
    "likelihoods.DiscretizedLogisticMixture": dict,
    "likelihoods.Gaussian": dict,
    "plots.activity": lambda: {"model": _vae(), "x": _x()},
    "plots.best_discriminator": lambda: {"real": _points(), "fake": _points()},
    "plots.density": lambda: {"model": SMALL["SplineFlow"](), "side": 4},
    "plots.grid": lambda: {"images": _x()},
    "plots.interpolations": lambda: {
        "model": _vae(), "a": np.ones((1, 2)), "b": np.zeros((1, 2)), "kind": "linear"
    },
    "plots.latents": lambda: {"model": _vae(), "n": 2},
    "plots.linear": lambda: {"a": np.ones(2), "b": np.zeros(2), "steps": 3},
    "plots.spherical": lambda: {"a": np.ones(2), "b": np.array([1, 0.0]), "steps": 3},
    "plots.manifold": lambda: {"model": _vae(), "side": 2},
    "plots.neighbours": lambda: {"model_or_samples": _x(), "train": _x(), "n": 2},
    "plots.overview": lambda: {"model": _vae(), "x": _x(), "n": 2},
    "plots.posterior": lambda: {"model": _vae(), "x": _x()},
    "plots.quantiles": lambda: {"side": 2},
    "plots.reconstructions": lambda: {"model": _vae(), "x": _x()},
    "plots.samples": lambda: {"model_or_samples": _x(), "n": 2},
    "plots.scatter": lambda: {"points": _points()},
    "plots.traversals": lambda: {"model": _vae(), "steps": 2},
    "plots.traverse": lambda: {"z": np.ones(2), "coordinate": 1, "values": [0.0, 1.0]},
    "data.arrays": lambda: {"source": "digits"},
    "data.load": lambda: {"source": "digits"},
    "data.info": lambda: {"name": "digits"},
    "data.Spec": lambda: {"name": "digits"},
    "metrics.bits_per_dim": lambda: {"nll": 3.0, "dims": 4},
    "metrics.evidence_lower_bound": lambda: {"model": _vae(), "x": _x()},
    "metrics.importance_weighted": lambda: {"model": _vae(), "x": _x(), "samples": 2},
    "metrics.negative_log_likelihood": lambda: {
        "model": SMALL["MADE"](), "x": tiny_data(SMALL["MADE"](), 4)
    },
    "latent.attribute": lambda: {"codes": _points(), "present": [0, 1, 0, 1, 0, 1]},
    "latent.invert": lambda: {
        "model": _vae(), "x": _x(), "steps": 1, "draws": 4, "restarts": 1
    },
    "callbacks.CollapseMonitor": lambda: {"examples": _x()},
    "callbacks.SampleGrid": lambda: {"folder": "samples"},
}  # fmt: skip
NETWORKS = {
    "began.generator": {"latent_dim": 2, "image_shape": (8, 8, 1), "width": 2},
    "began.autoencoder": {"image_shape": (8, 8, 1), "latent_dim": 2, "width": 2},
    "conv.encoder": {"image_shape": (8, 8, 1), "outputs": 2, "width": 2},
    "conv.decoder": {"latent_dim": 2, "output_shape": (8, 8, 1), "width": 2},
    "conv.levels": {"image_shape": (8, 8, 1)},
    "dcgan.generator": {"latent_dim": 2, "image_shape": (8, 8, 1), "width": 2},
    "dcgan.discriminator": {"image_shape": (8, 8, 1), "width": 2},
    "deep.encoder": {"data_shape": (8, 8, 1), "codes": 2},
    "deep.decoder": {"codes": 2, "data_shape": (8, 8, 1)},
    "flows.dense": {"inputs": 2, "outputs": 2, "width": 2},
    "flows.residual": {"image_shape": (4, 4, 1), "outputs": 2, "width": 2},
    "flows.normed": {"image_shape": (4, 4, 1), "outputs": 2, "width": 2},
    "flows.conditional": {"image_shape": (4, 4, 1), "outputs": 2},
    "denoiser.unet": {"image_shape": (4, 4, 1), "widths": (4,)},
    "denoiser.mlp": {"data_shape": (2,), "width": 4},
    "pix2pix.generator": {
        "image_shape": (4, 4, 1),
        "channels": 1,
        "width": 2,
        "depth": 2,
    },
    "pix2pix.discriminator": {"image_shape": (4, 4, 1), "width": 2},
    "ladder.encoder": {"data_shape": (8, 8, 1), "sizes": (2, 2), "width": 2},
    "ladder.down": {"sizes": (2, 2), "width": 2},
    "made.made": {"event_shape": (4, 4, 1), "hidden": (4,)},
    "mlp.encoder": {"data_shape": (4, 4, 1), "outputs": 2, "width": 2},
    "mlp.decoder": {"latent_dim": 2, "output_shape": (4, 4, 1), "width": 2},
    "mlp.generator": {"latent_dim": 2, "image_shape": (4, 4, 1), "width": 2},
    "mlp.joint": {"data_shape": (4, 4, 1), "latent_dim": 2, "width": 2},
    "pixelcnn.pixelcnn": {"image_shape": (4, 4, 1), "outputs": 1, "width": 2},
    "pixelcnn.gated_pixelcnn": {"image_shape": (4, 4, 1), "outputs": 1, "width": 2},
    "pixelcnn.guide": {"image_shape": (4, 4, 1), "width": 2},
    "pixelcnn_pp.pixelcnn_pp": {"image_shape": (8, 8, 1), "outputs": 1, "width": 2},
    "pixelrnn.row_lstm": {"image_shape": (4, 4, 1), "outputs": 1, "width": 2},
    "pixelrnn.diagonal_bilstm": {"image_shape": (4, 4, 1), "outputs": 1, "width": 2},
    "resnet.generator": {"latent_dim": 2, "image_shape": (8, 8, 1), "width": 2},
    "resnet.discriminator": {"image_shape": (8, 8, 1), "width": 2},
    "unet.unet": {"image_shape": (8, 8, 1), "outputs": 1, "width": 2, "depth": 1},
}
RIGHT |= {f"networks.{n}": (lambda given=g: dict(given)) for n, g in NETWORKS.items()}
