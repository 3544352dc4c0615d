"""Stage one Space: its page, its card, its requirements and this package in one folder.

The folder holds everything the Space needs (the script's folder is first on ``sys.path``, so
``import genlens`` finds the copy beside ``app.py``): it can be pushed as it is, and it boots
from that folder alone.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genlens.errors import InputError
from genlens.hosting.card import check_card

REQUIRED_FILES = ("app.py", "README.md", "requirements.txt")
# What travels with the package: the suffixes pyproject.toml ships, and Python. An allow list, so
# that checkpoints, logs and optimizer states lying about in a working tree stay at home.
PACKAGE_SUFFIXES = frozenset(
    {".py", ".pyi", ".typed", ".lock", ".toml", ".json", ".safetensors", ".npz", ".txt", ".md"}
    | {".webp", ".png", ".svg", ".css", ".js", ".html"}
)
SKIPPED_FOLDERS = frozenset({"__pycache__", "tests", "checkpoints", "runs", "cache", "out"})
# The Space's platform brings its own torch; a pin would refuse to install there.
UNPINNED = frozenset({"torch", "torchvision", "torchaudio"})
LICENCE_FILES = ("LICENSE", "NOTICE.md")

_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?P<extras>\[[^\]]*\])?")


@dataclass(frozen=True)
class StagedSpace:
    """A folder ready to be pushed.

    ``files`` are its files as relative posix paths, sorted; ``bytes`` their size together;
    ``notes`` are remarks for the person who pushes (nothing in them stops the Space from working).
    """

    app: str
    folder: Path
    files: tuple[str, ...]
    bytes: int
    notes: tuple[str, ...] = ()


def find_checkout() -> Path:
    """The root of the checkout this package runs from (the folder that holds ``spaces/``).

    Raises:
        InputError: genlens was installed without its checkout, so there are no pages to stage.
    """
    package = Path(__file__).resolve().parents[1]
    root = package.parents[1]
    if package.parent.name == "shared" and (root / "spaces").is_dir():
        return root
    raise InputError(
        f"No spaces/ folder belongs to the genlens installed at {package}. The pages are in the "
        "repository, not in the package: clone it and run 'pip install -e .' there."
    )


def list_apps(root: Path | None = None) -> list[str]:
    """Names of the apps in ``spaces/``, sorted."""
    spaces = (root or find_checkout()) / "spaces"
    return sorted(p.parent.name for p in spaces.glob("*/app.py"))


def app_folder(app: str, root: Path | None = None) -> Path:
    """The folder of ``app`` below ``spaces/``.

    Only names that :func:`list_apps` gives are taken, so a name can never be a path out of there.

    Raises:
        InputError: there is no app of that name; the message lists those there are.
    """
    root = root or find_checkout()
    known = list_apps(root)
    if app not in known:
        listed = ", ".join(known) or "none yet"
        raise InputError(f"There is no app {app!r} in {root / 'spaces'}. Apps: {listed}.")
    return root / "spaces" / app


def stage(
    app: str, target_dir: str | Path, *, force: bool = False, root: Path | None = None
) -> StagedSpace:
    """Copy ``app`` and everything it needs into ``target_dir``.

    All checks come first: when one fails, nothing has been written.

    Args:
        app: a folder name below ``spaces/``, such as "prompt_attribution".
        target_dir: a folder that is empty or not there yet.
        force: allow a folder with content; what this command writes is replaced, and anything
            else in it (a ``.git`` folder, say) stays and is named in the notes.
        root: the checkout to stage from; found by itself when None.

    Returns:
        What was staged, with remarks.

    Raises:
        InputError: unknown app, unusable target, a file missing or a card the Hub would refuse.
    """
    root = (root or find_checkout()).resolve()
    source = app_folder(app, root)
    target = _check_target(Path(target_dir), root, force)
    plan = _plan(source, root)
    notes = check_card(source / "README.md", _gradio_range(root))
    requirements = space_requirements(source / "requirements.txt")

    left_over = _clear(target, {name.split("/", 1)[0] for name in plan})
    for name, path in plan.items():
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    (target / "requirements.txt").write_text(requirements, encoding="utf-8")

    if left_over:
        notes = (*notes, f"already in the folder and left as it was: {', '.join(left_over)}")
    return StagedSpace(
        app=app,
        folder=target,
        files=tuple(sorted(plan)),
        bytes=sum((target / name).stat().st_size for name in plan),
        notes=notes,
    )


def space_requirements(path: Path) -> str:
    """A Space's requirements as text, without versions for torch and its companions.

    Raises:
        InputError: a line reaches outside the folder (``-e``, ``-r``, a path, a URL).
    """
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.split("#", 1)[0].strip()
        if not text:
            lines.append(line.rstrip())
            continue
        match = _REQUIREMENT.match(text)
        if match is None or "/" in text or "\\" in text or "@" in text:
            raise InputError(
                f"{path}, line {number}: {text!r} is not a plain requirement. A Space stands "
                "alone: list packages by name and version range only."
            )
        if match["name"].lower().replace("_", "-") in UNPINNED:
            text = match[0]
        lines.append(text)
    return "\n".join(lines) + "\n"


def _plan(source: Path, root: Path) -> dict[str, Path]:
    """Staged path (relative, posix) -> file to copy."""
    missing = [name for name in REQUIRED_FILES if not (source / name).is_file()]
    if missing:
        raise InputError(f"{source} lacks {', '.join(missing)}: a Space needs all three.")
    plan = {path.relative_to(source).as_posix(): path for path in _shippable(source)}
    package = root / "shared" / "genlens"
    for path in _shippable(package):
        plan[f"genlens/{path.relative_to(package).as_posix()}"] = path
    plan.update({n: root / n for n in LICENCE_FILES if (root / n).is_file()})
    for name, path in plan.items():
        if not path.resolve().is_relative_to(root):
            raise InputError(f"{name} is a link to {path.resolve()}, outside {root}: not staged.")
    return plan


def _shippable(folder: Path) -> Iterator[Path]:
    """Files below ``folder`` that belong into a Space, in a fixed order."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if path.name not in SKIPPED_FOLDERS and not path.name.endswith(".egg-info"):
                yield from _shippable(path)
        elif path.suffix in PACKAGE_SUFFIXES:
            yield path


