"""The stylesheet that all HTML figures share, and a page to hold them outside an app."""

from __future__ import annotations

import html
from functools import lru_cache
from importlib import resources

from genlens.figures.palette import class_styles


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """CSS of every HTML figure; light by default, dark under a ``.dark`` ancestor."""
    shared = resources.files("genlens.figures").joinpath("static/figures.css").read_text("utf-8")
    return shared + class_styles()


def page(title: str, body: str, *, script: str = "") -> str:
    """A self-contained HTML page around ``body``; its colours follow the reader's system.

    ``title`` is escaped here; ``body`` and ``script`` must be safe already.
    """
    # The dark values are one rule in the stylesheet; a page of its own takes them from the system.
    follow = (
        "const dark=matchMedia('(prefers-color-scheme: dark)');"
        "const set=()=>document.body.classList.toggle('dark',dark.matches);"
        "dark.addEventListener('change',set);set();"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{stylesheet()}</style>\n</head>\n"
        f'<body class="gl-page">\n{body}\n<script>{follow}{script}</script>\n</body>\n</html>\n'
    )


def percent(share: float) -> str:
    """A share as whole per cent with a true minus sign; "–" where there is none (NaN)."""
    if share != share:
        return "–"
    number = round(100 * share)
    return f"−{-number} %" if number < 0 else f"{number} %"


def signed(value: float, digits: int = 3) -> str:
    """``value`` with its sign, a true minus among them, and no sign for what rounds to zero."""
    rounded = round(float(value), digits)
    return (
        f"{abs(rounded):.{digits}f}" if rounded == 0 else f"{rounded:+.{digits}f}".replace("-", "−")
    )


def percent_of(part: float, digits: int = 1) -> str:
    """``part`` of 1 as per cent with ``digits`` decimals, a true minus and no sign for zero."""
    return signed(100 * part, digits).removeprefix("+") + " %"
