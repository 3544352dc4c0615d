"""My own picture on the page, the visitor's list of models, and refusals of generators."""

from __future__ import annotations

import inspect
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import gradio as gr
import httpx
import numpy as np
import pytest
from PIL import Image

from genlens.errors import InputError
from genlens.models.pictures.picture import read_picture
from genlens.study.study import study_of
from genlens.ui import studies as vae_studies
from genlens.ui import uploads as vae_upload
from genlens.ui.messages import as_toasts
from genlens.ui.own_models import MOST, YOURS, OwnModels, note_html
from own_pictures import blob, encoded
from page_requests import endpoints, join, messages
from page_server import served
from tiny_vaes import conv_model
from vae_page import MODEL, small_study, standing_in

pytestmark = pytest.mark.apps
BASE = [("digits (included)", "digits-vae")]


def test_labels_are_unique_and_few():
    with gr.Blocks():
        own = OwnModels(gr.Dropdown(BASE))
    entries = own.added(None, "mine", "1")
    entries = own.added(entries, "mine", "2")
    assert entries == [("mine", "1"), ("mine 2", "2")]
    for i in range(20):
        entries = own.added(entries, "mine", str(i))
    assert len(entries) == MOST and entries[-1][1] == "19"
    assert len({label for label, _ in entries}) == MOST


def test_a_note_is_text_and_never_html():
    assert "<script" not in note_html("<script>alert(1)</script> & more")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in note_html(
        "<script>alert(1)</script> & more", warn=True
    )


@pytest.fixture(scope="module")
def study():
    rng = np.random.default_rng(0)
    images = rng.random((12, 1, 16, 16), dtype=np.float32)
    return study_of(
        conv_model(),
        images,
        labels=[0, 1] * 6,
        names=("a", "b"),
        attributes={"round": np.ones(12, bool)},
        masks={"mouth": np.ones((12, 16, 16), bool)},
    )


def test_my_picture_becomes_the_last_one(study, tmp_path):
    (tmp_path / "me.png").write_bytes(encoded(blob(3, 40)))
    own = read_picture(tmp_path / "me.png", (1, 16, 16))
    found = vae_upload.with_picture(study, own)
    assert len(found) == 13 and len(study) == 12, "the study itself stays as it was"
    assert found.label(12) == "" and found.labels[12] == -1 and found.label(1) == "b"
    assert not found.attributes["round"][12] and not found.masks["mouth"][12].any()
    assert found.attributes["round"][:12].all() and found.masks["mouth"].shape == (13, 16, 16)
    assert np.array_equal(found.images[12], own.image)
    posterior = study.model.encode(found.picture(12)[None])
    assert np.allclose(found.codes.mean[12], posterior.mean[0], atol=1e-5)
    assert np.allclose(found.codes.logvar[12], posterior.logvar[0], atol=1e-5)
    copy = study.model.decode(posterior.mean)[0].numpy()
    assert found.errors[12] == pytest.approx(np.square(copy - own.image).mean(), rel=1e-4)
    assert found.codes.mean.dtype == np.float64 and found.labels.dtype == np.int64


def test_uploading_registers_a_study_of_ones_own(study, tmp_path):
    with gr.Blocks():
        own = OwnModels(gr.Dropdown(BASE))
    model_id = vae_studies.register("faces", study)
    (tmp_path / "me.png").write_bytes(encoded(blob(3, 40)[:, :25]))
    shown = vae_upload.upload(
        str(tmp_path / "me.png"), model_id, [("faces (included)", model_id)], own
    )
    label, added_id = shown["entries"][-1]
    assert label == "faces + your picture" and shown["model"].value == added_id
    assert shown["picture"] == 12
    assert len(vae_studies.study(added_id)) == 13 and len(vae_studies.study(model_id)) == 12
    note = shown["said"]
    assert "no. 12" in note and "cut to its centre" in note and "turned to grey" in note
    more = vae_upload.upload(str(tmp_path / "me.png"), added_id, shown["entries"], own)
    assert more["picture"] == 13 and more["entries"][-1][0] == "faces + your picture 2"


def test_bad_uploads_change_nothing(study, tmp_path):
    with gr.Blocks():
        own = OwnModels(gr.Dropdown(BASE))
    model_id = vae_studies.register("faces", study)
    (tmp_path / "x.png").write_bytes(b"no")
    for file in (None, "", str(tmp_path / "x.png"), str(tmp_path / "gone.png")):
        with pytest.raises(InputError):
            vae_upload.upload(file, model_id, [], own)


