"""Explanations by example: prototypes, contrasts and rules."""
