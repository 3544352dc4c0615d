"""The notes on what the page does and where it misleads."""
