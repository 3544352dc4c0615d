"""The page of property steering."""
