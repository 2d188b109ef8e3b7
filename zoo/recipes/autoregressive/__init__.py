"""Recipes of the autoregressive family."""
