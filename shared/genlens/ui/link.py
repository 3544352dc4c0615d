"""A link that restores a page of tabs: model, picture and tab as plain query parameters.

A visitor's own model or picture is in no link: whoever is sent one would see the visitor's uploads.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from genlens.ui.studies import OWN


def query(model: str, picture: int, tab: str = "", **more: Any) -> str:
    """``?model=…&picture=…``, the tab where one is named, and what the tab reads itself; "" for a
    visitor's own model."""
    if model.startswith(OWN):
        return ""
    parts = {"model": model, "picture": picture} | ({"tab": tab} if tab else {})
    return "?" + urlencode(parts | more)


def read(
    parameters: Mapping[str, str], models: Collection[str], tabs: Collection[str]
) -> dict[str, Any]:
    """What a link asks for: any of model (one of ``models``), picture, tab.

    What cannot be meant is left out, so that an old link still opens the page; whether there is
    such a picture is said later, like for a typed one.
    """
    asked: dict[str, Any] = {}
    for name, known in (("model", models), ("tab", tabs)):
        if parameters.get(name) in known:
            asked[name] = parameters[name]
    picture = parameters.get("picture", "")
    if picture.isascii() and picture.isdigit() and len(picture) < 7:
        asked["picture"] = int(picture)
    return asked


def remember(*names: str) -> str:
    """In the browser: keep what the page shows in the address bar, and the chosen theme with it.

    The script takes as many values, the model first. A visitor's own model stays out of the
    address; the browser tab remembers it, so that a page that is loaded anew still has it. Other
    values that are a visitor's own are left out. (The tabs' own list comes first in the document;
    inner tabs come after it.)
    """
    return _REMEMBER.replace("NAMES", json.dumps(names)).replace("OWN", OWN)


_REMEMBER = """(...values) => {
  setTimeout(() => {
    const there = new URL(location), old = there.searchParams.get("__theme");
    const model = values[0], own = String(model).startsWith("OWN");
    if (own) sessionStorage.setItem("gl-own", model); else sessionStorage.removeItem("gl-own");
    there.search = "";
    if (!own) {
      NAMES.forEach((name, i) => {
        const value = values[i] ?? "";
        if (value !== "" && !String(value).includes("OWN")) there.searchParams.set(name, value);
      });
    }
    const tab = document.querySelector('#gl-tabs [role="tab"][aria-selected="true"]');
    const name = tab && tab.id.replace(/^gl-tab-/, "").replace(/-button$/, "");
    if (name) there.searchParams.set("tab", name);
    if (old) there.searchParams.set("__theme", old);
    if (there.href !== location.href) history.replaceState(null, "", there);
  }, 60);
}"""
REMEMBER = remember("model", "picture")
KEEP_OWN = """list => { sessionStorage.setItem("gl-own-list", list); }"""
"""In the browser: the visitor's own models, for this tab's other pages."""
RECALL = """() => [JSON.stringify({
  open: sessionStorage.getItem("gl-own") || "",
  list: sessionStorage.getItem("gl-own-list") || "",
})]"""
"""In the browser: the visitor's own models of this tab, and the one that was open."""
