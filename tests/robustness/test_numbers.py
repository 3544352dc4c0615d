"""What programs send in place of a number: each endpoint of each page answers in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from page_requests import outcomes
from page_server import missing_weights, served

pytestmark = [
    pytest.mark.robustness,
    pytest.mark.skipif(bool(missing_weights()), reason="needs the shipped weights"),
]

WRONG = (None, "", "abc", "NaN", 2.5, True, [], {}, -1, 10**12, [1, "x"])
USUAL = {"prompt": "cat", "model": "digits-vae", "picture": 0}
PYTHON = ("Traceback", "NoneType", "TypeError", "ValueError", "invalid literal", "cannot convert")


@dataclass(frozen=True)
class Field:
    """One number that an endpoint of ``page`` takes; ``right`` are usual values of all of them."""

    page: str
    number: int
    endpoint: str
    place: int
    name: str
    right: tuple[Any, ...]


@pytest.fixture(scope="module")
def pages() -> Iterator[tuple[str, ...]]:
    with (
        served("prompt_attribution", "numbers_prompts") as prompts,
        served("vae_explorer", "numbers_vae") as vae,
        served("anchor_browser", "numbers_anchors") as anchors,
        served("property_steering", "numbers_steering") as steering,
    ):
        yield prompts, vae, anchors, steering


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=240) as made:
        yield made


def fields(page: str, client: httpx.Client) -> Iterator[Field]:
    """Every number of every public endpoint of a page, as the page tells programs."""
    config = client.get(f"{page}/config").json()
    parts = {c["id"]: c for c in config["components"]}
    about = client.get(f"{page}/gradio_api/info").json()["named_endpoints"]
    for event in config["dependencies"]:
        if event["api_visibility"] != "public" or not event["backend_fn"]:
            continue
        takes = about[f"/{event['api_name']}"]["parameters"]
        # a picture may be the number of one, or a file
        usual = {n: v for n, v in USUAL.items() if n != "picture" or not _is_file(takes)}
        right = tuple(usual.get(p["parameter_name"], p.get("parameter_default")) for p in takes)
        for place, (part, told) in enumerate(zip(event["inputs"], takes, strict=True)):
            kind = str(told["python_type"]["type"])
            if parts[part]["type"] in ("number", "slider") or "float" in kind or "int" in kind:
                name = told["parameter_name"]
                yield Field(page, event["id"], event["api_name"], place, name, right)


def _is_file(takes: list[dict[str, Any]]) -> bool:
    return any(
        p["parameter_name"] == "picture" and "dict" in str(p["python_type"]["type"]) for p in takes
    )


def _with(usual: Sequence[Any], place: int, value: Any) -> list[Any]:
    return [*usual[:place], value, *usual[place + 1 :]]


def test_no_file_but_something_else_is_refused_in_words(
    pages: tuple[str, ...], client: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where a picture belongs, a number or a text; what is wrong with its form is said."""
    tried = 0
    for page in pages:
        config = client.get(f"{page}/config").json()
        parts = {c["id"]: c["type"] for c in config["components"]}
        for event in config["dependencies"]:
            if event["api_visibility"] != "public" or not event["backend_fn"]:
                continue
            kinds = [parts[part] for part in event["inputs"]]
            for place, kind in enumerate(kinds):
                if kind not in ("image", "file", "imageeditor", "gallery"):
                    continue
                values = (0, 1.5, "cat", ["cat"], {"url": 3}, {"path": None})
                sent = [_with([None] * len(kinds), place, value) for value in values]
                answers = outcomes(page, client, event["id"], sent)
                for value, said in zip(values, answers, strict=True):
                    tried += 1
                    assert '"success": false' in said, (event["api_name"], value)
                    assert '"error": null' not in said, (event["api_name"], value)
                    assert not any(word in said for word in PYTHON), (event["api_name"], value)
    out, err = capfd.readouterr()
    assert tried >= 18 and "Traceback" not in out + err


def test_numbers_that_are_none_are_refused_in_words(
    pages: tuple[str, ...], client: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    tried = []
    for field in (f for page in pages for f in fields(page, client)):
        sent = [_with(field.right, field.place, value) for value in WRONG]
        answers = outcomes(field.page, client, field.number, sent)
        for value, said in zip(WRONG, answers, strict=True):
            tried.append(f"{field.endpoint} {field.name} {value!r}")
            may_be_right = value is None or isinstance(value, float) or value in ([], {}, "")
            may_be_right |= field.name == "expected" and value == -1  # "the score falls"
            may_be_right |= "threshold" in field.name and type(value) is int  # any number
            assert may_be_right or '"success": false' in said, tried[-1]
            assert not any(word in said for word in PYTHON), f"{tried[-1]}: {said[-400:]}"
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    assert {line.split()[0] for line in tried} >= {
        *("explain_prompt", "generate", "train", "mix_styles", "generator_quality"),
    }
