"""The tab "How true?", without a browser: stored and fresh tables."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from genlens.errors import InputError, ModelError
from genlens.study.study import study_of
from genlens.ui import studies as vae_studies
from genlens.ui.latents import truth as vae_truth
from latent_numbers import numbers
from tiny_vaes import conv_model

pytestmark = pytest.mark.apps


@pytest.fixture(autouse=True)
def stored(monkeypatch):
    """The table of ``latent_numbers`` in place of the shipped one."""
    monkeypatch.setattr(vae_truth, "card", numbers)


def test_the_tab_opens_with_the_stored_table():
    with gr.Blocks() as demo:
        model = gr.Dropdown(["digits-vae"], value="digits-vae")
        tab = vae_truth.TruthTab(model)
    assert "explanations of digits-vae" in tab.table.value
    ((function, inputs, outputs),) = tab.opened
    assert inputs == {"model": model} and outputs is tab.table
    assert "not shipped" in function("maritime-vae")
    assert not demo.get_api_info()["named_endpoints"]


def test_without_a_stored_table_it_says_how_to_make_one(monkeypatch):
    monkeypatch.setattr(vae_truth, "card", lambda: None)
    assert "genlens evaluate latents --json" in vae_truth.stored("digits-vae")


def test_a_damaged_table_does_not_keep_the_page_from_opening(monkeypatch):
    def damaged():
        raise ModelError("<latents.json> cannot be read")

    monkeypatch.setattr(vae_truth, "card", damaged)
    with gr.Blocks():
        tab = vae_truth.TruthTab(gr.Dropdown(["digits-vae"], value="digits-vae"))
    assert "&lt;latents.json&gt; cannot be read" in tab.table.value
    monkeypatch.setattr(vae_truth, "card", lambda: {"models": {"digits-vae": None}, "n": "many"})
    assert "No method was measured" in vae_truth.stored("digits-vae")


def test_a_model_is_measured_again(monkeypatch):
    images = np.random.default_rng(0).random((40, 1, 16, 16)).astype(np.float32)
    own = vae_studies.register("tiny", study_of(conv_model(), images, labels=np.arange(40) % 2))
    monkeypatch.setattr(vae_truth, "QUICK", 20)
    from genlens.latents.evaluation import evaluate as evaluation

    measure = evaluation.evaluate_latents
    monkeypatch.setattr(vae_truth, "PICTURES", 1)
    monkeypatch.setattr(
        evaluation,
        "evaluate_latents",
        lambda n, **more: measure(n, methods=("saliency",), **more),
    )
    seen = []
    shown = vae_truth.measure_again(
        own, SimpleNamespace(session_hash="s"), lambda done, **more: seen.append(done)
    )
    assert "measured now on 20 pictures" in shown and "Saliency" in shown
    assert seen[0] == 0 and seen[-1] == (100, 100)
    found = vae_truth.api_evaluate_latents(own, 20)
    assert found["n"] == 20 and len(found["models"]) == 1
    for wrong in (3, 2.5, None, float("nan"), 10**9):
        with pytest.raises(InputError):
            vae_truth.api_evaluate_latents(own, wrong)
