"""A staged Space is complete and honest about itself, and staging harms nothing around it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from genlens.errors import InputError
from genlens.hosting import deploy

pytestmark = pytest.mark.robustness

ROOT = Path(__file__).resolve().parents[2]
CARD = """---
title: Tiny
emoji: 🔎
colorFrom: blue
colorTo: green
sdk: gradio
sdk_version: {version}
python_version: "3.12"
app_file: app.py
license: mit
---
# Tiny
"""


def gradio_version() -> str:
    import gradio

    return gradio.__version__


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout: the real package's top modules, one app, things that must stay behind."""
    root = tmp_path / "checkout"
    package = root / "shared" / "genlens"
    (package / "zoo" / "recipes" / "checkpoints").mkdir(parents=True)
    for module in ("__init__.py", "errors.py"):
        shutil.copy(ROOT / "shared" / "genlens" / module, package / module)
    weights = package / "zoo" / "weights" / "tiny"
    weights.mkdir(parents=True)
    (weights / "model.safetensors").write_bytes(b"weights")
    for junk in ("state.pt", "zoo/recipes/checkpoints/step.safetensors", ".hidden.py"):
        (package / junk).write_bytes(b"junk")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "errors.pyc").write_bytes(b"junk")
    app = root / "spaces" / "tiny"
    app.mkdir(parents=True)
    (app / "app.py").write_text("demo = None\n")
    (app / "README.md").write_text(CARD.format(version=gradio_version()), encoding="utf-8")
    (app / "requirements.txt").write_text("torch==2.13.0  # pinned\ntorchvision\n\ngradio>=6.20\n")
    (root / "requirements.txt").write_text("gradio>=6.20,<7\n")
    (root / "LICENSE").write_text("MIT")
    return root


def test_stages_everything_needed_and_nothing_else(checkout: Path, tmp_path: Path) -> None:
    staged = deploy.stage("tiny", tmp_path / "out", root=checkout)
    assert staged.files == (
        "LICENSE",
        "README.md",
        "app.py",
        "genlens/__init__.py",
        "genlens/errors.py",
        "genlens/zoo/weights/tiny/model.safetensors",
        "requirements.txt",
    )
    on_disk = [p for p in staged.folder.rglob("*") if p.is_file()]
    assert {p.relative_to(staged.folder).as_posix() for p in on_disk} == set(staged.files)
    assert staged.bytes == sum(p.stat().st_size for p in on_disk)
    assert staged.notes == ()


def test_requirements_lose_the_torch_pins(checkout: Path, tmp_path: Path) -> None:
    staged = deploy.stage("tiny", tmp_path / "out", root=checkout)
    lines = (staged.folder / "requirements.txt").read_text().splitlines()
    assert lines == ["torch", "torchvision", "", "gradio>=6.20"]


