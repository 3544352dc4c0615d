"""The shipped weights are as good as their cards say.

Each figure is measured again on fewer scenes and must lie where sampling error allows, given the
figure that ``genlens evaluate zoo --json`` recorded in ``zoo/cards/zoo.json``.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import genlens
from genlens.zoo import evaluate
from genlens.zoo.measures import clip as measure_clip
from genlens.zoo.measures import diffusion as measure_diffusion
from genlens.zoo.measures import referee as measure_referee
from genlens.zoo.measures import sam as measure_sam
from genlens.zoo.referee import load_referee

pytestmark = pytest.mark.truth

ZOO = Path(evaluate.__file__).parent
RECORDED: dict[str, dict[str, float]] = json.loads((ZOO / "cards" / "zoo.json").read_text())


def allowed(share: float, n: int) -> float:
    """Four standard errors of a share measured on ``n`` cases, and a floor for tiny samples."""
    return 4 * math.sqrt(max(share * (1 - share), 0.01) / n) + 0.01


def check(model: str, measured: dict[str, Any], n: int) -> None:
    for figure, recorded in RECORDED[model].items():
        if figure == "relation_right" and evaluate.verdict(RECORDED, model, figure):
            continue  # recorded on too few pairs to be compared with
        if figure in evaluate.BARS[model] and 0 <= recorded <= 1:
            assert abs(measured[figure] - recorded) <= allowed(recorded, n), figure


def test_every_bar_was_measured() -> None:
    assert set(evaluate.BARS) <= set(RECORDED) <= set(evaluate.BARS) | set(evaluate.VAE_BARS)
    for model, bars in evaluate.BARS.items():
        assert set(bars) <= set(RECORDED[model])
    assert "emoji-diffusion" in evaluate.format_table(RECORDED)


def test_referee() -> None:
    check("emoji-referee", measure_referee.measure(load_referee(), 120, seed=77), 120)


def test_clip() -> None:
    check("emoji-clip", measure_clip.measure(genlens.load("emoji-clip"), 100, seed=77), 100)


def test_sam() -> None:
    check("emoji-sam", measure_sam.measure(genlens.load("emoji-sam"), 20, seed=77), 20)


def test_diffusion() -> None:
    model = genlens.load("emoji-diffusion")
    measured = measure_diffusion.measure(model, load_referee(), 60, seed=77)
    check("emoji-diffusion", measured, 60)
    assert measured["psnr_db"] >= 26


@pytest.mark.parametrize("model", sorted(evaluate.BARS))
def test_each_model_has_a_card_and_keeps_to_its_size(model: str) -> None:
    megabytes = {"emoji-diffusion": 22, "emoji-clip": 4, "emoji-sam": 4, "emoji-referee": 1.5}
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
    assert RECORDED["emoji-diffusion"]["filler_ratio"] < 0.5
