"""Which words of a prompt made the image, and which object belongs to which word."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
