"""t-SNE and UMAP in a process of their own, which can be stopped at any moment and can fail alone.

Neither library can be asked to stop: a process can be. And after umap's numba threads have run in a
process, torch in several Python threads of it hangs for good (seen with umap-learn 0.5.12, numba's
workqueue layer and torch 2.13). So the fit is done by ``python -m genlens.latents.maps.fit_process
FOLDER``, which finds ``rows.npy`` and ``settings.json`` there, prints a line "done/total" now and
then, and leaves ``points.npy``.
"""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import IO, Any

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, ModelError

TITLES = {"tsne": "t-SNE", "umap": "UMAP"}
TSNE_STEPS = 1000
PATIENCE_S = 900.0
"""A fit that takes longer is given up."""
_ASK_S = 0.2  # how often cancel is asked while no step ends
_LINE = re.compile(r"(\d+)/(\d+)")
_TSNE_LINE = re.compile(r"Iteration (\d+):()")


def fit(
    method: str,
    rows: np.ndarray,
    settings: dict[str, Any],
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> np.ndarray:
    """Points (n, 2) float64 of ``rows`` (n, d) by "tsne" or "umap"; see ``projections``.

    Raises:
        Cancelled: ``cancel()`` said so; the process is gone.
        ModelError: the process ended without an answer, or took longer than 15 minutes.
    """
    title, steps = TITLES[method], int(settings["epochs"] if method == "umap" else TSNE_STEPS)
    with tempfile.TemporaryDirectory(prefix="genlens-map-") as name:
        folder = Path(name)
        np.save(folder / "rows.npy", rows)
        (folder / "settings.json").write_text(json.dumps({"method": method, **settings}), "utf-8")
        if progress is not None:
            progress(0, steps, f"{title}: starting")
        with (folder / "errors.txt").open("w+", encoding="utf-8") as errors:
            process = subprocess.Popen(
                command(folder), stdout=subprocess.PIPE, stderr=errors, text=True, env=_env()
            )
            try:
                _follow(process, title, progress, cancel)
            finally:
                process.kill()  # nothing happens where it has ended by itself
                process.wait()
            if process.returncode != 0 or not (folder / "points.npy").is_file():
                errors.seek(0)
                raise ModelError(_said(title, errors.read(), process.returncode))
        return np.load(folder / "points.npy", allow_pickle=False).astype(np.float64)


def command(folder: Path) -> list[str]:
    """What is run for the job in ``folder``."""
    return [sys.executable, "-m", "genlens.latents.maps.fit_process", str(folder)]


def _env() -> dict[str, str]:
    """This process's environment, in which the child finds the same genlens."""
    source = str(Path(__file__).resolve().parents[3])
    paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _follow(
    process: subprocess.Popen[str], title: str, progress: Progress | None, cancel: Cancel | None
) -> None:
    """Pass on the steps until the process has said its last word."""
    assert process.stdout is not None  # it was asked for
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
    end = time.monotonic() + PATIENCE_S
    while True:
        if cancel is not None and cancel():
            raise Cancelled(f"stopped while {title} was running")
        if time.monotonic() > end:
            raise ModelError(
                f"{title} took longer than {PATIENCE_S / 60:.0f} minutes and was stopped: take "
                "fewer pictures, or PCA"
            )
        try:
            line = lines.get(timeout=_ASK_S)
        except queue.Empty:
            continue
        if line is None:
            break
        step = _LINE.search(line)
        if step is not None and progress is not None:
            done, total = int(step[1]), int(step[2])
            progress(done, total, f"{title}: step {done:,} of {total:,}")
    process.wait(timeout=60)


def _read(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


def _said(title: str, errors: str, code: int) -> str:
    last = errors.strip().splitlines()[-1:] or ["it said nothing"]
    if "No module named 'umap'" in errors:
        return "UMAP needs the package umap-learn: pip install umap-learn, or take PCA or t-SNE"
    return (
        f"{title}'s process ended with code {code} and no map ({last[0][:300]}): take PCA, or "
        "fewer pictures"
    )


class _Steps:
    """A file for what a library prints while it works: each ``pattern`` found in it becomes a line
    "done/total" on ``out``, all else is dropped."""

    def __init__(self, out: IO[str], pattern: re.Pattern[str], total: int) -> None:
        self._out, self._pattern, self._total = out, pattern, total

    def write(self, text: str) -> int:
        for done, total in self._pattern.findall(text):
            self._out.write(f"{done}/{total or self._total}\n")
            self._out.flush()
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


def main(folder: Path) -> None:
    """The child's work: fit the job in ``folder``."""
    settings = json.loads((folder / "settings.json").read_text("utf-8"))
    rows = np.load(folder / "rows.npy", allow_pickle=False)
    points = (_umap if settings["method"] == "umap" else _tsne)(rows, settings)
    np.save(folder / "unfinished.npy", np.asarray(points, dtype=np.float64))
    (folder / "unfinished.npy").rename(folder / "points.npy")


def _tsne(rows: np.ndarray, settings: dict[str, Any]) -> np.ndarray:
    from sklearn.manifold import TSNE

    fitted = TSNE(
        perplexity=settings["perplexity"],
        init="pca",
        max_iter=TSNE_STEPS,
        random_state=settings["seed"],
        verbose=2,  # it prints every 50th step
    )
    with redirect_stdout(_Steps(sys.stdout, _TSNE_LINE, TSNE_STEPS)):
        return np.asarray(fitted.fit_transform(rows))


def _umap(rows: np.ndarray, settings: dict[str, Any]) -> np.ndarray:
    """Neighbours are searched here, exactly: umap-learn's own search is an approximation, and 30 s
    of compiling and searching for 10,000 codes where this takes 1 s."""
    import warnings

    from sklearn.neighbors import NearestNeighbors
    from umap import UMAP

    rows = rows.astype(np.float32)
    # UMAP warns that such a map cannot place further codes, which is not needed here.
    warnings.filterwarnings("ignore", message="precomputed_knn")
    near = NearestNeighbors(n_neighbors=settings["neighbours"]).fit(rows)
    distances, indices = near.kneighbors(rows)
    epochs = settings["epochs"]
    fitted = UMAP(
        n_neighbors=settings["neighbours"],
        min_dist=settings["min_dist"],
        n_epochs=epochs,
        init="pca",  # keeps the large shape, as for t-SNE (Kobak & Linderman 2021)
        random_state=settings["seed"],
        n_jobs=1,  # what a fixed seed means to umap-learn; said here, it does not warn
        precomputed_knn=(indices.astype(np.int32), distances.astype(np.float32)),
        tqdm_kwds={
            "disable": False,
            "file": _Steps(sys.stdout, _LINE, epochs),
            "bar_format": "{n}/{total}",
        },
    )
    return np.asarray(fitted.fit_transform(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
