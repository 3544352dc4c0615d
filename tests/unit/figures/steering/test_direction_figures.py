"""Strip, curve, leakage and sheet: what they say, and that it is what was measured."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from genlens.common.measures import Measure
from genlens.errors import InputError
from genlens.figures.line_chart import line_chart
from genlens.figures.steering.directions.direction_strip import alpha_words, direction_strip
from genlens.figures.steering.directions.leakage_bars import leakage_bars, reading
from genlens.figures.steering.directions.score_curve import reach_words, score_curve
from genlens.figures.steering.directions.strip_sheet import strip_sheet
from genlens.steering.results import Curve, Leakage, Reach, Strip

pytestmark = pytest.mark.unit

ALPHAS = np.array([-1.0, 0.0, 2.0])
STRIP = Strip(np.full((3, 3, 8, 8), 0.5), ALPHAS, np.array([-0.5, np.nan, 0.5]), 7, "smile")
CURVE = Curve(
    "smile", "-1 to 1", ALPHAS, np.zeros((4, 3)), np.array([-0.4, 0.0, 0.6]),
    np.array([-0.5, -0.1, 0.5]), np.array([-0.3, 0.1, 0.7]),
    Measure(0.33, 0.3, 0.36, 4), Measure(0.75, 0.3, 0.95, 4, {"none": 2}), np.array([0.2, 0, 0.3]),
)  # fmt: skip


def leakage(**leaks: Measure) -> Leakage:
    worst = max(leaks, key=lambda n: abs(leaks[n].value), default="")
    return Leakage("smile", leaks, worst, dict(leaks))


def test_a_strip_frames_the_face_itself_and_reads_scores_out() -> None:
    drawn = direction_strip(STRIP, title="Face <7>", ends=(-1.0, 1.0))
    assert drawn.count("<img") == 3 and drawn.count("gl-marked") == 1
    assert "α = −1, score −0.5" in drawn and "the face, score no score" in drawn
    assert "Face &lt;7&gt;" in drawn and "<7>" not in drawn
    plain = direction_strip(replace(STRIP, assessor=""))
    assert "gl-score" not in plain and "score" not in plain
    assert [alpha_words(a) for a in (0.0, -0.526, 2.0)] == ["the face", "α = −0.53", "α = 2"]


def test_the_curve_has_its_interval_and_says_what_it_shows() -> None:
    drawn = score_curve(CURVE, assessor="Smile", unit="1 SD", face=STRIP.scores)
    assert "75 % of 4 faces (95 % interval 30 % to 95 %)" in drawn and "2 more faces" in drawn
    assert drawn.count('class="gl-band"') == 1 and "the face above" in drawn
    one = replace(CURVE, monotone=Measure(1, 0.2, 1, 1), slope=Measure(1, -np.inf, np.inf, 1))
    assert "gl-band" not in score_curve(one, assessor="Smile") and "inf" not in reading_of(one)


def reading_of(curve: Curve) -> str:
    return score_curve(curve, assessor="x").split("<figure")[0]


def test_a_band_lies_around_its_line_and_widens_the_chart() -> None:
    lines = {"mean": ([0, 1], [1.0, 2.0])}
    wide = line_chart(lines, x="x", y="y", bands={"mean": ([0.0, 1.0], [9.0, 9.0])})
    points = re.search(r'gl-band" points="([^"]+)"', wide)
    assert points and len(points[1].split()) == 4
    heights = [float(p.split(",")[1]) for p in points[1].split()]
    assert heights[0] > heights[2], "low lies below high (SVG counts downwards)"
    assert ">10<" in wide or ">9<" in wide, "the axis holds the band"
    holed = line_chart(lines, x="x", y="y", bands={"mean": ([0.0, np.nan], [9.0, 9.0])})
    assert holed.count("gl-band") == 1
    with pytest.raises(InputError):
        line_chart(lines, x="x", y="y", bands={"mean": ([0.0], [1.0])})


def test_the_ends_are_said_with_their_reasons() -> None:
    reach = Reach(-1.234, 2.5, "it breaks", "it saturates", ALPHAS)
    assert reach_words(reach) == "Measured ends: at α = −1.23: it breaks; at α = 2.5: it saturates."


def test_leakage_is_sorted_by_size_with_sides_and_intervals() -> None:
    found = leakage(
        hat=Measure(-0.8, -1.0, -0.6, 9), skin=Measure(0.1, -0.1, 0.3, 9),
        odd=Measure(np.nan, np.nan, np.nan, 0),
    )  # fmt: skip
    found = replace(found, worst="hat")
    drawn = leakage_bars(found, {"hat": "A <hat>", "smile": "Smile"})
    assert drawn.index("A &lt;hat&gt;</th>") < drawn.index("skin</th>") < drawn.index("odd</th>")
    assert "−0.80<br>" in drawn and "(−1.00 to −0.60)" in drawn and "not known" in drawn
    assert "gl-negative" in drawn and "“Smile”" in drawn
    assert "A <hat> falls by 0.8" in reading(found, {"hat": "A <hat>"})


def test_what_is_within_its_interval_of_nothing_is_not_said_to_change() -> None:
    unclear = leakage(hat=Measure(0.3, -0.1, 0.7, 9))
    assert "Nothing else clearly changes" in reading(unclear, {})
    assert "Nothing else could be measured" in reading(replace(unclear, worst=""), {})


def test_a_sheet_has_a_row_a_strip() -> None:
    one, two = strip_sheet([STRIP], "title"), strip_sheet([STRIP, STRIP], "title")
    assert two.width == one.width and two.height > one.height + 90
    for wrong in ([], [STRIP, replace(STRIP, alphas=ALPHAS + 1)]):
        with pytest.raises(InputError, match="same alphas"):
            strip_sheet(wrong, "title")
