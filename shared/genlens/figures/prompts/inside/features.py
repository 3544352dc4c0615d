"""Features: what each stands for, its top pictures with where it fires, and what it paints."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.common.tables import Cell, Table
from genlens.figures.palette import rgb, sequential
from genlens.figures.pixels import data_uri
from genlens.figures.prompts.inside.layers import share_cell
from genlens.figures.prompts.inside.tiles import Tile, tiles
from genlens.prompts.inside.features.learn import Feature
from genlens.prompts.inside.features.paint import PaintedFeature

SIDE = 64


def features_table(features: Sequence[Feature], most: int = 12) -> Table:
    """A row a feature: its noun, precision and recall, and its top pictures beside where it
    fires there (light: most)."""
    rows: list[list[str | Cell]] = []
    for each in features[:most]:
        pairs = "".join(_pair(each, k) for k in range(min(3, len(each.tops))))
        shown = f'<span style="display:flex;gap:.6rem">{pairs}</span>'
        rows.append(
            [
                f"{each.number}",
                each.noun,
                share_cell(each.precision),
                f"{100 * each.recall:.0f} %" if np.isfinite(each.recall) else "-",
                f"{100 * each.fires:.2f} %",
                Cell(f"scenes {', '.join(map(str, each.tops[:3]))}", html=shown),
            ]
        )
    heads = ["Feature", "stands for", "precision", "recall", "fires on", "top pictures, and where"]
    return Table(heads, rows, "rlrrrl")


def painted_tiles(found: PaintedFeature) -> str:
    """The picture as it is, painted, and painted with a direction by chance."""
    inside, outside = found.changed, found.changed_outside
    many = len(found.features)
    what = f"feature {found.feature}" if many == 1 else f"all {many} features of its noun"
    done = f"{what} ({found.noun}) " + ("painted" if found.strength >= 0 else "taken out")
    done += " in its shape" if found.made_by.settings.get("shaped") else ""
    shown = [
        Tile(found.before, "as it is", f"“{found.prompt}” as it is", f"“{found.prompt}”"),
        Tile(
            _outlined(found.after, found.region), done, f"“{found.prompt}” with {done}",
            f"changed inside {100 * inside:.1f} %, outside {100 * outside:.1f} %",
        ),
        Tile(
            _outlined(found.chance, found.region), "control: a direction by chance",
            "The same with a direction by chance of the same size",
            f"changed inside {100 * found.by_chance:.1f} %",
        ),
    ]  # fmt: skip
    return tiles(shown)


def _pair(feature: Feature, k: int) -> str:
    table = np.array([rgb(sequential(i / 255)) for i in range(256)])
    heat = np.clip(feature.heat[k], 0, 1)
    pixels = (table[(heat * 255).round().astype(int)] * 255).round().astype(np.uint8)
    style = f"width:{SIDE}px;height:{SIDE}px;flex:none;margin:0;image-rendering:pixelated"
    scene = html.escape(f"Scene {feature.tops[k]}")
    return (
        f'<span style="display:inline-flex;flex:none"><img style="{style}" '
        f'src="{data_uri(feature.pictures[k])}" alt="{scene}"><img style="{style}" '
        f'src="{data_uri(pixels)}" alt="Where feature {feature.number} fires in it"></span>'
    )


def _outlined(image: np.ndarray, region: np.ndarray) -> np.ndarray:
    """``image`` with a thin dark edge around ``region``."""
    inner = region.copy()
    inner[1:-1, 1:-1] &= region[:-2, 1:-1] & region[2:, 1:-1] & region[1:-1, :-2] & region[1:-1, 2:]
    inner[[0, -1]] = False
    inner[:, [0, -1]] = False
    edge = region & ~inner
    found: np.ndarray = image.copy()
    found[edge] = (found[edge] * 0.35).astype(np.uint8)
    return found
