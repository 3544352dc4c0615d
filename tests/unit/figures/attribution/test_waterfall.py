"""Bars and waterfalls of latents: sorted, adding up, and nothing where there is nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from genlens.attribution.results import Attribution
from genlens.errors import InputError
from genlens.figures.attribution.bars import latent_bars
from genlens.figures.attribution.facts import (
    attribution_facts,
    nothing_sentence,
    sum_sentence,
    with_unit,
)
from genlens.figures.attribution.picture import attribution_picture
from genlens.figures.attribution.pixel_map import attribution_map
from genlens.figures.attribution.waterfall import latent_waterfall

pytestmark = pytest.mark.unit

SHARES = Attribution(
    np.array([0.1, -0.5, 0.0, 0.9]), "shap", "a region", kind="latent", unit="pixel value",
    output=0.7, base=0.2, gap=0.0,
)  # fmt: skip
NOISE = replace(
    SHARES, values=np.array([3e-17, -1e-17, 0.0, 2e-17]), output=0.53, base=0.53, gap=0.0,
    size=3e-17, resolution=8e-6, unit="probability",
)  # fmt: skip
PICTURE = np.linspace(0, 1, 64, dtype=np.float32).reshape(1, 8, 8)


def steps(text: str) -> list[tuple[str, float, float]]:
    """(label, left, width) of the rows with a bar."""
    rows = re.findall(
        r'<th scope="row">([^<]*)</th>.*?left:([\d.]+)%;width:(?:max\()?([\d.]+)', text
    )
    return [(label, float(left), float(width)) for label, left, width in rows]


def test_bars_come_largest_first() -> None:
    rows = [label for label, *_ in steps(latent_bars(SHARES))]
    assert rows == ["z3", "z1", "z0", "z2"]
    assert latent_bars(SHARES).index("Most is said by z3") < latent_bars(SHARES).index("<table")


def test_each_step_begins_where_the_last_one_ended() -> None:
    rows = steps(latent_waterfall(SHARES))
    assert [label for label, *_ in rows] == ["base", "z3", "z1", "z0", "z2", "the number"]
    # base 0.2, then up to 1.1 (100 %), down to 0.6, up to 0.7: per cent of the way from 0.2 to 1.1
    ends = {label: (left, left + width) for label, left, width in rows}
    assert ends["z3"] == pytest.approx((0, 100), abs=0.1)
    assert ends["z1"] == pytest.approx((100 * 0.4 / 0.9, 100), abs=0.1)
    assert ends["z0"] == pytest.approx((100 * 0.4 / 0.9, 100 * 0.5 / 0.9), abs=0.1)
    assert ends["the number"][0] == pytest.approx(100 * 0.5 / 0.9, abs=0.1)


def test_what_is_not_drawn_is_one_step_and_what_is_missing_is_another() -> None:
    text = latent_waterfall(SHARES, most=2, code=np.arange(4.0))
    assert "2 other latents" in text and "what the sum misses" not in text
    short = replace(SHARES, output=0.9)
    assert "what the sum misses" in latent_waterfall(short)
    with pytest.raises(InputError, match="add up"):
        latent_waterfall(replace(SHARES, base=None))


def test_rounding_noise_is_not_drawn_and_is_said() -> None:
    said = nothing_sentence(NOISE)
    assert "Nothing is drawn" in said and "logit" in said
    bars = latent_bars(NOISE)
    assert said.split("’")[0] in bars and all(width == 0 for *_, width in steps(bars))
    assert "nothing to share out" in sum_sentence(NOISE)
    assert "nothing to share out" in attribution_facts(NOISE)
    pixels = replace(NOISE, values=np.full((1, 8, 8), 1e-23), kind="image", base=None)
    text = attribution_map(pixels, PICTURE)
    assert "Nothing is drawn" in text and "gl-heat-legend" not in text
    loud = attribution_map(replace(pixels, size=1.0), PICTURE)
    assert "gl-heat-legend" in loud and "Nothing is drawn" not in loud  # the control
    assert attribution_picture(pixels, PICTURE).size != (0, 0)


def test_a_logit_stands_beside_its_probability() -> None:
    logit = replace(SHARES, unit="log-odds", output=0.0)
    assert with_unit(0.0, logit) == "0 log-odds, a probability of 50 %"
    assert "over 99.99 %" in with_unit(80.0, logit) and "under 0.01 %" in with_unit(-800.0, logit)
    assert "a probability of 50 %" in attribution_facts(logit)
