"""The deliberate errors of tests/mutants/*.toml, and how one is put into a source file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTS = ROOT / "tests" / "mutants"


@dataclass(frozen=True)
class Mutant:
    """One deliberate error: in ``path``, from the root of the checkout, ``old`` becomes ``new``;
    one of ``tests`` (files or tests, from the root) has to fail then. ``group`` is the name of its
    list."""

    group: str
    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"

    def applied(self, text: str) -> str:
        """``text`` with the error.

        Raises:
            ValueError: ``old`` is not in it exactly once.
        """
        found = text.count(self.old)
        if found != 1 or self.old == self.new:
            raise ValueError(f"{self}: {self.path} has its old text {found} times, and not once")
        return text.replace(self.old, self.new)


def mutants() -> list[Mutant]:
    """All of them, list by list."""
    return [
        Mutant(
            group=listed.stem,
            name=error["name"],
            path=file["path"],
            old=error["old"],
            new=error["new"],
            tests=tuple(error.get("tests", file["tests"])),
        )
        for listed in sorted(LISTS.glob("*.toml"))
        for file in tomllib.loads(listed.read_text(encoding="utf-8"))["file"]
        for error in file["error"]
    ]
