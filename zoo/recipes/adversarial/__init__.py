"""Recipes of the adversarial family, in the order of the tables."""

from zoo.recipes.adversarial import ring, digits, encoders  # isort: skip
from zoo.recipes.adversarial import glyphs, papers, large  # isort: skip

__all__ = ["digits", "encoders", "glyphs", "large", "papers", "ring"]
