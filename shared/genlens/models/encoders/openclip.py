"""CLIP models in open_clip's format behind the ``ImageTextEncoder`` contract.

Radford et al. 2021 (arXiv:2103.00020), in the implementation of open_clip. The embedded model is
an open_clip folder with a word-level tokenizer of its own; hub models use open_clip's tokenizers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from genlens.common import torchvision_guard
from genlens.errors import InputError, ModelError
from genlens.models import weights
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard
from genlens.models.devices import pick_device
from genlens.models.encoders.tokenizers import BPE_SIZE, Tokenize, tokenizer_of
from genlens.models.loading.fitting import fill

_LARGEST = {
    "width": 16_384, "layers": 256, "image_size": 4096, "vocab_size": 1_000_000,
    "context_length": 65_536,
}  # fmt: skip
# OpenAI's statistics and resizing, which open_clip assumes where a config says nothing.
_PREPROCESS: dict[str, Any] = {
    "mean": (0.48145466, 0.4578275, 0.40821073),
    "std": (0.26862954, 0.26130258, 0.27577711),
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}


def build_clip(config: dict[str, Any]) -> torch.nn.Module:
    """An open_clip model with random weights from an ``open_clip_config.json`` dictionary.

    Args:
        config: the whole file's content (with a ``model_cfg`` key) or ``model_cfg`` itself:
            ``embed_dim``, ``vision_cfg``, ``text_cfg`` as open_clip defines them, optionally
            ``custom_text`` (then ``CustomTextCLIP`` is built), ``quick_gelu``,
            ``init_logit_scale``.

    Returns:
        ``open_clip.CLIP`` or ``CustomTextCLIP`` in eval mode, float32, on the CPU.

    Raises:
        ModelError: ``embed_dim``, ``vision_cfg`` or ``text_cfg`` is missing or not understood.
    """
    torchvision_guard.ensure()
    from open_clip.model import CLIP, CustomTextCLIP

    given = config.get("model_cfg", config)
    cfg = dict(given) if isinstance(given, dict) else {}
    missing = [key for key in ("embed_dim", "vision_cfg", "text_cfg") if key not in cfg]
    if missing:
        raise ModelError(f"the open_clip config lacks {', '.join(missing)} under model_cfg")
    custom_text = cfg.pop("custom_text", False)
    _check_sizes(cfg)
    try:
        model = (CustomTextCLIP if custom_text else CLIP)(**cfg)
    except Exception as error:  # open_clip builds whatever a config says, and stumbles anywhere
        first = " ".join(str(error).split())[:200]
        raise ModelError(f"open_clip does not understand this model_cfg: {first}") from error
    return model.eval()


def _check_sizes(cfg: dict[str, Any]) -> None:
    """Refuse sizes that would fill the memory before the weights are looked at."""
    for part in ("vision_cfg", "text_cfg"):
        if not isinstance(cfg[part], dict):
            raise ModelError(f"{part} is {cfg[part]!r} in the open_clip config: give an object")
        if not isinstance(cfg[part].get("vocab_size", BPE_SIZE), int):
            raise ModelError(f"{part} says vocab_size {cfg[part]['vocab_size']!r}: give a number")
        for name, most in _LARGEST.items():
            value = cfg[part].get(name, 1)
            if isinstance(value, int) and not 0 <= value <= most:
                raise ModelError(f"{part} says {name} {value}: take 0 to {most:,}")
    for name in ("pad_id", "eos_id"):
        last = cfg["text_cfg"].get("vocab_size", BPE_SIZE) - 1
        token = cfg["text_cfg"].get(name, 0)
        if not isinstance(token, int) or not 0 <= token <= last:
            raise ModelError(f"text_cfg says {name} {token!r}: it should be a token, 0 to {last}")


class OpenClipEncoder:
    """An open_clip model that embeds images and texts into one space, as unit vectors.

    Images are resized by differentiable interpolation (antialiased, as PIL's resampling is), so
    gradients flow from the embedding to the pixels. ``card.settings``: batch_size, and
    interpolation ("bicubic", "bilinear") where it should differ from the model's own.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        tokenize: Tokenize,
        preprocess: dict[str, Any],
        card: ModelCard,
        device: str,
    ) -> None:
        self.model = model.to(device).eval().requires_grad_(False)
        self.card = card
        self.device = torch.device(device)
        self._tokenize = tokenize
        self._size = _pair(preprocess["size"])
        self._interpolation = str(preprocess["interpolation"])
        self._squash = preprocess["resize_mode"] == "squash"
        self._mean = torch.tensor(preprocess["mean"], device=device).view(1, -1, 1, 1)
        self._std = torch.tensor(preprocess["std"], device=device).view(1, -1, 1, 1)

    @classmethod
    def from_folder(
        cls, folder: Path, card: ModelCard | None = None, *, device: str | None = None
    ) -> OpenClipEncoder:
        """Load an open_clip folder: ``open_clip_config.json``, ``open_clip_model.safetensors`` and,
        for a tokenizer of its own, ``tokenizer.json``.

        Raises:
            ModelError: a file is missing, damaged or pickled, or weights and config do not fit.
        """
        config = weights.read_json(folder / "open_clip_config.json")
        state = weights.load_state(weights.find_weights(folder, *weights.CLIP_WEIGHTS))
        model = build_clip(config)
        notes = fill(model, state, card.id if card else weights.shown(folder))
        text_cfg = config.get("model_cfg", config)["text_cfg"]
        given = config.get("preprocess_cfg", {})
        preprocess = {**_PREPROCESS, **(given if isinstance(given, dict) else {})}
        preprocess.setdefault("size", model.visual.image_size)  # type: ignore[union-attr]
        card = card_of(
            folder, card, contract="ImageTextEncoder", defaults={"batch_size": 64}, notes=notes
        )
        preprocess.update({k: v for k, v in card.settings.items() if k == "interpolation"})
        _check_preprocess(preprocess, card.id)
        return cls(model, tokenizer_of(folder, text_cfg), preprocess, card, pick_device(device))

    def embed_images(self, images: torch.Tensor) -> torch.Tensor:
        """Images (n, 3 or 1, h, w) in [0, 1] of any size to (n, d) float32 unit vectors on the CPU.

        Differentiable: gradients reach ``images`` where they ask for them.

        Raises:
            InputError: not a float (n, 1 or 3, h, w) tensor.
        """
        if images.ndim != 4 or images.shape[1] not in (1, 3) or not images.is_floating_point():
            raise InputError(
                f"images must be floats (n, 3, h, w) in [0, 1], not {tuple(images.shape)} "
                f"{images.dtype}"
            )
        if not len(images):
            return torch.zeros(0, self._width)
        keep = torch.is_grad_enabled() and images.requires_grad
        parts = []
        with torch.set_grad_enabled(keep):
            for batch in images.split(self._batch_size):
                features = self.model.encode_image(self._prepare(batch))  # type: ignore[operator]
                parts.append(torch.nn.functional.normalize(features.float(), dim=-1).cpu())
        return torch.cat(parts)

    def embed_texts(self, texts: Sequence[str]) -> torch.Tensor:
        """n texts to (n, d) unit vectors, float32 on the CPU; a text too long is cut at the end.

        Raises:
            InputError: a single string instead of a list.
        """
        if isinstance(texts, str):
            raise InputError("texts must be a list of strings, not one string")
        parts = []
        with torch.no_grad():
            for i in range(0, len(texts), self._batch_size):
                tokens = self._tokenize(list(texts[i : i + self._batch_size])).to(self.device)
                features = self.model.encode_text(tokens)  # type: ignore[operator]
                parts.append(torch.nn.functional.normalize(features.float(), dim=-1).cpu())
        return torch.cat(parts) if parts else torch.zeros(0, self._width)

    @property
    def _batch_size(self) -> int:
        return max(1, int(self.card.settings["batch_size"]))

    @property
    def _width(self) -> int:
        return int(self.model.visual.output_dim)  # type: ignore[union-attr,arg-type]

    def _prepare(self, images: torch.Tensor) -> torch.Tensor:
        """Resize to the model's size and normalise: (b, 3, h, w) -> (b, 3, size, size).

        "squash" ignores the aspect ratio; otherwise the short side is fitted and the centre kept.
        """
        images = images.to(self.device, torch.float32)
        if images.shape[1] == 1:
            images = images.expand(-1, 3, -1, -1)
        high, wide = self._size
        h, w = images.shape[-2:]
        if not self._squash:
            scale = max(high / h, wide / w)
            h, w = max(high, round(h * scale)), max(wide, round(w * scale))
        else:
            h, w = high, wide
        if tuple(images.shape[-2:]) != (h, w):
            images = torch.nn.functional.interpolate(
                images, (h, w), mode=self._interpolation, antialias=True, align_corners=False
            ).clamp(0, 1)  # bicubic overshoots
        top, left = (h - high) // 2, (w - wide) // 2
        images = images[..., top : top + high, left : left + wide]
        return (images - self._mean) / self._std


