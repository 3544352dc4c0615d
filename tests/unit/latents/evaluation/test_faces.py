"""Maps against the part of a face that decides: scores of perfect, random and real maps."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from genlens.attribution.faithfulness import mass_inside
from genlens.attribution.results import Attribution
from genlens.errors import InputError
from genlens.latents.evaluation.face_parts import PARTS, fit_score, part_faces, rival_of
from genlens.latents.evaluation.faces import measure_faces, place_score
from genlens.study.coder import Coder
from genlens.worlds.avatars import CHOICES, draw_faces, redraw
from tiny_vaes import conv_model

pytestmark = pytest.mark.unit


def attribution(values):
    return Attribution(np.asarray(values, dtype=float), "planted", "t")


def test_perfect_maps_score_one_and_random_maps_score_chance():
    masks = np.zeros((40, 32, 32), dtype=bool)
    masks[:, 5:13, 8:24] = True
    perfect = place_score("m", [attribution(mask.astype(float)) for mask in masks], masks, 0)
    assert perfect.pointing.value == 1.0 and perfect.mass.value == 1.0
    rng = np.random.default_rng(0)
    random = place_score("m", [attribution(rng.random((32, 32))) for _ in masks], masks, 0)
    assert random.mass.value == pytest.approx(masks.mean(), abs=0.01)
    assert random.pointing.low < masks.mean() < random.pointing.high
    empty = place_score("m", [attribution(np.zeros((32, 32)))] * 40, masks, 2)
    assert empty.pointing.value == 0.0 and empty.mass.value == 0.0
    assert empty.pointing.high > 0.05  # 40 faces do not prove "never"


def test_what_differs_between_draws_widens_the_interval():
    """Ten draws of four faces: in half of them the map always points, in half never."""
    masks = np.zeros((40, 8, 8), dtype=bool)
    masks[:, :4] = True
    draws = np.repeat(np.arange(10), 4)
    maps = [attribution(m if d % 2 else ~m) for m, d in zip(masks, draws, strict=True)]
    careless = place_score("m", maps, masks, 0)
    honest = place_score("m", maps, masks, 0, draws.tolist(), {"hidden": 3})
    for name in ("pointing", "mass"):
        wide, narrow = getattr(honest, name), getattr(careless, name)
        assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
        assert wide.left_out == {"hidden": 3} and wide.n == 40


def test_the_score_of_a_part_is_the_quietest_that_knows_it():
    model, faces = conv_model(shape=(3, 32, 32), d=8), draw_faces(120, 5, size=32)
    score = fit_score(model, "glasses", faces)
    factor, none, _ = PARTS["glasses"]
    own = faces.codes[factor] > 0
    coder = Coder(model)
    high = coder.encode(faces.tensor()).mean[own]
    low = coder.encode(redraw(faces, **{factor: none}).tensor()).mean[own]
    change = (high - low).mean(axis=0)
    assert change @ score.weights == pytest.approx(1.0)
    naive = change / (change @ change)

    def spread(w):
        return (high @ w).var() + (low @ w).var()

    assert spread(score.weights) <= 1.05 * spread(naive)
    assert score.effect == pytest.approx(1 / (low @ score.weights).std())
    x = faces.tensor()[:2]
    expected = coder.encode(x).mean @ score.weights
    assert np.allclose(score.target(model).function(x).numpy(), expected, atol=1e-3)
    rival, effect = rival_of(model, score, draw_faces(10, 6, size=32))
    assert rival != "glasses" and effect > 0
    with pytest.raises(InputError, match="not one of"):
        fit_score(model, "nose", faces)


def test_faces_are_those_whose_part_decides():
    model, faces = conv_model(shape=(3, 32, 32), d=8), draw_faces(150, 5, size=32)
    score = fit_score(model, "hair", faces)
    found = part_faces(model, score, faces, 5)
    assert len(found) == 5 and found.masks.sum(axis=(1, 2)).min() >= 8
    kinds = [CHOICES["hair"].index(value) for value in PARTS["hair"][2]]
    having = int(np.isin(faces.codes["hair"], kinds).sum())
    # every face with hair is kept or accounted for
    assert found.kept + sum(found.left_out.values()) == having and found.kept >= 5
    assert 0.5 <= np.mean(found.right) <= 1 and len(found.right) <= 2 * having
    moved = Coder(model).encode(found.images).mean - Coder(model).encode(found.without).mean
    assert (moved @ score.weights >= 0.5).all()
    differs = np.abs(found.images - found.without).sum(axis=1)
    inside = [mass_inside(attribution(d), m)[0] for d, m in zip(differs, found.masks, strict=True)]
    assert np.mean(inside) > 0.6  # the difference of the pictures is where the part is
    with pytest.raises(InputError, match="hardly encodes"):
        part_faces(model, replace(score, weights=score.weights * 0), faces, 5)


def test_faces_end_to_end():
    model = conv_model(shape=(3, 32, 32), d=8)
    found = measure_faces(model, pictures=3, draws=2, names=("saliency", "lrp"), fitted=120)
    assert {p.part for p in found.parts} | set(found.left_out) == set(PARTS)
    for part in found.parts:
        scores = {s.method: s for s in part.scores}
        assert set(scores) == {"saliency", "lrp", "edges", "difference"}
        assert scores["difference"].mass.value > part.mass_chance.value
        assert part.mass_chance.value < part.pointing_chance.value
        assert part.faces == 3 * part.draws and part.draws in (1, 2)
        assert part.kept + sum(part.left_out.values()) == part.having
        assert scores["saliency"].pointing.left_out == part.left_out
    json.dumps(found.to_dict(), allow_nan=False)
