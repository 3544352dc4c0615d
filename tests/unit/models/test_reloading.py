"""A result's model once more: by its id, or the folder of that name and content."""

from __future__ import annotations

import shutil

import pytest

import genlens
import tiny_models
from genlens.cli.main import main
from genlens.errors import ModelError
from genlens.models import catalog
from genlens.models.reloading import load_again

pytestmark = pytest.mark.unit


def test_a_folder_is_found_by_its_name_and_content(tiny_sam_dir, tmp_path):
    mine = shutil.copytree(tiny_sam_dir, tmp_path / "one" / "mine")
    other = tiny_models.build_sam_folder(tmp_path / "two" / "mine", seed=1)
    first, second = (genlens.load(str(f), contract="Segmenter") for f in (mine, other))
    for model in (first, second):
        assert load_again("mine", model.card.revision, contract="Segmenter") is model
    assert load_again("mine", contract="Segmenter") is second  # used last
    with pytest.raises(ModelError, match="'mine' was a folder of somebody's own"):
        load_again("mine", "sha256:0000", contract="Segmenter")
    with pytest.raises(ModelError, match="somebody's own"):
        load_again("mine", contract="TextToImage")
    catalog.unload()
    with pytest.raises(ModelError, match="load it again by its path"):
        load_again("mine", first.card.revision, contract="Segmenter")


def test_more_can_be_asked_of_a_folders_explanation(
    tiny_pipeline_dir, tiny_clip_dir, tiny_sam_dir, capsys
):
    asked = ["--encoder", str(tiny_clip_dir), "--segmenter", str(tiny_sam_dir), "--noises", "2"]
    model = ["--model", str(tiny_pipeline_dir)]
    assert main(["check", "red cat", *model, *asked, "--removals", "delete", "neutral"]) == 0
    assert "OTHER NOISES" in capsys.readouterr().out
