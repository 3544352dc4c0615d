"""The tab of the rebuilding game."""
