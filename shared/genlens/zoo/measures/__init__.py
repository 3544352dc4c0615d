"""How good the shipped models are, one kind of model a module."""
