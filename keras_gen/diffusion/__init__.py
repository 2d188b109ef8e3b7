"""Diffusion: an example is noise, denoised in many small steps."""
