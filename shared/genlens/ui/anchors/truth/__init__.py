"""The tab with the measured truth."""
