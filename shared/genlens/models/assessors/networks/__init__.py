"""Assessors that are published networks, which ``genlens fetch`` brings."""
