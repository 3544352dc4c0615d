"""Walks through latent space, and what a latent does along them."""
