"""Asking more of a result that is there: the button, and keeping what was found with the result."""
