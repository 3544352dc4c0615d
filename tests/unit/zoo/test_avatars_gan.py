"""The training of ``avatars-gan``: noise is cut into the values that faces have, and both parts of
the training run."""

from pathlib import Path

import numpy as np
import pytest
import torch

from genlens.models.generators.stylegan2.files import read, save
from genlens.models.generators.stylegan2.network import Mapping
from genlens.worlds.avatars import CHOICES, draw_codes
from genlens.zoo.recipes.steering import avatars_gan
from genlens.zoo.recipes.steering.faces import VALUES, draw_pool, one_hot
from genlens.zoo.recipes.steering.presets import Preset
from genlens.zoo.recipes.steering.staircase import (
    axes,
    edges,
    noise_of,
    values_at,
    write_codes,
    write_staircase,
)

LATENTS = 64


def _noise(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, LATENTS, generator=torch.Generator().manual_seed(seed))


def test_noise_has_the_values_as_often_as_faces() -> None:
    found = values_at(_noise(20_000))
    drawn = draw_codes(20_000, 5)
    for i, (factor, values) in enumerate(CHOICES.items()):
        made = np.bincount(found[:, i].numpy(), minlength=len(values)) / 20_000
        true = np.bincount(drawn[factor], minlength=len(values)) / 20_000
        # four standard errors of a share, in both draws
        assert np.abs(made - true).max() < 4 * np.sqrt(2 * 0.25 / 20_000), factor


def test_one_direction_moves_one_attribute_upwards() -> None:
    z = _noise(300)
    for i, axis in enumerate(axes(LATENTS)):
        before, after = values_at(z), values_at(z + 1.5 * axis)
        assert (after[:, i] >= before[:, i]).all() and (after[:, i] > before[:, i]).any()
        others = [j for j in range(len(VALUES)) if j != i]
        # the latent's length is taken out again, which moves the rest a little
        assert (after[:, others] == before[:, others]).float().mean() > 0.9


def test_the_written_mapping_gives_the_styles_of_its_attributes() -> None:
    torch.manual_seed(0)
    decoding, mapping = Mapping(LATENTS, 128, 2), Mapping(LATENTS, 128, 3)
    namer = torch.nn.Linear(sum(VALUES), LATENTS, bias=False)
    with torch.no_grad():
        write_staircase(mapping, decoding, lambda codes: namer(one_hot(codes)))
        z = _noise(500)
        wanted = decoding(namer(one_hot(values_at(z))))
        others = decoding(namer(one_hot(values_at(_noise(500, seed=1)))))
        made = mapping(z)
    near = (made - wanted).square().mean(1)
    # jumps are narrow, so almost all noise is on a step; what is left is the codes' length
    assert near.median() < 0.1 * (made - others).square().mean()


def test_the_codes_to_begin_with_keep_all_values_equally_far_apart() -> None:
    namer, decoding = torch.nn.Linear(sum(VALUES), LATENTS, bias=False), Mapping(LATENTS, 128, 1)
    with torch.no_grad():
        write_codes(namer, decoding)
        drawn = draw_codes(200, 4)
        codes = torch.stack([torch.from_numpy(drawn[factor]) for factor in CHOICES], 1)
        named = namer(one_hot(codes))
        apart = torch.cdist(named, named).square()
        differ = (codes[:, None] != codes[None]).sum(2).float()
        # a sum of squares over the attributes that differ, whichever they are
        torch.testing.assert_close(apart, 2 * differ, atol=1e-3, rtol=1e-3)
        styles = decoding(named)
        assert styles.shape == (200, 128)
        solved = torch.linalg.lstsq(styles, named).solution
        unit = named * named.square().mean(1, keepdim=True).rsqrt()
        assert (styles @ solved - named).square().mean() < 0.02 * named.var()
        half = styles[:, :64] - styles[:, 64:]
        torch.testing.assert_close(half / half.norm() * unit.norm(), unit, atol=1e-3, rtol=1e-3)


def test_noise_can_be_had_for_attributes() -> None:
    drawn = draw_codes(2_000, 8)
    codes = torch.stack([torch.from_numpy(drawn[factor]) for factor in CHOICES], 1)
    torch.manual_seed(0)
    assert (values_at(noise_of(codes)) == codes).float().mean() > 0.95


def test_edges_rise() -> None:
    for edge, count in zip(edges(LATENTS), VALUES, strict=True):
        assert len(edge) == count - 1 and (edge.diff() > 0).all()


@pytest.fixture
def rounds(tmp_path: Path) -> avatars_gan.FaceRounds:
    preset = Preset(
        side=32,
        channels=(8, 8, 8, 8),
        encoder=(8, 8),
        judge=(8, 8, 8),
        pool=40,
        batch=4,
        mixed=2,
        plain=3,
        steps=6,
        lazy=2,
    )
    pool = draw_pool(preset.pool, 3, preset.side, tmp_path / "faces.npz")
    return avatars_gan.FaceRounds(pool, tmp_path, preset, "cpu")


def test_both_parts_run_and_the_model_can_be_read(
    rounds: avatars_gan.FaceRounds, tmp_path: Path
) -> None:
    names = set[str]()
    while rounds.step < rounds.preset.steps:
        before = [p.detach().clone() for p in rounds.net.synthesis.parameters()]
        losses = rounds.update()
        assert all(np.isfinite(list(losses.values())))
        changed = zip(before, rounds.net.synthesis.parameters(), strict=True)
        assert any(not torch.equal(a, b) for a, b in changed)
        names |= set(losses)
        rounds.step += 1
    assert {"known", "guess", "judge", "maker", "penalty"} <= names
    save(tmp_path / "model", rounds.model(), rounds.encoder, {})
    found = read(tmp_path / "model")
    assert found.encoder is not None
    z = _noise(3)
    torch.testing.assert_close(found.net(z), rounds.model()(z), atol=0.05, rtol=0.05)
