"""The process that fits a map: what its end means, without waiting for a fit."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from genlens.errors import Cancelled, ModelError
from genlens.latents.maps import fit_process

pytestmark = pytest.mark.unit
SETTINGS = {"seed": 0, "neighbours": 5, "min_dist": 0.1, "epochs": 4}
ROWS = np.zeros((12, 3))


def instead(monkeypatch: pytest.MonkeyPatch, code: str) -> list[Path]:
    """Let the child run ``code`` with the job's folder in ``folder``; the folders it was given."""
    seen: list[Path] = []

    def command(folder: Path) -> list[str]:
        seen.append(folder)
        head = "import sys, time, pathlib; folder = pathlib.Path(sys.argv[1]); "
        return [sys.executable, "-c", head + code, str(folder)]

    monkeypatch.setattr(fit_process, "command", command)
    return seen


def test_points_and_epochs_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = instead(
        monkeypatch,
        "import numpy as np; print('1/4', flush=True); print('4/4', flush=True); "
        "rows = np.load(folder / 'rows.npy'); np.save(folder / 'points.npy', rows[:, :2] + 7)",
    )
    told: list[tuple[int, int]] = []
    points = fit_process.fit("umap", ROWS, SETTINGS, lambda d, t, _: told.append((d, t)))
    assert points.shape == (12, 2) and (points == 7).all() and points.dtype == np.float64
    assert told == [(0, 4), (1, 4), (4, 4)]
    assert not seen[0].exists(), "nothing is left behind"


def test_a_child_that_dies_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, "raise MemoryError('no room')")
    with pytest.raises(ModelError, match=r"code 1 .*no room.*take PCA"):
        fit_process.fit("umap", ROWS, SETTINGS)
    instead(monkeypatch, "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(ModelError, match="said nothing"):
        fit_process.fit("umap", ROWS, SETTINGS)
    instead(monkeypatch, "pass")
    with pytest.raises(ModelError, match="no map"):
        fit_process.fit("umap", ROWS, SETTINGS)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, "raise ModuleNotFoundError(\"No module named 'umap'\")")
    with pytest.raises(ModelError, match="pip install umap-learn"):
        fit_process.fit("umap", ROWS, SETTINGS)


def test_cancel_ends_the_child_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def remember(*args: object, **options: object) -> subprocess.Popen[str]:
        started.append(popen(*args, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(fit_process.subprocess, "Popen", remember)
    instead(monkeypatch, "print('1/4', flush=True); time.sleep(600)")
    told: list[int] = []
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        fit_process.fit(
            "umap", ROWS, SETTINGS, lambda done, *_: told.append(done), lambda: 1 in told
        )
    assert time.monotonic() - begun < 120
    assert started[0].poll() is not None, "it does not go on in the background"


def test_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_process, "PATIENCE_S", 0.5)
    instead(monkeypatch, "time.sleep(600)")
    with pytest.raises(ModelError, match="longer than"):
        fit_process.fit("umap", ROWS, SETTINGS)


def test_a_faulty_progress_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, "print('1/4', flush=True); time.sleep(600)")

    def broken(done: int, total: int, text: str) -> None:
        if done:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fit_process.fit("umap", ROWS, SETTINGS, broken)


def test_tsne_is_scikit_learns_and_tells_its_steps() -> None:
    from sklearn.manifold import TSNE

    rows = np.random.default_rng(0).normal(size=(60, 4))
    told: list[tuple[int, int]] = []
    points = fit_process.fit(
        "tsne", rows, {"seed": 3, "perplexity": 8.0}, lambda d, t, _: told.append((d, t))
    )
    theirs = TSNE(perplexity=8.0, init="pca", random_state=3).fit_transform(rows)
    assert np.allclose(points, theirs, atol=1e-3)
    assert told[0] == (0, 1000) and (50, 1000) in told and told[-1] == (1000, 1000)


def test_tsne_is_stopped_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        fit_process.subprocess,
        "Popen",
        lambda *args, **options: started.append(popen(*args, **options)) or started[-1],
    )
    rows = np.random.default_rng(0).normal(size=(3000, 8))  # takes half a minute
    told: list[int] = []
    with pytest.raises(Cancelled):
        fit_process.fit(
            "tsne", rows, {"seed": 0, "perplexity": 30.0},
            lambda d, *_: told.append(d), lambda: max(told, default=0) >= 50,
        )  # fmt: skip
    assert started[0].poll() is not None and max(told) < 1000
