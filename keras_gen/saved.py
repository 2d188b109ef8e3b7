"""What was saved loads after `import keras_gen`, whose classes are not imported yet.

Keras finds a class by the name under which it was registered, and registering happens
where the class is defined. Importing all of them would make a command that only lists
models wait for TensorFlow; so each name gets a stand-in, which imports its class when
a file asks for it. There is nothing to do before Keras itself is there.

Which module defines a name is read from the sources: it is declared nowhere else. So
are the systems of a family.
"""

import importlib
import importlib.util
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
_DECLARED = re.compile(
    r'^@(?:keras\.saving\.register_keras_serializable\("keras_gen"\)|part)\n'
    r"(?:@.*\n)*class (\w+)",
    re.MULTILINE,
)
_SYSTEM = '\n@keras.saving.register_keras_serializable("keras_gen")\nclass '


def homes() -> dict[str, str]:
    """{name of a registered class: the module that defines it}.

    Example:
        >>> homes()["VAE"]
        'keras_gen.variational.vae'
    """
    found = {}
    for path in sorted(HERE.rglob("*.py")):
        module = ".".join(("keras_gen", *path.relative_to(HERE).with_suffix("").parts))
        for name in _DECLARED.findall(path.read_text(encoding="utf-8")):
            found[name] = module.removesuffix(".__init__")
    return found


def systems(family: str) -> dict[str, str]:
    """{name of a system: its file} of a family: the class that the file is named after.

    Example:
        >>> systems("flows")["RealNVP"]
        'real_nvp'
    """
    found = {}
    for path in sorted((HERE / family).glob("*.py")):
        for text in path.read_text(encoding="utf-8").split(_SYSTEM)[1:]:
            name = text.partition("(")[0]
            if name.lower() == path.stem.replace("_", ""):
                found[name] = path.stem
    return found


class StandIn:
    """Is a class to Keras's loader, until it is asked to make something."""

    def __init__(self, module: str, name: str):
        self.module, self.name = module, name

    def from_config(self, config):
        cls = getattr(importlib.import_module(self.module), self.name)
        return cls.from_config(config)


def _tell(keras):
    known = keras.saving.get_custom_objects()
    for name, module in homes().items():
        known.setdefault(f"keras_gen>{name}", StandIn(module, name))


class _AfterKeras:
    """Finds nothing; sees that Keras is being imported, and tells it then.

    Keras may be looked for several times (TensorFlow does) before it is imported.
    """

    looking = False

    def find_spec(self, name, path=None, target=None):
        if name != "keras" or self.looking:
            return None
        self.looking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.looking = False
        if spec is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                _tell(module)

        spec.loader.exec_module = exec_module
        return spec


def announce():
    """Tell Keras of all names: now, or as soon as it is imported."""
    if "keras" in sys.modules:
        _tell(sys.modules["keras"])
    else:
        sys.meta_path.insert(0, _AfterKeras())
