"""What benchmarks share: jobs that take turns, and a line for each figure beside its aim."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable


def median_seconds(jobs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each job, the jobs taking turns, after one unmeasured round."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for lap in range(rounds + 1):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            if lap:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(kept) for name, kept in times.items()}


def note_load() -> None:
    """Says so where other programs keep the machine busy: seconds then say little, ratios hold."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > 0.75 * cores:
        print(f"{load:.1f} programs run on {cores} cores: trust the ratios, and no seconds below")


def report(title: str, value: float, aim: float, unit: str = "s", *, least: bool = False) -> None:
    """One line: what was measured, the aim (at most, or at ``least``), and whether it was met."""
    met = value >= aim if least else value <= aim
    away = aim / value if least else value / aim
    verdict = "met" if met else f"MISSED by {away:.1f} x"
    print(f"{title:<52} {value:9.3f} {unit:<3}  aim {aim:7.2f} {unit:<3}  {verdict}")
