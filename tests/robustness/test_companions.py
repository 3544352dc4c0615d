"""Which encoder and segmenter go with a model that is not the shipped one: from a local hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_hub import FakeHub, serve
from genlens.cli import main as cli
from genlens.errors import DownloadError
from genlens.models import catalog
from genlens.models.contracts import ModelCard
from genlens.prompts import companions
from genlens.prompts.explain import explain_prompt
from genlens.prompts.storage import load, save
from genlens.ui.prompts.linked import linked_html

pytestmark = pytest.mark.robustness


@pytest.fixture
def fake(
    tiny_pipeline_dir: Path,
    tiny_clip_dir: Path,
    tiny_sam_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FakeHub]:
    """A hub with tiny models, two of them in the place of those made for photographs."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "genlens"))
    of_photographs = {"ImageTextEncoder": "tiny/clip", "Segmenter": "tiny/sam"}
    monkeypatch.setattr(companions, "OF_PHOTOGRAPHS", of_photographs)
    repos = {"tiny/pipeline": tiny_pipeline_dir, "tiny/clip": tiny_clip_dir}
    catalog.unload()
    with serve(FakeHub({**repos, "tiny/sam": tiny_sam_dir})) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running
    catalog.unload()


def test_the_defaults_are_in_the_catalog() -> None:
    for names in (companions.OF_PHOTOGRAPHS, companions.OF_THE_WORLD):
        for contract, name in names.items():
            entry = catalog.find(name)
            assert entry is not None and entry.contract == contract


def test_a_hub_model_is_judged_and_cut_by_models_for_its_kind_of_picture(fake: FakeHub) -> None:
    result = explain_prompt("tiny/pipeline", "cat", noises=0)
    used = result.made_by.settings
    assert (used["encoder"], used["segmenter"]) == ("tiny/clip", "tiny/sam")
    assert used["similarity"] == "clip:tiny/clip" and result.notes == ()


def test_a_folder_too(fake: FakeHub, tiny_pipeline_dir: Path) -> None:
    used = explain_prompt(str(tiny_pipeline_dir), "cat", noises=0).made_by.settings
    assert (used["encoder"], used["segmenter"]) == ("tiny/clip", "tiny/sam")


def test_the_shipped_model_keeps_the_shipped_ones_and_asks_no_hub(fake: FakeHub) -> None:
    card = catalog.load("emoji-diffusion", contract="TextToImage").card
    encoder, about = companions.companion(card, None, "ImageTextEncoder")
    segmenter, more = companions.companion(card, None, "Segmenter")
    assert (encoder.card.id, segmenter.card.id) == ("emoji-clip", "emoji-sam")
    assert about == more == () and fake.requests == []


def test_where_they_cannot_be_had_the_result_the_page_and_the_cli_warn(
    fake: FakeHub, tiny_pipeline_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del fake.repos["tiny/clip"], fake.repos["tiny/sam"]
    result = explain_prompt(str(tiny_pipeline_dir), "cat", noises=0)
    used = result.made_by.settings
    assert (used["encoder"], used["segmenter"]) == ("emoji-clip", "emoji-sam")
    said = " ".join(result.notes)
    assert "emoji-clip" in said and "emoji-sam" in said and "tiny/clip could not be loaded" in said
    assert result.to_dict()["notes"] == list(result.notes)
    assert load(save(result, tmp_path / "stored.npz")).notes == result.notes
    assert "knows only drawings of the emoji world" in linked_html(result)
    assert cli.main(["explain", "cat", "--model", str(tiny_pipeline_dir)]) == 0
    assert "note: emoji-clip, which compares images and words here" in capsys.readouterr().out


def test_what_is_chosen_is_taken_or_refused_never_replaced(
    fake: FakeHub, tiny_pipeline_dir: Path, tiny_sam_dir: Path
) -> None:
    name = str(tiny_pipeline_dir)
    chosen = explain_prompt(
        name, "cat", encoder="emoji-clip", segmenter=str(tiny_sam_dir), noises=0
    )
    assert chosen.made_by.settings["encoder"] == "emoji-clip"
    assert len(chosen.notes) == 1 and "emoji-clip" in chosen.notes[0]  # a choice is warned of too
    with pytest.raises(DownloadError):
        explain_prompt(name, "cat", encoder="tiny/gone", noises=0)


def test_a_model_of_the_world_may_be_judged_by_any() -> None:
    world, photographs = ModelCard("a", "TextToImage"), ModelCard("b", "TextToImage", source="hub")
    shipped = ModelCard("emoji-clip", "ImageTextEncoder")
    other = ModelCard("x/y", "ImageTextEncoder", source="hub")
    assert companions.warnings_of(world, shipped, "ImageTextEncoder") == ()
    assert companions.warnings_of(photographs, other, "ImageTextEncoder") == ()
    assert len(companions.warnings_of(photographs, shipped, "ImageTextEncoder")) == 1
