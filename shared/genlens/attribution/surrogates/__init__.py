"""Surrogates: a simple model that is fitted around one input, and read instead (LIME)."""
