"""The rules every file keeps, checked on what git tracks and what is about to be added."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import genlens
from genlens.hosting.deploy import PACKAGE_SUFFIXES

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shared" / "genlens"
MIB = 2**20
# Height of each floor (ARCHITECTURE): a module imports lower floors and its own folder only.
FLOORS = {
    "common": 1,
    "worlds": 1,
    "models": 2,
    "attribution": 2,
    "training": 3,
    "study": 3,
    "zoo": 3,
    "prompts": 4,
    "latents": 4,
    "anchors": 4,
    "steering": 4,
    "figures": 5,
    "ui": 6,
    "hosting": 7,
    "cli": 7,
}
# The few imports between rooms of one floor; all run one way, and no circle is allowed anywhere.
SAME_FLOOR_ALLOWED = {
    ("attribution", "models"),
    ("worlds", "common"),
    ("zoo", "training"),
    ("zoo", "study"),
    ("study", "training"),
    ("cli", "hosting"),
}
# In two parts, so that this file does not hold what it looks for.
REGISTRIES = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "download.pytorch" + ".org",
    "registry.npmjs" + ".org",
    "anaconda" + ".org",
    "deb.debian" + ".org",
    "index" + "-url",
]


@cache
def tracked() -> tuple[Path, ...]:
    """Files of the checkout: tracked, or new and not ignored (which is what a commit will hold)."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout (an archive of it): the rules are about tracked files")
    paths = {ROOT / name for name in listed.stdout.split("\0") if name}
    return tuple(sorted(path for path in paths if path.is_file()))


def python_files(*folders: str) -> list[Path]:
    """Tracked Python files below any of ``folders``."""
    below = [ROOT / folder for folder in folders]
    return [p for p in tracked() if p.suffix == ".py" and any(p.is_relative_to(b) for b in below)]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> set[str]:
    """Full names of every module ``path`` imports, at its top or inside a function."""
    names: set[str] = set()
    package = (
        list(path.relative_to(ROOT / "shared").parent.parts) if path.is_relative_to(PACKAGE) else []
    )
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return names


