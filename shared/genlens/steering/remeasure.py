"""Measure everything anew that is recorded about steering, in order.

``python -m genlens.steering.remeasure`` takes some minutes on 2 cores. A step whose weights are the
ones it was measured from, and whose file is there, is skipped with a word; ``--all`` skips none
(after a change of the code, which is not looked at), ``--only NAME`` takes some. A step that fails
ends the run; those before it are kept.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genlens.models import weights
from genlens.models.catalog import weights_folder
from genlens.steering.hypotheses import lesson
from genlens.steering.walks import stored

DATA = Path(__file__).with_name("data")
CARDS = Path(__file__).parents[1] / "zoo" / "cards"
MEASURED = DATA / "measured.json"
"""Step -> model -> sha256 of the weights that the step's file was measured from."""
GENERATOR, READER, PARTS = "avatars-gan", "avatars-attributes", "avatars-parts"
SMILES = ("smile-plain", "smile-planted")


@dataclass(frozen=True)
class Step:
    """``command``: a module and its arguments; it ``reads`` models and ``writes`` a file."""

    name: str
    title: str
    command: tuple[str, ...]
    reads: tuple[str, ...]
    writes: Path

    def inputs(self) -> dict[str, str]:
        """sha256 by model; "" for one whose weights are not there."""
        folders = {name: weights_folder(name) for name in self.reads}
        return {n: weights.folder_sha256(f) if f.is_dir() else "" for n, f in folders.items()}


STEPS = (
    Step(
        "directions", "what the page opens with, the usual error and the example of a search too",
        ("genlens.steering.walks.stored",), (GENERATOR, READER, *SMILES), stored.FILE,
    ),
    Step(
        "lesson", "the planted case",
        ("genlens.steering.hypotheses.lesson",), (READER, *SMILES), lesson.RECORDED,
    ),
    Step(
        "steering", "directions, units, projections, foreign pictures",
        ("genlens", "evaluate", "steering", "--json", str(CARDS / "steering.json")),
        (GENERATOR, READER, PARTS), CARDS / "steering.json",
    ),
    Step(
        "hypotheses", "how often verdicts are right",
        ("genlens", "evaluate", "hypotheses", "--json", str(CARDS / "hypotheses.json")),
        (), CARDS / "hypotheses.json",
    ),
)  # fmt: skip
TABLES = ("genlens.cli.tables",)
"""Writes what was recorded into docs and cards: last, and always."""


def recorded() -> dict[str, dict[str, str]]:
    """What ``MEASURED`` holds; {} where nothing was measured by this program."""
    return dict(json.loads(MEASURED.read_text(encoding="utf-8"))) if MEASURED.is_file() else {}


def stale(step: Step) -> str:
    """Why ``step`` has to be measured; "" where it was, from these weights."""
    if not step.writes.is_file():
        return f"{step.writes.name} is not there"
    known = recorded().get(step.name)
    if known is None:
        return f"nothing says what {step.writes.name} was measured from"
    changed = [n for n, sha in step.inputs().items() if known.get(n) != sha]
    return f"other weights: {', '.join(changed)}" if changed else ""


def remeasure(steps: Sequence[Step], every: bool = False) -> None:
    """Run those of ``steps`` that have to be, then fill in the tables.

    Raises:
        CalledProcessError: a step failed; it said why.
    """
    for step in steps:
        why = "asked for" if every else stale(step)
        if not why:
            _say(f"{step.name}: skipped, {step.writes.name} is of these weights")
            continue
        _say(f"{step.name} ({step.title}): {why}")
        started, inputs = time.monotonic(), step.inputs()
        _run(step.command)
        _keep(step.name, inputs)
        _say(f"{step.name}: done in {time.monotonic() - started:.0f} s")
    _run(TABLES)


def _run(command: Sequence[str]) -> None:
    subprocess.run([sys.executable, "-m", *command], check=True)


def _keep(name: str, inputs: dict[str, str]) -> None:
    written = recorded() | {name: inputs}
    MEASURED.parent.mkdir(exist_ok=True)
    MEASURED.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="skip no step")
    names = [step.name for step in STEPS]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME",
                        help=f"of {', '.join(names)}")  # fmt: skip
    asked = parser.parse_args()
    try:
        remeasure([step for step in STEPS if step.name in asked.only], asked.all)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd[2:])} ended with {error.returncode}: see above")


if __name__ == "__main__":
    main()
