"""``genlens compare`` on a folder of one's own, as it is typed."""

from __future__ import annotations

import json

import pytest

from genlens.cli.main import main

pytestmark = pytest.mark.unit


def test_two_prompts_are_compared_written_and_drawn(
    tiny_pipeline_dir, tiny_clip_dir, tmp_path, capsys
):
    out, numbers = tmp_path / "both.html", tmp_path / "both.json"
    asked = ["--model", str(tiny_pipeline_dir), "--encoder", str(tiny_clip_dir), "--noises", "2"]
    assert main(["compare", "a red cat", "a blue cat", *asked,
                 "--out", str(out), "--json", str(numbers)]) == 0  # fmt: skip
    said = capsys.readouterr().out
    assert "beyond noise" in said and "Control: the first image drawn a second time" in said
    written = json.loads(numbers.read_text())
    assert [pair["kind"] for pair in written["pairs"]] == ["kept", "swapped", "kept"]
    assert set(written["pairs"][1]["change"]) == {"value", "low", "high", "n", "left_out"}
    assert out.read_text("utf-8").count("<img") == 3 + 4


@pytest.mark.parametrize(
    ("more", "says"),
    [(["--noises", "1"], "2 to 30"), (["--out", "x.png"], "ends in .html"),
     (["--seed", "-1"], "seed"), (["--payoff", "vae", "--steps", "0"], "steps")],
)  # fmt: skip
def test_what_cannot_be_is_refused(more, says, tiny_pipeline_dir, tiny_clip_dir, capsys):
    asked = ["--model", str(tiny_pipeline_dir), "--encoder", str(tiny_clip_dir)]
    assert main(["compare", "a cat", "a dog", *asked, *more]) == 2
    assert says in capsys.readouterr().err
