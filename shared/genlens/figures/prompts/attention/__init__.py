"""Pictures of where a model looks."""
