"""The list of deliberate errors that `make mutants` tries stays in step with the code."""

from __future__ import annotations

import ast

import pytest

from mutants import ROOT, Mutant, mutants

pytestmark = pytest.mark.unit
ALL = mutants()


@pytest.mark.parametrize("mutant", ALL, ids=str)
def test_it_still_applies_exactly_once_and_leaves_python(mutant: Mutant) -> None:
    text = (ROOT / mutant.path).read_text(encoding="utf-8")
    changed = mutant.applied(text)
    if mutant.path.endswith(".py"):
        ast.parse(changed)
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert (ROOT / file).exists(), f"{mutant} is tested by {file}, which is gone"
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text() if name else True


def test_names_are_told_apart() -> None:
    assert len({str(m) for m in ALL}) == len(ALL) >= 58


def test_old_text_that_is_gone_or_there_twice_is_refused() -> None:
    mutant = Mutant("g", "n", "p", "a + b", "a - b", ())
    assert mutant.applied("x = a + b") == "x = a - b"
    for text in ("x = a", "x = a + b; y = a + b"):
        with pytest.raises(ValueError, match="and not once"):
            mutant.applied(text)
