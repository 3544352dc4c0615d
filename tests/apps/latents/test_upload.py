"""My own picture on the page, the visitor's list of models, and refusals of generators."""

from __future__ import annotations

import inspect

import gradio as gr
import numpy as np
import pytest

from genlens.errors import InputError
from genlens.models.pictures.picture import read_picture
from genlens.study.study import study_of
from genlens.ui import studies as vae_studies
from genlens.ui import uploads as vae_upload
from genlens.ui.messages import as_toasts
from genlens.ui.own_models import MOST, OwnModels
from own_pictures import blob, encoded
from tiny_vaes import conv_model

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
    assert (shown["picture"].value, shown["picture"].maximum) == (12, 12)
    assert len(vae_studies.study(added_id)) == 13 and len(vae_studies.study(model_id)) == 12
    note = shown["said"]
    assert "no. 12" in note and "cut to its centre" in note and "turned to grey" in note
    more = vae_upload.upload(str(tmp_path / "me.png"), added_id, shown["entries"], own)
    assert more["picture"].value == 13 and more["entries"][-1][0] == "faces + your picture 2"


def test_bad_uploads_change_nothing(study, tmp_path):
    with gr.Blocks():
        own = OwnModels(gr.Dropdown(BASE))
    model_id = vae_studies.register("faces", study)
    (tmp_path / "x.png").write_bytes(b"no")
    for file in (None, "", str(tmp_path / "x.png"), str(tmp_path / "gone.png")):
        with pytest.raises(InputError):
            vae_upload.upload(file, model_id, [], own)


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
