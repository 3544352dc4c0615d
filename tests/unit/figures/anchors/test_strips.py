"""Film strips, sheets, sprites, cards and the table of counts."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from anchor_scores import grouping, scores
from genlens.anchors.evaluation.retrained import Gap, Retrained, ShareFid
from genlens.common.measures import Measure
from genlens.common.tables import Table
from genlens.errors import InputError
from genlens.figures.anchors.anchor_card import CriterionLine, anchor_card
from genlens.figures.anchors.count_table import count_table
from genlens.figures.anchors.film_strip import film_strip
from genlens.figures.anchors.retraining_chart import claim, retraining_chart
from genlens.figures.anchors.sprites import sprites
from genlens.figures.blocks import blocks_html
from genlens.figures.sheet import SIDE, sheet

pytestmark = pytest.mark.unit
RNG = np.random.default_rng(0)
PICTURES = RNG.random((5, 1, 12, 10)).astype(np.float32)
REBUILT = RNG.random((5, 1, 12, 10)).astype(np.float32)
CAPTIONS = [f"no. {i}\nKLD {i}.5" for i in range(5)]


def test_each_column_is_a_button_with_both_pictures() -> None:
    drawn = film_strip(PICTURES, REBUILT, CAPTIONS, rows=[9, 8, 7, 6, 5], numbered=True)
    assert re.findall(r'data-row="(\d+)"', drawn) == ["9", "8", "7", "6", "5"]
    assert drawn.count("<img") == 10 and drawn.count("gl-film-number") == 5
    assert 'alt="anchor: no. 0 KLD 0.5"' in drawn and "no. 0<br>KLD 0.5" in drawn


def test_a_picture_that_is_not_here_is_not_a_black_one() -> None:
    drawn = film_strip(PICTURES, REBUILT, CAPTIONS, known=[True, False, True, True, True])
    assert drawn.count("<img") == 9 and drawn.count("not here") == 1
    assert "<button" not in drawn


def test_a_strip_of_unequal_parts_is_refused() -> None:
    with pytest.raises(InputError, match="give as many of each"):
        film_strip(PICTURES, REBUILT[:4], CAPTIONS)


def test_captions_are_escaped() -> None:
    assert "<b>" not in film_strip(PICTURES[:1], REBUILT[:1], ["<b>x</b>"])


def test_a_sheet_has_every_picture_above_its_reconstruction() -> None:
    drawn = np.asarray(sheet(np.ones_like(PICTURES), np.zeros_like(REBUILT), CAPTIONS, "t"))
    head = 40
    assert (drawn[head : head + SIDE, 10 : 10 + SIDE] == 255).all()
    assert (drawn[head + SIDE + 4 : head + 2 * SIDE + 4, 10 : 10 + SIDE] == 0).all()


@pytest.mark.parametrize("k", [1, 2, 16, 17, 33])
@pytest.mark.parametrize("channels", [1, 3])
def test_sprites_are_found_where_the_script_looks(k: int, channels: int) -> None:
    pictures = RNG.random((k, channels, 6, 9)).astype(np.float32)
    rebuilt = 1 - pictures
    made = sprites(pictures, rebuilt)
    page = np.asarray(Image.open(io.BytesIO(base64.b64decode(made.sheet.partition(",")[2]))))
    w, h = made.side
    for i in range(k):
        x, y = i % made.columns * w, i // made.columns * 2 * h
        for part, at in ((pictures, y), (rebuilt, y + h)):
            wanted = (part[i].transpose(1, 2, 0) * 255).round()
            assert np.array_equal(page[at : at + h, x : x + w], np.repeat(wanted, 3 // channels, 2))


def test_large_pictures_are_made_smaller_by_whole_factors() -> None:
    made = sprites(np.ones((2, 3, 130, 200), np.float32), np.zeros((2, 3, 130, 200), np.float32))
    assert made.side == (50, 32)


def test_sprites_of_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        sprites(PICTURES[:0], REBUILT[:0])


def test_counts_stand_where_the_script_writes_them() -> None:
    of = scores(200)
    counts = grouping(of).counts
    drawn = count_table(counts, of.names, choose=True)
    for g in range(4):
        for c in range(4):
            assert f'data-count="{g}-{c}">{counts[g, c]}<' in drawn
        assert f'data-total="{g}">{counts[g].sum()}<' in drawn and f'data-group="{g}"' in drawn
    assert "no class" in drawn
    none = counts.copy()
    none[:, -1] = 0
    assert "no class" not in count_table(none, of.names)
    with pytest.raises(InputError, match="need"):
        count_table(counts, of.names[:1])


def test_a_card_says_values_thresholds_and_how_to_get_a_missing_picture() -> None:
    lines = [CriterionLine("KLD", 12.5, "nats", 25.0, 0.25), CriterionLine("S", 9, "u", None, 0.8)]
    drawn = anchor_card(
        PICTURES[0], REBUILT[0], name="Anchor <1>", group="HIHE known", why="Because.", lines=lines
    )
    assert "Anchor &lt;1&gt;" in drawn and "lower than 75 % of the anchors" in drawn
    assert "higher than 80 %" in drawn and "12.5" in drawn and "difference" in drawn
    absent = anchor_card(
        None,
        REBUILT[0],
        name="A",
        group="g",
        why="w",
        lines=lines,
        absent="run genlens fetch mnist",
    )
    assert "run genlens fetch mnist" in absent and "difference" not in absent


def retrained(random_less_hihe: tuple[float, float, float]) -> Retrained:
    """A job of which only the gap to random pictures matters."""
    value, low, high = random_less_hihe
    gaps = [Gap("Random", kept, kept == 900, Measure(value, low, high, 3)) for kept in (900, 100)]
    gaps.append(Gap("TracIn", 100, False, Measure(9.0, 8.0, 10.0, 3)))
    some = Measure(1.0, 0.5, 1.5, 3)
    shares = tuple(ShareFid(w, k, False, some, some) for w in ("HIHE", "Random") for k in (9, 90))
    return Retrained(3, 1000, 0.9, some, some, some, shares, tuple(gaps), None, 1.0)


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        ((5.0, 1.0, 9.0), "with 100 kept HIHE is nearer, by 5.0"),
        (
            (-5.0, -9.0, -1.0),
            "with 100 kept HIHE is further away, by 5.0 of FID (95 % interval 1.0 to 9.0)",
        ),
        ((0.5, -1.0, 2.0), "with 900 kept there is no clear difference (+0.5)"),
    ],
)
def test_the_claim_is_said_as_it_was_measured(gap: tuple, said: str) -> None:
    sentence = claim(retrained(gap))
    assert said in sentence and "interval" in sentence and "8.0" not in sentence
    assert "Line chart" in retraining_chart(retrained(gap))


def test_measured_blocks_are_escaped_and_keep_their_form() -> None:
    drawn = blocks_html([Table(("a", "b"), [["<x>", "1"]]), "**bold** <i>", "- one\n- `<two>`"])
    assert "<b>bold</b> &lt;i&gt;" in drawn and "<li><code>&lt;two&gt;</code></li>" in drawn
    assert "<td>1</td>" in drawn and "&lt;x&gt;" in drawn


def test_a_long_table_opens_at_a_click_and_a_short_one_is_open():
    rows = [[str(i), "1"] for i in range(13)]
    assert blocks_html([Table(("attribute", "b"), rows)]).startswith(
        "<details><summary>13 rows, by attribute</summary>"
    )
    assert "<details>" not in blocks_html([Table(("attribute", "b"), rows[:12])])
