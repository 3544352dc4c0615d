"""The tab with the source paper's table."""
