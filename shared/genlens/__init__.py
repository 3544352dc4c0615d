"""genlens: see how image generators work, and check that the explanation is true.

Nothing heavy is imported here: ``import genlens`` stays under 0.3 s, and every public name (listed
with its types in ``__init__.pyi``) is loaded on first use.
"""

import lazy_loader as lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
__all__ = ["__version__", *__all__]
