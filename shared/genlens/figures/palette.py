"""Colours with one meaning each, the same on every page, readable by colour-blind people.

Words take Okabe and Ito's qualitative palette ("Color Universal Design", 2008) plus one wine red;
shares and probabilities take cividis (Nuñez, Anderton and Renslow, PLoS ONE 2018), a scale whose
lightness rises evenly; signed values take a blue-to-red scale with a neutral middle at zero; an
assessor's scores run from vermillion to green, which colour-blind people tell apart.
"""

from __future__ import annotations

WORDS = (
    "#0072B2",  # blue
    "#E69F00",  # orange
    "#009E73",  # green
    "#CC79A7",  # purple-pink
    "#D55E00",  # vermillion
    "#56B4E9",  # sky blue
    "#F0E442",  # yellow
    "#882255",  # wine
)
NONE = "#8A8F98"  # "belongs to no word"

CLASSES = (
    ("#0072B2", "#56B4E9"),  # blue
    ("#B36200", "#F0A020"),  # orange
    ("#00785A", "#1FC08F"),  # green
    ("#B5468B", "#F09AD0"),  # pink
    ("#C8380A", "#FF7A45"),  # vermillion
    ("#0891A8", "#8FE3F0"),  # turquoise
    ("#746400", "#F0E442"),  # olive, yellow
    ("#7A1F4E", "#D8608F"),  # wine
    ("#44546A", "#B4BECC"),  # slate
    ("#8C5A2B", "#C79A6B"),  # brown
    ("#5A3FC0", "#A79BFF"),  # violet
    ("#4C8A14", "#A3D65C"),  # leaf
)
"""Of classes on a map: (on light ground, on dark ground), each at a contrast of 3 and more. A class
has a shape beside its colour (``figures.latents.map_marks``): twelve colours are too many for most
eyes. Written into the stylesheet as ``--gl-class-0`` and so on."""

GROUPS = (
    ("#0072B2", "#56B4E9"),  # HIHE: blue
    ("#C8380A", "#FF7A45"),  # HILE: vermillion
    ("#00785A", "#1FC08F"),  # LIHE: green
    ("#44546A", "#B4BECC"),  # LILE: slate
)
"""Of the four groups of anchors (``anchors.results.GROUPS``): (on light ground, on dark ground).
Written into the stylesheet as ``--gl-group-0`` and so on."""

_CIVIDIS = ("#00224E", "#2A3F6D", "#575C6D", "#7B7A77", "#A59C74", "#D2C060", "#FEE838")
_DIVERGING = ("#2166AC", "#67A9CF", "#D9D9D9", "#EF8A62", "#B2182B")  # -1 ... 0 ... 1
_STANDING = ("#C8380A", "#EBA17C", "#D9D9D9", "#7DBBA3", "#00785A")  # -1 ... 0 ... 1
RAISES, LOWERS = "red", "blue"
"""The ends of ``diverging`` in words, for legends and sentences: as in shap's figures."""


def word_colour(index: int) -> str:
    """The colour of the ``index``-th word of a prompt (0-based); -1 is "none of them".

    Later words than the palette holds start again at its beginning.
    """
    return NONE if index < 0 else WORDS[index % len(WORDS)]


def class_styles() -> str:
    """CSS: the variables of ``CLASSES`` and ``GROUPS``, light by default and dark under ``.dark``,
    and the classes ``gl-c0`` and so on that paint with the former."""
    rules = []
    for ground, at in ((":root", 0), (".dark", 1)):
        each = [f"--gl-class-{i}: {pair[at]};" for i, pair in enumerate(CLASSES)]
        each += [f"--gl-group-{i}: {pair[at]};" for i, pair in enumerate(GROUPS)]
        rules.append(f"{ground} {{ {' '.join(each)} }}")
    rules += [f".gl-c{i} {{ fill: var(--gl-class-{i}); }}" for i in range(len(CLASSES))]
    return "\n".join(rules) + "\n"


def sequential(value: float) -> str:
    """cividis at ``value`` in [0, 1] (clipped): dark is little, bright is much."""
    return _interpolate(_CIVIDIS, value)


def diverging(value: float) -> str:
    """Blue at -1 (lowers), neutral grey at 0, red at 1 (raises); clipped."""
    return _interpolate(_DIVERGING, (value + 1) / 2)


def standing(value: float) -> str:
    """Where a score stands: vermillion at -1, grey at 0, green at 1; clipped. (A change of a score
    is ``diverging``: red and blue are taken for "raises" and "lowers".)"""
    return _interpolate(_STANDING, (value + 1) / 2)


def ink_on(background: str) -> str:
    """Black or white, whichever contrasts more with ``background`` ("#RRGGBB"), by WCAG 2."""
    light = luminance(background)
    return "#000000" if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else "#FFFFFF"


def contrast(a: str, b: str) -> float:
    """WCAG 2 contrast ratio of two colours, from 1 (equal) to 21 (black on white)."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance of "#RRGGBB", from 0 (black) to 1 (white)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def rgb(colour: str) -> tuple[float, float, float]:
    """``#RRGGBB`` as three numbers in [0, 1]."""
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def _interpolate(stops: tuple[str, ...], position: float) -> str:
    position = min(max(position, 0.0), 1.0) * (len(stops) - 1)
    left = min(int(position), len(stops) - 2)
    part = position - left
    ends = rgb(stops[left]), rgb(stops[left + 1])
    mixed = (a + (b - a) * part for a, b in zip(ends[0], ends[1], strict=True))
    return "#" + "".join(f"{round(255 * c):02X}" for c in mixed)
