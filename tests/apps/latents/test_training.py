"""The training tab: train, cancel, resume, download, and the model in the page's picker."""

from __future__ import annotations

import json
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

import genlens
from genlens.errors import Cancelled, InputError
from genlens.training.files import load_checkpoint, load_pictures
from genlens.training.vae import Training
from genlens.ui import kit
from genlens.ui import studies as vae_studies
from genlens.ui.messages import as_toasts
from genlens.ui.serving.lifetimes import TrainingStore
from genlens.ui.training import steps as training_steps
from genlens.ui.training import tab as vae_training
from genlens.ui.training import view as training_view
from genlens.ui.training.tab import TrainingTab, api_train
from own_pictures import picture_set, picture_zip
from ports import own_port

pytestmark = pytest.mark.apps
QUICK = (32, 3, 1, 2, 0)  # side, latents, beta, rounds, seed: 4 steps for 200 pictures
BASE = [("digits (included)", "digits-vae")]


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return picture_zip(tmp_path_factory.mktemp("zip") / "mine.zip", 200, folders=True)


@pytest.fixture
def tab(monkeypatch):
    """The tab in a page of its own, with a store of its own; progress goes nowhere."""
    kept = TrainingStore()
    monkeypatch.setattr(vae_training, "store", lambda: kept)
    with gr.Blocks():
        model = gr.Dropdown(BASE)
        made = TrainingTab(model, gr.Number(0))
    made.kept = kept
    return made


def visitor(name: str = "anna") -> SimpleNamespace:
    return SimpleNamespace(session_hash=name)


def nothing(*_args, **_options) -> None:
    """A gr.Progress that shows nothing."""


def begin(tab, archive, settings=QUICK, entries=(), who="anna"):
    path = None if archive is None else str(archive)
    return tab.begin(path, *settings, list(entries), visitor(who), nothing)


def test_a_whole_training_on_the_page(tab, archive, tmp_path):
    seen = list(begin(tab, archive))
    assert "Reading the pictures" in seen[0]["status"]
    assert "step 0 of 4" in seen[1]["status"]
    assert seen[1]["curve"] == "", "no curve before the first point"
    assert "step 2 of 4" in seen[3]["status"]
    assert "<svg" in seen[3]["curve"] and "<img" in seen[3]["samples"]
    last = seen[-1]
    status, samples, curve = last["status"], last["samples"], last["curve"]
    file, explore, entries, picker = (
        last[name] for name in ("download", "explore", "entries", "model")
    )
    assert "Done: 4 steps" in status and "mean squared error" in status
    assert (
        samples.count("<img") == 16 and "held out" in curve and 'alt="copy: picture 1"' in samples
    )
    assert explore["interactive"] and file["interactive"]
    (label, model_id) = entries[0]
    assert label == vae_training.LABEL and picker.choices == [*BASE, (label, model_id)]
    study = vae_studies.study(model_id)
    assert len(study) == 200 and study.names == ("blue", "red")
    with zipfile.ZipFile(file["value"]) as packed:
        packed.extractall(tmp_path)
    model = genlens.load(str(tmp_path / "my-vae"), contract="Autoencoder", device="cpu")
    own = study.model.encode(study.picture(3)[None]).mean.cpu()
    got = model.encode(study.picture(3)[None]).mean
    assert np.allclose(own, got, atol=0.05)
    left = {p.name for p in tab.kept.find("anna").iterdir()}
    assert left == {"my-vae", "my-vae.zip"}, "the pictures are not kept"


