"""Pictures of attributions."""
