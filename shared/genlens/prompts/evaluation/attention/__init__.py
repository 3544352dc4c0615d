"""Attention maps against the true masks of scenes."""
