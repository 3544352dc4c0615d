"""The map's and the latents' tab as gradio builds them: each handler fills what it is wired to."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from genlens.errors import Cancelled, InputError
from genlens.ui.kit import Fill
from genlens.ui.latents import opening as vae_opening
from genlens.ui.latents import page as vae_tabs
from genlens.ui.latents.map.groups import NO_GROUPS
from genlens.ui.latents.map.tab import MapTab
from genlens.ui.latents.sliders.tab import LatentsTab
from vae_page import small_study, standing_in

pytestmark = pytest.mark.apps
VISITOR: Any = SimpleNamespace(session_hash="visitor")


def clicked(**value: Any) -> gr.SelectData:
    """What the map's script sends."""
    return gr.SelectData(None, {"index": value.pop("index", -1), "value": value})


@pytest.fixture(scope="module")
def model():
    with standing_in(small_study()) as name:
        yield name


@pytest.fixture(scope="module")
def tabs(model: str) -> tuple[gr.Blocks, MapTab, LatentsTab]:
    first = vae_opening.compute_opening(model)
    with gr.Blocks() as demo:
        picker, picture = gr.Dropdown([model], value=model), gr.Number(first.picture)
        return demo, MapTab(picker, picture, first), LatentsTab(picker, picture)


def act(tab: MapTab, model: str, event: gr.SelectData, side: str = "A", groups=NO_GROUPS):
    return tab.act(model, "PCA", "class", groups, side, event)


def test_the_page_opens_with_a_map_and_an_attribution(tabs) -> None:
    _, shown, _ = tabs
    assert shown.map.value.count("gl-mark") == 60
    assert "gl-heat" in shown.card.value and "computed in advance" in shown.card.value
    assert "Trustworthiness" in shown.facts.value


def test_without_an_opening_the_page_says_so(model: str) -> None:
    with gr.Blocks():
        empty = MapTab(gr.Dropdown([model]), gr.Number(0), None)
    assert "No map was computed in advance" in empty.map.value


def test_what_a_click_on_the_map_does(tabs, model: str) -> None:
    _, tab, _ = tabs
    assert act(tab, model, clicked(index=7, kind="point")) == {"picture": 7, "ground": ""}
    changed = act(tab, model, clicked(kind="ground", x=0.1, y=0.2))
    assert set(changed) == {"ground"} and "What the model draws" in changed["ground"]
    for nonsense in (clicked(index=60, kind="point"), clicked(kind="ground", x="a", y=0)):
        with pytest.raises(InputError, match="reload"):
            act(tab, model, nonsense)


def test_dragged_groups_are_ringed_and_compared(tabs, model: str) -> None:
    _, tab, _ = tabs
    first = act(tab, model, clicked(kind="group", members=[1, 2, 3]))
    groups = first["groups"]
    assert groups[0] == (1, 2, 3) and "<b>3</b>" in first["groups_said"]
    assert first["map"].count("gl-ring-a") == 3
    assert tab.compare(model, groups) == ""
    shift = clicked(kind="group", members=[3, 4, 5], second=True)
    second = act(tab, model, shift, groups=groups)
    groups = second["groups"]
    assert groups[:2] == ((1, 2), (3, 4, 5)) and second["map"].count("gl-ring-b") == 3
    assert "AUC" in tab.compare(model, groups)
    other = act(tab, model, clicked(kind="group", members=[9]), side="B", groups=groups)
    assert other["groups"][1] == (9,)
    assert tab.forget(model, "PCA", "class")["groups"] == NO_GROUPS


def test_classes_are_groups_without_a_mouse(tabs, model: str) -> None:
    _, tab, _ = tabs
    shown = tab.by_class(model, "PCA", "class", NO_GROUPS, "top", "bottom")
    groups = shown["groups"]
    assert len(groups[0]) == len(groups[1]) == 20 and "class top" in shown["groups_said"]
    assert "class bottom" in tab.compare(model, groups)
    assert tab.by_class(model, "PCA", "class", groups, None, None)["groups"] == groups


def test_projections_are_drawn_and_stopped(tabs, model: str, monkeypatch) -> None:
    from genlens.ui.latents.map import tab as vae_map

    _, tab, _ = tabs
    shown = tab.draw(model, "PCA", "reconstruction error", NO_GROUPS, VISITOR)
    assert "gl-scale" in shown["map"] and "Continuity" in shown["facts"]

    def long(model_id: str, method: str, progress: Any, cancel: Any) -> Any:
        progress(1, 9, "epoch 1 of 9")
        tab.flags.cancel(VISITOR.session_hash)
        assert cancel()
        raise Cancelled("stopped")

    monkeypatch.setattr(vae_map, "chart", long)
    with pytest.raises(Cancelled):
        tab.draw(model, "UMAP", "class", NO_GROUPS, VISITOR)


def test_what_fills_a_tab_fits_its_outputs(tabs, model: str) -> None:
    _, shown, latents = tabs
    for tab in (shown, latents):
        for function, inputs, outputs in tab.opened:
            values = function(**{name: {"model_id": model, "picture": 3}[name] for name in inputs})
            assert set(values) == set(outputs)


def test_traversals_grids_and_ways(tabs, model: str) -> None:
    _, _, tab = tabs
    rows = tab.traverse(model, 3, 3, 5, VISITOR)
    assert rows.count("<img") == 15 and "1st to its 99th" in rows
    assert tab.two(model, 3, "z0", "z2", 4).count("<img") == 16
    with pytest.raises(InputError, match="none of them"):
        tab.two(model, 3, "z0", "PC 1", 4)
    with pytest.raises(InputError, match="different"):
        tab.two(model, 3, "z0", "z0", 4)
    for mode in ("linear", "spherical"):
        way = tab.between(model, 3, 8, mode, 5)
        assert way.count("<img") == 5 and "100 %" in way
    with pytest.raises(InputError, match="picture"):
        tab.between(model, 3, 60, "linear", 5)


def test_another_model_keeps_the_picture_in_range(model: str) -> None:
    settled = vae_tabs.settle(model, 1000)
    number = settled["picture"]
    assert number.value == 59 and number.maximum == 59 and "Picture 59" in settled["line"]
    assert vae_tabs.settle(model, None)["picture"].value == 0
    assert 0 <= vae_tabs.another(model) < 60


def test_a_tab_is_filled_once_a_model(model: str) -> None:
    calls: list[str] = []

    def fill(model_id: str) -> dict[str, int]:
        calls.append(model_id)
        return {"one": 1, "two": 2}

    with gr.Blocks():
        outputs = {"one": gr.Number(), "two": gr.Number()}
        lazily = vae_tabs.once("why", Fill(fill, {"model_id": gr.Textbox()}, outputs))
    assert lazily({}, model, model_id=model) == {"one": 1, "two": 2}
    assert lazily({"why": "another"}, model, model_id=model) == {"one": 1, "two": 2}
    assert lazily({"why": model}, model, model_id=model) == {}
    assert len(calls) == 2
