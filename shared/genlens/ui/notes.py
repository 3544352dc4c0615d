"""Method notes: the docstrings of explainers as HTML, one click away from the method."""

from __future__ import annotations

import html
import inspect
import re
from collections.abc import Callable
from typing import Any


def docstring_html(function: Callable[..., Any]) -> str:
    """The description in ``function``'s docstring, up to "Args:", as escaped HTML paragraphs."""
    text = inspect.getdoc(function) or "No description."
    text = re.split(r"(?m)^(?:Args|Returns|Raises):\s*$", text)[0].strip()
    parts = []
    for block in re.split(r"\n\s*\n", text):
        safe = re.sub(r"``(.+?)``", r"<code>\1</code>", html.escape(block.strip(), quote=False))
        parts.append(f"<pre>{safe}</pre>" if block.startswith("    ") else f"<p>{safe}</p>")
    return "".join(parts)
