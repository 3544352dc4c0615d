"""Maps that are no explanations, put through every test beside the methods: all have to fail.

Adebayo et al. 2018 (arXiv:1810.03292) show that the maps of an edge detector look as convincing as
those of some methods. A test that such a map passes tells nothing of a method that passes it too.
Each control looks at the model's answer f(x) at most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from genlens.attribution.results import Attribution
from genlens.attribution.run import explaining
from genlens.attribution.target import Target

Values = Callable[[np.ndarray, float, int], np.ndarray]
"""(x of shape (c, h, w) or (d,), f(x), seed) -> (h, w) or (d,)."""


@dataclass(frozen=True)
class Control:
    """One map that explains nothing: ``titles`` by kind of target, ``says`` what it is, ``values``
    how it is made, ``signed`` as in ``Attribution``."""

    name: str
    titles: Mapping[str, str]
    says: str
    values: Values
    signed: bool = True

    def explain(self, target: Target, x: Any, seed: int = 0) -> Attribution:
        """The control as an attribution of ``target`` at ``x``; the model is asked for f(x) once.

        Raises:
            InputError: as for every method.
        """
        with explaining(target, x, seed=seed) as run:
            output = run.value(run.x)
            values = self.values(run.x[0].double().cpu().numpy(), output, seed)
            return run.result(values, self.name, output=output, signed=self.signed)


def edges(x: np.ndarray) -> np.ndarray:
    """Sobel's edge detector, (c, h, w) -> (h, w): the size of the gradient, summed over channels.
    Of latents (d,) their sizes, which a model's answer hangs on whatever was learned."""
    if x.ndim == 1:
        return np.abs(x)
    from scipy.ndimage import sobel

    size: np.ndarray = np.hypot(sobel(x, axis=1), sobel(x, axis=2)).sum(axis=0)
    return size


def _noise(x: np.ndarray, output: float, seed: int) -> np.ndarray:
    """Another draw for every model: f(x) goes into the seed, so that shuffled weights change it."""
    bits = int(np.float64(output).view(np.uint64))
    drawn: np.ndarray = np.random.default_rng([seed, bits]).normal(size=x.shape[-2:])
    return drawn


CONTROLS: dict[str, Control] = {
    control.name: control
    for control in (
        Control(
            "edges",
            {"image": "Edges of the picture", "latent": "Size of the latents"},
            "Sobel’s edge detector (of latents: their sizes). It knows nothing of the model.",
            lambda x, output, seed: edges(x),
            signed=False,
        ),
        Control(
            "edges-sign",
            {"image": "Edges × sign of the answer", "latent": "Size × sign of the answer"},
            "The same, turned into its negative where the model’s answer is below 0.",
            lambda x, output, seed: edges(x) * (1.0 if output >= 0 else -1.0),
        ),
        Control(
            "constant",
            {"image": "Constant map", "latent": "Constant values"},
            "1 everywhere: it says nothing of anything.",
            lambda x, output, seed: np.ones(x.shape[-2:]),
        ),
        Control(
            "random",
            {"image": "Random map", "latent": "Random values"},
            "Noise, drawn anew for every model and input.",
            _noise,
        ),
    )
}
"""All controls by name, in the order of a table."""
