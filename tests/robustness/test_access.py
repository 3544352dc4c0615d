"""What a visitor may make the server load: by name, by size, and what a refusal gives away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import fake_hub
from genlens.errors import InputError
from genlens.ui.prompts import endpoints
from genlens.ui.serving import access as policy
from genlens.ui.serving.access import Access, access, allow
from genlens.ui.studies import Studies

pytestmark = pytest.mark.robustness


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No operator has said anything yet."""
    for name in ("FOLDERS", "HUB"):
        monkeypatch.delenv(f"GENLENS_ALLOW_{name}", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    allow(None)
    yield
    allow(None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with a private file and, in one of its folders, something like a model."""
    home = tmp_path / "home"
    (home / "models" / "vae").mkdir(parents=True)
    (home / ".bashrc").write_text("export TOKEN=secret")
    (home / "private").mkdir()
    (home / "private" / "diary.txt").write_text("x")
    (home / "models" / "vae" / "config.json").write_text("{}")
    return home


def refusal(name: str) -> str:
    with pytest.raises(InputError) as caught:
        Studies().get(name)
    return str(caught.value)


def test_folders_are_closed_and_a_refusal_gives_nothing_away(home: Path) -> None:
    told = {
        refusal(str(name)).replace(repr(str(name)[:80]), "it")  # long names are cut
        for name in (home, home / "private", home / "none", "~", "/", "..", "/etc")
    }
    assert len(told) == 1, "the message depends on what is there"
    assert "does not offer" in told.pop()
    with pytest.raises(InputError, match="does not offer"):
        endpoints.explanation("a cat", 0, str(home / "models" / "vae"))
    with pytest.raises(InputError, match="does not offer"):
        endpoints.generate("a cat", 0, "someone/model")


def test_an_allowed_folder_opens_what_lies_below_it_only(home: Path) -> None:
    allow(Access(folders=(home / "models",)))
    assert access().admit("./vae", "Autoencoder") == str(home / "models" / "vae")
    assert access().admit(str(home / "models" / "vae"), "Autoencoder")
    (home / "models" / "out").symlink_to(home / "private")
    for name in ("./", "./out", "./../private", str(home / "private"), "./vae/../../private"):
        assert "does not offer" in refusal(name) and "diary" not in refusal(name)
    (home / "models" / "notes").mkdir()
    (home / "models" / "notes" / "diary.txt").write_text("x")
    assert "diary" not in refusal("./notes")
    assert refusal("./notes").replace("notes", "none") == refusal("./none")


def test_the_hub_is_closed_but_for_the_catalog() -> None:
    for name in ("someone/model", "hf-hub:someone/model", "ViT-B-32:someone_else"):
        with pytest.raises(InputError, match="--allow-hub"):
            access().admit(name, "Autoencoder")
    assert access().admit("digits-vae", "Autoencoder") == "digits-vae"


def test_the_size_of_a_repository_is_asked_first(
    tiny_pipeline_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = fake_hub.FakeHub({"someone/model": tiny_pipeline_dir})
    with fake_hub.serve(hub):
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        allow(Access(any_repository=True, most_gb=1e-6))
        with pytest.raises(InputError, match=r"a download of \d+\.\d+ GB, .* at most 1e-06 GB"):
            access().admit("someone/model", "TextToImage")
        assert not [r for r in hub.requests if r.endswith(".safetensors")]
        allow(Access(any_repository=True, most_gb=1))
        assert access().admit("someone/model", "TextToImage") == "someone/model"
        allow(Access())
        hub.requests.clear()
        with pytest.raises(InputError, match="does not offer"):
            access().admit("someone/model", "TextToImage")
        assert hub.requests == [], "a refused repository was asked for"


def test_the_environment_speaks_for_the_operator_of_a_space(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENLENS_ALLOW_FOLDERS", str(home / "models"))
    monkeypatch.setenv("GENLENS_ALLOW_HUB", "1")
    monkeypatch.setenv("GENLENS_MAX_SECONDS", "12")
    found = access()
    assert found.folders == (home / "models",) and found.any_repository
    assert found.most_seconds == 12 and found.offers() == "./folder or owner/name (hub)"
    monkeypatch.setenv("GENLENS_ALLOW_HUB", "0")
    assert not access().any_repository
    monkeypatch.setenv("GENLENS_MAX_DOWNLOAD_GB", "lots")
    with pytest.raises(InputError, match="GENLENS_MAX_DOWNLOAD_GB is 'lots'"):
        access()
    with pytest.raises(InputError, match="no folder"):
        policy.allowed_folder(home / "nowhere")
