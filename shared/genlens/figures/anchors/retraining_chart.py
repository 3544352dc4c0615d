"""What retraining showed: PXGen's figures 7 and 8 with intervals over training seeds."""

from __future__ import annotations

from genlens.anchors.evaluation.retrained import Retrained
from genlens.figures.line_chart import line_chart

WAYS = {
    "HIHE": "HIHE: the most representative are kept",
    "Others": "the most representative go first",
    "Random": "any go",
    "TracIn": "the least helpful by TracIn go first",
}


def retraining_chart(found: Retrained) -> str:
    """FID to the original model over the number of pictures that were kept, one line a way, and the
    ends of HIHE's 95 % interval."""
    lines: dict[str, tuple[list[float], list[float]]] = {}
    for way in dict.fromkeys(row.way for row in found.shares):
        rows = sorted((r for r in found.shares if r.way == way), key=lambda row: row.kept)
        kept = [float(row.kept) for row in rows]
        lines[WAYS.get(way, way)] = (kept, [row.fid.value for row in rows])
    return line_chart(
        lines,
        x="training pictures kept",
        y="FID to the original (classifier features)",
        title="How far a model that was trained again is from the original: lower is nearer",
        height=300,
    )
