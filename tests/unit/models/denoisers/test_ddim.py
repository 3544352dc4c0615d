"""Deterministic sampling and its inverse, where the best guess of the noise is known."""

from __future__ import annotations

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, FlowMatchEulerDiscreteScheduler

from gaussian_denoiser import GaussianDenoiser
from genlens.errors import InputError, ModelError
from genlens.models.denoisers.ddim import NoiseSchedule, denoised, inverted, mixed

pytestmark = pytest.mark.unit

ZERO_END = {
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "clip_sample": False,
}


def noise_of(n=6, seed=0):
    return torch.randn(n, 1, 4, 4, generator=torch.Generator().manual_seed(seed)).double()


def best_guess(schedule, mean=0.2, spread=0.3):
    pixels = GaussianDenoiser(mean, spread)
    pixels.levels = schedule.levels
    return pixels.guess


@pytest.mark.parametrize("options", [{}, ZERO_END, {"beta_schedule": "squaredcos_cap_v2"}])
def test_many_steps_follow_the_probability_flow(options) -> None:
    """Of Gaussian pixels it leads from noise e to mean + spread e."""
    schedule = NoiseSchedule(DDIMScheduler(**options))
    noise = noise_of()
    made = denoised(best_guess(schedule), schedule, noise, 200)
    assert made == pytest.approx(0.2 + 0.3 * noise, abs=0.05)


@pytest.mark.parametrize("options", [{}, ZERO_END, {"prediction_type": "sample"}])
@pytest.mark.parametrize("steps", [4, 20])
def test_inversion_finds_the_noise_that_sampling_started_from(options, steps) -> None:
    schedule = NoiseSchedule(DDIMScheduler(**options))
    guess, noise = best_guess(schedule), noise_of()
    made = denoised(guess, schedule, noise, steps)
    back = inverted(guess, schedule, made, steps)
    assert denoised(guess, schedule, back, steps) == pytest.approx(made, abs=0.02)
    assert back == pytest.approx(noise, abs=0.12)


def test_looking_again_inverts_better_than_ddim_inversion(monkeypatch) -> None:
    schedule = NoiseSchedule(DDIMScheduler(**ZERO_END))
    guess = best_guess(schedule)
    made = denoised(guess, schedule, noise_of(), 5)

    def missed():
        back = inverted(guess, schedule, made, 5)
        return float((denoised(guess, schedule, back, 5) - made).square().mean())

    refined = missed()
    monkeypatch.setattr("genlens.models.denoisers.ddim.REFINED", 0)
    assert refined < missed() / 4


def test_pictures_are_inverted_each_for_itself() -> None:
    schedule = NoiseSchedule(DDIMScheduler())
    guess, pictures = best_guess(schedule), 0.2 + 0.5 * noise_of()
    together = inverted(guess, schedule, pictures, 6)
    alone = inverted(guess, schedule, pictures[3:4], 6)
    assert alone[0] == pytest.approx(together[3], abs=1e-9)


@pytest.mark.parametrize("output", ["epsilon", "v_prediction", "sample"])
def test_outputs_are_read_as_their_scheduler_reads_them(output) -> None:
    scheduler = DDIMScheduler(prediction_type=output, clip_sample=False)
    scheduler.set_timesteps(10)
    schedule = NoiseSchedule(scheduler)
    x, given = noise_of().float(), noise_of(seed=1).float()
    for i, t in enumerate(schedule.path(10)):
        known = scheduler.step(given, t, x)
        clean, noise = schedule.read(given, x, t)
        assert clean == pytest.approx(known.pred_original_sample, rel=1e-3, abs=1e-4)
        last = i == 9
        level = schedule.clean if last else schedule.at(schedule.path(10)[i + 1])
        assert mixed(clean, noise, level) == pytest.approx(known.prev_sample, rel=1e-3, abs=1e-4)


def test_noise_is_added_as_the_scheduler_adds_it() -> None:
    scheduler = DDPMScheduler()
    schedule, x, e = NoiseSchedule(scheduler), noise_of(), noise_of(seed=1)
    for t in (0, 500, 999):
        known = scheduler.add_noise(x, e, torch.tensor([t] * len(x)))
        assert mixed(x, e, schedule.at(t)) == pytest.approx(known, abs=1e-5)


def test_what_has_no_noise_levels_or_makes_no_sense_is_refused() -> None:
    with pytest.raises(ModelError, match="FlowMatchEulerDiscreteScheduler has no time steps"):
        NoiseSchedule(FlowMatchEulerDiscreteScheduler())
    schedule = NoiseSchedule(DDIMScheduler(num_train_timesteps=50))
    for ask, said in (
        (lambda: schedule.at(50), "the time step is 50"),
        (lambda: schedule.at(-1), "the time step is -1"),
        (lambda: schedule.path(0), "steps is 0"),
        (lambda: schedule.path(51), "steps is 51"),
    ):
        with pytest.raises(InputError, match=said):
            ask()
