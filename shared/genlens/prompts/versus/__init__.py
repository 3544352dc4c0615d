"""Two prompts side by side, from the same noises."""
