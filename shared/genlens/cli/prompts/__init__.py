"""What ``genlens explain`` does for prompts beside the full explanation."""
