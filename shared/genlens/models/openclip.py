"""CLIP models in open_clip's format behind the ``ImageTextEncoder`` contract.

Radford et al. 2021 (arXiv:2103.00020), in the implementation of open_clip. The embedded model is
an open_clip folder with a word-level tokenizer of its own; hub models use open_clip's tokenizers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genlens import torchvision_guard
from genlens.errors import ModelError

if TYPE_CHECKING:
    import torch


def build_clip(config: dict[str, Any]) -> torch.nn.Module:
    """An open_clip model with random weights from an ``open_clip_config.json`` dictionary.

    Args:
        config: the whole file's content (with a ``model_cfg`` key) or ``model_cfg`` itself:
            ``embed_dim``, ``vision_cfg``, ``text_cfg`` as open_clip defines them, optionally
            ``custom_text`` (then ``CustomTextCLIP`` is built), ``quick_gelu``, ``init_logit_scale``.

    Returns:
        ``open_clip.CLIP`` or ``CustomTextCLIP`` in eval mode, float32, on the CPU.

    Raises:
        ModelError: ``embed_dim``, ``vision_cfg`` or ``text_cfg`` is missing or not understood.
    """
    torchvision_guard.ensure()
    from open_clip.model import CLIP, CustomTextCLIP

    cfg = dict(config.get("model_cfg", config))
    missing = [key for key in ("embed_dim", "vision_cfg", "text_cfg") if key not in cfg]
    if missing:
        raise ModelError(f"the open_clip config lacks {', '.join(missing)} under model_cfg")
    custom_text = cfg.pop("custom_text", False)
    try:
        model = (CustomTextCLIP if custom_text else CLIP)(**cfg)
    except TypeError as error:
        raise ModelError(f"open_clip does not understand this model_cfg: {error}") from error
    return model.eval()
