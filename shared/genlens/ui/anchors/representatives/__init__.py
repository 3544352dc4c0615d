"""The tab with the representatives of any group."""
