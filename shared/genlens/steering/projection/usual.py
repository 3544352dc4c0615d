"""What error a search usually leaves: that of the generator's own pictures, which it could draw
exactly. A picture that misses by far more is unlike anything the generator draws."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.estimates import median
from genlens.common.measures import Measure
from genlens.common.progress import Cancel, Progress
from genlens.common.records import Record
from genlens.models.contracts import Generator
from genlens.models.memory import MEMORY
from genlens.steering.drawn import draw, random_styles
from genlens.steering.projection.search import Search

FILE = Path(__file__).with_name("usual.json")
OWN = 8
SEED_AFTER = 1_000_003
"""Own pictures come of other seeds than those among which a search looks for its start."""
SHARE = 1 / 3
"""Of a picture's own contrast (its root mean squared distance from its mean colour): an error above
it means that more than a ninth of the picture's variance was not found. A fixed error would let a
small thing on a plain ground pass, of which nothing at all is found."""


@dataclass(frozen=True)
class Usual(Record):
    """``errors`` (n,) of own pictures under one procedure."""

    errors: np.ndarray

    @property
    def error(self) -> Measure:
        """The median of the errors."""
        return median(list(self.errors))

    def limit(self, image: torch.Tensor) -> float:
        """The largest error with which ``image`` (c, h, w) is not called foreign: that of the worst
        own picture, or a third of the picture's contrast where that is more."""
        return max(float(self.errors.max()), SHARE * contrast(image))


def contrast(image: torch.Tensor) -> float:
    """The root mean squared distance of the pixels of ``image`` (c, h, w) from their mean colour:
    the error of whoever finds nothing but that colour."""
    return float((image - image.mean((1, 2), keepdim=True)).double().square().mean().sqrt())


def usual_of(
    search: Search, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Usual:
    """The usual error of ``search``: shipped, kept from an earlier call, or measured now."""
    card = search.generator.card
    shipped = _shipped(card.id, card.revision, search.settings)
    if shipped is not None:
        return shipped
    if not card.revision:  # nothing tells it from another model of that name
        return measured(search, progress=progress, cancel=cancel)
    key = ("usual error", *card.key, *search.settings.values())
    return MEMORY.get(key, lambda: measured(search, progress=progress, cancel=cancel))


def measured(
    search: Search,
    n: int = OWN,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Usual:
    """Search for ``n`` of the generator's own pictures, as for any other picture.

    Raises:
        Cancelled: ``cancel()`` said so.
    """
    whole("the number of own pictures", n, 2, 10_000)
    generator = search.generator
    images = own_pictures(generator, n, search.seed + SEED_AFTER)

    def told(done: int, total: int, text: str) -> None:
        if progress is not None:
            progress(done, total, f"{n} own pictures first, to compare with. {text}")

    errors = search.find(images, progress=told, cancel=cancel).reached.double().numpy()
    return Usual(errors)


def own_pictures(generator: Generator, n: int, seed: int) -> torch.Tensor:
    """(n, c, h, w) pictures that ``generator`` draws from its prior."""
    return draw(generator, random_styles(generator, n, seed))


def _shipped(model: str, revision: str, settings: Mapping[str, Any]) -> Usual | None:
    """What ships for exactly this model and these settings."""
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    for entry in kept.get(model, []):
        if revision and entry["revision"] == revision and entry["settings"] == dict(settings):
            return Usual(np.asarray(entry["errors"], np.float64))
    return None


def main() -> None:
    """``python -m genlens.steering.projection.usual avatars-gan``: ``store`` for one model."""
    from genlens.models.catalog import load

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("model")
    parser.add_argument("--n", type=int, default=OWN)
    args = parser.parse_args()
    store(load(args.model, contract="Generator"), args.n)


def store(generator: Generator, n: int = OWN) -> None:
    """Measure what ships for ``generator``: one shared style, and one for each layer."""
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    kept[generator.card.id] = []
    for shared in (True, False):
        search = Search(generator, shared=shared)
        found = measured(search, n)
        kept[generator.card.id].append(
            {
                "revision": generator.card.revision,
                "settings": search.settings,
                "errors": [round(float(error), 5) for error in found.errors],
            }
        )
        print(f"shared {shared}: {found.error}, at worst {found.errors.max():.3f}")
    FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
