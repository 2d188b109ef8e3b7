"""Recipes of the adversarial family, in the order of the tables."""

from zoo.recipes.adversarial import ring, digits, glyphs, papers, large  # isort: skip

__all__ = ["digits", "glyphs", "large", "papers", "ring"]
