"""Figures of units: what they stand for, and what painting with them does."""
