"""What the page shows at this moment: one generator, one face of it, one assessor.

Every tab starts from it::

    now = shown(model_id, face, assessor)      # what the page's head has, as texts
    now.generator, now.styles, now.assessor    # what the explainers take
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from genlens.errors import ModelError
from genlens.models.contracts import Assessor, Generator
from genlens.ui.steering import faces
from genlens.ui.steering.assessors import assessor as assessor_named
from genlens.ui.steering.generators import generator as generator_named


@dataclass(frozen=True)
class Shown:
    """The face ``face`` (an address, see ``faces``) of ``generator``: its ``styles`` (layers, d),
    read by ``assessor``. ``model_id`` and ``assessor_id`` are the names the page has for them."""

    model_id: str
    face: str
    assessor_id: str
    generator: Generator
    styles: torch.Tensor
    assessor: Assessor

    @cached_property
    def image(self) -> np.ndarray:
        """(c, h, w) float32 in [0, 1]: the face.

        Raises:
            ModelError: the generator drew NaN or infinity.
        """
        with torch.no_grad():
            image = self.generator.synthesize(self.styles[None])[0].float().cpu().numpy()
        if not np.isfinite(image).all():
            raise ModelError(
                f"{self.generator.card.id} drew NaN or infinity: its weights are damaged, or the "
                "styles are far outside what it was trained with"
            )
        return image.clip(0, 1)

    @cached_property
    def score(self) -> float:
        """The assessor's score of the face; NaN where it has none."""
        with torch.no_grad():
            return float(self.assessor.score(torch.from_numpy(self.image)[None])[0])

    @property
    def name(self) -> str:
        """What is on screen, for readers."""
        return faces.words(self.face, len(self.generator.layers))


def shown(model_id: str, face: str, assessor: str) -> Shown:
    """What the page's head asks for.

    Raises:
        InputError: no such generator, face or assessor, or one that is gone.
        ModelError, DownloadError: the generator cannot be loaded.
    """
    asked = assessor_named(assessor)
    generator = generator_named(model_id)
    return Shown(model_id, face, assessor, generator, faces.styles_of(generator, face), asked)
