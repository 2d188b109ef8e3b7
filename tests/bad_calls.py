"""Calls of all public callables with one argument that cannot be meant, by a seed.

Of each callable its signature is read, and of each parameter the kind: what it is by
its annotation, or else by its name. A call gives one parameter a value that no one of
its kind may have, and to the others what is right.
"""

import contextlib
import importlib
import inspect
import signal
import typing

import keras
import numpy as np
import tensorflow as tf

import keras_gen as kg
from keras_gen import arguments, lazy
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
    for room in ("likelihoods", "plots", "data", "metrics", "latent", "callbacks"):
        module = getattr(kg, room)
        for name in getattr(module, "__all__", vars(module)):
            if f"{room}.{name}" in RIGHT:
                found = getattr(module, name)
                yield f"{room}.{name}", found, RIGHT[f"{room}.{name}"]()
    for folder in ("parts", "networks", "layers"):
        yield from inside(folder)
    yield from methods()


def inside(folder):
    """All that a folder of the house has and that looks at all that it is given."""
    for room, module in lazy.inside(f"keras_gen.{folder}").items():
        for name, found in vars(importlib.import_module(module)).items():
            own = getattr(found, "__module__", "").startswith(module)
            if own and name[0] != "_" and looks(found):
                name = f"{folder}.{room}.{name}"
                yield name, found, RIGHT[name]() if name in RIGHT else right(found)


def looks(found) -> bool:
    """Whether it looks at what it must be given before it does anything."""
    if any(a.annotation is a.empty for a in asked(found)):
        return False
    if inspect.isclass(found):
        made = getattr(found.__init__, "__code__", None)
        return issubclass(found, arguments.Checked) or made in LOOKING
    return inspect.isfunction(found) and found.__code__ in LOOKING


def right(found) -> dict:
    """What it must be given, and the sizes that keep it small."""
    small = inspect.signature(found).parameters.keys() & {"width", "depth", "halvings"}
    return {name: WORDS[name] for name in small.union(a.name for a in asked(found))}


def asked(found) -> list:
    """The parameters without which it cannot be called."""
    rest = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    known = inspect.signature(found).parameters.values()
    return [a for a in known if a.default is a.empty and a.kind not in rest]


LOOKING = {
    arguments.checked(looks).__code__,
    arguments.checked_class(type("", (), {"__init__": looks})).__init__.__code__,
}
WORDS = {  # of this house, and what is right for whatever is called so
    **dict.fromkeys(("image_shape", "data_shape", "output_shape"), (8, 8, 1)),
    "event_shape": (8, 8, 1), "map_shape": (2, 2), "shape": (4, 4, 1),
    **dict.fromkeys(("latent_dim", "inputs", "outputs", "codes", "dim", "classes",
                     "width", "filters", "units", "levels", "components"), 2),
    **dict.fromkeys(("channels", "depth", "level", "columns", "halvings"), 1),
    **dict.fromkeys(("sizes", "widths", "in_degrees", "out_degrees"), (2, 2)),
    **dict.fromkeys(("rate", "stddev", "step"), 0.5), "stable": 1, "fade": 1,
    "size": (1, 3), "mask": "A", "order": (1, 0),
    "layer": keras.layers.Dense(2),
    "encoder": kg.networks.mlp.encoder((8, 8, 1), 2, 2, 1),
}  # fmt: skip


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


class Hung(BaseException):
    """What no `except` of the house takes for an error of its own, as of a disk."""


@contextlib.contextmanager
def at_most(seconds: int):
    """Raise `Hung` in what takes longer."""

    def ring(*_):
        raise Hung(f"more than {seconds} s")

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
    except Hung:
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
    "likelihoods.Categorical": lambda: {"levels": 2},
    "likelihoods.DiscretizedLogistic": dict,
    "likelihoods.DiscretizedLogisticMixture": dict,
    "likelihoods.Gaussian": dict,
    "layers.pool.Pool": lambda: {"size": 2, "image_shape": (8, 8, 1)},
    "parts.steering.to_class": lambda: {
        "classifier": SMALL["Classifier"](), "label": 1
    },
    "parts.steering.to_caption": lambda: {"model": SMALL["CLIP"](), "caption": "a"},
    "networks.cover.painter": lambda: {
        "network": kg.networks.pix2pix.generator((8, 8, 1), 2, 2, 2)
    },
    "networks.text.encoder": lambda: {
        "vocabulary": kg.Vocabulary(("a", "face"), 5), "outputs": 2, "width": 2
    },
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
    "networks.labelled.told": lambda: {
        "network": kg.networks.mlp.generator(2 + 3, (4, 4, 1), 2, 1), "classes": 3
    },
    "networks.pix2pix.generator": lambda: {
        "image_shape": (4, 4, 1), "channels": 1, "width": 2, "depth": 2
    },
    "networks.progressive.sizes": lambda: {
        "network": SMALL["ProgressiveGAN"]().generator
    },
    "networks.made.drawing_order": lambda: {"network": SMALL["MADE"]().network},
    "callbacks.SampleGrid": lambda: {"folder": "samples"},
}  # fmt: skip
