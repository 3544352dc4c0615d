"""`make mutants`: which deliberate errors does no test notice?

Each error of tests/mutants/*.toml is put into a copy of the checkout, one at a time, and the tests
named beside it are run there. An error that they do not notice has survived. The working tree is
only read. Tests run in processes forked from one that has imported the large libraries, which
takes half of the time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from mutants import ROOT, Mutant, mutants

_SAID = 100
PATIENCE_S = 900
"""An error that makes tests run for longer than this has been noticed."""
KILLED, SURVIVED, UNTESTED = "killed", "SURVIVED", "TESTS DID NOT RUN"


def main() -> int:
    """Run the errors that the command line asks for; 0 where every one was noticed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only", nargs="*", default=[""], help="errors whose list, name or file holds one of these"
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    parser.add_argument(
        "--trust", action="store_true", help="do not first see the tests pass without any error"
    )
    asked = parser.parse_args()
    chosen = [m for m in mutants() if any(word in f"{m} {m.path}" for word in asked.only)]
    with tempfile.TemporaryDirectory(prefix="genlens-mutants-") as scratch:
        copies: SimpleQueue[Path] = SimpleQueue()
        for i in range(max(1, asked.jobs)):
            copies.put(copy_of_checkout(Path(scratch) / str(i)))
        if not asked.trust and not all_pass(chosen, copies):
            print("the tests do not pass without any error: nothing can be said")
            return 2
        with ThreadPoolExecutor(max(1, asked.jobs)) as pool:
            verdicts = list(pool.map(lambda m: judged(m, copies), chosen))
    killed = verdicts.count(KILLED)
    print(f"\n{killed} of {len(chosen)} deliberate errors noticed")
    for mutant, verdict in zip(chosen, verdicts, strict=True):
        if verdict != KILLED:
            print(f"{verdict}: {mutant} ({mutant.path})")
    return 0 if killed == len(chosen) else 1


def copy_of_checkout(folder: Path) -> Path:
    """What git knows of the working tree, and what is new and not ignored, in ``folder``."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():  # a file may be deleted and git not told yet
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def all_pass(chosen: list[Mutant], copies: SimpleQueue[Path]) -> bool:
    """Whether the tests of all errors pass as long as there is none."""
    copy = copies.get()
    try:
        done = tested(copy, sorted({test for mutant in chosen for test in mutant.tests}), "-q")
        if done != 0:
            print(f"pytest ended with {done}")
        return done == 0
    finally:
        copies.put(copy)


def judged(mutant: Mutant, copies: SimpleQueue[Path]) -> str:
    """What becomes of one error, in a copy that is put right again afterwards."""
    copy = copies.get()
    started = time.monotonic()
    path = copy / mutant.path
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(mutant.applied(text), encoding="utf-8")
        done = tested(copy, mutant.tests, "-x", "-qq", "--no-header", "--tb=no", "-W", "ignore")
        verdict = {0: SURVIVED, 1: KILLED}.get(done, UNTESTED)
    finally:
        path.write_text(text, encoding="utf-8")
        copies.put(copy)
    print(f"{verdict:10}{time.monotonic() - started:5.0f} s  {mutant}", flush=True)
    return verdict


def tested(copy: Path, tests: list[str] | tuple[str, ...], *options: str) -> int:
    """pytest's exit status for ``tests`` in ``copy``; 1 where they take too long."""
    process = _FORKS.Process(target=_pytest, args=(copy, [*options, *tests]))
    process.start()
    process.join(PATIENCE_S)
    if process.is_alive():
        process.kill()
        process.join()
        return 1
    # Anything below is a process that ended before pytest said how it went.
    return (process.exitcode or 0) - _SAID if (process.exitcode or 0) >= _SAID else 70


def _pytest(copy: Path, arguments: list[str]) -> None:
    """In a process of its own: pytest on ``copy``, silent where it stops at the first failure."""
    os.chdir(copy)
    # A file that changes within a second and keeps its size would be read from its old bytecode.
    sys.dont_write_bytecode = True
    paths = [str(copy / "shared"), str(copy / "tests" / "helpers")]
    os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": os.pathsep.join(paths)}
    sys.path[:0] = paths
    if "-x" in arguments:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
    import pytest

    sys.exit(_SAID + int(pytest.main(["-p", "no:cacheprovider", *arguments])))


_LARGE = (
    "pytest", "torch", "scipy.stats", "sklearn.linear_model", "sklearn.manifold", "captum.attr",
    "skimage.segmentation", "lime.lime_image", "lime.lime_tabular", "shap",
)  # fmt: skip
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(list(_LARGE))

if __name__ == "__main__":
    sys.exit(main())
