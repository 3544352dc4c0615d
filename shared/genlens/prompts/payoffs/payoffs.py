"""Every payoff by name. A new one is a ``Payoff`` in a module and one line here."""

from __future__ import annotations

from collections.abc import Sequence

from genlens.errors import InputError
from genlens.prompts.payoffs.clip import CLIP, CLIP_TEXT
from genlens.prompts.payoffs.distances import LPIPS, SSIM
from genlens.prompts.payoffs.latents import DIFFUSION, VAE
from genlens.prompts.payoffs.payoff import Ingredients, Payoff
from genlens.prompts.payoffs.pixels import PIXELS
from genlens.prompts.payoffs.similarity import Similarity

_ALL = (CLIP, CLIP_TEXT, VAE, DIFFUSION, SSIM, LPIPS, PIXELS)
PAYOFFS: dict[str, Payoff] = {payoff.name: payoff for payoff in _ALL}
"""The first is what an explanation uses where nobody chooses."""


def payoff_named(name: str) -> Payoff:
    """The payoff of that name.

    Raises:
        InputError: there is none.
    """
    found = PAYOFFS.get(name)
    if found is None:
        raise InputError(f"no payoff is called {name!r}: take {', '.join(PAYOFFS)}")
    return found


def payoffs_named(names: Sequence[str]) -> tuple[Payoff, ...]:
    """Several payoffs by name, each once.

    Raises:
        InputError: none, an unknown name, or a name twice.
    """
    if isinstance(names, str) or not len(names):
        raise InputError(f'payoffs are {names!r}: pass a list such as ["clip", "ssim"]')
    if len(set(names)) < len(names):
        raise InputError(f"payoffs {', '.join(names)} have a name twice: name each once")
    return tuple(payoff_named(name) for name in names)


def similarity_for(payoff: str | Payoff, ingredients: Ingredients) -> Similarity:
    """The similarity that a game of these ``ingredients`` uses under ``payoff``.

    Raises:
        InputError: it cannot be worked out here; the message says why.
    """
    chosen = payoff_named(payoff) if isinstance(payoff, str) else payoff
    reason = chosen.reason_against(ingredients)
    if reason:
        raise InputError(f"the payoff {chosen.name} does not work here: {reason}")
    return chosen.make(ingredients)
