"""What the anchor browser computes, for programs. ``endpoints`` lists them all.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import gradio as gr
import numpy as np

from genlens.anchors.groups import slice_rows, why
from genlens.anchors.results import GROUPS
from genlens.errors import InputError
from genlens.figures.picture_strip import picture_uri
from genlens.ui.anchors.own_samples import own_samples
from genlens.ui.anchors.scored import scored
from genlens.ui.anchors.seen import Seen, seen
from genlens.ui.anchors.selected import choose
from genlens.ui.jobs import stopped
from genlens.ui.kit import LANE, listed, whole_number
from genlens.ui.messages import as_toasts

MOST_SAMPLES = 2000
MOST_SHOWN = 100
"""Pictures that one answer holds at most."""


def api_score_anchors(
    model: str, anchors: str = "", criteria: list[str] | None = None
) -> dict[str, Any]:
    """What a generative model makes of many real pictures (its anchors), by several criteria.

    Args:
        model: id of the autoencoder, for example "zeros-vae".
        anchors: which pictures, "" for the model's first set.
        criteria: names such as "kld", "mahalanobis" (intrinsic: is its code one that the model
            would draw?), "mse", "ssim" (extrinsic: can the model draw it?); kld and mse without it.

    Returns:
        n, data (which pictures), criteria, sides, units; values, codes and so on as base64 of
        little-endian arrays: values (n x criteria, float32, lower is nearer to the model), labels
        (n, int16, -1 for none), ids (n, uint32, where each picture stands in its source); names
        (classes), thresholds (per criterion: value, low, high, form, samples; below it the model
        knows the picture), made_by.
    """
    names = ["kld", "mse"] if criteria is None else [str(c) for c in listed("criteria", criteria)]
    here = scored(model, anchors, names or ["kld", "mse"], cancel=stopped)
    scores = here.scores
    return {
        "n": len(scores),
        "data": scores.data,
        "criteria": list(scores.criteria),
        "sides": list(scores.sides),
        "units": list(scores.units),
        "values": _base64(scores.values, "<f4"),
        "labels": _base64(scores.labels, "<i2"),
        "ids": _base64(scores.ids, "<u4"),
        "names": list(scores.names),
        "thresholds": {name: line.to_dict() for name, line in here.thresholds.items()},
        "made_by": scores.made_by.to_dict(),
    }


def api_group_anchors(
    model: str,
    anchors: str = "",
    intrinsic: str = "kld",
    extrinsic: str = "mse",
    intrinsic_threshold: float | None = None,
    extrinsic_threshold: float | None = None,
) -> dict[str, Any]:
    """Anchors in four groups: known, model delusion, aligned conception, unknown (PXGen).

    Args:
        model: id of the autoencoder, for example "zeros-vae".
        anchors: which pictures, "" for the model's first set.
        intrinsic: the criterion that asks whether an anchor is strange to the model.
        extrinsic: the criterion that asks whether the model can draw it.
        intrinsic_threshold: below it an anchor has high affinity; the model's own without it.
        extrinsic_threshold: the same of the other criterion.

    Returns:
        groups (names of the four), group (base64 of n uint8 that index them), counts (4 rows of
        anchors by class, those without a class last), names (classes), intrinsic and extrinsic (the
        thresholds with their 95 % intervals), n.
    """
    now = _seen(model, anchors, intrinsic, extrinsic, intrinsic_threshold, extrinsic_threshold)
    return {
        "groups": list(GROUPS),
        "group": _base64(now.grouping.group, "u1"),
        "counts": now.grouping.counts.tolist(),
        "names": list(now.here.scores.names),
        "intrinsic": now.grouping.intrinsic.to_dict(),
        "extrinsic": now.grouping.extrinsic.to_dict(),
        "n": len(now.here.scores),
    }


def api_select_anchors(
    model: str,
    anchors: str = "",
    group: str = "HILE",
    k: float = 10,
    method: str = "k-center",
    space: str = "criteria",
    intrinsic: str = "kld",
    extrinsic: str = "mse",
    seed: float = 0,
) -> dict[str, Any]:
    """A few representatives of a group of anchors, with what is guaranteed of them.

    Args:
        model: id of the autoencoder, for example "zeros-vae".
        anchors: which pictures, "" for the model's first set.
        group: "HIHE" (known), "HILE" (model delusion), "LIHE" (aligned conception), "LILE"
            (unknown) or "all".
        k: how many, 1 to 100 and at most as many as the group has.
        method: "k-center", "max-min", "max-sum", "k-means", "k-medoids", "protodash" or "nearest".
        space: "criteria" or "latents": where distances are taken.
        intrinsic: a criterion, see /group_anchors.
        extrinsic: a criterion, see /group_anchors.
        seed: of methods that draw.

    Returns:
        ids (where each stands in its source), rows, labels, objective (the method's number, in
        unit), bound (what no choice beats, or none), guarantee (in a sentence), pictures and
        reconstructions (PNG data addresses; none where a picture is not at hand), size (anchors in
        the group), made_by.
    """
    now = _seen(model, anchors, intrinsic, extrinsic)
    found = choose(now, now.members(group), k, method, space, whole_number("seed", seed))
    return found.selection.to_dict() | {"size": len(found.members)} | _shown(now, found.rows)


def api_slice_anchors(
    model: str,
    anchors: str = "",
    by: str = "kld",
    sort_by: str = "mse",
    share: float = 0.05,
) -> dict[str, Any]:
    """The anchors nearest to a model by one criterion, sorted by another (PXGen, figures 3 and 4).

    Args:
        model: id of the autoencoder, for example "zeros-vae".
        anchors: which pictures, "" for the model's first set.
        by: the criterion whose lowest values are taken; "kld" gives model delusion.
        sort_by: the criterion they are sorted by, lowest first.
        share: of all anchors, 0 to 1.

    Returns:
        ids, rows and labels of all in the slice, in order; values of both criteria; pictures and
        reconstructions of up to 100 of them, evenly spaced, with their places in the slice.
    """
    here = scored(model, anchors, (by, sort_by), cancel=stopped)
    rows = slice_rows(here.scores, by, sort_by, share)
    columns = [here.scores.criteria.index(name) for name in (by, sort_by)]
    places = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_SHOWN)).astype(int))
    pictures, known = here.pictures(rows[places])
    return {
        "ids": here.scores.ids[rows].tolist(),
        "rows": rows.tolist(),
        "labels": here.scores.labels[rows].tolist(),
        "values": here.scores.values[rows][:, columns].tolist(),
        "places": places.tolist(),
        "pictures": _uris(pictures, known),
        "reconstructions": [picture_uri(image) for image in here.rebuilt(rows[places])],
    }


def api_explain_anchor(
    model: str,
    anchor: float,
    anchors: str = "",
    intrinsic: str = "kld",
    extrinsic: str = "mse",
) -> dict[str, Any]:
    """Why one anchor is in its group.

    Args:
        model: id of the autoencoder, for example "zeros-vae".
        anchor: its number: where it stands in its source (the "ids" of /score_anchors).
        anchors: which pictures, "" for the model's first set.
        intrinsic: a criterion, see /group_anchors.
        extrinsic: a criterion, see /group_anchors.

    Returns:
        why (one sentence), group, label, values (criterion -> number), units, thresholds, latents,
        picture (none where it is not at hand) and reconstruction (PNG data addresses).
    """
    now = _seen(model, anchors, intrinsic, extrinsic)
    here = now.here
    row = here.row_of(whole_number("the anchor's number", anchor))
    shown = _shown(now, np.array([row]))
    return {
        "why": why(here.scores, now.grouping, row),
        "group": GROUPS[now.grouping.group[row]],
        "label": here.label(row),
        "values": {
            n: float(here.scores.values[row, j]) for j, n in enumerate(here.scores.criteria)
        },
        "units": dict(zip(here.scores.criteria, here.scores.units, strict=True)),
        "thresholds": {name: line.value for name, line in here.thresholds.items()},
        "latents": np.asarray(here.scores.codes[row]).tolist(),
        "picture": shown["pictures"][0],
        "reconstruction": shown["reconstructions"][0],
    }


def api_own_samples(
    model: str,
    intrinsic: str = "kld",
    extrinsic: str = "mse",
    count: float = 100,
    seed: float = 0,
) -> dict[str, Any]:
    """Pictures that a model draws itself, asked about like anchors: what thresholds are made of.

    Args:
        model: id of the autoencoder, for example "zeros-vae".
        intrinsic: a criterion, see /group_anchors.
        extrinsic: a criterion, see /group_anchors.
        count: how many, 1 to 2000; pictures come of the first 100.
        seed: the same seed draws the same pictures.

    Returns:
        values (by the two criteria), pictures and reconstructions (PNG data addresses).
    """
    n = whole_number("count", count)
    if not 1 <= n <= MOST_SAMPLES:
        raise InputError(f"count is {n}: draw 1 to {MOST_SAMPLES:,} samples")
    now = _seen(model, "", intrinsic, extrinsic)
    drawn = own_samples(now, n, whole_number("seed", seed))
    return {
        "values": drawn.values.tolist(),
        "pictures": [picture_uri(image) for image in drawn.images[:MOST_SHOWN]],
        "reconstructions": [picture_uri(image) for image in drawn.rebuilt[:MOST_SHOWN]],
    }


def _seen(model: str, anchors: str, x: str, y: str, tx: Any = None, ty: Any = None) -> Seen:
    return seen(model, anchors, x, y, tx, ty, cancel=stopped)


def _shown(now: Seen, rows: np.ndarray) -> dict[str, Any]:
    pictures, known = now.here.pictures(rows)
    return {
        "rows": rows.tolist(),
        "ids": now.here.scores.ids[rows].tolist(),
        "labels": now.here.scores.labels[rows].tolist(),
        "pictures": _uris(pictures, known),
        "reconstructions": [picture_uri(image) for image in now.here.rebuilt(rows)],
    }


def _uris(pictures: np.ndarray, known: np.ndarray) -> list[str | None]:
    return [
        picture_uri(image) if here else None for image, here in zip(pictures, known, strict=True)
    ]


def _base64(values: np.ndarray, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode("ascii")


def endpoints() -> dict[str, Callable[..., Any]]:
    """Every endpoint of the page by its name."""
    return {
        "score_anchors": api_score_anchors,
        "group_anchors": api_group_anchors,
        "select_anchors": api_select_anchors,
        "slice_anchors": api_slice_anchors,
        "explain_anchor": api_explain_anchor,
        "own_samples": api_own_samples,
    }


def register_endpoints() -> None:
    """Add the endpoints to the ``gr.Blocks`` around the call; all share the model's lane."""
    for name, function in endpoints().items():
        gr.api(as_toasts(function), api_name=name, **LANE)