def _check_preprocess(preprocess: dict[str, Any], what: str) -> None:
    """Refuse what would only fail when the first image comes."""
    size = preprocess["size"]
    sizes = size if isinstance(size, (list, tuple)) and len(size) == 2 else [size]
    three = [preprocess["mean"], preprocess["std"]]
    right = {
        "size": all(isinstance(n, int) and 1 <= n <= 4096 for n in sizes),
        "mean and std": all(
            isinstance(values, (list, tuple))
            and len(values) == 3
            and all(isinstance(value, (int, float)) for value in values)
            for values in three
        )
        and all(value > 0 for value in three[1]),
        "interpolation": preprocess["interpolation"] in ("bicubic", "bilinear"),
        "resize_mode": preprocess["resize_mode"] in ("shortest", "longest", "squash"),
    }
    for name, fine in right.items():
        if not fine:
            raise ModelError(
                f"the preprocess_cfg of {what} has a {name} that makes no sense: {preprocess}"
            )


def hub_repository(architecture: str, tag: str) -> str:
    """The hub repository of open_clip's (architecture, pretrained tag), such as "ViT-B-32",
    "laion2b_s34b_b79k".

    Raises:
        ModelError: open_clip has no such pair, or its weights are not on the hub.
    """
    torchvision_guard.ensure()
    from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model

    config = get_pretrained_cfg(architecture, tag)
    if not config:
        tags = ", ".join(list_pretrained_tags_by_model(architecture)[:8]) or "no tags"
        raise ModelError(f"open_clip has no {architecture}:{tag}; it knows {tags} for that name")
    repository = str(config.get("hf_hub", "")).strip("/")
    if repository.count("/") != 1:
        raise ModelError(f"{architecture}:{tag} has no weights on the hub: take another tag")
    return repository


def _pair(size: int | Sequence[int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))
