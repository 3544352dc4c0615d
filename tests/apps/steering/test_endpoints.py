"""The page of property steering as a server: every named endpoint, and bad input."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import numpy as np
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image

from steering_page import served_steering

pytestmark = pytest.mark.apps


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Client, str]]:
    with served_steering("property_steering_of_endpoint_tests") as (address, model):
        yield Client(address, verbose=False), model


def pixels(uri: str) -> np.ndarray:
    data = base64.b64decode(uri.split(",", 1)[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=float) / 255


def test_endpoints_are_named_and_described_for_people_and_machines(
    served: tuple[Client, str],
) -> None:
    described = served[0].view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert {"/draw_faces", "/steering_choices"} <= set(described)
    assert all(endpoint["description"] for endpoint in described.values())


def test_the_choices_are_those_that_work(served: tuple[Client, str]) -> None:
    client, model = served
    listed = client.predict(api_name="/steering_choices")
    assert "avatars-vae" in listed["generators"]
    for each in listed["assessors"]:
        assert each["title"] and each["help"]
    first = listed["assessors"][0]["name"]
    assert len(client.predict(model, ["0"], first, api_name="/draw_faces")["scores"]) == 1


def test_brightness_is_the_mean_luma_of_the_picture(served: tuple[Client, str]) -> None:
    client, model = served
    found = client.predict(model, ["3", "4", "3*2,4"], "brightness", api_name="/draw_faces")
    luma = np.array([0.299, 0.587, 0.114])
    means = [(pixels(uri) @ luma).mean() for uri in found["pictures"]]
    assert np.allclose(found["scores"], means, atol=1 / 255)
    assert len(set(found["pictures"])) == 3


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ((["x"],), "names no face"),
        (([],), "name 1 to 64"),
        ((["0"] * 65,), "name 1 to 64"),
        (("0",), "pass a list"),
        ((None, "no-assessor"), "o assessor is called"),
        ((["mine-abc"],), "no longer here"),
        ((["0>1@2"],), "from 0 to 1"),
        ((["0*0"],), "number of layers"),
    ],
)
def test_bad_input_is_refused_in_words(
    served: tuple[Client, str], asked: tuple[object, ...], says: str
) -> None:
    client, model = served
    with pytest.raises(AppError, match=says):
        client.predict(model, *asked, api_name="/draw_faces")


@pytest.mark.parametrize("model", ["", "../../etc", "emoji-clip", "/etc", "a\0b"])
def test_only_generators_are_loaded(served: tuple[Client, str], model: str) -> None:
    with pytest.raises(AppError):
        served[0].predict(model, ["0"], api_name="/draw_faces")
