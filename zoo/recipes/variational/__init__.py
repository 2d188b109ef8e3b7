"""Recipes of the variational family."""
