"""Autoencoders: what is learned by giving examples back. None of them has a density."""
