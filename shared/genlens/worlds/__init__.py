"""Worlds with known truth: pictures we draw ourselves, so every explanation can be checked."""
