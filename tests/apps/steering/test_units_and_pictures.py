"""The endpoints of the tabs "Units" and "Your picture": right, and refusing bad input in words."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from steering_page import served_steering

pytestmark = pytest.mark.apps


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Client, str]]:
    with served_steering("property_steering_of_units_tests") as (address, model):
        yield Client(address, verbose=False), model


def pixels(uri: str) -> np.ndarray:
    data = base64.b64decode(uri.split(",", 1)[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=float) / 255


def sent(path: Path, image: Image.Image, **options: object) -> object:
    image.save(path, **options)
    return handle_file(str(path))


def test_units_are_found_painted_and_measured(served: tuple[Client, str]) -> None:
    client, model = served
    found = client.predict(model, "", "colours", 12, api_name="/find_units")
    assert found["layer"] in found["layers"]
    iou = np.array(found["iou"], float)
    assert iou.shape[1] == len(found["concepts"]) and 0 <= iou.min() <= iou.max() <= 1
    concept = found["concepts"][int(np.argmax(found["seen"]))]
    region = [[1, 0], [0, 0]]
    made = client.predict(
        model, "3", concept, [0, 1], True, region, "", "colours", api_name="/paint_units"
    )
    before, after = pixels(made["before"]), pixels(made["after"])
    moved = np.abs(before - after).mean(2)
    half = len(moved) // 2
    assert made["units"] == [0, 1] and moved[:half, :half].mean() >= moved[half:, half:].mean()
    effect = client.predict(model, concept, [0], 4, "", "colours", api_name="/unit_effect")
    assert effect["ablate"]["change"]["n"] == 4
    assert np.shape(effect["places"]["gained"]) == (5, 5)
    json.dumps(effect, allow_nan=False)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("0", "door"), "is no concept"),
        (("0", ""), "nothing says what to switch"),
        (("0", "", [99999]), "unit is 99999"),
        (("0", "", [1.5]), "whole number"),
        (("0", "", [0], False, [[0, 0]]), "region is empty"),
        (("0", "", [0], False, [[0, 2]]), "something else than 0 and 1"),
        (("0", "", [0], False, [[0], [0, 1]]), "different lengths"),
        (("0", "", [0], False, 3), "pass a list"),
        (("0", "", [0], False, None, "nope"), "no layer with units"),
        (("0", "", [0], False, None, "", "tastes"), "here are no concepts"),
    ],
)
def test_bad_paint_is_refused_in_words(
    served: tuple[Client, str], asked: tuple[object, ...], says: str
) -> None:
    client, model = served
    with pytest.raises(AppError, match=says):
        client.predict(model, *asked, api_name="/paint_units")


def test_a_drawn_face_is_found_again(served: tuple[Client, str], tmp_path: Path) -> None:
    client, model = served
    own = client.predict(model, ["9"], "brightness", api_name="/draw_faces")["pictures"][0]
    image = Image.fromarray((pixels(own) * 255).round().astype(np.uint8))
    found = client.predict(
        sent(tmp_path / "own.png", image), model, True, 60, api_name="/invert_picture"
    )
    assert not found["foreign"] and found["error"] <= found["limit"]
    assert len(found["losses"]) == 61 and found["losses"][-1] == pytest.approx(found["error"])
    drawn = client.predict(model, [found["face"]], "brightness", api_name="/draw_faces")
    assert np.abs(pixels(drawn["pictures"][0]) - pixels(found["picture"])).max() < 2 / 255
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    strange = client.predict(
        sent(tmp_path / "noise.png", noise), model, True, 60, api_name="/invert_picture"
    )
    assert strange["foreign"] and "foreign" in strange["verdict"]


def test_files_of_every_kind_are_read(served: tuple[Client, str], tmp_path: Path) -> None:
    client, model = served
    ramp = np.linspace(0, 1, 40 * 60).reshape(40, 60)
    colours = np.repeat((ramp * 255).astype(np.uint8)[..., None], 3, axis=2)
    kinds = {
        "sixteen.png": Image.fromarray((ramp * 65535).astype(np.uint16)),
        "float.tiff": Image.fromarray(ramp.astype(np.float32)),
        "palette.gif": Image.fromarray(colours).convert("P"),
        "clear.png": Image.fromarray(np.dstack([colours, colours[..., :1]])),
        "print.jpg": Image.fromarray(colours).convert("CMYK"),
        "odd.bmp": Image.fromarray(colours[:37, :41]),
    }
    for name, image in kinds.items():
        file = sent(tmp_path / name, image)
        found = client.predict(file, model, True, 1, api_name="/invert_picture")
        assert np.isfinite(found["error"]), name
        assert found["notes"], f"{name}: what was done to it is said"


def test_what_is_no_picture_is_refused(served: tuple[Client, str], tmp_path: Path) -> None:
    client, model = served
    text = tmp_path / "face.png"
    text.write_text("no picture")
    for file, steps, says in (
        (handle_file(str(text)), 5, "not a picture that can be read"),
        (None, 5, "o picture was given"),
        (sent(tmp_path / "ok.png", Image.new("RGB", (20, 20))), 0, "teps is 0"),
        (sent(tmp_path / "ok.png", Image.new("RGB", (20, 20))), 1001, "at most 1000"),
    ):
        with pytest.raises(AppError, match=says):
            client.predict(file, model, True, steps, api_name="/invert_picture")
