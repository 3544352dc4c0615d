"""How attention maps of different layers, heads and steps become one heat map for a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

DAAM = "daam"
FINE = "fine"
GUIDED = "guided"
PLAIN = "plain"

_TANG = "Tang et al. 2023, “What the DAAM”, arXiv:2210.04885"


@dataclass(frozen=True)
class Way:
    """One way to join maps.

    Attributes:
        name, title: for programs, and for readers.
        equation, paper: what it computes, and where it comes from.
        help, misleads: what it says, and when not to believe it.
        layers: gives the numbers of the layers it takes, of maps (steps, heads, d, h', w') each.
        smooth: enlarge by bicubic interpolation, or by repeating cells.
        guided: fit the heat to the edges of the picture.
    """

    name: str
    title: str
    equation: str
    paper: str
    help: str
    misleads: str
    layers: Callable[[Sequence[np.ndarray]], list[int]]
    smooth: bool = True
    guided: bool = False


def _all(maps: Sequence[np.ndarray]) -> list[int]:
    return list(range(len(maps)))


def last_fine(maps: Sequence[np.ndarray]) -> list[int]:
    """The last of the layers whose maps have the most places."""
    places = [m.shape[-2] * m.shape[-1] for m in maps]
    return [max(i for i, count in enumerate(places) if count == max(places))]


WAYS = {
    way.name: way
    for way in (
        Way(
            DAAM,
            "DAAM: all steps, layers and heads",
            "D_k(x, y) = Σ_{t, layer, head} bicubic(F_{t, layer, head, k})(x, y)",
            f"{_TANG}, equations 4 and 5",
            help="Everything that was recorded, each map enlarged to the picture and added up. "
            "Shown is the mean instead of the sum.",
            misleads="Coarse layers count as much as fine ones and blur the edges. A map says "
            "where a word was read, not what it did there.",
            layers=_all,
        ),
        Way(
            FINE,
            "The last fine layer",
            "D_k(x, y) = Σ_{t, head} bicubic(F_{t, last, head, k})(x, y)",
            f"after {_TANG}; the choice of layer is ours",
            help="Only the last of the layers with the finest maps: the closest to the picture.",
            misleads="What coarser layers have read, such as where the thing roughly is, is not in "
            "it. In large models the finest layers can be noisy: compare with DAAM.",
            layers=last_fine,
        ),
        Way(
            GUIDED,
            "The last fine layer, fitted to the picture’s edges",
            "q_i = ā_i · I_i + b̄_i, with (a, b) the ridge regression of the heat on the colours I "
            "within each window",
            "He, Sun and Tang 2013, “Guided image filtering”, TPAMI 35(6), equations 14 to 16",
            help="The heat of the last fine layer, sharpened along the edges of the picture: the "
            "attention says which thing, the picture says where it ends.",
            misleads="Its sharp borders are the picture’s, not the attention’s: they do not show "
            "what the model looked at.",
            layers=last_fine,
            guided=True,
        ),
        Way(
            PLAIN,
            "Plain average (the baseline)",
            "mean over t, layer, head of nearest(F_{t, layer, head, k})",
            "Hertz et al. 2022, “Prompt-to-prompt”, arXiv:2208.01626, show such averages",
            help="The same maps, averaged as they are: each cell is repeated, nothing is smoothed.",
            misleads="Blocks of the coarsest layers show as squares.",
            layers=_all,
            smooth=False,
        ),
    )
}
"""By name, the usual one first."""


def enlarged(maps: np.ndarray, size: tuple[int, int], smooth: bool) -> np.ndarray:
    """(d, h', w') -> (d, h, w) float64."""
    import torch

    small = torch.from_numpy(np.ascontiguousarray(maps))[None]
    if not maps.shape[0]:
        return np.zeros((0, *size))
    if smooth:
        large = torch.nn.functional.interpolate(small, size, mode="bicubic", align_corners=False)
    else:
        large = torch.nn.functional.interpolate(small, size, mode="nearest-exact")
    found: np.ndarray = large[0].numpy()
    return found
