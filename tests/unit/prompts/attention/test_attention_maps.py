"""Attention maps whose truth is known: joined by hand, doubled, flat, cut."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.cli.prompts import attention as command
from genlens.errors import InputError, ModelError
from genlens.models.contracts import Word
from genlens.models.pictures.masks import iou
from genlens.prompts.attention import storage
from genlens.prompts.attention.alike import alike, correlations, flat_words, warnings_of
from genlens.prompts.attention.guided import guided_filter
from genlens.prompts.attention.record import attending
from genlens.prompts.attention.regions import boosted, regions, weights_of
from genlens.prompts.attention.results import AttentionMaps
from genlens.prompts.attention.ways import WAYS
from prompt_painter import Painter

pytestmark = pytest.mark.unit
SIDE = 32


def made(maps, words=("cat", "car", "the"), read=None, image=None) -> AttentionMaps:
    return AttentionMaps(
        prompt=" ".join(words),
        words=tuple(Word(w, (i,)) for i, w in enumerate(words)),
        image=np.full((SIDE, SIDE, 3), 200, np.uint8) if image is None else image,
        layers=tuple(f"mid_block.{i}.attn2" for i in range(len(maps))),
        maps=tuple(m.astype(np.float16) for m in maps),
        read=tuple(read or [True] * len(words)),
        timesteps=tuple(range(maps[0].shape[0], 0, -1)),
    )


@pytest.fixture
def random_maps() -> AttentionMaps:
    rng = np.random.default_rng(0)
    return made([rng.random((3, 2, 3, 8, 8)) / 4, rng.random((3, 4, 3, 4, 4)) / 4])


def test_daam_is_the_mean_of_enlarged_maps(random_maps):
    total = np.zeros((3, SIDE, SIDE))
    for maps in random_maps.maps:  # each map by itself, as the paper's equation adds them up
        steps, heads = maps.shape[:2]
        part = np.zeros_like(total)
        for t in range(steps):
            for h in range(heads):
                small = torch.from_numpy(maps[t, h].astype(np.float64))[None]
                part += torch.nn.functional.interpolate(
                    small, (SIDE, SIDE), mode="bicubic", align_corners=False
                )[0].numpy()
        total += part / (steps * heads)
    assert np.allclose(random_maps.heat("daam"), np.clip(total / 2, 0, None), atol=1e-9)


def test_the_plain_average_repeats_cells(random_maps):
    expected = np.zeros((3, SIDE, SIDE))
    for maps in random_maps.maps:
        mean = maps.astype(np.float64).mean((0, 1))
        expected += mean.repeat(SIDE // maps.shape[3], 1).repeat(SIDE // maps.shape[4], 2)
    assert np.allclose(random_maps.heat("plain"), expected / 2)


def test_the_last_fine_layer_and_any_step_layer_and_head(random_maps):
    rng = np.random.default_rng(1)
    later = rng.random((3, 2, 3, 8, 8)) / 4
    maps = made([*random_maps.maps, later])
    assert np.array_equal(maps.heat("fine"), maps.heat("daam", layer=2))
    one = maps.heat("plain", step=1, layer=1, head=3)
    assert np.allclose(one[:, ::8, ::8], random_maps.maps[1][1, 3].astype(np.float64))
    with pytest.raises(InputError, match="take a lower one"):
        maps.heat("plain", layer=0, head=3)  # this layer has two
    for wrong in ({"step": 3}, {"layer": 3}, {"head": 4}, {"step": -1}):
        with pytest.raises(InputError, match="is not there"):
            maps.heat(**wrong)
    with pytest.raises(InputError, match="there is no way 'mean'"):
        maps.heat("mean")


def test_shares_are_parts_of_all_attention(random_maps):
    by_step = random_maps.shares_by_step
    assert by_step.shape == (3, 3)
    brute = [
        np.mean([m[t, :, j].astype(np.float64).mean() for m in random_maps.maps])
        for t in range(3)
        for j in range(3)
    ]
    assert np.allclose(by_step.ravel(), brute)
    assert np.allclose(random_maps.shares, by_step.mean(0))
    told = random_maps.to_dict()
    assert told["tokens"] == ["cat", "car", "the"]
    assert "maps" not in told


def test_the_guided_filter_by_its_equations():
    rng = np.random.default_rng(2)
    image = (rng.random((9, 9, 3)) * 255).astype(np.uint8)
    p = rng.random((9, 9))
    radius, eps = 1, 1e-2
    guide = image / 255.0
    coefficients = {}
    for y in range(1, 8):
        for x in range(1, 8):
            window = guide[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3)
            values = p[y - 1 : y + 2, x - 1 : x + 2].ravel()
            spread = np.cov(window.T, bias=True) + eps * np.eye(3)
            shared = (window * values[:, None]).mean(0) - window.mean(0) * values.mean()
            a = np.linalg.solve(spread, shared)
            coefficients[y, x] = (a, values.mean() - a @ window.mean(0))
    near = [coefficients[y, x] for y in (3, 4, 5) for x in (3, 4, 5)]
    expected = np.mean([a for a, _ in near], 0) @ guide[4, 4] + np.mean([b for _, b in near])
    found = guided_filter(p[None], image, radius=radius / 9, eps=eps)[0]
    assert found[4, 4] == pytest.approx(expected)


def test_the_guided_way_finds_the_edge_that_the_map_is_too_coarse_for():
    image = np.full((SIDE, SIDE, 3), 240, np.uint8)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[5:19, 6:17] = True
    image[mask] = (200, 20, 30)
    coarse = mask.reshape(8, 4, 8, 4).mean((1, 3))[None, None, None] * 0.5
    maps = made([coarse], ("cat",), image=image)
    overlaps = {
        way: iou(heat >= 0.5 * heat.max(), mask)
        for way in ("plain", "daam", "guided")
        for heat in maps.heat(way)
    }
    assert overlaps["guided"] > 0.95
    assert overlaps["guided"] > overlaps["daam"]
    assert overlaps["guided"] > overlaps["plain"]


def test_the_same_map_twice_is_told_and_different_ones_are_not():
    maps = np.full((1, 1, 3, 8, 8), 0.01)
    maps[..., 0, :4, :4] = maps[..., 1, 4:, 4:] = 0.5
    apart = made([maps])
    assert alike(apart) == []
    maps[..., 1, :, :] = maps[..., 0, :, :] * 0.4 + 0.003  # as loud or not: the same places
    same = made([maps])
    assert [(i, j) for i, j, _ in alike(same)] == [(0, 1)]
    assert "“cat” and “car” (1.00)" in " ".join(warnings_of(same))
    assert flat_words(same) == [2]  # "the" is everywhere alike, and in no pair
    assert "“the” is looked for everywhere alike" in " ".join(warnings_of(same))


def test_cut_words_have_no_map_and_are_named():
    maps = np.random.default_rng(0).random((1, 1, 3, 8, 8)) * 0.3
    maps[:, :, 2] = 0
    cut = made([maps], read=[True, True, False])
    assert (cut.heat("guided")[2] == 0).all()
    said = " ".join(warnings_of(cut))
    assert "“the” is cut off" in said
    assert "everywhere alike" not in said


def test_correlations_do_not_mind_constant_maps():
    with np.errstate(all="raise"):
        found = correlations(np.stack([np.zeros((4, 4)), np.eye(4)]))
    assert np.isnan(found[0, 1])
    assert found[1, 1] == pytest.approx(1)


def two_squares() -> AttentionMaps:
    maps = np.zeros((2, 1, 3, 8, 8))
    maps[:, :, 0, 1:4, 1:4] = 0.6  # cat
    maps[:, :, 1, 4:7, 4:7] = 0.3  # car
    maps[:, :, 2] = 0.1  # the
    return made([maps])


def test_importance_is_weighted_by_what_words_are_worth():
    maps = two_squares()
    found = boosted(maps, np.array([0.6, 0.2, 0.0]), way="plain")
    assert found[8, 8] == pytest.approx(0.75)  # the cat's place: 0.6 of 0.8
    assert found[20, 20] == pytest.approx(0.25)
    assert found[31, 0] == 0
    assert np.allclose(weights_of(np.array([0.5, -0.4, np.nan])), [1, 0, 0])
    assert np.allclose(weights_of(np.array([-1.0, -1.0])), 0.5)
    with pytest.raises(InputError, match="2 values for 3 words"):
        boosted(maps, np.ones(2))


def test_k_means_separates_what_is_equally_important():
    """Two things of equal importance are two regions, as the source paper wants them."""
    found = regions(two_squares(), np.array([1.0, 1.0, 0.0]), clusters=3, way="plain")
    assert len(found) == 2
    truth = np.zeros((2, SIDE, SIDE), bool)
    truth[0, 4:16, 4:16] = truth[1, 16:28, 16:28] = True
    assert {max(range(2), key=lambda k: iou(part.mask, truth[k])) for part in found} == {0, 1}
    assert all(max(iou(part.mask, t) for t in truth) > 0.95 for part in found)


def test_flat_maps_have_no_regions():
    assert regions(made([np.full((1, 1, 3, 8, 8), 0.2)]), np.ones(3)) == ()
    with pytest.raises(InputError, match="clusters"):
        regions(two_squares(), np.ones(3), clusters=1)


def test_a_file_gives_back_what_was_recorded(random_maps, tmp_path):
    path = storage.save(random_maps, tmp_path / "x.npz")
    again = storage.load(path)
    assert again.prompt == random_maps.prompt
    assert again.words == random_maps.words
    assert all(np.array_equal(a, b) for a, b in zip(again.maps, random_maps.maps, strict=True))
    assert np.array_equal(again.heat("daam"), random_maps.heat("daam"))
    other = tmp_path / "other.npz"
    np.savez(other, a=np.zeros(3))
    with pytest.raises(InputError, match="no recorded attention"):
        storage.load(other)
    other.write_bytes(b"not a file")
    with pytest.raises(InputError, match="no recorded attention"):
        storage.load(other)


def test_a_model_without_attention_is_refused():
    with pytest.raises(ModelError, match="painter does not show its attention"):
        attending(Painter())


def test_the_command_line_knows_the_ways():
    assert tuple(WAYS) == command.WAYS
