"""A visitor's ZIP file under a diffusion model: asked by inversion, and scored as by a program."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from gaussian_denoiser import GaussianDenoiser
from genlens.anchors import subject
from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets.brought import Brought, brought
from genlens.anchors.sets.sets import anchor_set
from genlens.anchors.thresholds import thresholds_of
from genlens.errors import Cancelled, InputError
from genlens.models.memory import MEMORY
from genlens.ui import studies
from genlens.ui.anchors import page, sources
from genlens.ui.anchors.endpoints.scores import api_score_pictures
from genlens.ui.anchors.own_samples import own_samples
from genlens.ui.anchors.pictures.archive import take_archive
from genlens.ui.anchors.pictures.tab import PicturesTab
from genlens.ui.anchors.scatter import view
from genlens.ui.anchors.seen import seen
from genlens.ui.own_models import OwnModels
from genlens.ui.serving.access import Access, allow
from own_pictures import blob, encoded, picture_set, picture_zip

pytestmark = pytest.mark.apps
AXES = ("noise-error", "mse")
SIDE = 12


class Visitor:
    """A page's request, of which a session is all that is read."""

    session_hash = "anna"


@pytest.fixture(autouse=True)
def no_limits() -> Iterator[None]:
    allow(Access(most_seconds=float("inf")))
    yield
    allow(None)


@pytest.fixture
def model() -> str:
    """A diffusion model that the page's picker has."""
    MEMORY.drop("anchors-inverted-own")  # its own pictures, which another test's model drew
    denoiser = GaussianDenoiser(shape=(3, SIDE, SIDE))
    return studies.register("first", brought(denoiser, picture_set(10, SIDE), 10))


def decoded(answer: dict, name: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(answer[name]), kind)


def test_the_endpoint_says_what_a_program_finds(model: str, tmp_path: Path) -> None:
    path = picture_zip(tmp_path / "mine.zip", 70, folders=True)
    answer = api_score_pictures(str(path), model)
    denoiser = sources.denoiser(model)
    anchors = anchor_set(path, denoiser.image_shape, n=subject.ANCHORS, seed=0)
    names, steps = tuple(answer["criteria"]), subject.steps_of(denoiser)
    known = score_anchors(denoiser, anchors, names, steps=steps, seed=0)
    lines = thresholds_of(denoiser, names, samples=1_000, iterations=1, steps=steps, seed=0)
    assert answer["n"] == 60 and names == subject.AT_ONCE["Denoiser"]
    values = decoded(answer, "values", "<f4").reshape(60, len(names))
    np.testing.assert_allclose(values, known.values, rtol=1e-6)
    assert (decoded(answer, "ids", "<u4") == known.ids).all() and known.ids.max() > 60
    assert (decoded(answer, "labels", "<i2") == known.labels).all()
    assert answer["names"] == ["blue", "red"]
    assert answer["data"] == "out of your 70 pictures, 60 pictures"
    for name, line in lines.items():
        assert answer["thresholds"][name]["value"] == pytest.approx(line.value), name
    assert "60 of 70 were taken" in answer["notes"][-1] and "60 at most" in answer["notes"][-1]


def test_the_button_makes_them_anchors_that_every_tab_shows(model: str, tmp_path: Path) -> None:
    with gr.Blocks():
        picker = gr.Dropdown([("A", "a")])
        tab = PicturesTab(picker, OwnModels(picker, inverted=True), gr.Tabs())
    told: list[str] = []
    found = tab.take(
        str(picture_zip(tmp_path / "mine.zip", 14)), model, [], Visitor(),
        lambda share, desc="", **_: told.append(desc),
    )  # fmt: skip
    ((label, mine),) = found["entries"]
    assert label == "gaussian-pixels + your anchors" and found["model"].value == mine
    assert mine in [name for _, name in found["model"].choices]
    assert "14 pictures are anchors of gaussian-pixels now." in found["said"]
    assert any("14 of 14" in text for text in told) and any("100 of 100" in text for text in told)
    settled = page.settle(mine, "", "kld", "mse", None, None)
    assert settled["x"].value == "noise-error" and "DDIM inversion" in settled["line"]
    assert "your pictures, 14 pictures" in settled["line"]
    now = seen(mine, "", *AXES)
    assert "gl-scatter" in view.drawn(now) and len(own_samples(now).values) == subject.DRAWN
    assert now.here.pictures([3])[1].all() and now.here.rebuilt([3]).shape == (1, 3, SIDE, SIDE)


