"""Pictures that a model is asked about."""
