"""Sparse features of a UNet block's activations: learned, named by the world, painted."""
