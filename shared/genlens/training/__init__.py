"""Training a small VAE, or a classifier, on a user's own pictures."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
