"""A link to one explanation: beside model, picture and tab it names the question and the method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genlens.attribution.methods import METHODS
from genlens.latents.questions import BOX, CHOICES, Question
from genlens.ui import link

MOST = 120
"""Letters of a label or a region that are read."""


def address(model: str, picture: int, question: Question, method: str) -> str:
    """``?model=…&picture=…&tab=why&target=…&method=…`` and the field that the target needs."""
    needs = CHOICES[question.target].needs
    more: dict[str, Any] = {"target": question.target, "method": method}
    fields = {"latent": question.latent, "label": question.label, "region": question.region}
    if needs:
        more[needs] = fields[needs]
    if question.box is not None:
        more["box"] = ",".join(map(str, question.box))
    return link.query(model, picture, "why", **more)


def read(parameters: Mapping[str, str]) -> dict[str, Any] | None:
    """What a link asks of the tab: any of target, method, latent, label, region and box, with the
    model and picture that it is asked of; None where it asks nothing of the tab. What cannot be
    meant is left out."""
    asked: dict[str, Any] = {}
    if parameters.get("target") in CHOICES:
        asked["target"] = parameters["target"]
    if parameters.get("method") in METHODS:
        asked["method"] = parameters["method"]
    if _number(parameters.get("latent", "")):
        asked["latent"] = int(parameters["latent"])
    for name in ("label", "region"):
        if parameters.get(name):
            asked[name] = parameters[name][:MOST]
    edges = parameters.get("box", "").split(",")
    if asked.get("region") == BOX and len(edges) == 4 and all(map(_number, edges)):
        asked["box"] = [int(edge) for edge in edges]
    picture = parameters.get("picture", "")
    if not asked or not _number(picture):
        return None
    return {"model": parameters.get("model", ""), "picture": int(picture), **asked}


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7
