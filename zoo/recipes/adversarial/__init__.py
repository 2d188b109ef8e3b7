"""Recipes of the adversarial family."""
