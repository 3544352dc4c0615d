"""What truncation does: the same faces, pulled towards the mean style or pushed away from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from genlens.models.contracts import Assessor, Generator
from genlens.steering.drawn import draw, random_styles, score

PSIS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
_MEAN_OF = 512


@dataclass(frozen=True)
class Truncated:
    """``images`` (faces, psis, c, h, w) and their ``scores`` (faces, psis)."""

    images: np.ndarray
    scores: np.ndarray


def truncated(generator: Generator, faces: torch.Tensor, assessor: Assessor) -> Truncated:
    """``faces`` (n, layers, d) at each of ``PSIS``: mean + psi (style - mean), with the mean style
    of 512 random faces (Karras et al. 2019, arXiv:1812.04948, appendix B)."""
    middle = random_styles(generator, _MEAN_OF, 0).mean(0)
    shares = torch.tensor(PSIS, dtype=faces.dtype, device=faces.device)[None, :, None, None]
    styles = middle + shares * (faces[:, None] - middle)  # (n, psis, layers, d)
    images = draw(generator, styles.flatten(0, 1))
    scores = score(assessor, images)
    shape = (len(faces), len(PSIS))
    return Truncated(images.numpy().reshape(*shape, *images.shape[1:]), scores.reshape(shape))
