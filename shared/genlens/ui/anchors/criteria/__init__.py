"""The tab with all criteria."""
