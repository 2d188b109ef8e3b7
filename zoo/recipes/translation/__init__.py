"""Recipes of the translation family."""
