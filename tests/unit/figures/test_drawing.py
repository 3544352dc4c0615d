"""Any result as one line, as a figure, in a notebook."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import genlens
from genlens.attribution.comparison import Comparison
from genlens.attribution.results import Attribution
from genlens.common.records import MadeBy, Record, brief
from genlens.errors import InputError
from genlens.figures.drawing import FIGURES
from page_explanations import HOSTILE, linear_explanation

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Own(Record):
    """A result that no figure was written for."""

    values: np.ndarray
    note: str


def test_a_result_is_one_short_line() -> None:
    explanation = linear_explanation("a red cat", (0.0, 0.1, 0.3))
    assert repr(explanation) == (
        "PromptExplanation('a red cat', table, seed 3: TokenAttribution(a 0%, red 25%, cat 75%; "
        "shapley), objects of cat, red)"
    )
    for result in (explanation.links, explanation.made_by, Own(np.zeros((64, 64)), "x" * 9000)):
        assert "\n" not in repr(result) and len(repr(result)) < 500
    assert repr(Own(np.zeros((3, 4)), "x")) == "Own(values=float64 (3, 4), note='x')"
    assert repr(Own(np.array([0.1 + 0.2, np.nan]), "")) == "Own(values=[0.3, nan], note='')"


def test_long_values_are_cut() -> None:
    assert brief("x" * 100, 10) == "'xxxxxxxx…"
    assert brief(list(range(9))) == "9 values" and brief((1, None)) == "(1, None)"
    assert brief({"a": MadeBy()}) == "{a: MadeBy(…)}"


def test_an_explanation_is_drawn_and_saved(tmp_path: Path) -> None:
    drawing = linear_explanation(f"a {HOSTILE} cat").plot()
    text = drawing.save(tmp_path / "x.html").read_text("utf-8")
    assert text.startswith("<!doctype html>") and "gl-map-tile" in text and "gl-chip" in text
    assert HOSTILE not in text and "https://" not in text
    assert drawing._repr_html_().startswith("<iframe srcdoc=") and len(repr(drawing)) < 200
    with pytest.raises(InputError, match=r"ends in \.html"):
        drawing.save(tmp_path / "x.png")


def test_every_result_has_a_figure_or_a_table() -> None:
    maps = Attribution(np.random.default_rng(0).normal(size=(4, 4)), "saliency", "latent 0")
    bars = Attribution(np.array([1.0, -2.0]), "lime", "class", kind="latents", labels=("z0", "z1"))
    assert "gl-heat-panel" in maps.plot(picture=np.zeros((1, 4, 4))).html
    assert "gl-heat-panel" in maps.plot().html
    assert "z1" in bars.plot().html
    assert "float64 (30, 2)" in Own(np.zeros((30, 2)), "<b>").plot().html
    assert "<b>" not in Own(np.zeros(2), "<b>").plot().html
    assert len(FIGURES) >= 9
    with pytest.raises(InputError, match="no option size"):
        maps.plot(size=3)


def test_a_notebook_gets_something_even_where_a_picture_is_missing() -> None:
    comparison = Comparison((), "class", "image")
    with pytest.raises(InputError, match="picture"):
        comparison.plot()
    assert comparison._repr_html_().startswith("<code>Comparison(trials=()")


def test_results_import_no_figures_before_one_is_drawn() -> None:
    code = (
        "import sys, genlens.prompts.results, genlens.attribution.results;"
        "assert not [m for m in sys.modules if m.startswith('genlens.figures.')]"
    )
    folder = Path(genlens.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(folder)})
