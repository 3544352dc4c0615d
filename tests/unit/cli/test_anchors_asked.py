"""``genlens anchors`` and ``genlens map`` of a generator, which has no encoder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genlens.cli.main import main
from genlens.models.generators.stylegan2.files import save
from steering_page import small_stylegan

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> tuple[str, str]:
    """A generator's folder, and one of twelve pictures in two classes."""
    top = tmp_path_factory.mktemp("asked")
    save(top / "gan", small_stylegan(), None, {})
    rng = np.random.default_rng(0)
    for kind in ("a", "b"):
        (top / "pictures" / kind).mkdir(parents=True)
        for i in range(6):
            pixels = rng.integers(0, 256, (20, 16, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(top / "pictures" / kind / f"{i}.png")
    return str(top / "gan"), str(top / "pictures")


def test_a_generator_is_asked_and_its_cost_told_first(places, tmp_path, capsys) -> None:
    gan, pictures = places
    out = tmp_path / "found.json"
    assert main(["anchors", gan, "--set", pictures, "--n", "8", "--json", str(out)]) == 0
    said = capsys.readouterr()
    assert "8 anchors and 100 pictures of its own ×" in said.err and "minutes" in said.err
    assert "threshold of inversion" in said.out and "100 samples" in said.out
    found = json.loads(out.read_text())
    assert found["criteria"] == ["inversion", "mse"] and len(found["ids"]) == 8
    assert found["made_by"]["settings"]["steps"] == 30


def test_more_than_the_operator_allows_is_refused(places, monkeypatch, capsys) -> None:
    gan, pictures = places
    monkeypatch.setenv("GENLENS_MAX_SECONDS", "0.001")
    assert main(["anchors", gan, "--set", pictures, "--n", "4"]) == 2
    assert "104 pictures ×" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["kld", "nonsense"])
def test_what_a_generator_cannot_be_asked_is_told_before_anything_is_timed(
    places, capsys, name: str
) -> None:
    gan, pictures = places
    assert main(["anchors", gan, "--set", pictures, "--intrinsic", name]) == 2
    assert "×" not in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--n", "--samples"])
def test_none_at_all_is_refused_and_does_not_mean_the_default(places, capsys, option: str) -> None:
    gan, pictures = places
    for model in (gan, "zeros-vae"):
        assert main(["anchors", model, "--set", pictures, option, "0"]) == 2, model
        said = capsys.readouterr().err
        assert "is 0: pass a whole number" in said and "Traceback" not in said


def test_its_styles_are_mapped(places, tmp_path: Path, capsys) -> None:
    gan, pictures = places
    assert main(["map", gan, "--n", "40", "--out", str(tmp_path / "map.svg")]) == 0
    assert "draws itself" in capsys.readouterr().out
    assert main(["map", gan, "--pictures", pictures]) == 2
    assert "no encoder" in capsys.readouterr().err
