"""Statistics of a picture's colours and light."""

from __future__ import annotations

import torch

from genlens.models.assessors.own import FunctionAssessor

LUMA = (0.299, 0.587, 0.114)
LEVELS = 256
_GANALYZE = "GANalyze, Goetschalckx et al. 2019, arXiv:1906.10112, section 4.4"


def luma(images: torch.Tensor) -> torch.Tensor:
    """(n, h, w) of (n, 3, h, w): how light a pixel looks, 0 to 1 (ITU-R BT.601)."""
    return torch.einsum("nchw,c->nhw", images, torch.tensor(LUMA, device=images.device))


def _brightness(images: torch.Tensor) -> torch.Tensor:
    return luma(images).mean((1, 2))


def _contrast(images: torch.Tensor) -> torch.Tensor:
    return root(luma(images).var((1, 2), correction=0))


def _redness(images: torch.Tensor) -> torch.Tensor:
    red, green, blue = images.unbind(1)
    return (red - (green + blue) / 2).mean((1, 2))


def _colourfulness(images: torch.Tensor) -> torch.Tensor:
    red, green, blue = (255 * images).unbind(1)
    axes = torch.stack([red - green, (red + green) / 2 - blue], 1)  # (n, 2, h, w)
    spread = root(axes.var((2, 3), correction=0).sum(1))
    return spread + 0.3 * root(axes.mean((2, 3)).square().sum(1))


def _entropy(images: torch.Tensor) -> torch.Tensor:
    """A pixel between two levels is shared between them, so that the entropy has a slope; on
    pictures of whole levels that changes nothing."""
    level = (luma(images).flatten(1).clamp(0, 1) * (LEVELS - 1)).clamp(0, LEVELS - 1)
    below = level.detach().floor().clamp(max=LEVELS - 2)
    above = level - below  # how much of the pixel the upper level gets
    counts = torch.zeros(len(images), LEVELS, device=images.device, dtype=level.dtype)
    counts = counts.scatter_add(1, below.long(), 1 - above)
    counts = counts.scatter_add(1, below.long() + 1, above)
    share = counts / level.shape[1]
    return torch.special.entr(share.clamp_min(1e-12)).sum(1) / torch.log(torch.tensor(2.0))


def root(squares: torch.Tensor) -> torch.Tensor:
    """The square root, whose slope at 0 is 0 and not infinite."""
    positive = squares > 0
    return torch.where(positive, torch.where(positive, squares, 1.0).sqrt(), 0.0)


BRIGHTNESS = FunctionAssessor(
    "brightness",
    "Brightness",
    "0 black to 1 white",
    _brightness,
    (0.0, 1.0),
    help="How light the picture is on average.",
    equation="mean over pixels of 0.299 R + 0.587 G + 0.114 B",
    misleads="It takes the pixel values as they are stored, which are not proportional to light.",
    paper=f"ITU-R BT.601; {_GANALYZE}",
)
CONTRAST = FunctionAssessor(
    "contrast",
    "Contrast",
    "standard deviation of brightness, 0 to 0.5",
    _contrast,
    (0.0, 0.5),
    help="How much light and dark pixels differ (root mean square contrast).",
    equation="√(mean (Y - mean Y)²),   Y = 0.299 R + 0.587 G + 0.114 B",
    misleads="It does not see where light and dark are: shuffled pixels have the same contrast.",
    paper="Peli 1990, Contrast in complex images, J. Opt. Soc. Am. A 7, equation 4",
)
REDNESS = FunctionAssessor(
    "redness",
    "Redness",
    "-1 cyan to 1 red",
    _redness,
    (-1.0, 1.0),
    help="How much more red than green and blue there is on average.",
    equation="mean over pixels of R - (G + B) / 2",
    misleads="Brown, skin and wood count as red; a red car in a green field may cancel out.",
    paper=_GANALYZE,
)
COLOURFULNESS = FunctionAssessor(
    "colourfulness",
    "Colourfulness",
    "0 grey, 33 moderately, 59 quite, 109 extremely colourful",
    _colourfulness,
    (0.0, 350.0),
    help="How colourful people would call it (the words of the unit are from their judgements).",
    equation="√(σ²rg + σ²yb) + 0.3 √(μ²rg + μ²yb),   rg = R - G, yb = (R + G) / 2 - B, R, G, B "
    "from 0 to 255",
    misleads="Fitted to photographs: a cartoon on a coloured ground scores high for the ground.",
    paper="Hasler and Suesstrunk 2003, Measuring colourfulness in natural images, equation for "
    "M(3) and table 2",
)
ENTROPY = FunctionAssessor(
    "entropy",
    "Entropy",
    "bits a pixel, 0 to 8",
    _entropy,
    (0.0, 8.0),
    help="How many different levels of brightness there are: 0 for one even tone, 8 where all 256 "
    "are equally common.",
    equation="-Σ p log₂ p over the 256 levels of brightness",
    misleads="Noise has the highest entropy of all; it is not how much there is to see.",
    paper=f"Shannon 1948; {_GANALYZE}",
)
