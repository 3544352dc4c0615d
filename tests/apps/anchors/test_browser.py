"""The anchor browser as a server: every named endpoint through gradio_client, and bad input."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from anchor_page import MODEL, served_browser

pytestmark = pytest.mark.apps
ENDPOINTS = {
    "/score_anchors", "/group_anchors", "/select_anchors", "/slice_anchors", "/explain_anchor",
    "/own_samples", "/score_pictures", "/evaluate_anchors",
}  # fmt: skip
SET = "studied"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with served_browser("anchor_browser_of_endpoint_tests") as address:
        yield Client(address, verbose=False)


def array(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


@pytest.fixture(scope="module")
def scored(client: Client) -> dict:
    found = client.predict(MODEL, SET, None, api_name="/score_anchors")
    found["values"] = array(found["values"], "<f4").reshape(found["n"], -1)
    found["labels"] = array(found["labels"], "<i2")
    return found


def test_endpoints_are_named_and_described_for_people_and_machines(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(described) == ENDPOINTS
    assert all(endpoint["description"] for endpoint in described.values())


def test_scores_come_with_thresholds_units_and_who_made_them(scored: dict) -> None:
    assert {"kld", "mse"} <= set(scored["criteria"]) and len(scored["units"]) >= 2
    assert np.isfinite(scored["values"]).all()
    for line in scored["thresholds"].values():
        assert line["low"] <= line["value"] <= line["high"]
    assert scored["made_by"]["model"]


def test_groups_are_those_of_the_thresholds_by_hand(client: Client, scored: dict) -> None:
    found = client.predict(MODEL, SET, "kld", "mse", 20.0, 30.0, api_name="/group_anchors")
    x, y = (scored["values"][:, scored["criteria"].index(c)] for c in ("kld", "mse"))
    wanted = 2 * (x >= np.float32(20)) + (y >= np.float32(30))
    assert np.array_equal(array(found["group"], "u1"), wanted)
    for g, row in enumerate(found["counts"]):
        assert sum(row) == (wanted == g).sum()
    own = client.predict(MODEL, SET, "kld", "mse", None, None, api_name="/group_anchors")
    assert own["intrinsic"]["form"] != "chosen" and found["intrinsic"]["form"] == "chosen"


def test_representatives_keep_their_guarantee(client: Client, scored: dict) -> None:
    found = client.predict(MODEL, SET, "all", 5, api_name="/select_anchors")
    assert len(set(found["ids"])) == len(found["pictures"]) == len(found["reconstructions"]) == 5
    assert found["bound"] <= found["objective"] <= 2 * found["bound"] + 1e-9 and found["guarantee"]
    points = np.stack([scored["values"][:, scored["criteria"].index(c)] for c in ("kld", "mse")], 1)
    points = (points - points.mean(0)) / points.std(0)
    away = np.linalg.norm(points[:, None] - points[found["rows"]][None], axis=2).min(1)
    assert away.max() == pytest.approx(found["objective"], rel=1e-3)


def test_a_slice_is_the_lowest_by_one_sorted_by_the_other(client: Client, scored: dict) -> None:
    found = client.predict(MODEL, SET, "kld", "mse", 0.1, api_name="/slice_anchors")
    kld, mse = (scored["values"][:, scored["criteria"].index(c)] for c in ("kld", "mse"))
    rows = np.array(found["rows"])
    assert len(rows) == round(0.1 * len(kld)) and (np.diff(mse[rows]) >= 0).all()
    assert kld[rows].max() <= np.delete(kld, rows).min()
    assert len(found["pictures"]) == len(found["places"]) <= 100


def test_an_anchor_is_explained_in_one_sentence(client: Client) -> None:
    found = client.predict(MODEL, 7, SET, api_name="/explain_anchor")
    assert found["why"].count(".") >= 1 and found["group"] in found["why"]
    assert found["picture"].startswith("data:image/png") and len(found["latents"]) > 0


def test_own_samples_are_the_same_for_the_same_seed(client: Client) -> None:
    one, two = (client.predict(MODEL, "kld", "mse", 5, 3, api_name="/own_samples") for _ in "ab")
    other = client.predict(MODEL, "kld", "mse", 5, 4, api_name="/own_samples")
    assert one["values"] == two["values"] != other["values"] and len(one["pictures"]) == 5


def archive(tmp_path: Path, pictures: list[Image.Image], name: str = "mine.zip") -> str:
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as file:
        for i, picture in enumerate(pictures):
            data = io.BytesIO()
            picture.save(data, "PNG")
            file.writestr(f"{'ab'[i % 2]}/{i}.png", data.getvalue())
    return str(path)


def test_mixed_sizes_colours_and_depths_become_anchors(client: Client, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = [
        Image.fromarray(rng.integers(0, 255, (20 + i, 31, 3), dtype=np.uint8)) for i in range(6)
    ]
    pictures += [Image.fromarray(rng.integers(0, 255, (40, 17), dtype=np.uint8)) for _ in range(6)]
    pictures += [Image.fromarray(rng.integers(0, 2**16, (30, 30), dtype=np.uint16))]
    found = client.predict(
        handle_file(archive(tmp_path, pictures)), MODEL, None, api_name="/score_pictures"
    )
    assert found["n"] == 13 and found["names"] == ["a", "b"]


@pytest.mark.parametrize(
    ("endpoint", "arguments", "said"),
    [
        ("/score_anchors", ("no-such-model", "", None), "no-such-model"),
        ("/score_anchors", (MODEL, "no-such-set", None), "no anchor set 'no-such-set'"),
        ("/score_anchors", (MODEL, SET, ["beauty"]), "no criterion 'beauty'"),
        ("/score_anchors", (MODEL, SET, "kld"), "pass a list"),
        ("/group_anchors", (MODEL, SET, "mse", "kld", None, None), "is extrinsic"),
        ("/group_anchors", (MODEL, SET, "kld", "mse", "nan", 3), "type a number"),
        ("/group_anchors", (MODEL, SET, "kld", "mse", "abc", 3), "type a number"),
        ("/select_anchors", (MODEL, SET, "HILF", 5), "no group 'HILF'"),
        ("/select_anchors", (MODEL, SET, "all", 0), "take 1 to 100"),
        ("/select_anchors", (MODEL, SET, "all", 2.5), "whole number"),
        ("/select_anchors", (MODEL, SET, "all", 5, "magic"), "no method 'magic'"),
        ("/select_anchors", (MODEL, SET, "all", 5, "k-center", "dreams"), "no space 'dreams'"),
        ("/select_anchors", (MODEL, SET, "picked", 5), "empty"),
        ("/slice_anchors", (MODEL, SET, "kld", "mse", 2), "share"),
        ("/explain_anchor", (MODEL, 10**7, SET), "no anchor has number"),
        ("/own_samples", (MODEL, "kld", "mse", 10**6, 0), "1 to 2,000"),
    ],
)
def test_bad_input_is_refused_in_words(
    client: Client, endpoint: str, arguments: tuple, said: str
) -> None:
    with pytest.raises(AppError, match=f"(?i){said}"):
        client.predict(*arguments, api_name=endpoint)


def test_k_larger_than_the_group_names_both(client: Client) -> None:
    found = client.predict(MODEL, SET, "kld", "mse", None, None, api_name="/group_anchors")
    sizes = [sum(row) for row in found["counts"]]
    small = min((n, g) for g, n in enumerate(sizes) if n)
    if small[0] >= 100:
        pytest.skip("every group is larger than the most that can be asked for")
    with pytest.raises(AppError, match=f"the group has {small[0]} anchors"):
        client.predict(
            MODEL, SET, found["groups"][small[1]], small[0] + 1, api_name="/select_anchors"
        )


def test_no_archive_is_refused_in_words(client: Client) -> None:
    with pytest.raises(AppError, match="ZIP file"):
        client.predict(None, MODEL, None, api_name="/score_pictures")


@pytest.mark.parametrize("kind", ["few", "none", "text"])
def test_bad_archives_are_refused_in_words(client: Client, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bad.zip"
    if kind == "text":
        path.write_text("no archive")
    else:
        archive(tmp_path, [Image.new("L", (9, 9))] * (3 if kind == "few" else 0), "bad.zip")
    with pytest.raises(AppError):
        client.predict(handle_file(str(path)), MODEL, None, api_name="/score_pictures")
