"""A model with the pictures it is looked at with: what pages, tables and commands start from."""
