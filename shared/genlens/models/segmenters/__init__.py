"""Adapters that fulfil Segmenter."""
