"""Training classifiers that become assessors."""
