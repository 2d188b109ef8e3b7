"""Recipes of the energies."""