def _check_target(target: Path, root: Path, force: bool) -> Path:
    """``target`` resolved, once it is sure that writing there harms nothing."""
    target = target.expanduser().resolve()
    if target == root or root.is_relative_to(target):
        raise InputError(f"{target} holds the checkout itself. Name a folder of its own.")
    for name in ("shared", "spaces", ".git"):
        if target.is_relative_to(root / name):
            raise InputError(f"{target} lies inside {root / name}. Name a folder elsewhere.")
    if target.exists() and not target.is_dir():
        raise InputError(f"{target} is a file. Name a folder.")
    if target.is_dir() and any(target.iterdir()) and not force:
        raise InputError(f"{target} is not empty. Name another folder, or pass --force.")
    return target


def _clear(target: Path, names: set[str]) -> list[str]:
    """Remove ``names`` from ``target`` (made when missing); what else is there, sorted."""
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = target / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return sorted(p.name for p in target.iterdir())


def _gradio_range(root: Path) -> str:
    """The range of gradio versions requirements.txt installs, such as ">=6.28,<7"."""
    for line in (root / "requirements.txt").read_text(encoding="utf-8").splitlines():
        match = _REQUIREMENT.match(line.split("#", 1)[0].strip())
        if match and match["name"].lower() == "gradio":
            return line.split("#", 1)[0].strip()[match.end() :].strip()
    raise InputError(f"{root / 'requirements.txt'} does not name gradio.")
