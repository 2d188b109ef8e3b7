"""Names of a package that are imported when they are first used.

A command that only lists, describes or parses must not wait for TensorFlow.

    __all__, __getattr__, __dir__ = attach(__name__, {"load": "zoo.loading:load"})
"""

import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).parents[1]


def inside(package: str) -> dict[str, str]:
    """{name: module} of all modules in a package's folder, for `attach`.

    Example:
        >>> inside("keras_gen.networks")["mlp"]
        'keras_gen.networks.mlp'
    """
    found = HERE.joinpath(*package.split(".")).glob("[a-z]*")
    return {name: f"{package}.{name}" for name in sorted(path.stem for path in found)}


def attach(package: str, homes: dict[str, str]):
    """`__all__`, `__getattr__` and `__dir__` of a package.

    Args:
        package: its name.
        homes: where each public name is: "module:name", or a module itself.

    Example:
        >>> names, get, _ = attach("keras_gen", {"Trial": "keras_gen.trial:Trial"})
        >>> names, get("Trial").__name__
        (['Trial'], 'Trial')
    """

    def get(name):
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, inner = homes[name].partition(":")
        module = importlib.import_module(module)
        return getattr(module, inner) if inner else module

    def names():
        return [*vars(sys.modules[package]), *homes]

    return list(homes), get, names
