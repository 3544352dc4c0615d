"""A model with the pictures it is looked at with: what pages, tables and commands start from."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
