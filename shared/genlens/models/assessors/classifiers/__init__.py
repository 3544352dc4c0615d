"""Classifiers of pictures as assessors: the networks, their files, and what they are asked."""
