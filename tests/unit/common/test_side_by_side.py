"""Work in several processes: what comes back, in which order, and how it ends."""

from __future__ import annotations

import math
import os
import time

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


def test_a_stop_does_not_wait_for_what_is_being_worked_on() -> None:
    asked = iter([False, False, True])
    with pytest.raises(Cancelled, match="stopped after 0 of 2"):
        list(side_by_side(time.sleep, [(20,), (0,)], 1, cancel=lambda: next(asked)))
