"""Prompts of more words than are explained exactly: estimated, with intervals."""
