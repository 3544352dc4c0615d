"""diffusers and transformers without their bars, reports and notices."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No loading bars, no tables of names that do not fit (genlens says so itself), and no notices
    about files that are not the caller's."""
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    both = (diffusers_logging, transformers_logging)
    noisy = [module for module in both if module.is_progress_bar_enabled()]
    levels = [module.get_verbosity() for module in both]
    for module in noisy:
        module.disable_progress_bar()
    for module in both:
        module.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        for module in noisy:
            module.enable_progress_bar()
        for module, level in zip(both, levels, strict=True):
            module.set_verbosity(level)
