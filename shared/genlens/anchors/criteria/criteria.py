"""Every criterion by name. A new one is a ``Criterion`` in a module and one line here."""

from __future__ import annotations

from collections.abc import Sequence

from genlens.anchors.criteria.criterion import Criterion
from genlens.anchors.criteria.extrinsic import CLIP, DSSIM, INCEPTION, LPIPS, MSE, MSE_MEAN, SSIM
from genlens.anchors.criteria.intrinsic import INVERSION, KLD, MAHALANOBIS, NOISE_ERROR
from genlens.errors import InputError

_ALL = (
    *(KLD, MAHALANOBIS, INVERSION, NOISE_ERROR),
    *(MSE, MSE_MEAN, SSIM, DSSIM, LPIPS, INCEPTION, CLIP),
)
CRITERIA: dict[str, Criterion] = {criterion.name: criterion for criterion in _ALL}

FIRST_CRITERIA: dict[str, tuple[str, str]] = {
    "Autoencoder": ("kld", "mse"),
    "Generator": ("inversion", "mse"),
    "Denoiser": ("noise-error", "mse"),
}
"""What a model of each contract is asked by where nobody chooses: an intrinsic and an extrinsic
criterion. The paper's two for a VAE; no other model has its KL divergence."""


def chosen_criteria(criteria: Sequence[str | Criterion], contract: str) -> tuple[Criterion, ...]:
    """``criteria``, by name or as they are, for a model of that ``contract``.

    Raises:
        InputError: none, an unknown name, a name twice, or one that cannot be worked out here.
    """
    if isinstance(criteria, str) or not len(criteria):
        raise InputError(f'criteria are {criteria!r}: pass a list such as ["kld", "mse"]')
    chosen = []
    for given in criteria:
        criterion = given if isinstance(given, Criterion) else CRITERIA.get(given)
        if criterion is None:
            raise InputError(f"no criterion is called {given!r}: take {', '.join(CRITERIA)}")
        reason = criterion.reason_against(contract)
        if reason:
            fits = ", ".join(n for n, c in CRITERIA.items() if contract in c.contracts)
            raise InputError(f"{criterion.name} does not work here: {reason}. These do: {fits}")
        chosen.append(criterion)
    names = [criterion.name for criterion in chosen]
    if len(set(names)) < len(names):
        raise InputError(f"criteria {', '.join(names)} have a name twice: name each once")
    return tuple(chosen)
