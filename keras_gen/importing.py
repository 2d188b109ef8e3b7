"""`--import MODULE`: classes of one's own, for command lines.

A file that names a class is no reason to import anything (`keras_gen.strangers`); a
user who asks for it is.
"""

import argparse
import importlib
import sys

from keras_gen.errors import BadInput
from keras_gen.quiet import import_tensorflow


class Import(argparse.Action):
    """Imports a module that registers classes with Keras, before a file needs them."""

    @classmethod
    def declare(cls, parser):
        """The option, of a command that takes trained models."""
        parser.add_argument(
            "--import",
            action=cls,
            dest="module",
            metavar="MODULE",
            help="a file or module that registers classes of yours with Keras",
        )

    def __call__(self, parser, options, module, _=None):
        import_tensorflow()
        if "" not in sys.path:
            sys.path.insert(0, "")  # a file of this folder will do
        try:
            importlib.import_module(module.removesuffix(".py"))
        except ImportError as error:
            raise BadInput(
                f"--import {module}: {error}. Give a module that Python finds, or a "
                "file of this folder."
            ) from None
