"""What retraining showed: PXGen's figures 7 and 8."""

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
    """FID to the original model over the number of pictures that were kept, one line a way: means
    over training seeds."""
    lines: dict[str, tuple[list[float], list[float]]] = {}
    for way in dict.fromkeys(row.way for row in found.shares):
        rows = sorted((r for r in found.shares if r.way == way), key=lambda row: row.kept)
        kept = [float(row.kept) for row in rows]
        lines[WAYS.get(way, way)] = (kept, [row.fid.value for row in rows])
    return line_chart(
        lines,
        x="training pictures kept",
        y="FID to the original",
        title="A model trained again, and the original: lower is nearer",
        height=300,
    )


def claim(found: Retrained) -> str:
    """Whether pictures that HIHE keeps serve better than as many that were drawn by chance, in a
    sentence: at the paper's own comparison, and where fewest are kept."""
    gaps = sorted((g for g in found.gaps if g.rival == "Random"), key=lambda g: -g.kept)
    said = []
    for gap in [*(g for g in gaps if g.hihe), *(g for g in gaps[-1:] if not g.hihe)]:
        low, value, high = gap.fid.low, gap.fid.value, gap.fid.high
        if low > 0:
            said.append(f"with {gap.kept:,} kept HIHE is nearer, by {value:.1f} of FID")
        elif high < 0:
            low, value, high = -high, -value, -low
            said.append(f"with {gap.kept:,} kept HIHE is further away, by {value:.1f} of FID")
        else:
            said.append(f"with {gap.kept:,} kept there is no clear difference ({value:+.1f})")
        said[-1] += f" (95 % interval {low:.1f} to {high:.1f})"
    text = "; ".join(said).replace("-", "−")
    return f"Against as many pictures drawn by chance: {text}." if said else ""
