"""Two prompts side by side: pictures, their difference, shares."""