def floor_of(path: Path) -> str | None:
    """The room of a package file ("prompts"), or None for what stands beside floor 5."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else None


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_spaces_is_no_package_and_holds_no_tests() -> None:
    below = [relative(p) for p in tracked() if p.is_relative_to(ROOT / "spaces")]
    bad = [n for n in below if re.search(r"(^|/)(__init__|conftest|test_[^/]*|[^/]*_test)\.py$", n)]
    assert not bad, "these would shadow the PyPI package 'spaces', or are tests in the wrong place"
    assert not (ROOT / "spaces" / "__init__.py").exists()


def test_files_are_short() -> None:
    def lines(path: Path) -> int:
        return len(path.read_text(encoding="utf-8").splitlines())

    long = {relative(p): lines(p) for p in tracked() if p.suffix == ".py" and lines(p) > 330}
    assert not long, "split these: a file ends at about 300 lines"
    pages = {relative(p): lines(p) for p in (ROOT / "spaces").glob("*/app.py")}
    assert not {p: n for p, n in pages.items() if n > 150}, "move maths and helpers down a floor"


def test_imports_point_down() -> None:
    climbing = []
    for path in python_files("shared/genlens"):
        room = floor_of(path)
        for name in imported(path):
            other = name.split(".")[1] if name.startswith("genlens.") else None
            if room not in FLOORS or other not in FLOORS or other == room:
                continue
            level = FLOORS[other] - FLOORS[room]
            if level > 0 or (level == 0 and (room, other) not in SAME_FLOOR_ALLOWED):
                climbing.append(f"{relative(path)} imports {name}")
    assert not climbing


def module_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT / "shared").with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_two_modules_import_each_other_by_any_way_round() -> None:
    modules = {module_of(p): p for p in python_files("shared/genlens")}
    graph = {
        name: {n for n in imported(path) if n in modules and n != name}
        for name, path in modules.items()
        if path.name != "__init__.py"
    }
    sorter = TopologicalSorter(
        {name: {n for n in wanted if n in graph} for name, wanted in graph.items()}
    )
    sorter.prepare()  # raises CycleError, which names the circle


def test_our_own_imports_lead_somewhere() -> None:
    """mypy passes over missing modules, so a moved one would be missed where no test goes."""
    modules = {module_of(p) for p in python_files("shared/genlens")}
    bad = [
        f"{relative(path)} imports {name}"
        for path in python_files("shared", "spaces", "tests", "benchmarks")
        for name in imported(path)
        if name.startswith("genlens.")
        and name not in modules
        and name.rpartition(".")[0] not in modules
    ]
    assert not bad


def test_folders_are_small() -> None:
    count = Counter(p.parent for p in python_files("shared/genlens") if p.name != "__init__.py")
    full = {relative(folder): n for folder, n in count.items() if n > 16}
    assert not full, "give some of these modules a sub-folder with a name"


def test_explainers_draw_nothing() -> None:
    rooms = [f"shared/genlens/{room}" for room, floor in FLOORS.items() if floor <= 4]
    bad = [
        f"{relative(path)} imports {name}"
        for path in python_files(*rooms)
        for name in imported(path)
        if name.split(".")[0] in {"gradio", "plotly"}
    ]
    assert not bad


def test_nothing_imports_the_source_root_or_a_page() -> None:
    bad = [
        f"{relative(path)} imports {name}"
        for path in python_files("shared", "spaces", "tests")
        for name in imported(path)
        if name.split(".")[0] == "shared" or name.startswith("spaces.prompt")
    ]
    assert not bad, "say 'import genlens'; load an app by genlens.hosting.suite.load_app"


def test_loading_never_runs_code() -> None:
    loaders = {"pickle", "dill", "joblib", "cloudpickle", "shelve"}
    refused = {"allow_pickle": True, "weights_only": False, "trust_remote_code": True}
    bad = []
    for path in python_files("shared", "spaces"):
        names = imported(path)
        bad += [f"{relative(path)} imports {n}" for n in names & (loaders - {"pickle"})]
        bad += [f"{relative(path)} imports {n}" for n in names if n.startswith("pickle.")]
        for node in ast.walk(tree(path)):
            match node:
                case ast.keyword(arg=str(name), value=ast.Constant(value=bool(value))):
                    if refused.get(name) is value:
                        bad.append(f"{relative(path)}:{node.value.lineno} {name}={value}")
                case ast.Attribute(value=ast.Name(id="pickle"), attr=name):
                    if name != "UnpicklingError":  # a torch reader that refuses raises it
                        bad.append(f"{relative(path)}:{node.lineno} pickle.{name}")
                case ast.Call(func=ast.Name(id="eval" | "exec" as name)):
                    bad.append(f"{relative(path)}:{node.lineno} {name}()")
    assert not bad


def test_no_error_is_swallowed() -> None:
    bad = []
    for path in python_files("shared", "spaces"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            silent = all(isinstance(s, ast.Pass) for s in node.body)
            broad = node.type is None or getattr(node.type, "id", "") == "Exception"
            if node.type is None or (silent and broad):
                bad.append(f"{relative(path)}:{node.lineno}")
    assert not bad, "name the exception, and do something about it"


def test_the_checkout_is_small() -> None:
    size = sum(path.stat().st_size for path in tracked())
    assert size <= 60 * MIB, f"tracked files are {size / MIB:.1f} MiB; the limit is 60"
    large = {relative(p): p.stat().st_size for p in tracked() if p.stat().st_size > 15 * MIB}
    assert not large, "no file over 15 MiB: shard these"


def test_no_package_registry_is_named() -> None:
    bad = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" in data[:4096] or len(data) > 2 * MIB:
            continue
        text = data.decode("utf-8", errors="replace").lower()
        bad += [f"{relative(path)}: {host}" for host in REGISTRIES if host in text]
    assert not bad, "where packages come from is the business of the installing machine"


def test_package_data_and_deploy_agree() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    globs = settings["tool"]["setuptools"]["package-data"]["genlens"]
    suffixes = {Path(glob).suffix for glob in globs}
    assert suffixes | {".py"} == PACKAGE_SUFFIXES
    shipped = {p.suffix for p in tracked() if p.is_relative_to(PACKAGE)}
    assert shipped <= PACKAGE_SUFFIXES, "a file in the package that no install would carry"


def test_requirements_are_in_step() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    library = {r.name.lower(): r for r in map(Requirement, project["dependencies"])}
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    pinned = {r.name.lower(): r for r in map(Requirement, filter(None, lines))}
    assert set(library) == set(pinned) - {"pytest"}, "one lists a package the other does not"
    for name, requirement in library.items():
        if name in {"torch", "torchvision"}:  # tested with one pair, usable with its neighbours
            exact = next(iter(pinned[name].specifier)).version
            assert requirement.specifier.contains(exact)
        else:
            assert requirement.specifier == pinned[name].specifier, name
        assert requirement.specifier.contains(version(name)), f"{name} {version(name)} runs here"


def test_one_version() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(genlens.__version__)}\b", changes, flags=re.MULTILINE)
    assert version("genlens") == genlens.__version__, "run 'pip install -e .' again"
