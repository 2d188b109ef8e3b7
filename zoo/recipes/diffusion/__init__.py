"""Recipes of the diffusion family."""
