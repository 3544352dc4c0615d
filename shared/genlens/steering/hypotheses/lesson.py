"""The planted case, measured: what static maps and edits say of two smile classifiers of which one
learned that smiles wear glasses.

``python -m genlens.steering.hypotheses.lesson`` records the figures that the lesson page tells, in
``steering/data/lesson.json``; a test of the shipped classifiers asks that they are still true.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genlens.common.measures import Measure, mean, share
from genlens.common.progress import Cancel, Progress
from genlens.common.records import Record
from genlens.models.assessors.assessors import assessor as assessor_named
from genlens.models.contracts import Assessor
from genlens.steering.drawn import score
from genlens.steering.hypotheses.cases import CASES
from genlens.steering.hypotheses.maps import StaticMap, face_parts, static_maps
from genlens.steering.hypotheses.run import run_hypothesis
from genlens.steering.results import Verdict
from genlens.worlds.avatars import Faces, draw_faces

PLANTED, PLAIN = "smile-planted", "smile-plain"
TRIED = ("mouth", "glasses", "hair", "skin")
"""The ready cases that the lesson tries."""
RECORDED = Path(__file__).parents[1] / "data" / "lesson.json"
MAP_FACES, EDIT_FACES, JUDGED_FACES = 10, 400, 1_000
SEED = 60
SMILING: Mapping[str, str] = {"mouth": "smile", "beard": "none"}
"""What all faces of the lesson have in common: a mouth that is seen, and smiles."""


@dataclass(frozen=True)
class Pointing(Record):
    """One method on some faces: the part that it points at most often (``part``, on ``often`` of
    them), how often at the mouth and at the glasses, and the share of its weight on each."""

    method: str
    part: str
    often: Measure
    at_mouth: Measure
    at_glasses: Measure
    on_mouth: Measure
    on_glasses: Measure


@dataclass(frozen=True)
class LessonFacts(Record):
    """Of one classifier: its ``accuracy`` on faces in which nothing goes together; where its maps
    point on smiling faces without glasses (``bare``) and on the same faces with (``wearing``); and
    by case the effect of the edit, and the answer."""

    classifier: str
    accuracy: Measure
    bare: tuple[Pointing, ...]
    wearing: tuple[Pointing, ...]
    effects: Mapping[str, Measure]
    answers: Mapping[str, str]


def lesson_faces(n: int, seed: int, glasses: str) -> Faces:
    """``n`` smiling faces without beards, with such glasses ("none" for none); the same people
    whatever they wear."""
    return draw_faces(n, seed, fixed={**SMILING, "glasses": glasses})


def facts_of(
    name: str,
    assessor: Assessor,
    *,
    faces: int = MAP_FACES,
    n: int = EDIT_FACES,
    seed: int = SEED,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LessonFacts:
    """Measure one classifier: maps of ``faces`` faces, edits of ``n``.

    Raises:
        InputError: it is no network.
        Cancelled: ``cancel()`` said so.
    """
    known = draw_faces(JUDGED_FACES, seed + 1)
    right = (score(assessor, known.tensor(), cancel=cancel) > 0) == known.has("smile")
    verdicts = {case: tried(assessor, case, n, seed, cancel) for case in TRIED}
    bare, wearing = (
        pointing(assessor, lesson_faces(faces, seed, glasses), progress, cancel)
        for glasses in ("none", "round")
    )
    return LessonFacts(
        classifier=name,
        accuracy=share(right.tolist()),
        bare=bare,
        wearing=wearing,
        effects={case: verdict.effect for case, verdict in verdicts.items()},
        answers={case: verdict.answer for case, verdict in verdicts.items()},
    )


def tried(
    assessor: Assessor, case: str, n: int, seed: int, cancel: Cancel | None = None, **more: Any
) -> Verdict:
    """The verdict on one of ``CASES``."""
    chosen = CASES[case]
    return run_hypothesis(
        chosen.claim, chosen.edit, assessor, expected=chosen.expected, n=n, seed=seed,
        cancel=cancel, **more,
    )  # fmt: skip


def pointing(
    assessor: Assessor,
    faces: Faces,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[Pointing, ...]:
    """Where each method points on each of ``faces``."""
    images, found = faces.tensor(), list[tuple[StaticMap, ...]]()
    for row in range(len(faces)):
        found.append(
            static_maps(assessor, images[row], face_parts(faces, row), seed=row, cancel=cancel)
        )
        if progress is not None:
            progress(row + 1, len(faces), f"maps of {row + 1} of {len(faces)} faces")
    return tuple(_pointing(list(maps)) for maps in zip(*found, strict=True))


def _pointing(maps: list[StaticMap]) -> Pointing:
    parts = [each.points_at for each in maps]
    part = Counter(parts).most_common(1)[0][0]
    return Pointing(
        method=maps[0].title,
        part=part,
        often=share([p == part for p in parts]),
        at_mouth=share([p == "mouth" for p in parts]),
        at_glasses=share([p == "glasses" for p in parts]),
        on_mouth=mean([_weight(each, "mouth") for each in maps]),
        on_glasses=mean([_weight(each, "glasses") for each in maps]),
    )


def _weight(each: StaticMap, part: str) -> float:
    return next((share.weight for share in each.shares if share.part == part), 0.0)


def recorded() -> dict[str, Any] | None:
    """The figures of ``lesson.json`` by classifier, None while nothing was measured."""
    if not RECORDED.is_file():
        return None
    return dict(json.loads(RECORDED.read_text(encoding="utf-8")))


def main() -> None:
    """Measure both shipped classifiers and write the file."""
    facts = {name: facts_of(name, assessor_named(name)).to_dict() for name in (PLANTED, PLAIN)}
    RECORDED.parent.mkdir(exist_ok=True)
    text = json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False)
    RECORDED.write_text(text + "\n", encoding="utf-8")
    print(f"written to {RECORDED}")


if __name__ == "__main__":
    main()
