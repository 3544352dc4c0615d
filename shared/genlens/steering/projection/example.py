"""The picture that a page searches for when it opens, and what was found of it, in a file: nobody
waits for it.

``python -m genlens.steering.walks.stored`` writes it again, to be run when the weights are others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genlens.errors import ModelError
from genlens.models.contracts import Generator
from genlens.steering.projection.project import projection_of
from genlens.steering.projection.search import Found, Search
from genlens.steering.projection.usual import Usual, own_pictures, usual_of
from genlens.steering.results import Projection
from genlens.worlds.avatars import SIZES, draw_faces

FILE = Path(__file__).parents[1] / "data" / "example.json"
SEED, OWN_SEED = 2026, 5
"""Of the drawn face, and of the picture of a generator that draws something else."""


def is_drawn(generator: Generator) -> bool:
    """Whether the example is a cartoon face that no model drew; else it is the generator's own."""
    channels, side, _ = generator.image_shape
    return generator.card.settings.get("data") == "avatars" and channels == 3 and side in SIZES


def example_picture(generator: Generator) -> torch.Tensor:
    """(c, h, w) in [0, 1]."""
    if is_drawn(generator):
        return draw_faces(1, seed=SEED, size=generator.image_shape[1]).tensor()[0]
    return own_pictures(generator, 1, OWN_SEED)[0]


def stored_example(search: Search) -> Projection | None:
    """What was found of the example by exactly this generator and these settings; None where
    nothing was, or with other weights.

    Raises:
        ModelError: the file is damaged.
    """
    card = search.generator.card
    written = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
    if not card.revision or written.get("revision") != card.revision:
        return None
    if written.get("model") != card.id or written.get("settings") != search.settings:
        return None
    try:
        styles = torch.tensor(written["styles"], device=search.generator.device)[None]
        losses = torch.tensor(written["losses"])[None]
        usual = Usual(np.array(written["errors"], float))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{FILE.name} is damaged: {error!r}") from error
    with torch.no_grad():
        image = search.generator.synthesize(styles).float().cpu()
    found = Found(styles.cpu(), image, losses)
    return projection_of(search, example_picture(search.generator), found, usual, 0.0)


def store(search: Search, path: Path) -> Projection:
    """Search for the example, and write what was found to ``path``."""
    usual, image = usual_of(search), example_picture(search.generator)
    found, card = search.find(image[None]), search.generator.card
    written: dict[str, Any] = {
        "model": card.id,
        "revision": card.revision,
        "settings": search.settings,
        "styles": _few_digits(found.styles[0]),
        "losses": _few_digits(found.errors[0]),
        "errors": _few_digits(torch.from_numpy(usual.errors)),
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(written, allow_nan=False) + "\n", encoding="utf-8")
    return projection_of(search, image, found, usual, 0.0)


def _few_digits(values: torch.Tensor) -> Any:
    return values.double().mul(1e5).round().div(1e5).tolist()
