"""The endpoints of directions, and what the tab asks of the room."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image

from genlens.errors import Cancelled, GenlensError, InputError
from genlens.models.assessors.assessors import ASSESSORS
from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator
from genlens.steering.walks import stored
from genlens.steering.walks.finding import Finding, explore
from genlens.ui.steering import faces, link
from genlens.ui.steering.directions import files, find, tab, view
from genlens.ui.steering.head import Head, card_of
from genlens.ui.steering.live import Live
from genlens.ui.steering.shown import Shown, shown
from steering_page import served_steering, small_stylegan

pytestmark = pytest.mark.apps


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Client, str]]:
    with served_steering("property_steering_of_direction_tests") as (address, model):
        yield Client(address, verbose=False), model


@pytest.fixture(scope="module")
def now() -> Shown:
    gan = StyleGAN2Generator(small_stylegan(), device="cpu")
    return Shown(
        "small", "7", "brightness", gan, faces.styles_of(gan, "7"), ASSESSORS["brightness"]
    )


@pytest.fixture(scope="module")
def finding(now: Shown) -> Finding:
    return find.find(now, find.Asked(method="logistic", pictures=200, faces=3))


def asked(**changes: object) -> find.Asked:
    usual = {
        "method": "svm", "space": "styles", "layers": find.ALL, "hold": [], "which": find.FITTING,
        "pictures": 200, "steps": 20, "faces": 2, "seed": 0,
    }  # fmt: skip
    return find.checked(**{**usual, **changes})  # type: ignore[arg-type]


def pixels(uri: str) -> np.ndarray:
    data = base64.b64decode(uri.split(",", 1)[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=float) / 255


def test_a_direction_is_found_measured_and_followed(served: tuple[Client, str]) -> None:
    client, model = served
    found = client.predict(
        model, "brightness", "logistic", "styles", find.ALL, [], find.FITTING, 200, 20, 2, 0,
        api_name="/find_direction",
    )  # fmt: skip
    assert set(found["curve"]["monotone"]) == {"value", "low", "high", "n", "left_out"}
    assert found["reach"]["low"] < 0 < found["reach"]["high"] and found["leakage"]["leaks"]
    direction = found["direction"]
    moved = client.predict(
        model, "7", direction["vector"], [0, found["reach"]["high"]], "styles", False,
        "brightness", api_name="/move_face",
    )  # fmt: skip
    plain = client.predict(model, ["7"], "brightness", api_name="/draw_faces")
    assert np.allclose(pixels(moved["pictures"][0]), pixels(plain["pictures"][0]), atol=2 / 255)
    luma = [float((pixels(uri) @ [0.299, 0.587, 0.114]).mean()) for uri in moved["pictures"]]
    assert np.allclose(moved["scores"], luma, atol=1 / 255)
    methods = client.predict(api_name="/direction_methods")
    assert {m["name"] for m in methods} >= {"ganalyze", "svm", "sefa", "random"}


@pytest.mark.parametrize(
    ("endpoint", "given", "says"),
    [
        ("/find_direction", ("brightness", "magic"), "no method"),
        ("/find_direction", ("nothing",), "o assessor"),
        ("/find_direction", ("brightness", "svm", "pixels"), "latents or styles"),
        ("/find_direction", ("brightness", "svm", "styles", "top"), "take one of"),
        ("/find_direction", ("brightness", "svm", "latents", "fine"), "have no layers"),
        ("/find_direction", ("brightness", "svm", "styles", find.ALL, "glasses"), "pass a list"),
        ("/find_direction", ("brightness", "svm", "styles", find.ALL, [], "99"), "number is 99"),
        ("/find_direction", ("brightness", "svm", "styles", find.ALL, [], "1", 3), "Pictures is 3"),
        ("/move_face", ("7", [[0.0]], [1]), "another generator"),
        ("/move_face", ("7", [["x"]], [1]), "pass numbers"),
        ("/move_face", ("7", [1.0], [1]), "deep"),
        ("/move_face", ("7", [[0.0]], []), "pass"),
        ("/move_face", ("7", [[0.0]], [1] * 60), "60 alphas"),
        ("/move_face", ("7*2,3", [0.0] * 64, [1], "latents"), "has none|another generator"),
    ],
)
def test_bad_input_is_refused_in_words(
    served: tuple[Client, str], endpoint: str, given: tuple[object, ...], says: str
) -> None:
    client, model = served
    with pytest.raises(AppError, match=says):
        client.predict(model, *given, api_name=endpoint)


def test_the_slider_goes_from_end_to_end_of_the_reach(finding: Finding) -> None:
    steps, origin = finding.reach.steps, find.origin_of(finding)
    assert steps[origin] == 0 and find.alpha_at(finding, 0) == 0
    assert find.alpha_at(finding, -origin) == finding.reach.low
    assert find.alpha_at(finding, len(steps) - 1 - origin) == finding.reach.high
    assert find.alpha_at(finding, 999) == finding.reach.high, "and no further"
    between = find.alpha_at(finding, 0.5)
    assert 0 < between < steps[origin + 1]


def test_a_mixed_face_moves_in_styles_and_not_in_latents(now: Shown, finding: Finding) -> None:
    mixed = Shown("small", "7*2,12", "brightness", now.generator,
                  faces.styles_of(now.generator, "7*2,12"), now.assessor)  # fmt: skip
    assert len(find.moved(mixed, finding.direction, [0, 1]).images) == 2
    in_latents = explore(now.generator, "logistic", now.assessor, n=200, faces=range(2))
    assert np.isfinite(find.moved(now, in_latents.direction, [0, 1]).scores).all()
    with pytest.raises(InputError, match="mix of styles"):
        find.moved(mixed, in_latents.direction, [0, 1])


def test_what_was_found_is_shown_in_words(now: Shown, finding: Finding) -> None:
    parts = tab._everything(now, finding)
    assert parts["strip"].count("<img") == len(finding.reach.steps)
    assert "of 3 faces" in parts["curve"] and "the face above" in parts["curve"]
    assert "held out" in parts["facts"] and "When it misleads" in parts["facts"]
    assert "Contrast" in parts["leakage"]
    kept = tab._kept(parts["found"], now)
    assert kept is finding
    other = Shown("other", "7", "brightness", now.generator, now.styles, now.assessor)
    assert tab._kept(parts["found"], other) is None, "a finding is of its generator"
    assert tab._kept("mine-gone", now) is None and tab._kept("", now) is None
    assert view.direction_words(finding).startswith("Logistic regression")


def test_files_hold_what_is_on_screen(now: Shown, finding: Finding) -> None:
    strip = find.moved(now, finding.direction, finding.reach.steps.tolist())
    done = files.write_finding(now, finding, strip)
    assert set(done.paths) == set(files.FILES) and "method=logistic" in done.link
    numbers = json.loads(Path(done.paths["json"]).read_text())
    assert numbers["curve"]["monotone"]["n"] == 3
    rows = list(csv.reader(io.StringIO(Path(done.paths["csv"]).read_text())))
    assert len(rows) == 10 and len(rows[0]) == 5 + 3
    assert [float(row[1]) for row in rows[1:]] == pytest.approx(finding.curve.mean.tolist())
    with Image.open(done.paths["png"]) as picture:
        assert picture.width > 800
    page = Path(done.paths["html"]).read_text()
    assert "What else changes?" in page and page.count("<img") >= 9


def test_layers_are_asked_for_in_words(now: Shown) -> None:
    assert find.rows_of(now.generator, asked()) is None
    assert find.rows_of(now.generator, asked(layers="fine")) == [4, 5]
    with pytest.raises(InputError, match="no layers"):
        find.rows_of(now.generator, asked(layers="fine", space="latents"))


def test_what_does_not_fit_a_method_is_left_to_it(now: Shown) -> None:
    assert asked(method="ganalyze", hold=["contrast"]).hold == ()
    assert asked(hold=["contrast"]).hold == ("contrast",)
    assert asked(which="3").order == 2 and asked(pictures=300.0).pictures == 300
    for wrong in ({"pictures": 300.5}, {"faces": None}, {"seed": -1}, {"which": "x"},
                  {"hold": ["a"] * 9}):  # fmt: skip
        with pytest.raises(InputError):
            asked(**wrong)


def test_work_beside_the_page_gives_its_result_and_its_error() -> None:
    live = Live(lambda: 3)
    list(live.ticks(0.01))
    assert live.result() == 3

    def refused() -> int:
        raise Cancelled("stopped")

    broken = Live(refused)
    list(broken.ticks(0.01))
    with pytest.raises(Cancelled):
        broken.result()


def test_work_can_be_stopped(now: Shown) -> None:
    with pytest.raises(Cancelled):
        find.find(now, asked(method="ganalyze"), cancel=lambda: True)


def test_losses_are_kept_as_they_come() -> None:
    kept: list[float] = []
    watch = find.losses_into(kept)
    watch([1.0])
    watch([1.0, 2.0, 3.0])
    assert kept == [1.0, 2.0, 3.0]


def opened_tab(now: Shown, found: str = "") -> list[dict[str, Any]]:
    with gr.Blocks():
        built = tab.DirectionsTab(Head(None))
    return list(built.open("avatars-vae", "3", now.assessor_id, found))


def test_a_direction_that_fits_is_shown_at_once_and_any_other_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is bound to the generator's weights: with others the page says that it looks."""
    decoder = shown("avatars-vae", "3", "brightness")
    monkeypatch.setattr(stored, "FILE", tmp_path / "data" / "directions.json")
    monkeypatch.setattr(stored, "PICTURES", 200)
    stored._stored.cache_clear()
    said = opened_tab(decoder)
    assert len(said) > 2 and "was measured in advance" in said[1]["strip"]
    assert said[0]["curve"] == "" and said[-1]["strip"].count("<img") > 2
    stored.store(decoder.generator, [decoder.assessor], [ASSESSORS["contrast"]], stored.FILE)
    stored._stored.cache_clear()
    monkeypatch.setattr(find, "find", lambda *_, **__: pytest.fail("nothing is to be looked for"))
    (once,) = opened_tab(decoder)
    assert once["strip"].count("<img") > 2 and "Learned from 200" in once["facts"]
    monkeypatch.undo()
    stored._stored.cache_clear()


