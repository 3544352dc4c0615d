"""The tab about units: what they stand for, and painting with them."""
