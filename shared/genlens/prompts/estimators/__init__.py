"""Estimators of what each word of a prompt does: one a module, all of them in ``estimators``."""
