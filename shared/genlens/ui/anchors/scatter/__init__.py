"""The tab with the scatter of all anchors."""
