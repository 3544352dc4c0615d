"""The truth table as HTML: what is marked, what is called unreliable, what is said of the rest."""

from __future__ import annotations

import re

import pytest

from genlens.figures.latents.truth_table import codes_table, faces_table, methods_table, truth_table
from genlens.latents.evaluation.rows import CONCLUSIONS, METHOD_COLUMNS, best, show
from genlens.latents.evaluation.table import format_table
from latent_numbers import HOSTILE, numbers

pytestmark = pytest.mark.unit


def rows(table):
    """(first cell's text, marked cells, all of the row) of every body row."""
    found = {}
    for row in re.findall(r"<tr.*?</tr>", table.split("<tbody>")[1], flags=re.DOTALL):
        head = re.sub(r"<br>.*|<small>.*|<[^>]+>", "", re.search(r"<th.*?</th>", row)[0]).strip()
        marked = re.findall(r'<td class="gl-best">(.*?)<', row)
        found[head] = (marked, row)
    return found


def test_best_is_found_and_only_where_there_is_a_rival():
    assert best([1.0, 3.0, 3.0], 1) == {1, 2} and best([1.0, 3.0], -1) == {0}
    assert best([None, 3.0], 1) == set() and best([1.0, 2.0], 0) == set()
    assert show(0.126, "%") == "13 %" and show(None, "%") == "-" and show(0.1, "{:.2f}") == "0.10"
    assert show(-0.001, "{:+.2f}") == "0.00" and show(12345.0, "{:,.0f}") == "12,345"
    assert best([2.0] * 4 + [1.0], 1) == set()  # a first place shared by many says nothing


def test_rivals_are_marked_within_a_model():
    found = rows(codes_table(numbers()["models"]))
    assert found["k-NN purity, raw pixels"][0] == ["93 %"]
    assert found["k-NN purity, codes"][0] == []
    assert found["silhouette, codes"][0] == ["0.12"]
    assert found["activations alike within classes"][0] == ["0.41"]  # of the layer before the code
    assert found["trustworthiness, t-SNE"][0] == ["0.97", "0.97"]
    assert found["continuity, PCA"][0] == ["0.90", "0.90"]
    assert "trustworthiness, UMAP" not in found  # measured nowhere
    assert "–" in found["k-NN purity, codes"][1]  # not measured on the second model
    assert "−0.05" in found["activations alike between classes"][1]


def test_an_unreliable_method_is_called_so_and_wins_nothing():
    methods = numbers()["models"]["digits-vae"]["methods"][:3]
    found = rows(methods_table(methods, METHOD_COLUMNS, "pixels"))
    marked, row = found["Guided-Backprop"]
    assert marked == [] and "unreliable" in row and 'class="gl-unreliable"' in row
    assert found["Lrp"][0][:1] == ["+0.30 ± 0.03"] and "0.100" in found["Lrp"][0]
    assert "unreliable" not in found["Saliency"][1]


def test_faces_stand_between_chance_and_the_best_possible():
    table = faces_table(numbers()["faces"])
    found = rows(table)
    assert found["Lrp"][0] == ["75 %", "20 %"]
    assert found["Difference"][0] == [] and "gl-control" in found["Difference"][1]
    assert "8 %" in found["chance"][1] and "4 %" in found["chance"][1]
    assert "4.2 standard deviations" in table and "brows" in table


def test_the_whole_table_is_escaped_and_names_what_is_missing():
    whole = truth_table(numbers(), HOSTILE, note="<now>")
    assert "<script" not in whole and "&lt;script" in whole and "&lt;now&gt;" in whole
    assert "maritime-vae" in whole and "not shipped" in whole
    digits = truth_table(numbers(), "digits-vae")
    assert "12 players at most" in digits and "SHAP and LIME" in digits
    assert "Saliency and LRP" in digits and "hardly encodes" in digits
    missing = truth_table(numbers(), "maritime-vae")
    assert "not shipped with this copy" in missing and "explanations of digits-vae" in missing
    assert "not among the models measured" in truth_table(numbers(), "mine-1")
    empty = truth_table({**numbers(), "models": {}, "faces": None, "leaderboard": []})
    assert "maritime-vae" in empty and "<table" not in empty
    for table in re.findall(r"<table.*?</table>", digits, flags=re.DOTALL):
        assert "<caption>" in table or "gl-board" in table


def test_every_row_has_a_unit_and_a_meaning():
    for row in (*CONCLUSIONS, *METHOD_COLUMNS):
        assert row.title and row.unit and row.says.endswith(".")


def test_the_same_table_as_text():
    text = format_table(numbers())
    assert "UNRELIABLE" in text and "+0.30 ± 0.03" in text and "maritime-vae: not shipped" in text
    for block in text.split("\n\n"):
        lines = [part for part in block.splitlines() if part.startswith("|")]
        assert len({len(part) for part in lines}) <= 1  # columns are aligned
