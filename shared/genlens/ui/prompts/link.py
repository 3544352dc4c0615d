"""A link that restores the state of a page: plain query parameters, good for years."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from genlens.common.limits import MAX_CHARS, MAX_GUIDANCE, MAX_SEED, MAX_STEPS


def query(prompt: str, seed: int, model: str, **more: Any) -> str:
    """``?prompt=…&seed=…&model=…``; ``more`` is added where it is neither None nor 0."""
    extra = {key: value for key, value in more.items() if value}
    return "?" + urlencode({"prompt": prompt, "seed": seed, "model": model, **extra})


def settings_of(address: str) -> dict[str, str]:
    """Steps, guidance, encoder and segmenter, of an address that ``query`` made, where it names
    them."""
    pairs = dict(parse_qsl(address.removeprefix("?")))
    kept = ("steps", "guidance", "encoder", "segmenter")
    return {key: pairs[key] for key in kept if key in pairs}


def with_more(address: str, more: Mapping[str, str]) -> str:
    """``address`` with ``more`` parameters, in place of those of the same name."""
    pairs = dict(parse_qsl(address.removeprefix("?")))
    return "?" + urlencode({**pairs, **more})


def link_html(address: str) -> str:
    """The link as HTML: opens the same result, can be copied from the field beside it."""
    safe = html.escape(address)
    return (
        f'<div class="gl"><p><a class="gl-link" href="{safe}">Link to this result</a>: it opens '
        "this page with the same prompt, seed and model and computes the result again. "
        f"Address: <code>{safe}</code></p></div>"
    )


def read(
    parameters: Mapping[str, str],
    models: Collection[str],
    rules: Mapping[str, str],
    tabs: Collection[str],
) -> dict[str, Any]:
    """What a link asks for: any of prompt, seed, model, steps, guidance, rule (the label of one of
    ``rules``, label -> name), tab (one of ``tabs``).

    Values that cannot be meant (a seed that is no number, a model not on offer) are left out, so
    that an old link still opens the page; the prompt is checked later like any typed one.
    """
    asked: dict[str, Any] = {}
    if parameters.get("prompt"):
        asked["prompt"] = parameters["prompt"][:MAX_CHARS]
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
    for label, name in rules.items():
        if parameters.get("rule") == name:
            asked["rule"] = label
    if parameters.get("tab") in tabs:
        asked["tab"] = parameters["tab"]
    return asked


# In the browser: press Explain when the page was opened by a link that names a prompt …
RUN = "() => document.querySelector('#gl-explain').click()"
GO = "(go) => { if (go) document.querySelector('#gl-explain').click(); }"
# … keep the link of a finished result in the address bar, so that Back leads to the one before …
REMEMBER = """(address) => {
  const there = new URL(address, location), old = new URL(location).searchParams;
  for (const kept of ["__theme", "tab"])
    if (old.get(kept)) there.searchParams.set(kept, old.get(kept));
  if (there.href === location.href) return;
  history[window.glArriving ? "replaceState" : "pushState"](null, "", there);
  window.glArriving = false;
}"""
# … and the link of what else was asked of it, in its place …
KEEP = f"(address) => {{ window.glArriving = true; ({REMEMBER})(address); }}"
# … with the chosen tab in it; and when somebody goes back, open what the address says.
TAB = """() => setTimeout(() => {
  // Of a group and its tab, both chosen, the tab comes later; those of other groups are not seen.
  const tab = [...document.querySelectorAll('#gl-tabs [role="tab"][aria-selected="true"]')]
    .filter((each) => each.offsetParent && each.id.startsWith("gl-tab-")).pop();
  const there = new URL(location), name = tab && tab.id.replace(/^gl-tab-|-button$/g, "");
  if (!name || (there.searchParams.get("tab") || "numbers") === name) return;
  there.searchParams.set("tab", name);
  history.replaceState(null, "", there);
}, 60)"""
ARRIVED = """() => {
  window.glArriving = new URL(location).searchParams.has("prompt");
  window.addEventListener("popstate", () => location.reload());
  // Who went back before this ran has the address of one result and the page of another.
  const [loaded] = performance.getEntriesByType("navigation");
  if (loaded && new URL(loaded.name).search !== location.search) location.reload();
}"""
