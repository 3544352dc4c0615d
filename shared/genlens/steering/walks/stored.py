"""Findings in a file: what a page opens with, so that nobody waits for it.

``python -m genlens.steering.walks.stored`` measures them on the shipped generator and writes the
file again, and what else of the room ships with these weights: the usual error of a search and the
example that was searched for. It takes some minutes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from genlens.common.measures import Measure
from genlens.common.records import MadeBy
from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.catalog import weights_folder
from genlens.models.contracts import Assessor, Generator, ModelCard
from genlens.steering.directions.samples import draw_samples
from genlens.steering.results import Curve, Direction, Leakage, Reach, Search, Space
from genlens.steering.walks.drift import drift_distance
from genlens.steering.walks.finding import Finding, explore
from genlens.steering.walks.ordinary import ordinary_of

FILE = Path(__file__).parents[1] / "data" / "directions.json"
GENERATOR = "avatars-gan"
METHOD = "svm"
SPACE: Space = "styles"
"""How the stored directions were found: nothing held still, all layers."""
PICTURES = 2000
_DIGITS = 5


@lru_cache(maxsize=1)
def _stored() -> Mapping[str, Any]:
    if not FILE.is_file():
        return {}
    written = json.loads(FILE.read_text(encoding="utf-8"))
    return written if isinstance(written, dict) else {}


def stored_finding(card: ModelCard, assessor: str) -> Finding | None:
    """What was measured for this very generator and the assessor called so; None where nothing was,
    or of other weights.

    Raises:
        ModelError: the file is damaged.
    """
    written = _stored()
    if written.get("model") != card.id or written.get("weights") != weights_of(card):
        return None
    found = written.get("findings", {}).get(assessor)
    try:
        return None if found is None else read(found)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelError(f"{FILE.name} is damaged: {error!r}") from error


def weights_of(card: ModelCard) -> str:
    """What changes with the weights of a model: the sha256 of an embedded one's folder."""
    if card.source != "embedded":
        return card.revision
    folder = weights_folder(card.id)
    return _sha256(folder) if folder.is_dir() else ""


@lru_cache(maxsize=8)
def _sha256(folder: Path) -> str:
    return weights.folder_sha256(folder)


def read(written: Mapping[str, Any]) -> Finding:
    """The finding that ``Finding.to_dict`` wrote, without its walk."""
    search = written["search"]
    directions = tuple(_direction(each) for each in search["directions"])
    made = _made_by(written["made_by"])
    held_out = search["held_out"]
    leakage = written["leakage"]
    return Finding(
        search=Search(
            directions=directions,
            losses=np.array(search["losses"], float),
            held_out=None if held_out is None else Measure.read(held_out),
            cosines=dict(search["cosines"]),
            notes=tuple(search["notes"]),
            made_by=made,
        ),
        direction=_direction(written["direction"]),
        reach=_reach(written["reach"], made),
        curve=_curve(written["curve"], made),
        leakage=None if leakage is None else _leakage(leakage, made),
        distance=str(written["distance"]),
        made_by=made,
    )


def _direction(written: Mapping[str, Any]) -> Direction:
    own = {k: written[k] for k in ("space", "method", "target", "unit", "normed", "order", "title")}
    return Direction(
        vector=np.array(written["vector"], np.float32), made_by=_made_by(written["made_by"]), **own
    )


def _reach(written: Mapping[str, Any], made: MadeBy) -> Reach:
    own = {k: written[k] for k in ("low", "high", "why_low", "why_high")}
    return Reach(steps=np.array(written["steps"], float), made_by=made, **own)


def _curve(written: Mapping[str, Any], made: MadeBy) -> Curve:
    arrays = {
        k: _numbers(written[k]) for k in ("alphas", "scores", "mean", "low", "high", "distance")
    }
    return Curve(
        assessor=str(written["assessor"]),
        unit=str(written["unit"]),
        slope=Measure.read(written["slope"]),
        monotone=Measure.read(written["monotone"]),
        made_by=made,
        **arrays,
    )


def _leakage(written: Mapping[str, Any], made: MadeBy) -> Leakage:
    leaks, sizes = (
        {name: Measure.read(m) for name, m in written[k].items()} for k in ("leaks", "sizes")
    )
    return Leakage(str(written["target"]), leaks, str(written["worst"]), sizes, made)


def _made_by(written: Mapping[str, Any]) -> MadeBy:
    return MadeBy(**{key: value for key, value in written.items() if key in MadeBy.__annotations__})


def _numbers(written: object) -> np.ndarray:
    """As an array; what is no number (null) is NaN."""
    return np.array(written, dtype=object).astype(float)


def _rounded(value: Any) -> Any:
    """``value`` with floats of few digits: a stored vector needs no more."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value


def store(
    generator: Generator, assessors: Sequence[Assessor], others: Sequence[Assessor], path: Path
) -> None:
    """Explore ``generator`` for each of ``assessors`` and write the findings to ``path``."""
    every = {a.name: a for a in (*assessors, *others)}
    samples = draw_samples(generator, list(every.values()), PICTURES)
    usual = ordinary_of(generator, drift_distance())
    findings = {}
    for assessor in assessors:
        found = explore(
            generator, METHOD, assessor, space=SPACE, samples=samples, ordinary=usual,
            others=[o for o in others if o.name != assessor.name],
        )  # fmt: skip
        findings[assessor.name] = _rounded(found.to_dict())
        print(f"{assessor.title}: {found.curve.monotone}", file=sys.stderr)
    card = generator.card
    written = {"model": card.id, "weights": weights_of(card), "findings": findings}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(written, allow_nan=False) + "\n", encoding="utf-8")


def main() -> None:
    """Measure the shipped generator."""
    from genlens.models.assessors.assessors import ASSESSORS
    from genlens.models.assessors.shipped import FACE_PROPERTIES, SMILES
    from genlens.models.catalog import load
    from genlens.steering.projection import example, usual
    from genlens.steering.projection.search import Search

    generator: Generator = load(GENERATOR, contract="Generator")
    others = [*FACE_PROPERTIES, ASSESSORS["brightness"], ASSESSORS["colourfulness"]]
    every = [a for a in (*SMILES, *others) if not a.missing()]
    store(generator, every, others, FILE)
    usual.store(generator)
    example.store(Search(generator), example.FILE)


if __name__ == "__main__":
    main()
