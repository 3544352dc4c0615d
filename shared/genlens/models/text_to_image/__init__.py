"""Adapters that fulfil TextToImage."""
