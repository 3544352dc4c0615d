"""The parts pages are made of, without a browser: limits, links, cancel flags, exports, report."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from genlens.common.limits import MAX_GUIDANCE, MAX_STEPS
from genlens.errors import Cancelled, InputError
from genlens.models.download.archives import place_of
from genlens.models.download.published import PUBLISHED
from genlens.prompts import storage
from genlens.prompts.dossiers.dossier import Dossier
from genlens.prompts.explain import explain_prompt, under_rule
from genlens.ui import models
from genlens.ui.jobs import CancelFlags
from genlens.ui.messages import as_toasts
from genlens.ui.prompts import endpoints, export, linked, opening
from genlens.ui.prompts import link as share
from genlens.ui.prompts import view as prompt_view
from genlens.ui.prompts.about import notes as method_notes
from genlens.ui.prompts.about import truth as trust
from genlens.ui.prompts.report import html_report
from genlens.ui.prompts.result import TABS
from genlens.ui.prompts.view import RULES
from genlens.ui.theme import css, theme
from page_explanations import HOSTILE, linear_explanation

pytestmark = pytest.mark.apps


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("", "empty"),
        ("   \n\t ", "empty"),
        ("a" * 10_000, "10,000 characters"),
        ("a b c d e f g h i", "9 words"),
        ("a\x07cat", "U+0007"),
        ("a \u202ecat", "U+202E"),
        ("... !", "no word"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_the_reason(prompt: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        endpoints.explanation(prompt, 0, opening.MODEL)


@pytest.mark.parametrize("seed", [None, -1, 0.5, 2**31, math.nan, math.inf, "7", True])
def test_seeds_are_checked_in_python_too(seed: Any) -> None:
    with pytest.raises(InputError, match="seed"):
        endpoints.explanation("a cat", seed, opening.MODEL)


@pytest.mark.parametrize(
    ("steps", "guidance", "says"),
    [
        (MAX_STEPS + 1, 0, f"steps is {MAX_STEPS + 1}: pass a whole number from 0 to {MAX_STEPS}"),
        (2.5, 0, "steps is 2.5"),
        (0, MAX_GUIDANCE + 1, "guidance is 31.0: pass a number from 0 to 30.0"),
        (0, math.nan, "guidance is nan"),
    ],
)
def test_settings_have_the_limits_of_the_command_line(
    steps: float, guidance: float, says: str
) -> None:
    for function in (endpoints.explanation, endpoints.generate):
        with pytest.raises(InputError, match=re.escape(says)):
            function("a cat", 0, opening.MODEL, steps, guidance)
    flags = {"steps": steps, "guidance": guidance}
    given = {name: value for name, value in flags.items() if value != 0}
    with pytest.raises(InputError, match=says.split()[0]):
        explain_prompt(opening.MODEL, "a cat", **given)
    assert share.read({k: str(v) for k, v in given.items()}, [], {}, []) in ({}, {"steps": 2})


def test_a_link_restores_what_it_was_made_from() -> None:
    address = share.query(
        f"a & b={HOSTILE}?", 7, "m/x", steps=4, guidance=0, rule="nonempty", tab="pixels"
    )
    pairs = parse_qsl(address[1:])
    found = share.read(dict(pairs), ["m/x"], RULES, TABS)
    assert found == {"prompt": f"a & b={HOSTILE}?", "seed": 7, "model": "m/x", "steps": 4} | {
        "rule": list(RULES)[1],
        "tab": "pixels",
    }
    assert "<script" not in share.link_html(address)


def test_an_old_or_broken_link_still_opens_the_page() -> None:
    broken = {"seed": "nan", "model": "gone", "steps": "-3", "guidance": "1e9", "prompt": ""}
    broken |= {"rule": "<b>", "tab": "gone"}
    assert share.read(broken, ["here"], RULES, TABS) == {}


def test_cancel_flags_belong_to_one_session_and_one_run() -> None:
    flags = CancelFlags()
    assert not flags.cancel("nobody")
    first, other = flags.start("a"), flags.start("b")
    assert flags.cancel("a")
    assert first()
    assert not other()
    assert not flags.start("a")()


def test_refusals_become_toasts_and_faults_do_not() -> None:
    def refuse(error: Exception) -> None:
        raise error

    with pytest.raises(gr.Error) as toast:
        as_toasts(refuse)(InputError("too long"))
    assert toast.value.message == "Too long"
    assert toast.value.print_exception is False
    with pytest.raises(gr.Error, match="last result stays"):
        as_toasts(refuse)(Cancelled("x"))
    with pytest.raises(ZeroDivisionError):
        as_toasts(refuse)(ZeroDivisionError())


def test_exports_hold_the_numbers(tmp_path: Path) -> None:
    explanation = linear_explanation("a =cmd() cat", (0.0, 0.1, 0.3))
    paths = export.export_all(Dossier(explanation), tmp_path)
    assert set(paths) == set(export.FORMATS)
    numbers = json.loads(Path(paths["json"]).read_text("utf-8"))
    assert sum(numbers["values"]) == pytest.approx(numbers["full_value"] - numbers["base_value"])
    rows = list(csv.DictReader(io.StringIO(Path(paths["csv"]).read_text("utf-8"))))
    assert [float(r["shapley_value"]) for r in rows] == pytest.approx([0.0, 0.1, 0.3])
    assert rows[1]["word"] == "'=cmd()"  # no formula for a spreadsheet
    assert rows[2]["objects"] == "1"
    assert Image.open(paths["png"]).size[0] == 1400


def test_the_report_is_one_safe_file() -> None:
    text = html_report(Dossier(linear_explanation(f"a {HOSTILE} cat")))
    assert text.count("<script>") == 1
    assert text.count("data-map=") >= 6, "the map of every word, and its scale"
    assert "</script>" not in text.split("<script>")[1].rsplit("</script>", 1)[0]
    assert not re.search(r"(?:src|href)=[\"'](?!data:|#)", text)
    assert not re.search(r"https?://", text)
    assert text.count("gl-tile") >= 8


def test_a_prompt_cannot_reach_the_pages_templates() -> None:
    text = linked.linked_html(linear_explanation("${alert(1)} {{value}} `x`"))
    # gradio fills its template with the value once; the value itself is never a template.
    widget = linked.linked_widget(text)
    assert widget.html_template == "${value}"
    assert widget.value == text


def test_the_view_of_one_result_is_complete() -> None:
    view = prompt_view.PromptView.of(
        Dossier(linear_explanation("a cat", (0.1, 0.3))), note="in advance"
    )
    assert "in advance" in view.linked
    assert view.address.startswith("?prompt=a+cat&seed=3")


def test_another_rule_changes_all_that_is_shown_and_taken_away(tmp_path: Path) -> None:
    table = np.array([0.2, 0.3, 0.6, 1.0])  # of words that do not simply add up
    explanation = under_rule(replace(linear_explanation("a cat"), payoffs=table), "efficient")
    first = prompt_view.PromptView.of(Dossier(explanation), "asked", steps=4)
    second = prompt_view.by_rule(first.files["npz"], list(RULES)[1], "asked", first.address)
    assert second is not None
    assert (second.rule, second.asked) == (list(RULES)[1], "asked")
    assert "rule=nonempty" in second.address and "steps=4" in second.address
    assert "mean payoff of the single words" in second.table
    for name in ("linked", "table", "address"):
        assert getattr(first, name) != getattr(second, name), name
    assert list(first.bar.data[0].x) != list(second.bar.data[0].x)
    for kind in export.FORMATS:
        one, other = (Path(view.files[kind]).read_bytes() for view in (first, second))
        assert one != other, kind
    assert json.loads(Path(second.files["json"]).read_text())["method"] == "shapley-nonempty"
    back = prompt_view.by_rule(second.files["npz"], prompt_view.FIRST_RULE, "asked", second.address)
    assert back is not None and back.linked == first.linked and back.address == first.address
    assert prompt_view.by_rule(None, prompt_view.FIRST_RULE, "", "") is None
    with pytest.raises(InputError, match="press Explain again"):
        prompt_view.by_rule(str(tmp_path / "gone.npz"), prompt_view.FIRST_RULE, "", "")


def test_what_the_sentence_says_when_nothing_can_be_shared() -> None:
    flat = linear_explanation("a cat", (0.0, 0.0))
    assert np.isnan(flat.attribution.shares).all()
    assert "nearly the same image" in linked.reading(flat)
    assert "largest part" in linked.reading(linear_explanation("a cat", (0.1, 0.3)))
    assert "about equal" in linked.reading(linear_explanation("a cat", (0.2, 0.2)))


def test_noise_gets_no_confident_sentence() -> None:
    sure = linear_explanation("a cat", (0.001, 0.002))
    noisy = replace(sure, noise_payoffs=np.array([0.1, 0.2, 0.15]))
    assert "largest part" in linked.reading(sure)
    for text in (linked.reading(noisy), html_report(Dossier(noisy))):
        assert "The words hardly change this image" in text and "largest part" not in text


def test_words_that_need_each_other_are_named() -> None:
    """A share of 50 % each, of something that neither makes alone."""
    explanation = linear_explanation("red car", (0.2, 0.2))
    payoffs = np.array([0.2, 0.2, 0.2, 1.0])
    needed = replace(explanation, payoffs=payoffs)
    assert "“red” and “car” (+0.80)" in linked.together(needed)
    assert linked.together(explanation) == "", "words that add up do not need each other"
    assert linked.together(linear_explanation("a cat", (0.0, 0.0))) == ""


def test_trust_table_with_and_without_numbers() -> None:
    assert "genlens evaluate prompts" in trust.trust_html(None)
    whole = {"value": 0.912, "low": 0.884, "high": 0.941, "n": 373, "left_out": {"unseen": 47}}
    empty = {"value": None, "low": None, "high": None, "n": 0, "left_out": {}}
    text = trust.trust_html({"link_precision": whole, "none_is_none": empty, "n": 200})
    told = text.replace("\u00a0", " ")
    for said in ("91.2 %", "88.4 % to 94.1 %", "373 cases", "47: unseen", "200 prompts", "–"):
        assert said in told


def test_the_trust_table_asks_recall_precision_and_none_apart() -> None:
    """Recall was printed under the words of precision."""
    text = trust.trust_html(trust.card())
    for question in (
        "did that word draw it?",
        "linked to the word that names them?",
        "linked to no word",
    ):
        assert text.count(question) == 1


def test_method_notes_quote_the_explainers() -> None:
    text = method_notes.method_notes()
    assert "Exact Shapley values of every word" in text
    assert "<math" in text
    assert "Args:" not in text


def test_opening_is_stored_and_read_back(tmp_path: Path) -> None:
    assert opening.load_opening(tmp_path / "none.npz") is None
    path = storage.save(linear_explanation(), tmp_path / "opening.npz")
    stored = opening.load_opening(path)
    assert stored is not None and stored.explanation.prompt == "a red cat"


def test_embedded_models_come_first_in_the_picker() -> None:
    offered = models.choices("TextToImage")
    assert offered[0][1] == "emoji-diffusion"
    assert "included" in offered[0][0]
    assert models.choices("NoSuchContract") == []


def test_what_has_to_be_fetched_is_shown_with_its_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    assert "faces-dcgan" not in [name for _, name in models.choices("Generator")]
    assert "genlens fetch faces-progan" in models.to_fetch_html("Generator")
    assert models.to_fetch_html("Autoencoder") == ""
    place = place_of(PUBLISHED["faces-dcgan"].archive)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"here")
    assert ("faces-dcgan (fetched)", "faces-dcgan") in models.choices("Generator")


def test_nothing_is_loaded_from_outside() -> None:
    assert "http" not in css()
    assert "@import" not in css()
    assert not theme()._stylesheets


@pytest.mark.parametrize("kind", export.FORMATS)
def test_a_file_is_what_its_suffix_says(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind.upper()}"
    export.write(Dossier(linear_explanation()), path)
    start = path.read_bytes()[:40]
    signs = {"html": b"<!doctype html>", "json": b"{", "csv": b"position,word", "png": b"\x89PNG"}
    assert start.startswith(signs.get(kind, b"PK"))


def test_the_command_line_writes_what_the_page_offers(tmp_path: Path) -> None:
    from genlens.cli.main import EXPLAIN_OUT

    assert set(EXPLAIN_OUT) == {f".{kind}" for kind in export.FORMATS}
    with pytest.raises(InputError, match=re.escape("ends in .html, .json, .csv, .png or .npz")):
        export.write(Dossier(linear_explanation()), tmp_path / "x.jpg")


def test_the_papers_tab_opens_with_or_without_figures_of_ours() -> None:
    from genlens.ui.prompts.paper.tab import paper_html

    empty = paper_html(None)
    assert "0.1283" in empty and "genlens evaluate paper" in empty
    if (measured := trust.card("paper")) is not None:
        text = paper_html(measured)
        assert "was not measured" not in text and "astronauts at parties" in text


def test_the_unit_beside_the_numbers_is_the_payoffs_own():
    from genlens.prompts.payoffs.payoffs import PAYOFFS
    from genlens.ui.prompts.view import PromptView, unit_said

    for name, payoff in PAYOFFS.items():
        assert payoff.unit in unit_said(name) and payoff.title in unit_said(name)
    assert "units of the payoff mine" in unit_said("mine")
    said = PromptView.of(Dossier(linear_explanation())).unit_said
    assert "cosine similarity" not in said or "CLIP" in said
