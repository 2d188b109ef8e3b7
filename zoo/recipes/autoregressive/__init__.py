"""Recipes of the autoregressive family, in the order of the tables."""

from zoo.recipes.autoregressive import digits, glyphs, photos, papers  # isort: skip

__all__ = ["digits", "glyphs", "papers", "photos"]
