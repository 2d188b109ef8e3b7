"""Recipes of the variational family, in the order of the tables."""

from zoo.recipes.variational import digits, glyphs, ring, codes, papers  # isort: skip

__all__ = ["codes", "digits", "glyphs", "papers", "ring"]
