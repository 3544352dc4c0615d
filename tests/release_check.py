"""`make release-check`: does each Space boot from what its requirements install, and nothing else?

For each app: stage it as `genlens deploy` does, make a fresh virtual environment, install the
staged requirements from the registry, start app.py from the staged folder, and call it. The tests
in robustness/test_deploy_boot.py do the same with this checkout's packages, in seconds; only this
finds a requirement that the Space needs and does not name. Minutes and about 2 GB for each app.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from genlens.hosting import deploy
from lone_space import ask, running

ROOT = Path(__file__).resolve().parents[1]
BOOT_PATIENCE_S = 600
"""The first start compiles every module that was installed."""


def main() -> int:
    """Check the apps named on the command line, or all; 0 where every one answers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("apps", nargs="*", help="apps to check; all of spaces/ without")
    parser.add_argument("--keep", type=Path, help="work in this folder, and leave it behind")
    parser.add_argument(
        "--freeze", action="store_true", help="also print the version of every package installed"
    )
    asked = parser.parse_args()
    failed = []
    for app in asked.apps or deploy.list_apps(ROOT):
        with tempfile.TemporaryDirectory(prefix="genlens-release-") as scratch:
            try:
                check(app, (asked.keep or Path(scratch)) / app, asked.freeze)
            except (AssertionError, subprocess.CalledProcessError) as error:
                print(f"{app}: FAILED\n{error}", flush=True)
                failed.append(app)
    print("every Space answers" if not failed else f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def check(app: str, place: Path, freeze: bool) -> None:
    """One app, in the folder ``place``.

    Raises:
        CalledProcessError: its requirements cannot be installed together.
        AssertionError: it does not boot, or gives a wrong answer.
    """
    started = time.monotonic()
    staged = deploy.stage(app, place / "space", root=ROOT, force=True)
    python = clean_environment(place / "venv")
    home = place / "home"
    home.mkdir(exist_ok=True)
    pip(python, "install", *platform_torch())
    pip(python, "install", "-r", str(staged.folder / "requirements.txt"))
    pip(python, "check")
    installed = time.monotonic() - started
    if freeze:
        pip(python, "freeze")
    with running(python, staged.folder, home, BOOT_PATIENCE_S) as url:
        ask(app, url, thoroughly=True)
    took = time.monotonic() - started
    print(f"{app}: answers ({installed:.0f} s to install, {took - installed:.0f} s to answer)")


def clean_environment(folder: Path) -> Path:
    """A new virtual environment without packages; its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def platform_torch() -> list[str]:
    """The torch that the platform brings before it reads a Space's requirements, which leave it
    open: the pair that requirements.txt pins, as tested."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith(("torch==", "torchvision=="))]


def pip(python: Path, *arguments: str) -> None:
    """Run pip; packages of this interpreter and of PYTHONPATH are not seen."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    quiet = ["-q"] if arguments[0] == "install" else []
    command = [python, "-m", "pip", *arguments, *quiet, "--disable-pip-version-check"]
    subprocess.run(command, check=True, env=env)


if __name__ == "__main__":
    sys.exit(main())
