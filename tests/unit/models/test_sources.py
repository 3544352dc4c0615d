"""What a model is kept under, and what its files have to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

import tiny_models
from genlens.errors import ModelError
from genlens.models import catalog, weights
from genlens.models.sources import Embedded, Fetched

pytestmark = pytest.mark.unit


def test_two_revisions_of_one_repository_are_two_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = {
        revision: tiny_models.build_sam_folder(tmp_path / revision, seed=seed)
        for seed, revision in enumerate(("first", "second"))
    }

    @dataclass(frozen=True)
    class Shelf:
        """A hub with these two revisions."""

        has_revisions: ClassVar[bool] = True
        revision: str

        def version(self) -> str:
            return self.revision

        def fetch(self) -> Fetched:
            return Fetched(folders[self.revision], self.revision)

    monkeypatch.setitem(catalog.SOURCES, "hub", lambda entry, revision: Shelf(revision))

    def load(revision: str):
        return catalog.load("someone/sam", contract="Segmenter", device="cpu", revision=revision)

    first, second = load("first"), load("second")
    assert first is not second and load("first") is first
    assert (first.card.revision, second.card.revision) == ("first", "second")
    catalog.unload()


def test_embedded_weights_are_those_that_the_catalog_pins(tiny_sam_dir: Path) -> None:
    right = weights.folder_sha256(tiny_sam_dir)
    assert Embedded("sam", tiny_sam_dir, right).fetch() == Fetched(tiny_sam_dir)
    assert Embedded("sam", tiny_sam_dir).fetch() == Fetched(tiny_sam_dir), "none is pinned"
    with pytest.raises(ModelError, match="weights of sam do not have the sha256 the catalog pins"):
        Embedded("sam", tiny_sam_dir, "0" * 64).fetch()
    with pytest.raises(ModelError, match="lacks the weights of sam"):
        Embedded("sam", tiny_sam_dir / "none", right).fetch()


def test_a_readme_changes_no_revision(tiny_sam_dir: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "sam"
    shutil.copytree(tiny_sam_dir, folder)
    before = weights.folder_sha256(folder)
    (folder / "README.md").write_text("# A model")
    assert weights.folder_sha256(folder) == before
    (folder / "vocab.json").write_text("{}")
    assert weights.folder_sha256(folder) != before
