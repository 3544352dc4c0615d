"""What the VAE page opens with: a map and one attribution, computed in advance and shipped.

``python -m genlens.ui.latents.opening`` computes and stores it with the shipped model; run it again
whenever that model is trained anew.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.attribution.results import Attribution
from genlens.common.records import MadeBy, plain
from genlens.latents.portrait import Portrait, portrait
from genlens.study.coder import Coder

if TYPE_CHECKING:
    from genlens.study.study import Study

PATH = Path(__file__).parents[1] / "data" / "vae_opening.npz"
MODEL = "digits-vae"
LIKED = "4"
"""The class the page opens with, where the model has it: S1's contrast goes from 4 to 9."""
FAR = 1.5
"""Latent units between a picture's largest latent and a black picture's, at least."""


@dataclass(frozen=True)
class Opening:
    """``model``'s map of ``data``, and one picture with its attribution.

    ``points`` (n, 2) float32 of the PCA map and ``facts`` its numbers (``Chart.facts``); ``labels``
    (n,) index ``names``. ``portrait.attribution`` is complete; ``revision`` is of the model.
    """

    model: str
    revision: str
    data: str
    points: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    facts: dict[str, Any]
    portrait: Portrait

    @property
    def picture(self) -> int:
        """Number of the picture."""
        return self.portrait.index

    @property
    def note(self) -> str:
        """How the page marks it."""
        return f"computed in advance from {self.model}"


def load_opening(path: Path = PATH) -> Opening | None:
    """The stored opening, or None where there is none."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    about = json.loads(str(arrays.pop("about")))
    numbers = about.pop("attribution")
    attribution = Attribution(
        **{
            **numbers,
            "values": arrays["values"].astype(np.float64),
            "made_by": MadeBy(**numbers["made_by"]),
        }
    )
    card = Portrait(
        **{**about.pop("portrait"), "attribution": attribution},
        image=arrays["image"],
        rebuilt=arrays["rebuilt"],
    )
    return Opening(
        points=arrays["points"], labels=arrays["labels"].astype(np.int64), portrait=card,
        **{**about, "names": tuple(about["names"])},
    )  # fmt: skip


def save_opening(opening: Opening, path: Path = PATH) -> Path:
    """Write ``opening`` as one npz without pickles; returns ``path``."""
    card, attribution = opening.portrait, opening.portrait.attribution
    assert attribution is not None  # compute_opening made one
    about = {
        name: getattr(opening, name) for name in ("model", "revision", "data", "names", "facts")
    }
    numbers = {k: v for k, v in asdict(attribution).items() if k != "values"}
    portrait_ = {
        k: v for k, v in asdict(card).items() if k not in ("image", "rebuilt", "attribution")
    }
    about |= {"attribution": plain(numbers), "portrait": plain(portrait_)}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        about=np.array(json.dumps(about)),
        points=opening.points.astype(np.float32),
        labels=opening.labels.astype(np.int16),
        image=card.image.astype(np.float32),
        rebuilt=card.rebuilt.astype(np.float32),
        values=attribution.values.astype(np.float32),
    )
    return path


def compute_opening(model_id: str = MODEL, picture: int | None = None) -> Opening:
    """The opening of ``model_id``, at ``picture`` or at the first well rebuilt one that it likes.

    Raises:
        GenlensError: no such model or picture.
    """
    from genlens.ui.latents.charts import draw
    from genlens.ui.studies import study

    here = study(model_id)
    chart = draw(here)
    index = _likeable(here) if picture is None else picture
    return Opening(
        model=model_id,
        revision=here.model.card.revision,
        data=here.data,
        points=chart.map.points.astype(np.float32),
        labels=here.labels,
        names=here.names,
        facts=plain(chart.facts()),
        portrait=portrait(here, index),
    )


def _likeable(study: Study) -> int:
    """The first picture of the class ``LIKED`` (or of any) that is rebuilt better than most, and
    whose largest latent is far from where a black picture has it: Integrated Gradients shares out
    that distance, and there should be something to share out."""
    good = study.errors <= np.median(study.errors)
    if LIKED in study.names:
        wanted = good & (study.labels == study.names.index(LIKED))
        good = wanted if wanted.any() else good
    codes = study.codes.mean
    black = Coder(study.model).encode(np.zeros_like(study.images[:1])).mean[0]
    largest = np.abs(codes).argmax(axis=1)
    moved = np.abs(codes - black)[np.arange(len(codes)), largest]
    clear = good & (moved >= FAR)
    return int(np.flatnonzero(clear if clear.any() else good)[0])


def main(arguments: list[str] | None = None) -> None:
    """Compute what the VAE page opens with and store it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--picture", type=int, default=None)
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args(arguments)
    opening = compute_opening(options.model, options.picture)
    path = save_opening(opening, options.out)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, picture {opening.picture}")


if __name__ == "__main__":
    main()
