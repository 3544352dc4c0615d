"""Figures of an inverted picture."""
