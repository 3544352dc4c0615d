"""The tab with the paper's slices."""