def test_a_slow_machine_takes_fewer_and_says_how_many(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = picture_zip(tmp_path / "mine.zip", 40)
    take_archive(model, picture_zip(tmp_path / "first.zip", 12))  # its own pictures are known now
    monkeypatch.setattr(subject, "seconds_each", lambda *_: 10.0)
    allow(Access(most_seconds=205))
    taken = take_archive(model, path)
    assert taken.n == 20 == len(seen(taken.model_id, "", *AXES).here.scores)
    assert (
        "20 of 40 were taken" in taken.notes[-1] and "more would take over 205 s" in taken.notes[-1]
    )
    allow(Access(most_seconds=100))
    with pytest.raises(InputError, match=r"41 pictures × 10 s = 410 s"):
        take_archive(model, picture_zip(tmp_path / "other.zip", 41))
    # Without an operator's limit, pictures are inverted within their hour all the same.
    monkeypatch.setattr(subject, "seconds_each", lambda *_: 100.0)
    allow(Access(most_seconds=float("inf")))
    taken = take_archive(model, picture_zip(tmp_path / "third.zip", 42))
    assert taken.n == 22 and "over 2,200 s here" in taken.notes[-1]


@pytest.mark.parametrize("when", ["Reading pictures", "anchors: 20 of 20"])
def test_a_stop_leaves_nothing(model: str, tmp_path: Path, when: str) -> None:
    """While files are read, and when the anchors are done and the model's own pictures are not."""
    told: list[str] = []
    path = picture_zip(tmp_path / "mine.zip", 20)
    kept, held = set(studies._STUDIES._own), set(MEMORY._held)
    with pytest.raises(Cancelled):
        take_archive(
            model, path, progress=lambda done, total, text: told.append(text),
            cancel=lambda: any(when in text for text in told),
        )  # fmt: skip
    assert when in told[-1] and set(MEMORY._held) == held and set(studies._STUDIES._own) == kept


def test_a_zip_that_cannot_be_used_is_refused_in_words(model: str, tmp_path: Path) -> None:
    no_zip, empty = tmp_path / "a.zip", tmp_path / "b.zip"
    no_zip.write_bytes(b"no zip")
    picture_zip(empty, 0, **{"words.txt": "hello"})
    alike = tmp_path / "c.zip"
    picture_zip(alike, 0, **{f"{i}.png": encoded(blob(1)) for i in range(12)})
    for path, words in (
        (None, "no ZIP file was given"),
        (tmp_path, "that is a folder"),
        (no_zip, "ZIP"),
        (empty, "0 pictures can be used, and 10 or more are needed"),
        (picture_zip(tmp_path / "d.zip", 9), "9 pictures can be used"),
        (alike, "all pictures are the same"),
    ):
        with pytest.raises(InputError, match=words):
            api_score_pictures(path, model)
    good = str(picture_zip(tmp_path / "e.zip", 12))
    for criteria, words in ((["kld"], "take one of noise-error"), (["x"], "no criterion 'x'")):
        with pytest.raises(InputError, match=words):
            api_score_pictures(good, model, criteria)
    for name in (None, "", "mine-gone", ["a"], float("nan")):
        with pytest.raises(InputError):
            api_score_pictures(good, name)


def test_pictures_that_are_no_square_fit_no_upload(tmp_path: Path) -> None:
    wide = GaussianDenoiser(shape=(3, SIDE, 2 * SIDE))
    own = Brought(
        wide, np.zeros((1, 3, SIDE, 24), np.float32), np.array([-1]), (), np.arange(1), ""
    )
    with pytest.raises(InputError, match="24 x 12 pixels"):
        take_archive(studies.register("wide", own), picture_zip(tmp_path / "a.zip", 12))


def test_a_pipeline_is_asked_by_its_name_and_what_takes_too_long_is_refused(
    tiny_pipeline_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(subject.STEPS, "Denoiser", 1)
    path = picture_zip(tmp_path / "a.zip", 12)
    with pytest.raises(InputError, match="does not offer the model"):
        take_archive(str(tiny_pipeline_dir), path)
    allow(Access(folders=(tiny_pipeline_dir.parent,), most_seconds=1e-3))
    with pytest.raises(InputError, match=r"112 pictures × .* pipeline is asked by inversion"):
        take_archive(str(tiny_pipeline_dir), path)


def test_what_is_made_of_them_goes_with_the_last_who_brought_them(
    model: str, tmp_path: Path
) -> None:
    shelf = studies.Studies()
    mine = brought(sources.denoiser(model), picture_set(12, SIDE), 12)
    again = brought(sources.denoiser(model), picture_set(12, SIDE), 12)
    assert again.content == mine.content
    first, second = shelf.register("a", mine, age=4000), shelf.register("b", again)
    MEMORY.get(("anchors-inverted", mine.content), lambda: 1)
    shelf.tidy()
    assert shelf.kept(first) is None and shelf.kept(second) is again
    assert ("anchors-inverted", mine.content) in MEMORY, "another visitor waited for it"
    shelf._born[second] -= 4000
    shelf.tidy()
    assert shelf.kept(second) is None and ("anchors-inverted", mine.content) not in MEMORY


def test_pages_that_need_codes_say_so_and_do_not_list_them(model: str) -> None:
    with pytest.raises(InputError, match="gaussian-pixels, a diffusion model"):
        studies.study(model)
    with gr.Blocks():
        here, there = (OwnModels(gr.Dropdown([]), inverted=yes) for yes in (True, False))
    kept = f'{{"open": "{model}", "list": "[[\\"A\\", \\"{model}\\"]]"}}'
    found = here.again(kept)
    assert found["entries"] == [("A", model)] and found["model"].value == model
    other = there.again(kept)
    assert other["entries"] == [("A", model)], "the anchor browser has it again"
    assert other["model"].value != model and not other["model"].choices
