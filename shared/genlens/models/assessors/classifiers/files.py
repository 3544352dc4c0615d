"""A classifier in a folder: ``config.json`` beside ``model.safetensors`` (float16).

The config says which backbone it has, its heads (name -> values), and what it is asked as an
assessor where nobody says otherwise::

    {"model_type": "genlens-classifier", "backbone": "small", "side": 64, "widths": [12, 24, 32],
     "heads": {"smile": ["no", "yes"]}, "asks": {"head": "smile", "values": ["yes"]}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from genlens.errors import InputError, ModelError
from genlens.models import weights
from genlens.models.assessors.classifiers.backbones import Backbone
from genlens.models.assessors.classifiers.heads import Ask, Heads, checked_heads
from genlens.models.assessors.classifiers.kinds import backbone
from genlens.models.loading.fitting import fill

MODEL_TYPE = "genlens-classifier"


class ClassifierNet(nn.Module):
    """Pictures (n, 3, side, side) in [0, 1] -> logits (n, values of all heads)."""

    def __init__(self, body: Backbone, heads: Heads) -> None:
        super().__init__()
        self.body, self.heads = body, heads
        self.head = nn.Linear(body.features, sum(len(values) for values in heads.values()))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self.head(self.body(images)))

    def split(self, logits: torch.Tensor) -> dict[str, torch.Tensor]:
        """(n, values of all heads) -> head -> (n, values)."""
        parts = logits.split([len(values) for values in self.heads.values()], dim=1)
        return dict(zip(self.heads, parts, strict=True))


@dataclass(frozen=True)
class Files:
    """What a folder held: the network, what it is asked, what else its config says, and what was
    changed to read it."""

    net: ClassifierNet
    ask: Ask
    about: dict[str, Any]
    notes: tuple[str, ...]


def save(folder: Path, net: ClassifierNet, ask: Ask, about: Mapping[str, Any]) -> None:
    """Write ``net`` to ``folder``; ``about`` adds keys to the config (data, measured figures)."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.detach().cpu() for k, v in net.state_dict().items()}
    halved = {k: v.half().contiguous() for k, v in state.items() if v.is_floating_point()}
    save_file(halved, folder / "model.safetensors")
    config = {
        "model_type": MODEL_TYPE,
        "backbone": net.body.kind,
        **net.body.config,
        "heads": {name: list(values) for name, values in net.heads.items()},
        "asks": ask.to_dict(),
        **about,
    }
    text = json.dumps(config, indent=1, ensure_ascii=False)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Files:
    """What :func:`save` wrote, float32, on the CPU, in eval mode.

    Raises:
        ModelError: a file is missing, damaged or pickled, the config is not of this kind, or
            weights and config do not fit.
    """
    config = weights.read_json(folder / "config.json")
    here = weights.shown(folder / "config.json")
    if config.get("model_type") != MODEL_TYPE:
        kind = config.get("model_type")
        raise ModelError(f"{here} is of model type {kind!r}, not {MODEL_TYPE}")
    try:
        heads = checked_heads(config.get("heads"))
        ask = Ask.read(config.get("asks"), heads)
        body = backbone(config.get("backbone"), config)
    except InputError as error:
        raise ModelError(f"{here}: {error}") from error
    net = ClassifierNet(body, heads)
    state = weights.load_state(weights.find_weights(folder, "model.safetensors"))
    notes = fill(net, state, weights.shown(folder))
    known = {"model_type", "backbone", "heads", "asks", *body.config}
    about = {key: value for key, value in config.items() if key not in known}
    return Files(net.eval(), ask, about, notes)
