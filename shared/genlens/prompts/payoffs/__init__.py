"""Payoffs: what a sub-prompt is worth; ``payoffs.PAYOFFS`` lists them."""
