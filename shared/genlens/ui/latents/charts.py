"""The latent maps a page has drawn, kept: a click on a map needs the map again, not a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genlens.common.progress import Cancel, Progress
from genlens.latents.maps.latent_map import LatentMap, inverse_picture_error, latent_map
from genlens.models.memory import MEMORY
from genlens.study.coder import Coder
from genlens.ui.studies import study

if TYPE_CHECKING:
    from genlens.study.study import Study

TITLES = {"PCA": "pca", "t-SNE": "tsne", "UMAP": "umap"}
"""What the page calls the projections -> their names; the first is what a page opens with."""


@dataclass(frozen=True)
class Chart:
    """A map and ``picture_error``, its way back's error as a person sees it: root mean square pixel
    difference, 0 to 1, between a picture's reconstruction and what its place decodes to."""

    map: LatentMap
    picture_error: float

    def facts(self) -> dict[str, Any]:
        """The map's numbers, JSON-able, without points and codes."""
        numbers = self.map.to_dict()
        del numbers["points"]
        return numbers | {
            "n": len(self.map.points),
            "d": self.map.codes.shape[1],
            "picture_error": self.picture_error,
        }


def chart(
    model_id: str,
    method: str = "pca",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Chart:
    """The map of a model's codes by "pca", "tsne" or "umap"; always the same one (seed 0).

    Raises:
        InputError: no such method, or codes that cannot be mapped.
        ModelError: no such model, or UMAP's process died.
        Cancelled: ``cancel()`` said so.
    """
    here = study(model_id)
    return MEMORY.get(("chart", method, here.content), lambda: draw(here, method, progress, cancel))


def draw(
    study: Study, method: str, progress: Progress | None = None, cancel: Cancel | None = None
) -> Chart:
    """A new chart of ``study``'s codes."""
    made = latent_map(study.codes, method, progress=progress, cancel=cancel)
    sample = 100 if len(study.codes.latent_shape) == 1 else 16  # decoding maps takes its time
    return Chart(made, inverse_picture_error(Coder(study.model), made, n=sample))
