"""The shipped weights are as good as their cards say.

Each figure is measured again on fewer scenes and must lie where the intervals allow, given the
figure that ``genlens evaluate zoo --json`` recorded in ``zoo/cards/zoo.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import genlens
from genlens.common.measures import Measure
from genlens.zoo import evaluate
from genlens.zoo.measures import clip as measure_clip
from genlens.zoo.measures import diffusion as measure_diffusion
from genlens.zoo.measures import referee as measure_referee
from genlens.zoo.measures import sam as measure_sam
from genlens.zoo.referee import load_referee
from genlens.zoo.table import format_table

pytestmark = pytest.mark.truth

ZOO = Path(evaluate.__file__).parent
ZOO_JSON: dict[str, Any] = json.loads((ZOO / "cards" / "zoo.json").read_text())
RECORDED: dict[str, dict[str, Any]] = ZOO_JSON["models"]


def check(model: str, measured: dict[str, Measure]) -> None:
    """The interval of a fresh measurement and the recorded one must not lie apart."""
    for figure in evaluate.BARS[model]:
        fresh, recorded = measured[figure], RECORDED[model][figure]
        reach = 0.5 * (fresh.high - fresh.low)  # 95 % intervals of many figures: leave some room
        assert fresh.low - reach <= recorded["high"], figure
        assert recorded["low"] <= fresh.high + reach, figure


def test_every_bar_was_measured() -> None:
    assert not ZOO_JSON["quick"]
    barred = evaluate.BARS | evaluate.FACE_BARS | evaluate.CLASSIFIER_BARS
    assert set(barred) <= set(RECORDED) <= set(barred) | set(evaluate.VAE_BARS)
    for model, bars in barred.items():
        either = {"copies_lpips", "copies_dssim"}  # whichever distance was at hand
        assert set(bars) - either <= set(RECORDED[model])
        assert not either & set(bars) or either & set(RECORDED[model])
    for figures in RECORDED.values():
        for figure in figures.values():
            assert set(figure) == {"value", "low", "high", "n", "left_out"}
    assert "emoji-diffusion" in format_table(ZOO_JSON)


def test_referee() -> None:
    check("emoji-referee", measure_referee.measure(load_referee(), 120, seed=77))


def test_clip() -> None:
    check("emoji-clip", measure_clip.measure(genlens.load("emoji-clip"), 100, seed=77))


def test_sam() -> None:
    check("emoji-sam", measure_sam.measure(genlens.load("emoji-sam"), 20, seed=77))


def test_diffusion() -> None:
    model = genlens.load("emoji-diffusion")
    measured = measure_diffusion.measure(model, load_referee(), 60, seed=77)
    check("emoji-diffusion", measured)
    assert measured["psnr_db"].value >= 29


@pytest.mark.parametrize("model", sorted(evaluate.BARS))
def test_each_model_has_a_card_and_keeps_to_its_size(model: str) -> None:
    megabytes = {"emoji-diffusion": 25, "emoji-clip": 4, "emoji-sam": 1.3, "emoji-referee": 1.5}
    files = [p for p in (ZOO / "weights" / model).rglob("*") if p.is_file()]
    assert {p.suffix for p in files} <= {".json", ".safetensors", ".txt"}
    card = (ZOO / "cards" / f"{model}.md").read_text(encoding="utf-8")
    assert all(word in card for word in ("Licence", "recipe", "Limits"))
    size = sum(p.stat().st_size for p in files) / 1e6
    assert size <= megabytes[model]


def test_grouping_of_prompts_does_not_change_the_pictures() -> None:
    model = genlens.load("emoji-diffusion")
    prompts = ["a cat", "", "a red car", "a dog above a tree"]
    together = model.generate(prompts, 5, steps=4).images
    alone = model.generate(prompts[2:3], 5, steps=4).images
    assert (together[2] - alone[0]).abs().max() < 0.02


def test_a_filler_changes_the_picture_less_than_a_noun_does() -> None:
    assert RECORDED["emoji-diffusion"]["filler_ratio"]["high"] < 0.5
