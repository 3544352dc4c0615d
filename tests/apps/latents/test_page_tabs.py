"""The map's and the latents' tab as gradio builds them: each handler fills what it is wired to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from genlens.errors import Cancelled, InputError
from genlens.figures.picture_strip import picture_uri
from genlens.latents.rebuild.leaderboard import MOST_SLIDERS, can_be_played
from genlens.study.coder import Coder
from genlens.ui import studies
from genlens.ui.kit import Fill
from genlens.ui.latents import opening as vae_opening
from genlens.ui.latents import page as vae_tabs
from genlens.ui.latents.charts import PCA, Projection, chart
from genlens.ui.latents.map.groups import NO_GROUPS
from genlens.ui.latents.map.tab import MapTab
from genlens.ui.latents.sliders.tab import RUN, LatentsTab
from genlens.ui.lazy_tabs import key, once
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
    event.value = {"model": model, "projection": PCA.key, **event.value}
    return tab.act(model, 0, "class", groups, "", side, event)


def draw(tab: MapTab, model: str, title: str, colour: str = "class", shown: str = PCA.key):
    """What the page shows after each step of drawing a projection."""
    return tab.draw(model, 0, colour, NO_GROUPS, "", shown, title, 5, 6, 0.1, VISITOR)


def test_the_page_opens_with_a_map_and_an_attribution(tabs) -> None:
    _, shown, _ = tabs
    assert shown.map.value.count("data-i=") == 60
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
    assert tab.forget(model, 0, "class", groups, "", PCA.key)["groups"] == NO_GROUPS


def test_classes_are_groups_without_a_mouse(tabs, model: str) -> None:
    _, tab, _ = tabs
    shown = tab.by_class(model, 0, "class", NO_GROUPS, "", PCA.key, "top", "bottom")
    groups = shown["groups"]
    assert len(groups[0]) == len(groups[1]) == 20 and "class top" in shown["groups_said"]
    assert "class bottom" in tab.compare(model, groups)
    again = tab.by_class(model, 0, "class", groups, "", PCA.key, None, None)
    assert again["groups"] == groups


def test_projections_are_drawn_and_stopped(tabs, model: str, monkeypatch) -> None:
    from genlens.ui.latents.map import tab as vae_map

    _, tab, _ = tabs
    *_, shown = draw(tab, model, "PCA", "reconstruction error")
    assert "gl-scale" in shown["map"] and "Continuity" in shown["facts"]
    assert shown["ground"] == "", "a place of another map is not one of this"

    def long(model_id: str, projection: Projection, progress: Any, cancel: Any) -> Any:
        progress(1, 9, "epoch 1 of 9")
        tab.flags.cancel(VISITOR.session_hash)
        assert cancel()
        raise Cancelled("stopped")

    monkeypatch.setattr(vae_map, "chart", long)
    steps = draw(tab, model, "UMAP", shown="tsne perplexity=7")
    next(steps)
    back = next(steps)
    assert back["title"] == "t-SNE", "the choice goes back to the map that stays"
    assert back["tsne"].visible and not back["umap"].visible
    assert set(back).isdisjoint({"map", "facts", "shown", "ground"})
    with pytest.raises(Cancelled):
        next(steps)


def test_a_click_is_decoded_by_the_map_that_was_clicked_on(tabs, model: str) -> None:
    """Also where another projection is chosen, was cancelled or is being drawn."""
    _, tab, _ = tabs
    here = studies.study(model)
    tsne = Projection("tsne", perplexity=5)
    place = chart(model, tsne).map.points[3]
    said = {}
    for projection in (PCA, tsne):
        event = clicked(kind="ground", x=float(place[0]), y=float(place[1]))
        event.value["projection"] = projection.key
        said[projection] = act(tab, model, event)["ground"]
        assert f"of the {projection.title} map" in said[projection]
        made = chart(model, projection)
        image = Coder(here.model).decode(made.map.invert(place[None]))[0]
        assert picture_uri(image) in said[projection]
    own = Coder(here.model).decode(here.codes.mean[3][None])[0]
    assert picture_uri(own) in said[tsne] and picture_uri(own) not in said[PCA]


def test_a_click_on_another_models_map_is_refused(tabs, model: str) -> None:
    _, tab, _ = tabs
    event = clicked(index=3, kind="point")
    event.value["model"] = "another"
    with pytest.raises(InputError, match="another model"):
        act(tab, model, event)


def test_settings_of_a_projection_change_the_map_and_stand_in_its_caption(tabs, model: str) -> None:
    _, tab, _ = tabs
    *_, few = tab.draw(model, 0, "class", NO_GROUPS, "", PCA.key, "t-SNE", 3, 6, 0.1, VISITOR)
    *_, many = tab.draw(model, 0, "class", NO_GROUPS, "", PCA.key, "t-SNE", 15, 6, 0.1, VISITOR)
    assert "perplexity 3." in few["facts"] and "perplexity 15." in many["facts"]
    assert few["shown"] != many["shown"] and few["map"] != many["map"]
    assert "measured on all of them" in few["facts"]
    with pytest.raises(InputError, match="perplexity"):
        list(tab.draw(model, 0, "class", NO_GROUPS, "", PCA.key, "t-SNE", 1, 6, 0.1, VISITOR))


def test_words_make_pictures_stand_out(tabs, model: str) -> None:
    _, tab, _ = tabs
    here = studies.study(model)
    shown = tab.recolour(model, 4, "class", NO_GROUPS, "middle, bright", PCA.key)
    true = (here.labels == 1) & here.attributes["bright"]
    assert shown["map"].count("gl-faded") == len(here) - true.sum()
    assert f"<b>{true.sum()}</b> of 60" in shown["found"]
    none = tab.recolour(model, 4, "class", NO_GROUPS, "<b>zebra", PCA.key)["found"]
    assert "<b>0</b>" in none and "top, middle, bottom" in none and "<b>zebra" not in none
    assert tab.recolour(model, 4, "class", NO_GROUPS, " ", PCA.key)["found"] == ""


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
    for end in (60, 3.5, -1, None):
        with pytest.raises(InputError, match="picture"):
            tab.between(model, 3, end, "linear", 5)
    with pytest.raises(InputError, match="steps is 4.5"):
        tab.between(model, 3, 8, "linear", 4.5)
    with pytest.raises(InputError, match="rows is 2.5"):
        tab.traverse(model, 3, 2.5, 5, VISITOR)


def test_another_model_keeps_the_picture_in_range(model: str) -> None:
    settled = vae_tabs.settle(model, 1000)
    assert settled["picture"] == settled["typed"] == 59 and "Picture 59" in settled["line"]
    assert vae_tabs.settle(model, None)["picture"] == 0
    assert 0 <= vae_tabs.another(model) < 60


@pytest.mark.parametrize("typed", [3.5, 60, -1, None, float("nan"), "7", True])
def test_a_wrong_number_is_one_message_and_goes_back(model: str, typed: Any) -> None:
    """Only this handler reads what is typed: all others follow the hidden number."""
    steps = vae_tabs.pick(model, typed, 12)
    assert next(steps) == {"typed": 12}
    with pytest.raises(InputError, match="picture"):
        next(steps)


def test_a_right_number_is_chosen(model: str) -> None:
    assert list(vae_tabs.pick(model, 7, 12)) == [{"picture": 7}]
    assert "Picture 7" in vae_tabs.chosen(model, 7)


def test_a_tab_that_could_only_refuse_is_hidden(model: str) -> None:
    assert vae_tabs.settle(model, 0)["rebuild"].visible
    wide = small_study()
    many = replace(wide.codes, mean=np.zeros((len(wide), MOST_SLIDERS + 1)))
    with standing_in(replace(wide, codes=many), "wide"):
        assert not can_be_played(studies.study("wide"))


def test_results_of_other_settings_or_pictures_go(tabs, model: str) -> None:
    _, _, tab = tabs
    turned = tab.turn(model, 5)
    assert 'data-picture="5"' in turned["sliders"]
    for name, button in RUN.items():
        assert button in turned[name] and "<img" not in turned[name]


def test_a_tab_is_filled_once_a_model(model: str) -> None:
    calls: list[str] = []

    def fill(model_id: str) -> dict[str, int]:
        calls.append(model_id)
        return {"one": 1, "two": 2}

    with gr.Blocks():
        outputs = {"one": gr.Number(), "two": gr.Number()}
        chosen = gr.Textbox()
        lazily = once(Fill(fill, {"model_id": chosen}, outputs), {"model": chosen})
    asked = {"of_model": model, "model_id": model}
    (found,) = lazily.function("", **asked)
    assert found == {"one": 1, "two": 2, "filled_for": key({"model": model})}
    assert list(lazily.function("another", **asked)) == [found]
    assert list(lazily.function(found["filled_for"], **asked)) == [{}]
    assert len(calls) == 2


def test_a_fill_that_shows_how_far_it_is_counts_when_it_has_ended(model: str) -> None:
    def fill(model_id: str) -> Iterator[str]:
        yield "half"
        yield "all"

    with gr.Blocks():
        chosen = gr.Textbox()
        lazily = once(Fill(fill, {"model_id": chosen}, gr.HTML()), {"model": chosen})
    assert list(lazily.function("", of_model=model, model_id=model)) == [
        {"shown": "half"},
        {"shown": "all"},
        {"filled_for": key({"model": model})},
    ]