def test_cancel_keeps_what_resume_goes_on_from(tab, archive, monkeypatch):
    whole = list(begin(tab, archive))[-1]
    stopped = []
    for step in begin(tab, archive, who="ben"):
        stopped.append(step)
        if "step 2 of 4" in step["status"]:
            tab.flags.cancel("ben")
    said = stopped[-1]["status"]
    assert "Stopped at step 2 of 4" in said and "Resume goes on" in said
    assert stopped[-1]["download"]["interactive"], "the model as it is now can be downloaded"
    folder = tab.kept.find("ben")
    assert (folder / "state.safetensors").is_file()
    half = load_checkpoint(folder / "state.safetensors", load_pictures(folder / "pictures.npz"))
    assert half.step == 2
    resumed = list(tab.go_on([], visitor("ben"), nothing))[-1]
    assert "Done: 4 steps" in resumed["status"]
    first, second = (Path(step["download"]["value"]) for step in (whole, resumed))
    with zipfile.ZipFile(first) as a, zipfile.ZipFile(second) as b:
        name = "my-vae/model.safetensors"
        assert a.read(name) == b.read(name), "the same as never stopped"
    with pytest.raises(InputError, match="no stopped training to go on with"):
        list(tab.go_on([], visitor("ben"), nothing))


def test_visitors_who_leave_lose_nothing(tab, archive):
    steps = begin(tab, archive, who="carl")
    for step in steps:
        if "step 3 of 4" in step["status"]:
            break
    steps.close()  # what gradio does when the page is closed
    assert "Done: 4 steps" in list(tab.go_on([], visitor("carl"), nothing))[-1]["status"]


def test_a_bad_file_leaves_a_stopped_training_as_it_was(tab, archive, tmp_path):
    steps = begin(tab, archive)
    while "step 1 of 4" not in next(steps)["status"]:
        pass
    steps.close()
    (tmp_path / "bad.zip").write_bytes(b"no archive")
    for file, says in (
        (tmp_path / "bad.zip", "is not a ZIP file"),
        (picture_zip(tmp_path / "few.zip", 9), "9 pictures can be used, and 200 or more"),
        (None, "no ZIP file was given"),
        (tmp_path, "that is a folder"),
    ):
        seen = []
        with pytest.raises(InputError, match=says):
            for step in begin(tab, file):
                seen.append(step)
        assert set(seen[-1]) == {"status"}, "the last result stays"
        assert "Not trained: " in seen[-1]["status"] and says in seen[-1]["status"]
        assert "gl-warn" in seen[-1]["status"]
    assert "Done: 4 steps" in list(tab.go_on([], visitor(), nothing))[-1]["status"]


def test_reading_can_be_cancelled(tab, archive):
    steps = begin(tab, archive)
    next(steps)
    tab.flags.cancel("anna")
    with pytest.raises(Cancelled):
        list(steps)


def test_looking_into_the_newest_model(tab):
    shown = tab.look([(vae_training.LABEL, "a"), (f"{vae_training.LABEL} 2", "b")])
    assert shown["model"].value == "b" and shown["picture"] == 0
    own = (f"{vae_training.LABEL} + your picture", "c")
    assert tab.look([(vae_training.LABEL, "a"), own])["model"].value == "a"


def test_a_training_too_long_for_a_page(tab, archive, monkeypatch):
    monkeypatch.setattr(training_steps, "MAX_STEPS", 3000)
    with pytest.raises(InputError, match=r"4,000 steps, and this page trains for at most 3,000"):
        list(begin(tab, archive, (32, 3, 1, 2000, 0)))  # more than the slider allows


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ((48, 3, 1, 1, 0), "side 48"),
        ((32, None, 1, 1, 0), "latents is None: type a whole"),
        ((32, 3.5, 1, 1, 0), "latents is 3.5: type a whole"),
        ((32, 3, float("nan"), 1, 0), "beta is nan"),
        ((32, 3, "x", 1, 0), "beta is 'x'"),
        ((32, 3, 1, 1, -1), "seed"),
        ((32, 3, 1, 1, 0.5), "seed is 0.5: type a whole"),
        ((32, 3, 1, float("inf"), 0), "rounds is inf"),
    ],
)
def test_settings_are_checked_in_python(settings, says):
    with pytest.raises(InputError, match=says):
        training_steps.page_settings(*settings)


def test_texts_are_escaped():
    hostile = "<img src=x onerror=alert(1)>"
    pictures = picture_set(60)
    pictures = type(pictures)(pictures.images, pictures.names, (), (hostile,))
    training = Training(pictures, device="cpu")
    text = training_view.status_html(training, training_view.RUNNING)
    assert hostile not in text and "&lt;img" in text and 'role="status"' in text
    assert training_view.curve_html(training) == ""


