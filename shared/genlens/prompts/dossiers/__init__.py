"""An explanation with all that else was asked of it, and how that is kept in a file."""
