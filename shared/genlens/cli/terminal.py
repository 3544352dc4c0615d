"""What the command line shows: tables of words and figures, and a progress line."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from genlens.common.progress import Progress
from genlens.common.tables import Table

if TYPE_CHECKING:
    from genlens.prompts.results import PromptExplanation

BAR_WIDTH = 24


def explanation_table(explanation: PromptExplanation) -> str:
    """Words with their Shapley values, a bar for each share and the objects linked to them."""
    from genlens.prompts.results import HARDLY_CHANGED  # numpy: the command line starts without it

    attribution, links = explanation.attribution, explanation.links
    full = _bar_sign()
    rows = []
    for i, word in enumerate(attribution.words):
        share = float(attribution.shares[i])
        bar = "" if math.isnan(share) else full * round(BAR_WIDTH * min(max(share, 0.0), 1.0))
        linked = [f"{k + 1}" for k, of in enumerate(links.word_of) if of == i]
        rows.append(
            (
                word.text if word.known else f"{word.text} (?)",
                _signed(attribution.values[i], "+.4f"),
                "-" if math.isnan(share) else f"{_signed(share, '.1%'):>7}",
                bar,
                ", ".join(linked),
            )
        )
    lines = [Table(("word", "value", "share", "", "object"), rows).text(), ""]
    lines.append(
        f"all words {_signed(attribution.full_value, '.4f')}, "
        f"no word {_signed(attribution.base_value, '.4f')}; "
        f"{_counted(len(links.objects), 'object')}, "
        f"{_counted(attribution.model_calls, 'image')} made"
    )
    if explanation.hardly_changed:
        lines.insert(0, HARDLY_CHANGED)
    for word in attribution.words:
        if not word.known:
            near = ", ".join(word.suggestions) or "none"
            lines.append(f"(?) this model has not learned {word.text!r}; nearest: {near}")
    return "\n".join(lines)


def _signed(value: float, spec: str) -> str:
    """``value`` in format ``spec``, without a sign where it shows as zero."""
    text = format(value, spec)
    return text if any(digit in text for digit in "123456789") else text.lstrip("+-")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def figures_table(figures: Mapping[str, Any]) -> str:
    """Names and numbers below each other; nested groups become ``group.name``."""
    rows: list[tuple[str, ...]] = []

    def add(prefix: str, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if isinstance(value, Mapping):
                add(f"{prefix}{name}.", value)
            elif isinstance(value, float):
                rows.append((prefix + name, f"{value:.4f}"))
            elif not isinstance(value, list | tuple):
                rows.append((prefix + name, str(value)))

    add("", figures)
    return Table((), rows).text()


def _bar_sign() -> str:
    """A full block, or '#' where the terminal's encoding has none."""
    try:
        "█".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "#"
    return "█"


class terminal_progress:
    """``with`` gives a progress callback that redraws one line on stderr; None off a terminal."""

    def __enter__(self) -> Progress | None:
        self.on = sys.stderr.isatty()
        return self._draw if self.on else None

    def _draw(self, done: int, total: int, text: str) -> None:
        filled = round(BAR_WIDTH * done / max(total, 1))
        bar = "#" * filled + "." * (BAR_WIDTH - filled)
        sys.stderr.write(f"\r\x1b[K[{bar}] {done}/{total} {text}")
        sys.stderr.flush()

    def __exit__(self, *raised: object) -> None:
        if self.on:
            sys.stderr.write("\r\x1b[K")
