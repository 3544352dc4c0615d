"""Latent space on two axes, and how far such a map can be trusted."""
