"""``genlens inside`` on a tiny pipeline: what it prints, writes and refuses."""

from __future__ import annotations

import json

import pytest

from genlens.cli.main import _parser, main
from genlens.prompts.inside.edit.rewrite import LAMBDA, MU

pytestmark = pytest.mark.unit


def test_the_defaults_are_those_of_python():
    args = _parser().parse_args(["inside", "edit", "cat", "dog", "a cat"])
    assert (args.lam, args.mu) == (LAMBDA, MU)


def test_layers_and_edits_are_printed_and_written(tiny_pipeline_dir, tmp_path, capsys):
    model = ["--model", str(tiny_pipeline_dir)]
    out, numbers = tmp_path / "layers.html", tmp_path / "layers.json"
    asked = ["inside", "layers", "a cat", "a dog", "--out", str(out), "--json", str(numbers)]
    assert main([*asked, *model]) == 0
    assert "all layers" in capsys.readouterr().out
    told = json.loads(numbers.read_text("utf-8"))
    assert len(told["towards"]) == len(told["windows"]) == len(told["layers"])
    assert out.read_text("utf-8").count("<img") == len(told["windows"]) + 2
    assert main(["inside", "edit", "cat", "dog", "a cat", "a car", *model]) == 0
    assert "of the way to “dog”" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["layers", "a cat", "a cat"], "the same"),
        (["layers", "a cat", "a dog", "--out", "x.png"], "ends in .html"),
        (["layers", "a cat", "a dog", "--window", "99"], "width of the window is 99"),
        (["edit", "cat", "dog", "a cat", "--lam", "0"], "lambda is 0"),
        (["features", "--layer", "99", "--scenes", "40"], "layer 99 is not there"),
        (["features", "--scenes", "3"], "scenes is 3"),
    ],
)
def test_what_cannot_be_asked_is_refused(tiny_pipeline_dir, capsys, asked, says):
    assert main(["inside", *asked, "--model", str(tiny_pipeline_dir)]) == 2
    assert says in capsys.readouterr().err
