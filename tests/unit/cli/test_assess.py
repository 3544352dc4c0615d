"""``genlens assess`` and ``genlens classify``."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from genlens.cli.main import main

pytestmark = pytest.mark.unit


def pictures(place, colour, count=14):
    """A folder of noisy pictures of about one colour."""
    place.mkdir(parents=True)
    rng = np.random.default_rng(count + sum(colour))
    for i in range(count):
        pixels = np.clip(np.array(colour) + rng.integers(-9, 9, (20, 26, 3)) + i, 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(place / f"{i:02}.png")
    return place


def test_pictures_stand_in_the_order_of_the_first_assessor(tmp_path, capsys) -> None:
    place = pictures(tmp_path / "p", (60, 90, 30))
    (place / "broken.png").write_bytes(b"no picture")
    out = tmp_path / "scores.json"
    line = ["assess", str(place), "--by", "brightness", "--by", "redness", "--side", "16"]
    assert main([*line, "--json", str(out)]) == 0
    said = capsys.readouterr()
    rows = [row.split() for row in said.out.splitlines()[1:]]
    assert rows[0][0] == "13.png" and rows[-1][0] == "00.png"
    assert "left out: broken.png" in said.err
    found = json.loads(out.read_text())
    assert [row["picture"] for row in found["pictures"]] == [row[0] for row in rows]
    levels = [row["scores"]["brightness"] for row in found["pictures"]]
    assert levels == sorted(levels, reverse=True) and len(levels) == 14
    assert found["assessors"][1] == {
        "name": "redness", "title": "Redness", "unit": "-1 cyan to 1 red", "range": [-1, 1],
    }  # fmt: skip


def test_one_picture_and_the_list(tmp_path, capsys) -> None:
    place = pictures(tmp_path / "p", (60, 90, 30), 1)
    assert main(["assess", str(place / "00.png")]) == 0
    assert "00.png" in capsys.readouterr().out
    assert main(["assess"]) == 0
    listed = capsys.readouterr().out
    assert "colourfulness" in listed and "genlens fetch" in listed


def test_two_folders_become_an_assessor(tmp_path, capsys, monkeypatch) -> None:
    red, blue = (
        pictures(tmp_path / "red", (150, 40, 40)),
        pictures(tmp_path / "blue", (40, 40, 150)),
    )
    monkeypatch.chdir(tmp_path)
    line = ["classify", str(blue), str(red), "--out", "colours", "--epochs", "60"]
    assert main([*line, "--json", "report.json"]) == 0
    assert "kept back as" in capsys.readouterr().out
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["names"] == ["blue", "red"] and report["accuracy"]["value"] == 1
    assert main(["assess", str(red / "03.png"), "--by", "./colours"]) == 0
    score = float(capsys.readouterr().out.splitlines()[1].split()[-1])
    assert main(["assess", str(blue / "03.png"), "--by", "./colours"]) == 0
    assert float(capsys.readouterr().out.splitlines()[1].split()[-1]) < 0 < score
    assert main(line) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["assess", "PLACE", "--by", "beauty"], "no assessor is called 'beauty'"),
        (["assess", "PLACE", "--by", "memorability"], "genlens fetch resmem"),
        (["assess", "nowhere"], "nowhere"),
        (["assess", "PLACE", "--side", "4"], "--side is 4"),
        (["assess", "PLACE", "--by", "./nowhere"], "there is no folder"),
        (["classify", "PLACE", "--out", "x"], "only one class"),
        (["classify", "PLACE", "PLACE", "--out", "x"], "the same name"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, capsys, monkeypatch, line, words) -> None:
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    place = str(pictures(tmp_path / "p", (60, 90, 30)))
    assert main([place if each == "PLACE" else each for each in line]) == 2
    assert words in capsys.readouterr().err
