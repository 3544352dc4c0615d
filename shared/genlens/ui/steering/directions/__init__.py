"""The tab "Directions"."""
