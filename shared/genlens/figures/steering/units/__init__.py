"""Figures of a generator's units: what they stand for, and what is painted with them."""
