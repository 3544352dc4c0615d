"""Image statistics as assessors."""