@pytest.mark.parametrize(
    "line", ["-e .", "-r ../requirements.txt", "./wheel.whl", "x @ https://host/x.zip", "..\\x"]
)
def test_requirements_stay_inside_the_folder(checkout: Path, tmp_path: Path, line: str) -> None:
    (checkout / "spaces" / "tiny" / "requirements.txt").write_text(line + "\n")
    with pytest.raises(InputError, match="line 1"):
        deploy.stage("tiny", tmp_path / "out", root=checkout)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "app", ["nothing", "../tiny", "tiny/../tiny", "/etc", "", ".", "..", "tiny/", "tiny\0", "TINY"]
)
def test_only_listed_apps(checkout: Path, tmp_path: Path, app: str) -> None:
    with pytest.raises(InputError, match=r"Apps: tiny\."):
        deploy.stage(app, tmp_path / "out", root=checkout)


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('python_version: "3.12"', "python_version: 3.12", "with the quotes"),
        ('python_version: "3.12"', 'python_version: "3.9"', "3.12"),
        ("title: Tiny", "title:", "title is missing"),
        ("license: mit", "", "license is missing"),
        ("emoji: 🔎", "emoji: eye", "one emoji"),
        ("colorFrom: blue", "colorFrom: teal", "'teal'"),
        ("sdk: gradio", "sdk: docker", "sdk is 'docker'"),
        ("sdk_version: ", "sdk_version: 5.0.0 #", "outside the tested gradio range"),
        ("sdk_version: ", "sdk_version: 6 #", "full version"),
        ("app_file: app.py", "app_file: main.py", "app_file is 'main.py'"),
        ("---\ntitle", "title", "no front matter"),
        ("title: Tiny", "title: [", "not a YAML mapping"),
    ],
)
def test_a_wrong_card_is_refused(
    checkout: Path, tmp_path: Path, was: str, becomes: str, says: str
) -> None:
    card = checkout / "spaces" / "tiny" / "README.md"
    card.write_text(card.read_text("utf-8").replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        deploy.stage("tiny", tmp_path / "out", root=checkout)
    assert not (tmp_path / "out").exists()


def test_every_fault_of_a_card_is_named_at_once(checkout: Path, tmp_path: Path) -> None:
    (checkout / "spaces" / "tiny" / "README.md").write_text("---\ntitle: T\n---\n")
    with pytest.raises(InputError) as refused:
        deploy.stage("tiny", tmp_path / "out", root=checkout)
    for key in ("emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "license"):
        assert key in str(refused.value)


def test_remarks_do_not_stop_it(checkout: Path, tmp_path: Path) -> None:
    card = checkout / "spaces" / "tiny" / "README.md"
    card.write_text(CARD.format(version="6.20.0\ncolour: red"), encoding="utf-8")
    notes = deploy.stage("tiny", tmp_path / "out", root=checkout).notes
    assert any("6.20.0" in n for n in notes) or gradio_version() == "6.20.0"
    assert any("colour" in n for n in notes)


def test_a_target_with_content_needs_force(checkout: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    (target / "genlens").mkdir(parents=True)
    (target / "genlens" / "stale.py").write_text("old")
    (target / ".git").mkdir()
    with pytest.raises(InputError, match=r"not empty\. .*--force"):
        deploy.stage("tiny", target, root=checkout)
    assert (target / "genlens" / "stale.py").exists()

    staged = deploy.stage("tiny", target, root=checkout, force=True)
    assert not (target / "genlens" / "stale.py").exists(), "what is replaced is replaced whole"
    assert (target / ".git").is_dir() and any(".git" in note for note in staged.notes)
    again = deploy.stage("tiny", target, root=checkout, force=True)
    assert again.files == staged.files


def test_force_never_follows_a_link_out_of_the_target(checkout: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "work.txt").write_text("keep")
    target = tmp_path / "out"
    target.mkdir()
    (target / "genlens").symlink_to(precious)
    deploy.stage("tiny", target, root=checkout, force=True)
    assert sorted(p.name for p in precious.iterdir()) == ["work.txt"]
    assert not (target / "genlens").is_symlink()


@pytest.mark.parametrize("place", [".", "..", "shared", "shared/genlens/x", "spaces/tiny", ".git"])
def test_never_into_the_checkout_itself(checkout: Path, place: str) -> None:
    before = sorted(checkout.rglob("*"))
    with pytest.raises(InputError, match=r"Name a folder (of its own|elsewhere)"):
        deploy.stage("tiny", checkout / place, root=checkout, force=True)
    assert sorted(checkout.rglob("*")) == before


def test_a_file_is_no_target(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        deploy.stage("tiny", tmp_path / "file", root=checkout)


def test_links_that_leave_the_checkout_are_refused(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    (checkout / "shared" / "genlens" / "data.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(InputError, match=r"data\.json is a link"):
        deploy.stage("tiny", tmp_path / "out", root=checkout)


@pytest.mark.parametrize("name", deploy.REQUIRED_FILES)
def test_a_missing_file_is_named(checkout: Path, tmp_path: Path, name: str) -> None:
    (checkout / "spaces" / "tiny" / name).unlink()
    with pytest.raises(InputError, match=name if name != "app.py" else "There is no app"):
        deploy.stage("tiny", tmp_path / "out", root=checkout)


def test_an_installed_package_says_where_the_pages_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages" / "genlens" / "hosting/deploy.py"
    monkeypatch.setattr(deploy, "__file__", str(installed))
    with pytest.raises(InputError, match="clone it"):
        deploy.stage("tiny", tmp_path / "out")