def test_a_visitors_own_assessor_does_not_take_the_direction_of_a_namesake(now: Shown) -> None:
    namesake = replace(ASSESSORS["brightness"], title="Mine")
    assert find.measured_before(replace(now, assessor=namesake)) is None


def test_each_class_of_a_generator_has_a_direction_of_its_own() -> None:
    found = [
        find.find(shown(f"digits-cvae:{label}", "7", "brightness"), asked(method="ganalyze"))
        for label in (1, 8)
    ]
    assert [each.direction.made_by.settings["class"] for each in found] == [1, 8]
    one, eight = (np.asarray(each.direction.vector).ravel() for each in found)
    assert not np.allclose(one, eight, rtol=0.1)
    # an eight has more ink than a one: what was drawn at one class is not taken for the other's
    assert found[1].curve.mean.mean() > found[0].curve.mean.mean()


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("digits-cvae:10", "classes 0 to 9, and no class 10"),
        ("digits-vae:1", "has no classes"),
        ("digits-cvae:-1", "digits-cvae:-1"),
    ],
)
def test_classes_that_are_not_there(model: str, says: str) -> None:
    with pytest.raises(GenlensError, match=says):
        shown(model, "7", "brightness")


def test_the_column_says_how_to_choose_a_class_and_a_link_keeps_it() -> None:
    assert "type “digits-cvae:9”" in card_of(shown("digits-cvae:3", "7", "brightness"))
    kept = link.read({"model": "digits-cvae:3"}, ["digits-cvae"], [], [])
    assert kept == {"model": "digits-cvae:3"}
    assert link.read({"model": "other:3"}, ["digits-cvae"], [], []) == {}
