"""What an autoencoder's latents mean, and which pixels and latents decide its numbers."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
