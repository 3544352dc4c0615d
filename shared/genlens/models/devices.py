"""Where a model runs."""

from __future__ import annotations

from genlens.errors import ModelError


def pick_device(device: str | None = None) -> str:
    """``device``, or "cuda" where a GPU is at hand and "cpu" elsewhere.

    Raises:
        ModelError: a GPU is asked for and there is none, or torch does not know the name.
    """
    import torch

    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(device).type
    except RuntimeError:
        raise ModelError(f'device {device!r} is not known: take "cpu" or "cuda"') from None
    if kind == "cuda" and not torch.cuda.is_available():
        raise ModelError(f'device {device!r} is not available here: take "cpu"')
    return device
