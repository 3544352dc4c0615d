"""Diffusion models, asked how well they know a picture."""
