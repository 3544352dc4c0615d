"""The public names: each resolves lazily, is typed by its stub, and hides no module."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import genlens

pytestmark = pytest.mark.unit

PACKAGE = Path(genlens.__file__).parent
PACKAGES = [
    "genlens",
    *(f"genlens.{p.parent.name}" for p in sorted(PACKAGE.glob("*/__init__.pyi"))),
]


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_is_there(name: str) -> None:
    package = importlib.import_module(name)
    for public in package.__all__:
        assert getattr(package, public) is not None
        assert public in dir(package) or public == "__version__"
    with pytest.raises(AttributeError, match="no_such_name"):
        package.no_such_name  # noqa: B018


@pytest.mark.parametrize("name", PACKAGES)
def test_the_stub_lists_what_it_imports(name: str) -> None:
    """``__all__`` of a stub is written by hand beside its imports: they have to agree."""
    package = importlib.import_module(name)
    stub = ast.parse(Path(str(package.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))
    brought = {
        alias.asname or alias.name
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    listed = next(
        ast.literal_eval(node.value)
        for node in stub.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    assert set(listed) - {"__version__"} == brought
    assert sorted(set(listed)) == sorted(listed), "a name stands twice"


@pytest.mark.parametrize("name", PACKAGES)
def test_no_public_name_hides_a_module(name: str) -> None:
    """``pkg.thing`` would be the function or the module, by the order of imports."""
    package = importlib.import_module(name)
    folder = Path(str(package.__file__)).parent
    modules = {p.stem for p in folder.glob("*.py")} | {p.parent.name for p in folder.glob("*/*.py")}
    values = {n for n in package.__all__ if not inspect.ismodule(getattr(package, n))}
    assert not values & modules


def test_functions_say_what_they_do() -> None:
    silent = [
        f"{name}.{public}"
        for name in PACKAGES
        for public in importlib.import_module(name).__all__
        if callable(value := getattr(importlib.import_module(name), public))
        and not inspect.getdoc(value)
    ]
    assert not silent


def test_importing_genlens_loads_no_room() -> None:
    code = "import sys, genlens; print(*sorted(m for m in sys.modules if m.startswith('genlens')))"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert printed == ["genlens"]
