"""Autoregressive models: an exact density, one pixel after the other."""
