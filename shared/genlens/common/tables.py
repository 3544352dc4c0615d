"""Tables: one value, written as aligned text, as Markdown or as HTML."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from unicodedata import combining, east_asian_width

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True)
class Cell:
    """A cell that is more than text in HTML: ``html`` is written as it is in place of the escaped
    ``text``; ``css`` is a class of the cell, ``style`` a style of its own; it covers ``span``
    columns."""

    text: str
    html: str = ""
    css: str = ""
    style: str = ""
    span: int = 1


@dataclass(frozen=True)
class Table:
    """``rows`` of cells below ``headers`` (() for none); every row has as many cells as there are
    columns.

    ``align`` has a letter a column, "l" or "r"; "" aligns all to the left, and HTML leaves it to
    the style sheet. In HTML the first cell of a row is its head, and ``row_css`` gives row numbers
    (from 0) a class.
    """

    headers: Sequence[str | Cell]
    rows: Sequence[Sequence[str | Cell]]
    align: str = ""
    caption: str = ""
    row_css: Mapping[int, str] = field(default_factory=dict)

    def text(self) -> str:
        """Columns two spaces apart, as a terminal shows them."""
        rows = [[" ".join(_text(cell).split("\n")) for cell in row] for row in self._lines()]
        lines = ["  ".join(row).rstrip() for row in self._padded(rows)]
        return "\n".join([self.caption, *lines] if self.caption else lines)

    def markdown(self, *, padded: bool = False) -> str:
        """A GitHub Markdown table; ``padded`` aligns it as plain text too."""
        rows = [[_markdown(cell) for cell in row] for row in self._lines(heads=True)]
        if padded:
            rows = self._padded(rows, least=3)
            rules = ["-" * (width_of(cell) + 2) for cell in rows[0]]
        else:
            rules = ["---" if letter == "l" else "----" for letter in self._align()]
        rules = [
            rule if letter == "l" else rule[:-1] + ":"
            for rule, letter in zip(rules, self._align(), strict=True)
        ]
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        lines.insert(1, f"|{'|'.join(rules)}|")
        return "\n".join([self.caption, "", *lines] if self.caption else lines)

    def html(self, *, css: str = "gl-table") -> str:
        """A ``<table>`` of class ``css``, everything escaped but ``Cell.html``."""
        caption = f"<caption>{html.escape(self.caption)}</caption>" if self.caption else ""
        heads = "".join(_html(cell, "th", ' scope="col"') for cell in self.headers)
        body = "".join(
            f"<tr{_css(self.row_css.get(i, ''))}>"
            + _html(row[0], "th", ' scope="row"')
            + "".join(_html(cell, "td") for cell in row[1:])
            + "</tr>"
            for i, row in enumerate(self.rows)
        )
        head = f"<thead><tr>{heads}</tr></thead>" if self.headers else ""
        return f"<table{_css(css)}>{caption}{head}<tbody>{body}</tbody></table>"

    def _lines(self, *, heads: bool = False) -> list[Sequence[str | Cell]]:
        """All rows, the headers first; ``heads``: empty ones where there are none."""
        first = self.headers or ([""] * len(self._align()) if heads else ())
        return [first, *self.rows] if first else [*self.rows]

    def _align(self) -> str:
        columns = len(self.headers or (self.rows[0] if self.rows else ()))
        return self.align or "l" * columns

    def _padded(self, rows: list[list[str]], least: int = 0) -> list[list[str]]:
        """``rows`` with spaces, so that the cells of a column are equally wide."""
        widths = [max(least, *map(width_of, column)) for column in zip(*rows, strict=True)]
        return [
            [
                (cell + pad) if letter == "l" else (pad + cell)
                for cell, width, letter in zip(row, widths, self._align(), strict=True)
                for pad in (" " * (width - width_of(cell)),)
            ]
            for row in rows
        ]


def two_lines(first: str, second: str) -> Cell:
    """``first`` above a smaller ``second``; "first (second)" as text."""
    if not second:
        return Cell(first)
    soft = f'<span class="gl-soft" style="font-weight:400">{html.escape(second)}</span>'
    return Cell(f"{first} ({second})", html=f"{html.escape(first)}<br>{soft}")


def csv_cell(value: object) -> object:
    """``value``, with an apostrophe in front where a spreadsheet would take it for a formula."""
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULAS) else value


def width_of(text: str) -> int:
    """Columns that ``text`` takes in a terminal: 2 for East Asian wide characters and most emoji, 0
    for combining marks."""
    return sum(
        0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _text(cell: str | Cell) -> str:
    return cell.text if isinstance(cell, Cell) else cell


def _markdown(cell: str | Cell) -> str:
    return _text(cell).replace("|", "\\|").replace("\n", "<br>")


def _html(cell: str | Cell, tag: str, more: str = "") -> str:
    own = cell if isinstance(cell, Cell) else Cell(cell)
    span = f' colspan="{own.span}"' if own.span > 1 else ""
    style = f' style="{html.escape(own.style)}"' if own.style else ""
    start = f"<{tag}{more}{span}{_css(own.css)}{style}>"
    return f"{start}{own.html or html.escape(own.text)}</{tag}>"


def _css(name: str) -> str:
    return f' class="{html.escape(name)}"' if name else ""
