"""Ways to move through a generator that change one thing: one way to find them a module."""
