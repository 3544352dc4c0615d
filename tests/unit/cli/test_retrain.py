"""``genlens retrain`` and ``genlens evaluate anchors`` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from genlens.anchors.retraining import job as jobs
from genlens.anchors.retraining.results import Retraining
from genlens.cli.main import main
from genlens.zoo.recipes.vaes import digits_data

pytestmark = pytest.mark.unit


def few_digits(folder: Path | None = None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """In place of MNIST: 120 rings, 120 bars and 120 pictures of noise."""
    rng, grid = np.random.default_rng(0), np.indices((28, 28)) - 13.5
    labels = np.arange(360) % 3
    images = rng.integers(0, 40, (360, 28, 28))
    for i in np.flatnonzero(labels == 0):
        images[i] += np.where(np.abs(np.hypot(*grid) - rng.uniform(5, 10)) < 2, 200, 0)
    images[labels == 1] += np.where(np.abs(grid[1]) < 2, 200, 0)
    every = images.clip(0, 255).astype(np.uint8), labels.astype(np.uint8)
    return {"train": every, "test": (every[0][:60], every[1][:60])}


def test_a_line_that_was_interrupted_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C in the third training: exit status 130, and the same line does the rest."""
    monkeypatch.setattr(digits_data, "mnist", few_digits)
    line = ["retrain", str(tmp_path / "job"), "--seeds", "1", "--epochs", "1", "--groups", "0"]
    line += ["--json", str(tmp_path / "rows.json")]
    train, count = jobs.train_mlp_vae, [0]

    def interrupted(*args, **kwargs):  # type: ignore[no-untyped-def]
        count[0] += 1
        if count[0] == 3:
            raise KeyboardInterrupt
        return train(*args, **kwargs)

    monkeypatch.setattr(jobs, "train_mlp_vae", interrupted)
    assert main(line) == 130
    first = {p.name for p in (tmp_path / "job").glob("seed-*.json")}
    assert len(first) == 2 and not (tmp_path / "rows.json").exists()
    assert main(line) == 0
    rows = Retraining.read(json.loads((tmp_path / "rows.json").read_text(encoding="utf-8")))
    assert len(rows.originals) == 1 and len(rows.controls) == 2 and len(rows.shrunk) == 16
    trained = sum(row.kept > 0 for row in rows.shrunk) + 3  # an original and two controls
    assert count[0] == trained + 1  # only the interrupted one was begun twice
    shown = capsys.readouterr().out
    assert "Random less HIHE" in shown and "(control) a model of the digit one" in shown
    assert main([*line[:2], "--seeds", "2"]) == 2
    assert "other settings" in capsys.readouterr().err


def test_what_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for line, words in (
        (["evaluate", "anchors", "--n", "5"], "200 to 3000"),
        (["evaluate", "anchors", "--model", "digits-vae"], "its own two"),
        (["retrain", str(tmp_path / "a"), "--seeds", "1", "1"], "different"),
        (["retrain", str(tmp_path / "a"), "--json", str(tmp_path)], "is a folder"),
    ):
        assert main(line) == 2
        assert words in capsys.readouterr().err
