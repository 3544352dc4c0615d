"""Hypotheses through the page's endpoints: verdicts, ids that stay, and bad input."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from steering_page import served_steering

pytestmark = pytest.mark.apps


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Client, str]]:
    with served_steering("property_steering_of_hypothesis_tests") as (address, model):
        yield Client(address, verbose=False), model


def test_a_verdict_comes_with_its_numbers_and_a_permanent_id(served: tuple[Client, str]) -> None:
    client, _ = served
    # colours taken away: brightness stays, by arithmetic
    one = client.predict("picture:grey", "brightness", n=12, api_name="/test_hypothesis")
    assert one["verdict"]["answer"] == "contradicted"
    assert abs(one["verdict"]["effect"]["value"]) < 1e-3
    assert one["id"] in one["citation"] and len(one["verdict"]["changes"]) == 12
    # brighter by a quarter, and the assessor is brightness
    lighter = client.predict(
        "picture:brightness@whole_picture=-0.25", "brightness", n=12, expected=-1,
        claim="it falls", api_name="/test_hypothesis",
    )  # fmt: skip
    assert lighter["verdict"]["answer"] in ("supported", "undecided")  # its control does as much
    assert lighter["verdict"]["effect"]["value"] < -0.1
    again = client.predict("picture:grey", "brightness", n=12, api_name="/test_hypothesis")
    assert again["id"] == one["id"] != lighter["id"]


def test_styles_of_the_pages_generator_can_be_swapped(served: tuple[Client, str]) -> None:
    client, model = served
    found = client.predict("styles:0-1=3", "brightness", model, n=12, api_name="/test_hypothesis")
    assert found["verdict"]["made_by"]["settings"]["edit"]["layers"] == [0, 1]
    assert found["verdict"]["effect"]["n"] + sum(
        found["verdict"]["effect"]["left_out"].values()
    ) == 12  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"edit": "wings"}, "names no edit"),
        ({"edit": "styles:0-1=3", "model": "avatars-vae"}, "one layer"),
        ({"edit": "styles:0-1=3"}, "No generator is chosen"),
        ({"assessor": "nobody"}, "No assessor"),
        ({"n": 5}, "12 to"),
        ({"n": 501}, "12 to 500"),
        ({"n": 12.5}, "whole number"),
        ({"n": None}, "whole number"),
        ({"expected": 0.5}, "Expected is 0.5"),
        ({"least": 0}, "above 0"),
        ({"least": True}, "type a number"),
        ({"seed": -1}, "Seed is -1"),
    ],
)
def test_bad_input_is_refused_in_words(
    served: tuple[Client, str], asked: dict[str, object], says: str
) -> None:
    given = {"edit": "colour", "assessor": "brightness", "n": 12, **asked}
    with pytest.raises(AppError, match=says):
        served[0].predict(**given, api_name="/test_hypothesis")


def test_the_ready_cases_are_listed_with_what_to_look_for(served: tuple[Client, str]) -> None:
    found = served[0].predict(api_name="/hypothesis_choices")
    assert {"mouth", "glasses", "hair", "skin", "colour", "form"} <= {
        case["name"] for case in found["cases"]
    }
    assert all(case["claim"] and case["learn"] for case in found["cases"])
