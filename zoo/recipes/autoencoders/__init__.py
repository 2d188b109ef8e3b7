"""Recipes of the autoencoders."""
