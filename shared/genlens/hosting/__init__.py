"""Where pages run: staged Spaces, their cards, and the local suite."""
