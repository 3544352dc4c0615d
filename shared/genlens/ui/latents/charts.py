"""The latent maps a page has drawn, kept: a click on a map needs the map again, not a new one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from genlens.common.checks import number
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.latents.maps.latent_map import METHODS, LatentMap, inverse_picture_error, latent_map
from genlens.models.memory import MEMORY
from genlens.study.coder import Coder
from genlens.ui.studies import study

if TYPE_CHECKING:
    from genlens.study.study import Study

TITLES = {"PCA": "pca", "t-SNE": "tsne", "UMAP": "umap"}
"""What the page calls the projections -> their names; the first is what a page opens with."""
MOST = 200
"""The largest perplexity and number of neighbours that a page takes."""


@dataclass(frozen=True)
class Projection:
    """How a map is drawn: ``method`` of ``TITLES`` with t-SNE's ``perplexity`` or UMAP's
    ``neighbours`` and ``min_dist`` (see ``latent_map``)."""

    method: str = "pca"
    perplexity: float = 30
    neighbours: int = 15
    min_dist: float = 0.1

    @property
    def title(self) -> str:
        """What the page calls the method."""
        return next(title for title, method in TITLES.items() if method == self.method)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that this method takes."""
        if self.method == "tsne":
            return {"perplexity": self.perplexity}
        if self.method == "umap":
            return {"neighbours": self.neighbours, "min_dist": self.min_dist}
        return {}

    @property
    def key(self) -> str:
        """All of it in a word, which a drawn map carries: "tsne perplexity=30"."""
        return " ".join([self.method, *(f"{k}={v:g}" for k, v in self.settings.items())])

    @classmethod
    def read(cls, key: object) -> Projection:
        """What ``key`` says.

        Raises:
            InputError: it is no key, or a setting is out of range.
        """
        method, *pairs = str(key)[:100].split() or [""]
        named = dict(pair.partition("=")[::2] for pair in pairs)
        try:
            numbers: dict[str, Any] = {name: float(value) for name, value in named.items()}
            made = cls(method, **numbers)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"projection is {str(key)[:60]!r}: pass what /latent_map gives"
            ) from error
        return replace(made, neighbours=int(made.neighbours)).checked()

    def checked(self) -> Projection:
        """This, or InputError where a setting is out of range."""
        if self.method not in METHODS:
            raise InputError(f"method is {self.method!r}: take one of {', '.join(METHODS)}")
        number("perplexity", self.perplexity, 2, MOST)
        number("neighbours", self.neighbours, 2, MOST)
        number("minimum distance", self.min_dist, 0, 1)
        return self


PCA = Projection()


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
    projection: Projection = PCA,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Chart:
    """The map of a model's codes; always the same one (seed 0).

    Raises:
        InputError: no such method, a setting out of range, or codes that cannot be mapped.
        ModelError: no such model, or the process that drew the map died.
        Cancelled: ``cancel()`` said so.
    """
    here, projection = study(model_id), projection.checked()
    return MEMORY.get(
        ("chart", projection.key, here.content), lambda: draw(here, projection, progress, cancel)
    )


def draw(
    study: Study,
    projection: Projection = PCA,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Chart:
    """A new chart of ``study``'s codes."""
    made = latent_map(
        study.codes, projection.method, **projection.settings, progress=progress, cancel=cancel
    )
    sample = 100 if len(study.codes.latent_shape) == 1 else 16  # decoding maps takes its time
    coder = Coder(study.model, batch_size=32, cancel=cancel)
    return Chart(made, inverse_picture_error(coder, made, n=sample))