@pytest.fixture(scope="module")
def page() -> Iterator[str]:
    with (
        standing_in(small_study(), "digits-vae"),
        served("vae_explorer", "vae_page_of_files") as at,
    ):
        yield at


def uploaded(
    page: str, client: httpx.Client, name: str, data: bytes
) -> tuple[bool, dict[str, Any]]:
    """What the page answers to "My own picture" with a file."""
    stored = client.post(f"{page}/gradio_api/upload", files={"files": (name, data)}).json()[0]
    file = {"path": stored, "orig_name": name, "meta": {"_type": "gradio.FileData"}}
    (event,) = (e for e in endpoints(page, client) if "uploadbutton" in e.takes)
    given = {"uploadbutton": file, "dropdown": MODEL}
    session, _ = join(page, client, event.number, [given.get(kind) for kind in event.takes])
    done = [m for m in messages(page, client, session) if m["msg"] == "process_completed"]
    return done[0]["success"], done[0]["output"]


def test_files_of_every_kind_keep_their_shades_on_the_page(page: str) -> None:
    ramp = np.tile(np.linspace(0, 1, 16), (16, 1))
    sixteen = Image.fromarray((ramp * 65535).round().astype(np.uint16))
    eight = Image.fromarray((ramp * 255).round().astype(np.uint8))
    clear = Image.merge("LA", (eight, Image.new("L", (16, 16), 255)))
    files = {
        "16-bit.png": (sixteen, "PNG"),
        "16-bit.tiff": (sixteen, "TIFF"),
        "float.tif": (Image.fromarray(ramp.astype(np.float32)), "TIFF"),
        "plain.bmp": (eight, "BMP"),
        "palette.png": (eight.convert("P"), "PNG"),
        "clear.png": (clear, "PNG"),
        "printed.tiff": (eight.convert("CMYK"), "TIFF"),
    }
    with httpx.Client(timeout=120) as client:
        for name, (image, kind) in files.items():
            buffer = io.BytesIO()
            image.save(buffer, kind)
            success, output = uploaded(page, client, name, buffer.getvalue())
            assert success, (name, output)
            added = re.search(r"mine-[\w-]+", json.dumps(output))
            assert added, (name, output)
            picture = vae_studies.study(added[0]).images[-1, 0]
            assert len(np.unique(picture)) == 16, name
            assert np.abs(picture - ramp).max() < 0.01, name


def test_what_is_no_picture_is_answered_on_the_page(page: str) -> None:
    with httpx.Client(timeout=120) as client:
        for data in (b"hello", encoded(blob(0, 64))[:150], encoded(blob(0, 6)), b""):
            success, output = uploaded(page, client, "cat.png", data)
            assert not success and "icture" in output["error"], output


def test_generators_become_toasts_too():
    def counting():
        yield 1
        raise InputError("too few")

    steps = as_toasts(counting)()
    assert next(steps) == 1
    with pytest.raises(gr.Error, match="Too few"):
        next(steps)
    assert inspect.isgeneratorfunction(as_toasts(counting)), "gradio asks for that"
    assert not inspect.isgeneratorfunction(as_toasts(lambda: 1))


def test_a_page_loaded_anew_still_has_the_visitors_model(study):
    with gr.Blocks():
        own = OwnModels(gr.Dropdown(BASE))
    model_id, other = (vae_studies.register("faces", study) for _ in range(2))

    def kept(opened, *listed):
        return json.dumps({"open": opened, "list": json.dumps(listed)})

    again = own.again(kept(model_id, ("a", other), ("b", model_id)))
    assert again["entries"] == [("a", other), ("b", model_id)] and again["model"].value == model_id
    again = own.again(kept("digits-vae", ("a", other)))  # another page's model is open
    assert again["entries"] == [("a", other)]
    assert "value" not in again["model"].constructor_args, "the page stays where it is"
    assert again["model"].choices == [*BASE, ("a", other)]
    again = own.again(kept(model_id))
    assert again["entries"] == [(YOURS, model_id)] and again["model"].value == model_id
    again = own.again(kept("", *((f"m{i}", model_id) for i in range(20))))
    assert len(again["entries"]) == MOST
    for gone in ("", model_id[:-1], "digits-vae"):
        assert own.again(kept(gone, ("x", gone), ("y", "digits-vae"))) == {}
    for nonsense in (None, "", "x", "[]", "3", kept(None, 1), kept("", ("a",)), '{"list": 3}'):
        assert own.again(nonsense) == {}
