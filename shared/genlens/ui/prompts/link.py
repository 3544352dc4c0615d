"""A link that restores the state of a page: plain query parameters, good for years."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from genlens.common.limits import MAX_GUIDANCE, MAX_SEED, MAX_STEPS

LONGEST = 400


def query(prompt: str, seed: int, model: str, **more: Any) -> str:
    """``?prompt=…&seed=…&model=…``; ``more`` is added where it is neither None nor 0."""
    extra = {key: value for key, value in more.items() if value}
    return "?" + urlencode({"prompt": prompt, "seed": seed, "model": model, **extra})


def link_html(address: str) -> str:
    """The link as HTML: opens the same result, can be copied from the field beside it."""
    safe = html.escape(address)
    return (
        f'<div class="gl"><p><a class="gl-link" href="{safe}">Link to this result</a>: it opens '
        "this page with the same prompt, seed and model and computes the result again. "
        f"Address: <code>{safe}</code></p></div>"
    )


def read(parameters: Mapping[str, str], models: list[str]) -> dict[str, Any]:
    """What a link asks for: any of prompt, seed, model, steps, guidance.

    Values that cannot be meant (a seed that is no number, a model not on offer) are left out, so
    that an old link still opens the page; the prompt is checked later like any typed one.
    """
    asked: dict[str, Any] = {}
    if parameters.get("prompt"):
        asked["prompt"] = parameters["prompt"][:LONGEST]
    if parameters.get("model") in models:
        asked["model"] = parameters["model"]
    for key, top in (("seed", MAX_SEED), ("steps", MAX_STEPS), ("guidance", MAX_GUIDANCE)):
        text = parameters.get(key, "")
        try:
            number = float(text)
        except ValueError:
            continue
        if 0 <= number <= top:
            asked[key] = number if key == "guidance" else int(number)
    return asked


# In the browser: press Explain when the page was opened by a link that names a prompt …
GO = "(go) => { if (go) document.querySelector('#gl-explain').click(); }"
# … and show the link of a finished result in the address bar, keeping the chosen theme.
REMEMBER = """(address) => {
  const there = new URL(address, location), theme = new URL(location).searchParams.get("__theme");
  if (theme) there.searchParams.set("__theme", theme);
  history.replaceState(null, "", there);
}"""
