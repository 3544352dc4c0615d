"""What every floor uses: progress, checks, records, hooks, coalitions, superpixels."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
