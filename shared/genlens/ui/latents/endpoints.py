"""What the VAE page computes, for programs: maps, decoding, traversals. The other endpoints stand
beside their tabs; ``ENDPOINTS`` lists them all.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
import numpy as np

from genlens.errors import InputError
from genlens.figures.picture_strip import picture_uri
from genlens.latents.traversals.traversal import traverse
from genlens.study.coder import Coder
from genlens.ui.jobs import stopped
from genlens.ui.kit import listed, publish, whole_number
from genlens.ui.latents.charts import Projection, chart
from genlens.ui.latents.examples.endpoints import (
    api_anchor,
    api_contrast,
    api_effects,
    api_joint_effect,
    api_prototypes,
)
from genlens.ui.latents.sliders.steer import steering
from genlens.ui.messages import as_toasts
from genlens.ui.studies import study

MOST_PICTURES = 400
"""Pictures one call decodes at most."""


def api_latent_map(
    model: str,
    method: str = "pca",
    perplexity: float = 30,
    neighbours: float = 15,
    min_dist: float = 0.1,
) -> dict[str, Any]:
    """The codes of a model's pictures on a plane, with the map's measured quality.

    Args:
        model: id of the autoencoder, for example "digits-vae".
        method: "pca", "tsne" or "umap"; the last two take up to a minute.
        perplexity: of t-SNE, 2 to 200: about how many neighbours each picture listens to.
        neighbours: of UMAP, 2 to 200: how many neighbours each picture listens to.
        min_dist: of UMAP, 0 to 1: how close points may lie.

    Returns:
        points (x and y of each picture), labels and names (classes), errors (mean squared pixel
        difference of each reconstruction, 0 to 1), trustworthiness and continuity (1 at best, about
        0.5 by chance), explained_variance (PCA only), inverse_error (latent units), inverse_share,
        picture_error (root mean square pixel difference, 0 to 1), n, d, data (which pictures),
        projection (for /decode), made_by.
    """
    count = whole_number("neighbours", neighbours)
    projection = Projection(method, perplexity, count, min_dist).checked()
    here = study(model)
    made = chart(model, projection, cancel=stopped)
    return made.facts() | {
        "points": made.map.points.tolist(),
        "labels": here.labels.tolist(),
        "names": list(here.names),
        "errors": here.errors.tolist(),
        "data": here.data,
        "projection": projection.key,
    }


def api_decode(
    model: str,
    latents: list[float] | None = None,
    place: list[float] | None = None,
    projection: str = "pca",
) -> dict[str, Any]:
    """The picture that a model draws for a code, or for a place on a map of its codes.

    Args:
        model: id of the autoencoder.
        latents: the code, one number a latent; a code of maps is flattened channel by channel.
        place: instead of a code, x and y on a map that /latent_map gave.
        projection: which map: the "projection" of that answer, such as "tsne perplexity=30".

    Returns:
        image (a PNG data address), latents (the code that was decoded), shape (channels, height,
        width), and for a place far (how empty the map is there: distance to the nearest picture in
        steps between neighbours) and inverse_error (latent units).
    """
    here = study(model)
    coder = Coder(here.model)
    if (latents is None) == (place is None):
        raise InputError("pass either latents or a place, and not both")
    if place is None:
        row = _numbers(latents, "latents", coder.d)
        extra: dict[str, Any] = {}
    else:
        at = _numbers(place, "place", 2)[None]
        made = chart(model, Projection.read(projection), cancel=stopped).map
        row = made.invert(at)[0]
        far = float(made.distance_to_data(at)[0])
        extra = {"far": far, "inverse_error": made.inverse_error}
    image = coder.decode(row[None])[0]
    shown = {"image": picture_uri(image), "latents": row.tolist(), "shape": list(image.shape)}
    return shown | extra


def api_traverse(
    model: str, picture: float = 0, latents: list[int] | None = None, steps: float = 7
) -> dict[str, Any]:
    """Pictures with one latent moved at a time, starting from the code of one picture.

    Args:
        model: id of the autoencoder.
        picture: number of the picture among those the model is studied on, from 0.
        latents: which ones, from 0; all without it, those that vary most first. For models whose
            code is a stack of maps these are principal directions.
        steps: pictures for each latent, 3 to 15, from its 1st to its 99th percentile.

    Returns:
        latents, names, values (a row for each latent), origin (where the picture stands), change
        (how far the picture travels along each row: root mean square difference, added up), images
        (rows of PNG data addresses), made_by.
    """
    count = whole_number("steps", steps)
    if not 3 <= count <= 15:
        raise InputError(f"steps is {count}: take 3 to 15")
    steered = steering(str(model), whole_number("the picture number", picture))
    if latents is None:
        rows = [int(j) for j in steered.handles.use.order]
    else:
        rows = [whole_number("a latent", j) for j in listed("latents", latents)]
    if len(rows) * count > MOST_PICTURES:
        rows = rows[: MOST_PICTURES // count]
    walked = traverse(
        steered.coder.model,
        steered.places,
        use=steered.handles.use,
        latents=tuple(rows),
        steps=count,
        cancel=stopped,
    )
    return walked.to_dict() | {
        "names": [steered.handles.names[j] for j in walked.latents],
        "images": [[picture_uri(image) for image in row] for row in walked.images],
    }


def _numbers(given: Any, what: str, count: int) -> np.ndarray:
    """``given`` as ``count`` finite numbers, or InputError."""
    try:
        row = np.asarray(given, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} should be a list of {count} numbers") from error
    if len(row) != count or not np.isfinite(row).all() or (np.abs(row) > 1e6).any():
        raise InputError(f"{what} has {len(row)} numbers: pass {count} finite ones")
    return row


def endpoints() -> dict[str, Callable[..., Any]]:
    """Every endpoint of the page by its name."""
    from genlens.ui.latents.rebuild.tab import api_rebuild_targets
    from genlens.ui.latents.truth import api_evaluate_latents
    from genlens.ui.latents.why.endpoints import api_attribute, api_attribute_many

    return {
        "latent_map": api_latent_map,
        "decode": api_decode,
        "traverse": api_traverse,
        "attribute": api_attribute,
        "attribute_many": api_attribute_many,
        "prototypes": api_prototypes,
        "contrast": api_contrast,
        "anchor": api_anchor,
        "effects": api_effects,
        "joint_effect": api_joint_effect,
        "rebuild_targets": api_rebuild_targets,
        "evaluate_latents": api_evaluate_latents,
    }


def register_endpoints() -> None:
    """Add the endpoints to the ``gr.Blocks`` around the call; all share the model's lane."""
    from genlens.ui.training.tab import api_train

    publish(endpoints())
    # Files go through components, which take them in and hand them out.
    unseen: dict[str, Any] = {"visible": False}
    asked = {
        "archive": gr.File(label="archive", file_types=[".zip"], type="filepath", **unseen),
        "side": gr.Number(32, label="side", **unseen),
        "latents": gr.Number(10, label="latents", **unseen),
        "beta": gr.Number(1, label="beta", **unseen),
        "epochs": gr.Number(0, label="epochs", **unseen),
        "seed": gr.Number(0, label="seed", **unseen),
    }
    answers = [gr.File(label="model", **unseen), gr.JSON(label="about", **unseen)]
    gr.Button(**unseen).click(
        as_toasts(api_train), None, answers, inputs_kwargs=asked, api_name="train",
        concurrency_id="training", concurrency_limit=1,
    )  # fmt: skip
