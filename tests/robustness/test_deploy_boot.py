"""A staged Space boots from its folder alone, in an environment that never heard of genlens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from genlens.hosting import deploy
from lone_space import ask, running

pytestmark = pytest.mark.robustness

ROOT = Path(__file__).resolve().parents[2]
PAGE = """
import gradio as gr

import genlens
from genlens.worlds.vocabulary import kind


def where(word: str) -> str:
    return f"{kind('cat')} {genlens.__file__}"


with gr.Blocks() as demo:
    word, place = gr.Textbox(), gr.Textbox()
    gr.Button().click(where, word, place, api_name="where")

if __name__ == "__main__":
    demo.launch()
"""


@pytest.fixture(scope="module")
def lone_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has every installed package but genlens, and cannot read the checkout.

    A path named in a .pth file is searched for modules, but .pth files found there are not read:
    that hides the editable install. On top of it, opening a file of the checkout fails.
    """
    folder = tmp_path_factory.mktemp("lone") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())
    installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "installed.pth").write_text("\n".join(sorted(installed)) + "\n")
    (site / "sitecustomize.py").write_text(
        "import sys\n"
        f"OFF_LIMITS = {tuple(str(ROOT / name) + os.sep for name in ('shared', 'spaces'))!r}\n"
        "def watch(event, args):\n"
        "    if event == 'open' and str(args[0]).startswith(OFF_LIMITS):\n"
        "        raise PermissionError(f'the checkout was read: {args[0]}')\n"
        "sys.addaudithook(watch)\n"
    )
    return python


def test_the_lone_interpreter_is_alone(lone_python: Path, tmp_path: Path) -> None:
    code = "import gradio\ntry: import genlens\nexcept ImportError: print('alone')"
    done = subprocess.run(
        [lone_python, "-c", code], cwd=tmp_path, env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == "alone", done.stderr


def test_a_staged_package_is_the_one_that_runs(tmp_path: Path, lone_python: Path) -> None:
    """The real package, whole, under a page that says where it came from."""
    from gradio_client import Client

    root = tmp_path / "checkout"
    (root / "spaces" / "where").mkdir(parents=True)
    shutil.copytree(ROOT / "shared" / "genlens", root / "shared" / "genlens")
    shutil.copy(ROOT / "requirements.txt", root)
    source = next((ROOT / "spaces").glob("*/README.md")).parent
    for name in ("README.md", "requirements.txt"):
        shutil.copy(source / name, root / "spaces" / "where")
    (root / "spaces" / "where" / "app.py").write_text(PAGE)
    staged = deploy.stage("where", tmp_path / "out", root=root)
    shutil.rmtree(root)
    with running(lone_python, staged.folder, tmp_path) as url:
        answer = Client(url, verbose=False).predict("noun", api_name="/where")
    assert answer == f"noun {staged.folder / 'genlens' / '__init__.py'}"


@pytest.mark.parametrize("app", deploy.list_apps(ROOT))
def test_every_space_boots_from_its_folder_alone(
    app: str, tmp_path: Path, lone_python: Path
) -> None:
    staged = deploy.stage(app, tmp_path / "out", root=ROOT)
    with running(lone_python, staged.folder, tmp_path) as url:
        ask(app, url)
