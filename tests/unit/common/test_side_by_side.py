"""Work in several processes: what comes back, in which order, and how it ends."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from genlens.common.side_by_side import side_by_side, threads_each
from genlens.errors import Cancelled

pytestmark = pytest.mark.unit


def test_answers_come_in_the_order_of_the_tasks_from_other_processes() -> None:
    assert list(side_by_side(math.pow, [(3, 2), (5, 2), (2, 3)], 2)) == [9, 25, 8]
    workers = set(side_by_side(os.getpid, [()], 1))
    assert len(workers) == 1 and os.getpid() not in workers


def test_each_process_takes_its_share_of_the_cores() -> None:
    assert threads_each(1) == (os.cpu_count() or 1) and threads_each(10_000) == 1
    assert list(side_by_side(torch.get_num_threads, [()], 1)) == [threads_each(1)]


def test_what_fails_is_raised_here() -> None:
    with pytest.raises(ValueError, match="math domain error"):
        list(side_by_side(math.sqrt, [(-1,)], 1))


_CALLER = """
import time
from genlens.common.side_by_side import side_by_side
from test_side_by_side import name_and_sleep
if __name__ == "__main__":
    list(side_by_side(name_and_sleep, [({path!r},)], 1))
"""


def name_and_sleep(path: str) -> None:
    """Leave the number of this process in a file, and be busy."""
    Path(path).write_text(str(os.getpid()))
    time.sleep(300)


def _ends(process: int) -> bool:
    for _ in range(600):
        try:
            os.kill(process, 0)  # asks only whether it is there
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def _number(path: Path) -> int:
    for _ in range(1200):
        if path.is_file() and (text := path.read_text()):
            return int(text)
        time.sleep(0.1)
    raise AssertionError("nothing was begun")


def test_who_kills_the_caller_ends_the_work(tmp_path: Path) -> None:
    path, here = tmp_path / "number", Path(__file__)
    folders = [str(here.parent), str(here.parents[3] / "shared")]
    (tmp_path / "caller.py").write_text(_CALLER.format(path=str(path)))
    caller = subprocess.Popen(
        [sys.executable, str(tmp_path / "caller.py")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
    )
    worker = _number(path)
    caller.kill()
    caller.wait()
    assert _ends(worker)


def test_a_stop_ends_what_is_being_worked_on(tmp_path: Path) -> None:
    path = tmp_path / "number"
    with pytest.raises(Cancelled):
        list(side_by_side(name_and_sleep, [(str(path),)], 1, cancel=path.is_file))
    assert _ends(_number(path))


def test_a_stop_does_not_wait_for_what_is_being_worked_on() -> None:
    asked = iter([False, False, True])
    with pytest.raises(Cancelled, match="stopped after 0 of 2"):
        list(side_by_side(time.sleep, [(20,), (0,)], 1, cancel=lambda: next(asked)))