# The store


def test_the_store_is_bounded_and_forgets():
    kept = TrainingStore(kept=2, seconds=0.3)
    first = kept.new("a")
    (first / "x").write_text("x")
    assert kept.find("a") == first and kept.find("b") is None
    second = kept.new("a")
    assert second != first and not first.exists(), "a new training replaces the old one"
    kept.new("b")
    kept.find("a")
    kept.new("c")
    assert kept.find("b") is None and kept.find("a") == second, "the one used longest ago goes"
    time.sleep(0.4)
    assert kept.find("a") is None and not second.exists()
    root = Path(kept._root.name)
    assert re.fullmatch(r"genlens-training-\w+", root.name) and list(root.iterdir()) == []
    kept._root.cleanup()
    assert not root.exists()


def test_a_training_whose_folder_is_gone_ends_in_peace(tmp_path):
    training = Training(picture_set(60), device="cpu")
    steps = training_steps.steps(training, tmp_path / "gone")
    next(steps)
    steps.close()
    assert not (tmp_path / "gone").exists()


# As a server


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kit, "HIDDEN", {})  # so that a program can press the buttons
        with gr.Blocks() as demo:
            model = gr.Dropdown(BASE)
            TrainingTab(model, gr.Number(0))
            chosen = gr.Textbox()
            model.change(lambda m: len(vae_studies.study(m)), model, chosen, api_name="chosen")
            inputs = [gr.File(), *(gr.Number() for _ in range(5))]
            gr.Button().click(
                as_toasts(api_train), inputs, [gr.File(), gr.JSON()], api_name="train"
            )
    demo.queue(max_size=20)
    _, address, _ = demo.launch(
        prevent_thread_lock=True, quiet=True, server_port=own_port(), max_file_size="200mb"
    )
    try:
        yield Client(address, verbose=False)
    finally:
        demo.close(verbose=False)


def test_programs_can_train(client, archive, tmp_path):
    file, known = client.predict(handle_file(str(archive)), *QUICK, api_name="/train")
    assert known["training"]["steps"] == 4 and len(known["curve"]) == 4
    assert known["measured"]["mse"] > 0 and known["data"] == "own pictures"
    json.dumps(known)
    with zipfile.ZipFile(file if isinstance(file, str) else file["path"]) as packed:
        packed.extractall(tmp_path)
    model = genlens.load(str(tmp_path / "my-vae"), contract="Autoencoder", device="cpu")
    assert model.image_shape == (3, 32, 32) and model.latent_shape == (3,)


def test_programs_are_refused_in_words(client, archive, tmp_path):
    (tmp_path / "bad.zip").write_bytes(b"no")
    with pytest.raises(AppError, match="not a ZIP file, or is damaged"):
        client.predict(handle_file(str(tmp_path / "bad.zip")), *QUICK, api_name="/train")
    with pytest.raises(AppError, match="Side 48 is not offered"):
        client.predict(handle_file(str(archive)), 48, 3, 1, 2, 0, api_name="/train")


def test_the_buttons_of_a_running_page(client, archive):
    """Through gradio itself: the generator streams, and the new model may be chosen."""
    job = client.submit(handle_file(str(archive)), *QUICK, api_name="/begin")
    last = job.result(timeout=300)
    streamed = job.outputs()
    assert len(streamed) >= 5 and "Done: 4 steps" in last[0]
    choices = last[-1]["choices"]
    assert choices[-1][0] == vae_training.LABEL
    assert client.predict(choices[-1][1], api_name="/chosen") == "200"
    with pytest.raises(AppError):
        client.predict("digits-vae-of-nobody", api_name="/chosen")


def test_two_visitors_do_not_share_models(client, archive):
    other = Client(client.src, verbose=False)
    job = client.submit(handle_file(str(archive)), *QUICK, api_name="/begin")
    mine = job.result(timeout=300)[-1]["choices"][-1][1]
    with pytest.raises(AppError):
        other.predict(mine, api_name="/chosen")
