"""The tab for a visitor's own pictures."""
