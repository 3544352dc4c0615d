"""Groups of anchors, their representatives, slices, and why an anchor is where it is, for programs.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from genlens.anchors.groups import slice_rows, why
from genlens.anchors.results import GROUPS
from genlens.figures.arrays import base64_of
from genlens.figures.picture_strip import picture_uri
from genlens.ui.anchors.endpoints.scores import MOST_SHOWN
from genlens.ui.anchors.scored import scored
from genlens.ui.anchors.seen import Seen, seen
from genlens.ui.anchors.selected import choose
from genlens.ui.jobs import stopped
from genlens.ui.kit import seed_number, whole_number


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
        model: id of an autoencoder ("zeros-vae"), a generator ("avatars-gan") or a small diffusion
            model ("emoji-diffusion").
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
        "group": base64_of(now.grouping.group, "u1"),
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
        model: id of an autoencoder ("zeros-vae"), a generator ("avatars-gan") or a small diffusion
            model ("emoji-diffusion").
        anchors: which pictures, "" for the model's first set.
        group: "HIHE" (known), "HILE" (model delusion), "LIHE" (aligned conception), "LILE"
            (unknown) or "all".
        k: how many, 1 to 100 and at most as many as the group has.
        method: "k-center", "max-min", "max-sum", "k-means", "k-medoids", "protodash" or "nearest".
        space: "criteria", "latents" or "clip" (pictures' embeddings; at most 5,000 anchors, whose
            pictures are here): where distances are taken.
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
    found = choose(now, now.members(group), k, method, space, seed_number("the seed", seed))
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
        model: id of an autoencoder ("zeros-vae"), a generator ("avatars-gan") or a small diffusion
            model ("emoji-diffusion").
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
        model: id of an autoencoder ("zeros-vae"), a generator ("avatars-gan") or a small diffusion
            model ("emoji-diffusion").
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
