"""Recipes of the normalising flows."""
