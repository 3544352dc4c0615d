"""``genlens steer``: one real run on a shipped decoder, and what it refuses."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from genlens.cli.main import main
from genlens.cli.steer import METHODS, layers_of
from genlens.errors import InputError
from genlens.steering.directions.methods import DIRECTION_METHODS

pytestmark = pytest.mark.unit


def test_a_direction_is_found_and_written(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    png, numbers = tmp_path / "strip.png", tmp_path / "all.json"
    status = main(
        ["steer", "avatars-vae", "brightness", "--method", "logistic", "--n", "200",
         "--faces", "3", "--watch", "contrast", "--out", str(png), "--json", str(numbers)]
    )  # fmt: skip
    assert status == 0
    said = capsys.readouterr().out
    assert "never turns back" in said and "contrast" in said and "alpha ends at" in said
    found = json.loads(numbers.read_text())
    assert found["curve"]["slope"]["value"] > 0 and found["direction"]["target"] == "brightness"
    assert set(found["leakage"]["leaks"]) == {"contrast"}
    with Image.open(png) as picture:
        assert picture.width > 800 and picture.height > 300


def test_each_class_gets_a_direction_of_its_own(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    png, numbers = tmp_path / "strip.png", tmp_path / "all.json"
    status = main(
        ["steer", "digits-cvae", "brightness", "--method", "ganalyze", "--classes", "1", "8",
         "--space", "latents", "--steps", "12", "--faces", "2", "--out", str(png),
         "--json", str(numbers)]
    )  # fmt: skip
    assert status == 0
    said = capsys.readouterr().out
    assert said.index("class 1\n") < said.index("class 8\n")
    found = json.loads(numbers.read_text())["classes"]
    rows = [found[name]["direction"]["vector"] for name in ("class 1", "class 8")]
    assert rows[0] != rows[1], "they were trained on pictures of one class each"
    assert not png.exists()
    for name in ("strip-class-1.png", "strip-class-8.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.width > 800


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["avatars-vae", "--method", "ganalyze", "--classes", "1"], "has no classes"),
        (["digits-cvae", "--classes", "1"], "not svm"),
        (["digits-cvae", "--method", "ganalyze", "--classes", "10"], "0 to 9"),
    ],
)
def test_classes_that_cannot_be(more, says, capsys) -> None:  # type: ignore[no-untyped-def]
    model, *rest = more
    assert main(["steer", model, "brightness", *rest]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--steps", "20"], "ganalyze"),
        (["--faces", "1"], "2 to 500"),
        (["--layers", "3-1"], "--layers"),
        (["--out", "x.gif"], ".png"),
        (["--hold", "nothing"], "o assessor"),
        (["--n", "3"], "number of pictures"),
    ],
)
def test_what_it_refuses(more, says, capsys) -> None:  # type: ignore[no-untyped-def]
    assert main(["steer", "avatars-vae", "brightness", *more]) == 2
    assert says in capsys.readouterr().err


def test_layers_as_text() -> None:
    assert layers_of(None) is None
    assert layers_of("5") == [5] and layers_of("0-3") == [0, 1, 2, 3]
    for wrong in ("", "a", "3-", "-1", "1-2-3"):
        with pytest.raises(InputError):
            layers_of(wrong)


def test_the_command_knows_every_method() -> None:
    """It lists them itself, so that the command line starts without numpy."""
    assert set(METHODS) == set(DIRECTION_METHODS)
