"""A StyleGAN2 in a folder: ``config.json``, ``model.safetensors`` and, where there is one, the
encoder's ``encoder.safetensors``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from genlens.errors import InputError, ModelError
from genlens.models import weights
from genlens.models.generators.stylegan2.encoder import StyleEncoder
from genlens.models.generators.stylegan2.network import MODEL_TYPE, StyleGAN2
from genlens.models.generators.stylegan2.published import read_published
from genlens.models.loading.fitting import fill

ENCODER = "encoder.safetensors"
EXACT = "mapping."
"""Few weights, which float16 would spoil where they cancel each other (see the zoo's staircase)."""


@dataclass(frozen=True)
class Files:
    """What a folder held: the networks, what else its config says, what was changed to read it."""

    net: StyleGAN2
    encoder: StyleEncoder | None
    about: dict[str, Any]
    notes: tuple[str, ...]


def save(
    folder: Path, net: StyleGAN2, encoder: StyleEncoder | None, about: Mapping[str, Any]
) -> None:
    """Write both networks (float16, mapping networks float32) and a config to ``folder``; ``about``
    adds keys to the config (data set, class names, measured figures)."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(net, folder / "model.safetensors")
    config = {"model_type": MODEL_TYPE, **net.config}
    if encoder is not None:
        _write(encoder, folder / ENCODER)
        config["encoder"] = encoder.config
    text = json.dumps({**config, **about}, indent=1, ensure_ascii=False)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")


def _write(net: nn.Module, path: Path) -> None:
    constants = "resample_filter"  # known without a file
    state = {k: v.detach().cpu().contiguous() for k, v in net.state_dict().items()}
    kept = {k: v if k.startswith(EXACT) else v.half() for k, v in state.items()}
    save_file({k: v for k, v in kept.items() if not k.endswith(constants)}, path)


def read(folder: Path) -> Files:
    """What :func:`save` wrote, or the safetensors of a StyleGAN2 as others publish it (see
    ``published``), float32, on the CPU, in eval mode.

    Raises:
        ModelError: a file is missing, damaged or pickled, the config is not of this kind, or
            weights and config do not fit.
    """
    path = folder / "config.json"
    config = weights.read_json(path) if path.is_file() else {}
    if config.get("model_type") != MODEL_TYPE:
        net, notes = read_published(weights.only_weights(folder))
        return Files(net, None, {}, notes)
    widths = config.get("encoder")
    try:
        net = StyleGAN2(**{key: config[key] for key in StyleGAN2.arguments if key in config})
        encoder = None
        if widths is not None:
            deep = widths.get("mapping_layers", net.mapping_layers)
            sizes = (widths["widths"], widths["codes"], net.styles, deep)
            encoder = StyleEncoder(net.side, *sizes, net.colours)
    except (InputError, TypeError, KeyError, ValueError) as error:
        raise ModelError(f"{weights.shown(folder / 'config.json')}: {error}") from error
    notes = _fill(net, folder, "model.safetensors")
    if encoder is not None:
        notes += _fill(encoder, folder, ENCODER)
    known = {"model_type", "encoder", *StyleGAN2.arguments}
    about = {key: value for key, value in config.items() if key not in known}
    return Files(net.eval(), encoder.eval() if encoder else None, about, notes)


def _fill(net: nn.Module, folder: Path, name: str) -> tuple[str, ...]:
    state = weights.load_state(weights.find_weights(folder, name))
    filters = {k: v for k, v in net.state_dict().items() if k.endswith("resample_filter")}
    floats = {k: v.float() for k, v in state.items()}
    return fill(net, {**filters, **floats}, weights.shown(folder / name))
