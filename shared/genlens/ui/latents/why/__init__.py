"""The tab of attributions."""
