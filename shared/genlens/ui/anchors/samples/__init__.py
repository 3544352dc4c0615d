"""The tab with the model's own samples."""
