"""What was asked of a result after it was there: kept with it, in its files and in its link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from genlens.common.limits import MAX_CHARS
from genlens.prompts.dossiers.dossier import Dossier, Trials
from genlens.prompts.payoffs.payoffs import PAYOFFS
from genlens.prompts.removal import REMOVALS
from genlens.prompts.trust.noise import LEAST, MOST
from genlens.ui.prompts import link as share
from genlens.ui.prompts.export import export_all
from genlens.ui.prompts.more.kind import Kind
from genlens.ui.prompts.stored import dossier_in

KEPT = ("stored", "address", "link", "html", "json", "csv", "png", "npz")
"""Names of the components that ``kept`` fills."""


def kept(stored: str | None, address: str, kind: Kind, found: Any) -> dict[str, Any]:
    """The page's files and its link with what was ``found`` in them.

    Args:
        stored: the NPZ of the result on the page.
        address: the link so far.

    Raises:
        InputError: the file is gone.
    """
    return kept_as(stored, address, kind.field, found)


def kept_as(stored: str | None, address: str, field: str, found: Any) -> dict[str, Any]:
    """``kept``, by the name of the field of ``Trials``."""
    dossier = dossier_in(stored)
    trials = replace(dossier.trials, **{field: found})
    files = export_all(Dossier(dossier.explanation, trials))
    there = share.with_more(address, asked_of(trials))
    return {"stored": files["npz"], "address": there, "link": share.link_html(there), **files}


def asked_of(trials: Trials) -> dict[str, str]:
    """What a link says of ``trials``: names of payoffs and removals, how many noises, and the
    prompt beside it with its noises."""
    asked = {}
    for name, about in (("payoffs", trials.payoffs), ("removals", trials.removals)):
        if about is not None:
            asked[name] = ",".join([o.name for o in about.opinions] + list(about.refused))
    if trials.noises is not None:
        asked["noises"] = str(len(trials.noises.seeds))
    if trials.versus is not None:
        asked["other"] = trials.versus.prompts[1]
        asked["versus"] = str(len(trials.versus.seeds))
    return asked


def read_asked(parameters: Mapping[str, str]) -> dict[str, Any]:
    """What a link ticks to be asked once more: any of payoffs and removals, lists of names,
    noises and versus, numbers of noises, and other, a second prompt; what cannot be meant is left
    out."""
    asked: dict[str, Any] = {}
    for key, known in (("payoffs", PAYOFFS), ("removals", REMOVALS)):
        names = list(dict.fromkeys(n for n in parameters.get(key, "").split(",") if n in known))
        if names:
            asked[key] = names
    for key in ("noises", "versus"):
        number = parameters.get(key, "")
        if number.isascii() and number.isdigit() and LEAST <= int(number[:4]) <= MOST:
            asked[key] = int(number[:4])
    if parameters.get("other", "").strip():
        asked["other"] = parameters["other"][:MAX_CHARS]
    return asked
