"""Which examples a generative model knows, confuses or cannot make (PXGen, arXiv:2501.11827)."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
