"""An autoencoder's decoder as a ``Generator``, and its draws."""

from __future__ import annotations

import pytest
import torch

from genlens.errors import Cancelled, InputError
from genlens.models.contracts import Generator
from genlens.models.generators.decoder import DecoderGenerator, prior_sample
from genlens.models.generators.inversion import Inverter
from tiny_vaes import conv_model

pytestmark = pytest.mark.unit


def test_it_keeps_the_contract() -> None:
    model = conv_model()
    generator = DecoderGenerator(model)
    assert isinstance(generator, Generator) and generator.card.contract == "Generator"
    z = generator.sample_latents(5, seed=1)
    styles = generator.to_styles(z)
    assert styles.shape == (5, len(generator.layers), 4)
    assert generator.synthesize(styles) == pytest.approx(model.decode(z), abs=1e-6)
    z.requires_grad_()
    generator.synthesize(generator.to_styles(z)).sum().backward()
    assert float(z.grad.abs().sum()) > 0


def test_the_first_of_a_larger_draw_are_those_of_a_smaller_one() -> None:
    large = prior_sample(700, (3, 2), seed=4)
    for n in (1, 255, 256, 257, 699):
        assert torch.equal(prior_sample(n, (3, 2), seed=4), large[:n])
    assert not torch.equal(prior_sample(5, (3, 2), seed=5), large[:5])
    assert large.mean() == pytest.approx(0, abs=0.06) and large.std() == pytest.approx(1, abs=0.06)


def test_bad_latents_are_refused() -> None:
    generator = DecoderGenerator(conv_model())
    for ask, said in (
        (lambda: generator.to_styles(torch.zeros(2, 5)), "latents have shape"),
        (lambda: generator.synthesize(torch.zeros(2, 4)), "styles have shape"),
        (lambda: generator.sample_latents(0, 1), "0 latents"),
        (lambda: generator.sample_latents(1, -1), "seed -1"),
    ):
        with pytest.raises(InputError, match=said):
            ask()


def test_inversion_gives_the_generators_own_pictures_back() -> None:
    generator = DecoderGenerator(conv_model())
    z = generator.sample_latents(12, seed=9)
    own = generator.synthesize(generator.to_styles(z))
    found = Inverter(generator, steps=200, noise=0.02).invert(own)
    start = Inverter(generator, steps=1, rate=1e-4, noise=0.02).invert(own)
    missed = (found.rebuilt - own).square().flatten(1).mean(1)
    assert float(missed.median()) < 0.1 * float((start.rebuilt - own).square().mean())
    assert bool((found.loss <= start.loss + 1e-4).all())  # the best of all steps is kept
    assert not found.codes.requires_grad


def test_inversion_is_bounded_and_can_be_stopped() -> None:
    generator = DecoderGenerator(conv_model())
    own = generator.synthesize(generator.to_styles(generator.sample_latents(2, seed=9)))
    for options, said in (
        ({"steps": 0}, "steps"),
        ({"noise": 0}, "noise"),
        ({"tries": 0}, "tries"),
    ):
        with pytest.raises(InputError, match=said):
            Inverter(generator, **options)
    with pytest.raises(InputError, match="images have shape"):
        Inverter(generator).invert(own[..., 1:])
    with pytest.raises(Cancelled, match="stopped after 0 of 100 steps"):
        Inverter(generator).invert(own, cancel=lambda: True)
