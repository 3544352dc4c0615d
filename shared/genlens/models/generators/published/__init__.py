"""Generators whose weights package registries carry: read, never run as the package does."""
