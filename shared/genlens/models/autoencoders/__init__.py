"""Adapters that fulfil Autoencoder and Conditional."""
