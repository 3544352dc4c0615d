"""Attribution methods that need only a differentiable target: any room may use them."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
