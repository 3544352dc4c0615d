"""Pictures of prompt explanations."""
