"""The tab "Assessors" without a browser: its pictures, its training, its endpoint, bad input."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image

from genlens.errors import InputError, ModelError
from genlens.models.assessors.own import own_assessor
from genlens.ui.steering import assessors
from genlens.ui.steering.assessing import training as work
from genlens.ui.steering.assessing.view import absent_html, note_of, sorted_html
from steering_page import served_steering, steering_model

pytestmark = pytest.mark.apps


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Client, str]]:
    with served_steering("property_steering_of_assessor_tests") as (address, model):
        yield Client(address, verbose=False), model


def zipped(place: Path, colour: tuple[int, int, int], count: int) -> str:
    """A ZIP file of ``count`` noisy pictures of about one colour."""
    rng = np.random.default_rng(len(place.name))
    with zipfile.ZipFile(place, "w") as archive:
        for i in range(count):
            noise = rng.integers(-20, 20, (24, 30, 3))
            pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            file = place.with_suffix(f".{i}.png")
            Image.fromarray(pixels).save(file)
            archive.write(file, file.name)
    return str(place)


def test_twelve_faces_stand_in_the_order_of_their_scores() -> None:
    with steering_model() as model:
        shown = sorted_html(model, "0", "brightness")
        assert shown.count("<img") == 12 and "What is known of it" in shown
        scores = [
            float(chip.split("<")[0].replace("−", "-"))
            for chip in shown.split('class="gl-score"')[1:]
            for chip in [chip.split(">", 1)[1]]
        ]
        assert len(scores) == 12 and scores == sorted(scores, reverse=True)
        flat = assessors.keep(own_assessor(lambda x: x.mean((1, 2, 3)) * 0 + 0.5, name="same"))
        assert "All are alike" in sorted_html(model, "0", flat)
        broken = assessors.keep(own_assessor(lambda x: x.mean((1, 2, 3)) / 0 * 0, name="broken"))
        with pytest.raises(InputError, match="assessor broken gives NaN"):
            sorted_html(model, "0", broken)


def test_a_note_says_unit_range_and_gradient_and_escapes() -> None:
    note = note_of(own_assessor(lambda x: x, name="x", title="<b>", unit="apples", range=(0, 4)))
    assert "&lt;b&gt;" in note and "apples" in note and "0 to 4" in note
    assert "methods that follow a slope cannot" in note_of(
        own_assessor(lambda x: x, name="x", differentiable=False)
    )


def test_what_is_not_here_is_named_with_its_command(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    assert "memorability" not in [name for _, name in assessors.choices()]
    said = absent_html()
    assert "Memorability (ResMem)" in said and "<code>genlens fetch resmem</code>" in said
    with pytest.raises(InputError, match="genlens fetch resmem"):
        assessors.assessor("memorability")


def test_two_zip_files_become_a_classifier(tmp_path) -> None:
    yes = zipped(tmp_path / "yes.zip", (200, 40, 40), 24)
    no = zipped(tmp_path / "no.zip", (40, 40, 200), 20)
    pictures = work.own(yes, no, " red  things ")
    assert pictures.names == ("not red things", "red things") and len(pictures) == 44
    training = work.begin(pictures, "small", 0)
    for _ in training.run():
        pass
    assert training.report().accuracy.value > 0.9


@pytest.mark.parametrize(
    ("yes", "no", "name", "words"),
    [
        (None, None, "red", "no ZIP file was given"),
        ("yes", "few", "red", "not red: 9 pictures can be used, and 10 or more"),
        ("yes", None, "red", "only one class"),
        ("yes", "yes", "", "the name has 0 characters"),
        ("yes", "folder", "red", "that is a folder"),
        ("yes", "text", "red", "not a ZIP file"),
    ],
)
def test_files_that_cannot_be_used_are_refused(tmp_path, yes, no, name, words) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("hello")
    zipped(tmp_path / "yes", (200, 40, 40), 12)
    zipped(tmp_path / "few", (40, 40, 200), 9)
    places = [str(tmp_path / each) if each else None for each in (yes, no)]
    with pytest.raises(InputError, match=words):
        work.own(*places, name)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("nose", False, "", 400, 0), "'nose' is nothing to learn"),
        (("smile", True, "nose", 400, 0), "'nose' is nothing to learn"),
        (("smile", True, "smile", 400, 0), "tie properties of two factors"),
        (("smile", False, "", 100, 0), "the number of faces is 100"),
        (("smile", False, "", None, 0), "the number of faces is None"),
        (("smile", False, "", 400, -1), "the seed is -1"),
        (("smile", False, "", 400, 0.5), "the seed is 0.5"),
    ],
)
def test_trainings_that_make_no_sense_are_refused(asked, words) -> None:
    with pytest.raises(InputError, match=words):
        work.drawn(*asked)


def test_backbones_that_are_not_here_are_not_offered(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert [name for _, name in work.backbones()] == ["small"]
    assert "EfficientNet-lite0" in work.absent()
    with pytest.raises(ModelError, match="genlens fetch"):
        work.begin(work.drawn("glasses", False, "", 200, 0), "efficientnet-lite0", 0)


def test_a_program_trains_one_and_asks_it(served: tuple[Client, str]) -> None:
    client, model = served
    found = client.predict("glasses", "", 240, 0, api_name="/train_classifier")
    assert found["report"]["accuracy"]["value"] > 0.8
    scores = client.predict(model, ["0", "1"], found["assessor"], api_name="/draw_faces")["scores"]
    assert len(scores) == 2 and all(-1 <= score <= 1 for score in scores)
    with pytest.raises(AppError, match="nothing to learn"):
        client.predict("nose", "", 240, 0, api_name="/train_classifier")
