"""Noise levels of a diffusion model, and the deterministic way between noise and picture.

DDIM (Song et al. 2021, arXiv:2010.02502): with a clean picture and a noise guessed at each level, a
step goes to the next level without drawing anything, so that it can be taken backwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from genlens.common.checks import whole
from genlens.common.limits import MAX_STEPS
from genlens.errors import ModelError

if TYPE_CHECKING:
    from diffusers import SchedulerMixin

Guess = Callable[[torch.Tensor, int], tuple[torch.Tensor, torch.Tensor]]
"""(latents, time step) -> the clean latents and the noise that the model sees in them."""

REFINED = 3
"""How often the state before a step is looked for again, from what the model says there."""


class NoiseSchedule:
    """What a diffusers scheduler says of a model: ``levels`` (timesteps,) is the share of signal at
    each time step, alpha-bar in DDPM (Ho et al. 2020, arXiv:2006.11239, equation 4), ``clean`` that
    at the end of sampling.

    Raises:
        ModelError: a scheduler without such levels (flow matching), or an output that is none of
            "epsilon", "v_prediction" and "sample".
    """

    def __init__(self, scheduler: SchedulerMixin) -> None:
        from diffusers import DDIMScheduler

        config = scheduler.config
        if "num_train_timesteps" not in config or "prediction_type" not in config:
            raise ModelError(
                f"a {type(scheduler).__name__} has no time steps of noise as DDPM has them: "
                "genlens asks models with DDPM, DDIM, PNDM, Euler or DPM-Solver schedulers"
            )
        self._ddim = DDIMScheduler.from_config(config)
        self.output = str(config["prediction_type"])
        if self.output not in ("epsilon", "v_prediction", "sample"):
            raise ModelError(
                f"prediction_type {self.output!r} is not epsilon, v_prediction, sample"
            )
        self.levels: torch.Tensor = self._ddim.alphas_cumprod.double()
        self.clean = float(self._ddim.final_alpha_cumprod)

    @property
    def timesteps(self) -> int:
        """How many time steps the model was trained with."""
        return len(self.levels)

    def path(self, steps: int) -> list[int]:
        """The time steps of sampling in that many steps, from noise on."""
        steps = whole("steps", steps, 1, min(MAX_STEPS, self.timesteps))
        self._ddim.set_timesteps(steps)
        return [int(t) for t in self._ddim.timesteps]

    def at(self, t: int) -> float:
        """The share of signal at time step ``t``."""
        return float(self.levels[whole("the time step", t, 0, self.timesteps - 1)])

    def read(
        self, output: torch.Tensor, latents: torch.Tensor, t: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The clean latents and the noise that the model's ``output`` on ``latents`` stands for."""
        signal, noise = self.at(t) ** 0.5, (1 - self.at(t)) ** 0.5
        if self.output == "v_prediction":  # Salimans and Ho 2022, arXiv:2202.00512, appendix D
            return signal * latents - noise * output, signal * output + noise * latents
        if self.output == "sample":
            return output, (latents - signal * output) / max(noise, 1e-8)
        return (latents - noise * output) / max(signal, 1e-8), output


def mixed(clean: torch.Tensor, noise: torch.Tensor, level: float) -> torch.Tensor:
    """``clean`` with ``noise`` at a level: sqrt(level) clean + sqrt(1 - level) noise."""
    return level**0.5 * clean + (1 - level) ** 0.5 * noise


def denoised(
    guess: Guess, schedule: NoiseSchedule, noise: torch.Tensor, steps: int
) -> torch.Tensor:
    """Clean latents from ``noise`` (Song et al., equation 12 with sigma = 0)."""
    path = schedule.path(steps)
    levels = [*(schedule.at(t) for t in path[1:]), schedule.clean]
    x = noise
    for t, level in zip(path, levels, strict=True):
        x = mixed(*guess(x, t), level)
    return x


def inverted(
    guess: Guess, schedule: NoiseSchedule, latents: torch.Tensor, steps: int
) -> torch.Tensor:
    """The noise from which ``denoised`` makes ``latents`` (Song et al., equation 13).

    Each step backwards looks for the state from which the step forwards leads here. What the model
    would guess there is not known, so it is guessed from here first, as DDIM inversion does, and
    then ``REFINED`` times from what was found; the best is kept (Pan et al. 2023,
    arXiv:2309.04907). That takes 5 passes a step.
    """
    x, here = latents, schedule.clean
    for t in reversed(schedule.path(steps)):
        x, here = _before(guess, schedule, x, here, t), schedule.at(t)
    return x


def _before(
    guess: Guess, schedule: NoiseSchedule, x: torch.Tensor, here: float, t: int
) -> torch.Tensor:
    """The state at time step ``t`` from which one step leads to ``x`` at level ``here``."""
    there = schedule.at(t)
    state = mixed(*guess(x, t), there)
    best, least = state, torch.full((len(x),), torch.inf, device=x.device)
    last: tuple[torch.Tensor, torch.Tensor] | None = None
    for look in range(REFINED + 1):
        clean, noise = guess(state, t)
        missed = (mixed(clean, noise, here) - x).square().flatten(1).mean(1)
        best = torch.where(_wide(missed < least, x), state, best)
        least = torch.minimum(missed, least)
        if look == REFINED:
            break
        if here < 0.5:  # one of the two follows from x and the other: the one that x shows better
            noise = (x - here**0.5 * clean) / (1 - here) ** 0.5
        else:
            clean = (x - (1 - here) ** 0.5 * noise) / here**0.5
        found = mixed(clean, noise, there)
        last, state = (found, found - state), _accelerated(found, found - state, last)
    return best


def _accelerated(
    found: torch.Tensor, change: torch.Tensor, last: tuple[torch.Tensor, torch.Tensor] | None
) -> torch.Tensor:
    """Where an iteration that gave ``found``, a ``change`` from its start, is heading for, from it
    and the one before (Anderson 1965, JACM 12(4), with a memory of one), for each picture."""
    if last is None:
        return found
    turn = change - last[1]
    part = (change * turn).flatten(1).sum(1) / turn.square().flatten(1).sum(1).clamp_min(1e-12)
    return found - _wide(part, found) * (found - last[0])


def _wide(rows: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """(n,) as (n, 1, 1, 1)."""
    return rows.view(-1, *[1] * (like.ndim - 1))
