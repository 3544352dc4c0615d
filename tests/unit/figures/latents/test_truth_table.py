"""The truth table as HTML: verdicts first, what is marked, and what is said of the rest."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator

import pytest

from genlens.attribution.verdict import Verdict
from genlens.common.measure_rows import best, show
from genlens.common.measures import Measure
from genlens.figures.latents.truth_table import (
    codes_table,
    faces_table,
    methods_table,
    truth_table,
)
from genlens.latents.evaluation.rows import CONCLUSIONS, DETAILS, REBUILD_COLUMNS, TESTS
from genlens.latents.evaluation.summary import summary
from genlens.latents.evaluation.table import format_table
from latent_numbers import HOSTILE, figure, method, numbers

pytestmark = pytest.mark.unit


def rows(table):
    """(first cell's text, marked cells, all of the row) of every body row."""
    found = {}
    for row in re.findall(r"<tr.*?</tr>", table.split("<tbody>")[1], flags=re.DOTALL):
        head = re.sub(r"<br>.*|<small>.*|<[^>]+>", "", re.search(r"<th.*?</th>", row)[0]).strip()
        marked = re.findall(r'<td class="gl-best">(.*?)<', row)
        found[head] = (marked, row)
    return found


def test_the_best_is_found_where_an_interval_tells_it_from_the_next():
    def found(values, better, reach=0.1):
        return best([Measure.read(figure(v, reach)) for v in values], better)

    assert found([1.0, 3.0, 3.0], 1) == {1, 2} and found([1.0, 3.0], -1) == {0}
    assert found([None, 3.0], 1) == set() and found([1.0, 2.0], 0) == set()
    assert found([2.0] * 4 + [1.0], 1) == set()  # a first place shared by many says nothing
    assert found([1.0, 1.05], 1) == set()  # other pictures may turn these round
    assert found([1.0, 1.05], 1, reach=0.01) == {1}


def test_numbers_are_shown_in_their_form():
    assert show("many", "%") == "-" and show(float("nan"), "{:.1f}") == "-"
    assert show(0.126, "%") == "13 %" and show(None, "%") == "-" and show(0.1, "{:.2f}") == "0.10"
    assert show(-0.001, "{:+.2f}") == "0.00" and show(12345.0, "{:,.0f}") == "12,345"


def test_rivals_are_marked_within_a_model():
    found = rows(codes_table(numbers()["models"]))
    assert found["k-NN purity, raw pixels"][0] == ["93 %"]
    assert found["k-NN purity, codes"][0] == []
    assert found["silhouette, codes"][0] == ["0.12"]
    assert found["activations alike within classes"][0] == ["0.41"]  # of the layer before the code
    assert found["trustworthiness, t-SNE"][0] == ["0.97", "0.97"]
    assert found["continuity, PCA"][0] == []  # 0.88 to 0.92, and t-SNE has 0.88
    assert "trustworthiness, UMAP" not in found  # measured nowhere
    assert "–" in found["k-NN purity, codes"][1]  # not measured on the second model
    assert "−0.05" in found["activations alike between classes"][1]


def test_a_method_that_fails_is_called_so_and_wins_nothing():
    methods = numbers()["models"]["digits-vae"]["methods"][:4]
    found = rows(methods_table(methods, TESTS, "pixels"))
    marked, row = found["Guided-Backprop"]
    assert marked == [] and 'class="gl-unreliable"' in row
    assert "does not change with the weights" in row and "✗" in row
    assert found["Lrp"][0] == ["+0.30"] and "+0.27 to +0.33" in found["Lrp"][1]
    assert "✓ reliable" in found["Saliency"][1]
    marked, row = found["Edges (control)"]
    assert marked == [] and 'class="gl-control"' in row and "does not change" in row


def test_controls_stand_below_the_methods_and_are_told_when_they_pass():
    methods = [method("edges", control=True, verdict="unchanged"), method("lrp")]
    assert list(rows(methods_table(methods, TESTS, "x"))) == ["Lrp", "Edges (control)"]
    assert "All 1 controls" in summary(methods) and "1 of 1 methods are reliable" in summary(
        methods
    )
    broken = [method("edges", control=True), method("lrp", verdict="too-few")]
    assert "do not rely on these" in summary(broken) and "too few cases" in summary(broken)


def test_faces_stand_between_chance_and_the_best_possible():
    table = faces_table(numbers()["faces"])
    found = rows(table)
    assert found["Lrp"][0] == ["75 %", "20 %"] and "65 to 85 %" in found["Lrp"][1]
    assert found["Difference"][0] == [] and "gl-control" in found["Difference"][1]
    assert "8 %" in found["chance"][1] and "4 %" in found["chance"][1]
    assert "4.2 (4.1 to 4.3) standard deviations" in table and "brow shape" in table
    assert "314 of 431 faces" in table and "117: the part does not move the score" in table


def test_the_whole_table_is_escaped_and_names_what_is_missing():
    whole = truth_table(numbers(), HOSTILE, note="<now>")
    assert "<script" not in whole and "&lt;script" in whole and "&lt;now&gt;" in whole
    assert "maritime-vae" in whole and "not shipped" in whole
    digits = truth_table(numbers(), "digits-vae")
    assert "12 players at most" in digits and "hardly encodes" in digits
    assert "3 left out: the map is flat" in digits
    missing = truth_table(numbers(), "maritime-vae")
    assert "not shipped with this copy" in missing and "explanations of digits-vae" in missing
    assert "not among the models measured" in truth_table(numbers(), "mine-1")
    empty = truth_table({**numbers(), "models": {}, "faces": None})
    assert "maritime-vae" in empty and "<table" not in empty
    for table in re.findall(r"<table.*?</table>", digits, flags=re.DOTALL):
        assert "<caption>" in table


def test_the_verdicts_stand_first_and_the_rest_is_folded():
    text = truth_table(numbers(), "digits-vae")
    open_part = re.sub(r"<details>.*</details>", "", text, flags=re.DOTALL)
    assert open_part.count("<table") == 2  # by pixels and by latents, and nothing else
    assert open_part.index("methods are reliable") < open_part.index("<table")
    folded = re.findall(r"<details><summary>(.*?)</summary>", text)
    assert any("source claims" in title for title in folded)
    assert len([title for title in folded if "claims" in title]) == 1  # S3's tables are one
    for verdict in Verdict:
        assert verdict.words in text  # every verdict is explained


def holes(value: object, path: tuple = ()) -> Iterator[tuple]:
    """Every place in a dictionary."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inside:
        yield (*path, key)
        if isinstance(item, (dict, list)):
            yield from holes(item, (*path, key))


@pytest.mark.parametrize("damage", ["gone", None, "many", [], float("nan")])
def test_one_bad_number_breaks_neither_table(damage):
    whole = numbers()
    del whole["models"][HOSTILE], whole["models"]["digits-vae"]["methods"][:2]
    for place in holes(whole):
        damaged = copy.deepcopy(whole)
        inside = damaged
        for key in place[:-1]:
            inside = inside[key]
        if damage == "gone":
            del inside[place[-1]]
        else:
            inside[place[-1]] = damage
        assert "gl-truth" in truth_table(damaged, "digits-vae"), place
        assert isinstance(format_table(damaged), str), place


def test_every_row_has_a_unit_and_a_meaning():
    for row in (*CONCLUSIONS, *TESTS, *DETAILS, *REBUILD_COLUMNS):
        assert row.title and row.unit and row.says.endswith(".")


def test_the_same_table_as_text():
    text = format_table(numbers())
    assert "+0.30 (+0.27 to +0.33)" in text and "maritime-vae: not shipped" in text
    assert "does not change with the weights" in text and "(control) Edges" in text
    assert "2,000" in text and "3 left out: the map is flat" in text and "314 of 431" in text
    assert " ± " not in text  # a standard error is no interval
    for block in text.split("\n\n"):
        lines = [part for part in block.splitlines() if part.startswith("|")]
        assert len({len(part) for part in lines}) <= 1  # columns are aligned
