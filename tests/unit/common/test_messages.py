"""Messages speak of things, and not of names that only the code knows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import genlens

pytestmark = pytest.mark.unit

ROOT = Path(genlens.__file__).parent
GREEK = {"alpha", "beta", "gamma", "delta", "epsilon", "kappa", "sigma", "tau", "theta"}
METHODS = {"attribution"}
"""Folders whose settings are called as their papers call them, with a label on the page."""
ELSEWHERE = {"evaluate.py", "truth.py"}


def names_of_checks() -> list[tuple[str, str]]:
    """(file, name) of every number that is checked and named in a message."""
    found = []
    for path in ROOT.rglob("*.py"):
        folder = path.relative_to(ROOT).parts[0]
        if folder in METHODS or path.name in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                not isinstance(node, ast.Call)
                or not isinstance(node.func, ast.Name)
                or not node.args
            ):
                continue
            name = node.args[0]
            if node.func.id in {"whole", "number", "whole_number"} and isinstance(
                name, ast.Constant
            ):
                found.append((str(path.relative_to(ROOT)), str(name.value)))
    return found


def test_no_checked_number_is_called_by_a_symbol() -> None:
    """A toast begins with a capital letter: "m is 0" became "M is 0", and "tau" became "Tau"."""
    names = names_of_checks()
    assert len(names) > 50
    assert [(file, n) for file, n in names if n in GREEK or re.fullmatch(r"\w", n)] == []
