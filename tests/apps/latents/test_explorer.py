"""The VAE page as a server: every named endpoint through gradio_client, good input and bad.

Runs on ``digits-vae``; where a checkout has no weights, on a tiny random model in its place, since
what is tested here is the page, not what the model knows.
"""

from __future__ import annotations

import contextlib
import copy
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from page_server import served
from vae_page import MODEL, lacks, small_study, standing_in

pytestmark = pytest.mark.apps

NAME = "vae_page_of_endpoint_tests"
ENDPOINTS = {
    "/latent_map", "/decode", "/attribute", "/traverse", "/prototypes", "/contrast", "/anchor",
    "/rebuild_targets", "/train", "/evaluate_latents", "/attribute_many", "/effects",
    "/joint_effect",
}  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    stand_in = standing_in(small_study(120)) if lacks(MODEL) else contextlib.nullcontext()
    with stand_in, served("vae_explorer", NAME) as address:
        yield Client(address, verbose=False)


@pytest.fixture(scope="module")
def mapped(client: Client) -> dict:
    return client.predict(MODEL, "pca", api_name="/latent_map")


def test_endpoints_are_named_and_described_for_people_and_machines(client: Client) -> None:
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert set(described) == ENDPOINTS
    for endpoint in described.values():
        assert endpoint["description"]
    names = [p["parameter_name"] for p in described["/decode"]["parameters"]]
    assert names == ["model", "latents", "place", "projection"]


def test_a_map_comes_with_its_quality(mapped: dict) -> None:
    assert len(mapped["points"]) == mapped["n"] == len(mapped["labels"])
    assert 0 < mapped["trustworthiness"] <= 1 and 0 < mapped["continuity"] <= 1
    assert sum(mapped["explained_variance"]) == pytest.approx(1, abs=1e-6)
    assert mapped["made_by"]["seed"] == 0


def test_a_place_and_a_code_are_decoded(client: Client, mapped: dict) -> None:
    at = client.predict(MODEL, None, mapped["points"][3], api_name="/decode")
    assert at["image"].startswith("data:image/png") and at["far"] == pytest.approx(0, abs=1e-6)
    assert at["inverse_error"] == pytest.approx(mapped["inverse_error"])
    again = client.predict(MODEL, at["latents"], None, api_name="/decode")
    assert again["image"] == at["image"]


def test_traverse_starts_at_the_picture(client: Client) -> None:
    found = client.predict(MODEL, 2, [0, 1], 5, api_name="/traverse")
    assert found["latents"] == [0, 1] and len(found["images"][0]) == 5
    everything = client.predict(MODEL, 2, None, 3, api_name="/traverse")
    assert len(everything["images"]) == len(everything["origin"])


def test_an_attribution_is_complete(client: Client) -> None:
    found = client.predict(
        MODEL, 0, "latent", "integrated-gradients", 0, "", "middle", None, {"steps": 100},
        api_name="/attribute",
    )  # fmt: skip
    total = np.sum(found["values"])
    whole = found["output"] - found["base"]
    assert total == pytest.approx(whole, abs=0.02 * abs(whole) + 1e-4)


def test_examples_contrasts_and_anchors(client: Client) -> None:
    found = client.predict(MODEL, "", 3, api_name="/prototypes")
    assert 1 <= len(found["indices"]) <= 3 and len(found["pictures"]) == len(found["indices"])
    assert sum(found["shares"]) == pytest.approx(1)
    changed = client.predict(MODEL, 0, "negative", "class", "", 0.1, api_name="/contrast")
    assert len(changed["before"]) == len(changed["after"]) == len(changed["delta"])
    rule = client.predict(MODEL, 0, 0.5, 6, 0.9, api_name="/anchor")
    assert 0 <= rule["precision"] <= 1 and 0 <= rule["coverage"] <= 1
    rule = client.predict(MODEL, 0, 0.5, 6, 0.9, "class", api_name="/anchor")
    assert rule["says"].startswith("it is taken for") and rule["is_rule"] in (True, False)


def test_effects_and_summaries(client: Client) -> None:
    found = client.predict(MODEL, "error", [0, 1], 20, 4, api_name="/effects")
    assert {effect["latent"] for effect in found["effects"]} == {0, 1}
    both = client.predict(MODEL, 0, 1, "error", 20, 4, api_name="/joint_effect")
    assert both["latents"] == [0, 1] and both["unit"] == found["unit"]
    many = client.predict(MODEL, "elbo", "saliency", pictures=6, api_name="/attribute_many")
    assert len(many["values"]) == 6 and len(many["mean"]) == len(many["low"])


