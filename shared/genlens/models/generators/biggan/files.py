"""A BigGAN-deep as it is published for PyTorch: ``config.json`` and one file of safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.generators.biggan.network import BigGAN
from genlens.models.loading.fitting import fill, require_finite, without_prefixes

MOST_WIDTH, MOST_BLOCKS, MOST_CLASSES, MOST_SIDE = 256, 24, 100_000, 1024
_ORIGINAL, _LEFT, _RIGHT = ".weight_orig", ".weight_u", ".weight_v"


def read(folder: Path) -> tuple[BigGAN, tuple[str, ...]]:
    """The generator in ``folder``, float32, in eval mode, and what was changed to read it.

    Raises:
        ModelError: a file is missing or damaged, the config is not a BigGAN-deep's, or weights and
            config do not fit.
    """
    path = weights.only_weights(folder)
    net = _built(weights.read_json(folder / "config.json"), weights.shown(folder / "config.json"))
    state, notes = without_prefixes(weights.load_state(path))
    require_finite(state, weights.shown(path))  # before they are divided by
    return net, (*notes, *fill(net, plain(state), weights.shown(path)))


def _built(config: Mapping[str, Any], what: str) -> BigGAN:
    def whole(name: str, most: int, usual: int = 0) -> int:
        value = config.get(name, usual)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise ModelError(f"{what}: {name} is {value!r}, and a BigGAN-deep has 1 to {most:,}")
        return value

    plan, at = config.get("layers"), config.get("attention_layer_position")
    rows = plan if isinstance(plan, list) else []
    good = [
        (bool(row[0]), row[1], row[2])
        for row in rows
        if isinstance(row, list) and len(row) == 3
        and all(isinstance(n, int) and 1 <= n <= 64 for n in row[1:])
    ]  # fmt: skip
    side = 4 * 2 ** sum(up for up, _, _ in good)
    if (
        not 1 <= len(rows) == len(good) <= MOST_BLOCKS
        or not isinstance(at, int)
        or side > MOST_SIDE
    ):
        raise ModelError(
            f"{what}: layers are {str(plan)[:80]} with attention at {at!r}. A BigGAN-deep has a "
            "list of [doubles, width before, width behind] for its blocks, and a whole number"
        )
    eps = config.get("eps", 1e-4)
    return BigGAN(
        whole("z_dim", 4096), whole("num_classes", MOST_CLASSES),
        whole("channel_width", MOST_WIDTH), good, at, whole("n_stats", 1001, 51),
        float(eps) if isinstance(eps, float) else 1e-4,
    ).eval()  # fmt: skip


def plain(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """``state`` with its spectral norms divided out: W / (u' W v) in place of W, u and v (Miyato
    et al. 2018, arXiv:1802.05957, section 2). Where there is no v, it is one power iteration away:
    W'u, scaled to length 1."""
    done = {name: value for name, value in state.items() if not name.endswith((_LEFT, _RIGHT))}
    for name in [name for name in done if name.endswith(_ORIGINAL)]:
        layer, weight = name.removesuffix(_ORIGINAL), done.pop(name)
        left, right = state.get(layer + _LEFT), state.get(layer + _RIGHT)
        if left is None:
            raise ModelError(f"the weights have {name} and no {layer}{_LEFT}")
        matrix = weight.reshape(len(weight), -1)
        right = torch.nn.functional.normalize(matrix.T @ left, dim=0) if right is None else right
        done[f"{layer}.weight"] = weight / (left @ matrix @ right)
    return done
