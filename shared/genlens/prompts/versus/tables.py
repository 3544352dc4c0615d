"""A comparison of two prompts as tables and sentences, for terminals and pages."""

from __future__ import annotations

import numpy as np

from genlens.common.measures import Measure
from genlens.common.tables import Cell, Table, two_lines
from genlens.prompts.versus.pairing import NONE
from genlens.prompts.versus.results import NO_SHARES, PromptComparison, WordPair

_SAID = {True: "yes", False: "no", None: "–"}


def versus_blocks(found: PromptComparison) -> list[Table | str]:
    """The words side by side, the two pictures, the control, and how to read it."""
    rows = [_row(found, pair) for pair in found.pairs]
    table = Table(
        ("first prompt", "share", "second prompt", "share", "change, points", "beyond noise"),
        rows,
        align="lllllr",
        caption=f"Shares over {len(found.seeds)} starting noises (seeds "
        f"{', '.join(map(str, found.seeds))}), with 95 % intervals",
    )
    gone = max((_gone(pair) for pair in found.pairs), default=0)
    left = [f"Left out: {gone} of {len(found.seeds)} noises, from which a prompt’s words hardly "
            "change its image, so that there are no shares."] if gone else []  # fmt: skip
    return [f"**{found.sentence}**", table, *left, pictures_said(found), _HOW]


def pictures_said(found: PromptComparison) -> str:
    """How far the pictures differ, beside what another noise does, and the control."""
    return (
        f"The two images of one noise are alike by {_figure(found.likeness)} (cosine of their CLIP "
        "embeddings, 1: the same image), and differ by "
        f"{_figure(found.changed_pixels, percent=True)} of the colour range at a pixel. For "
        "comparison, the first prompt’s images from two noises are alike by "
        f"{_figure(found.noise_likeness)}. Control: the first image drawn a second time differs by "
        f"{100 * found.repeated:.1f} % of the colour range; it must not differ."
    )


_HOW = (
    "- **Share**: a word’s part of what all words of its prompt do to its image (Shapley value, "
    "divided by the sum). Shares of one prompt add up to 100 %, so one word’s gain is the others’ "
    "loss.\n"
    "- **Change**: the second prompt’s share less the first’s, taken noise by noise: both prompts "
    "start from the same noise. **Beyond noise**: its 95 % interval leaves out 0, and the mean is "
    "at least half a point. Each interval is for itself: of 20 words that do not change, one seems "
    "to by chance.\n"
    "- Each prompt’s own image is its measure: the shares say what a word does within its prompt, "
    "not what one prompt has that the other lacks; that is in the images."
)


def _row(found: PromptComparison, pair: WordPair) -> list[str | Cell]:
    texts = [
        words[place].text if place != NONE else "–"
        for words, place in zip(found.words, (pair.first, pair.second), strict=True)
    ]
    first, second = (_share(measure) for measure in pair.shares)
    return [texts[0], first, texts[1], second, _change(pair.change), _SAID[pair.beyond_noise]]


def _share(measure: Measure | None) -> str | Cell:
    if measure is None or not np.isfinite(measure.value):
        return "–"
    return two_lines(f"{_percent(measure.value)}\u00a0%", _ends(measure, "%"))


def _change(measure: Measure | None) -> str | Cell:
    if measure is None or not np.isfinite(measure.value):
        return "–"
    return two_lines(_signed(measure.value), _ends(measure, "signed"))


def _ends(measure: Measure, form: str) -> str:
    if not np.isfinite([measure.low, measure.high]).all():
        return "no interval"
    if form == "signed":
        ends = f"{_signed(measure.low)} to {_signed(measure.high)}"
    else:
        ends = f"{_percent(measure.low)} to {_percent(measure.high)} %"
    return ends.replace(" ", "\u00a0")  # on one line, however narrow the page


def _percent(value: float) -> str:
    """Per cent with a true minus, and no sign for what rounds to zero."""
    rounded = round(100 * value, 1)
    return f"{rounded:.1f}".replace("-", "−") if rounded else "0.0"


def _signed(value: float) -> str:
    rounded = round(100 * value, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"


def _figure(measure: Measure, *, percent: bool = False) -> str:
    scale, form, unit = (100, ".1f", " %") if percent else (1, ".3f", "")
    if not np.isfinite([measure.low, measure.high]).all():
        return f"{scale * measure.value:{form}}{unit}"
    low, high = (f"{scale * end:{form}}" for end in (measure.low, measure.high))
    return f"{scale * measure.value:{form}}{unit} ({low} to {high}{unit})"


def _gone(pair: WordPair) -> int:
    return max((m.left_out.get(NO_SHARES, 0) for m in pair.shares if m is not None), default=0)