def test_targets_to_rebuild(client: Client) -> None:
    found = client.predict(MODEL, 2, 7, api_name="/rebuild_targets")["targets"]
    assert [t["seed"] for t in found] == [7, 8]
    assert all(0 < t["threshold"] <= 1 and t["target_image"] != t["start_image"] for t in found)


def test_a_model_is_measured(client: Client) -> None:
    found = client.predict(MODEL, 40, api_name="/evaluate_latents")
    assert len(found["models"]) == 1
    methods = next(iter(found["models"].values()))["methods"]
    assert {"saliency", "lrp"} <= {m["method"] for m in methods}


def test_a_zip_becomes_a_model(client: Client, tmp_path: Path) -> None:
    archive = tmp_path / "pictures.zip"
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(archive, "w") as out:
        for i in range(200):
            pixels = np.zeros((32, 32, 3), np.uint8)
            pixels[:, rng.integers(4, 28) :, i % 3] = 255
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "PNG")
            out.writestr(f"{'abc'[i % 3]}/{i}.png", file.getvalue())
    model, about = client.predict(handle_file(archive), 32, 4, 1, 1, 0, api_name="/train")
    with zipfile.ZipFile(model) as found:
        assert any(name.endswith("model.safetensors") for name in found.namelist())
    assert about["curve"]


@pytest.mark.parametrize("model", ["", "no-such-vae", "../../etc", "emoji-clip", "mine-x"])
def test_bad_models_get_a_message(client: Client, model: str) -> None:
    for call in (("pca", "/latent_map"), (2, "/rebuild_targets")):
        with pytest.raises(AppError, match="model|folder|contract"):
            client.predict(model, call[0], api_name=call[1])


def test_other_bad_values_get_a_message_too(client: Client, tmp_path: Path) -> None:
    for values, endpoint, says in (
        ((MODEL, "mds"), "/latent_map", "pca"),
        ((MODEL, [1.0], None), "/decode", "pass"),
        ((MODEL, None, None), "/decode", "either"),
        ((MODEL, 10**9), "/traverse", "picture"),
        ((MODEL, 1.5), "/traverse", "whole"),
        ((MODEL, -1, "latent", "saliency"), "/attribute", "picture"),
        ((MODEL, 0, "latent", "magic"), "/attribute", "no method"),
        ((MODEL, 0, "latent", "saliency", 10**6), "/attribute", "does not exist|latent"),
        ((MODEL, "no class"), "/prototypes", "class"),
        ((MODEL, 0), "/rebuild_targets", "1 to"),
        ((MODEL, 1), "/evaluate_latents", "20 to"),
    ):
        with pytest.raises(AppError, match=f"(?i){says}"):
            client.predict(*values, api_name=endpoint)
    (tmp_path / "no.zip").write_bytes(b"no zip at all")
    with pytest.raises(AppError, match="(?i)zip"):
        client.predict(handle_file(tmp_path / "no.zip"), 32, 4, 1, 1, 0, api_name="/train")


def test_the_sliders_are_answered_without_a_queue(client: Client) -> None:
    """What the browser's script asks: one function of one component, nothing else."""
    import sys

    demo = sys.modules[NAME].demo
    widget = next(b for b in demo.blocks.values() if getattr(b, "elem_id", "") == "gl-sliders")
    traversal = client.predict(MODEL, 1, None, 3, api_name="/traverse")
    asked = {
        "data": {"model": MODEL, "picture": 1, "places": traversal["origin"]},
        "component_id": widget._id,
        "fn_name": "steer",
        "session_hash": "tests",
    }
    url = f"{client.src.rstrip('/')}/gradio_api/component_server/"
    answer = httpx.post(url, json=asked, timeout=120).json()
    assert answer["image"].startswith("data:image/png")
    asked["data"] = {"model": "../..", "picture": 1, "places": []}
    assert set(httpx.post(url, json=asked, timeout=120).json()) == {"error"}


def test_session_state_can_be_copied(client: Client) -> None:
    import sys

    import gradio as gr

    demo = sys.modules[NAME].demo
    states = [b for b in demo.blocks.values() if isinstance(b, gr.State)]
    assert states
    for state in states:
        copy.deepcopy(state.value)
        assert state.time_to_live is not None


def test_what_the_page_does_by_itself_is_hidden_from_programs(client: Client) -> None:
    import sys

    demo = sys.modules[NAME].demo
    public = [f for f in demo.fns.values() if f.api_visibility == "public"]
    assert {f"/{f.api_name}" for f in public} == ENDPOINTS
