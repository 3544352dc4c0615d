"""What is recorded about steering says what it was measured from, and is measured once."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from genlens.steering import remeasure as module
from genlens.steering.remeasure import STEPS, Step, remeasure, stale

pytestmark = pytest.mark.unit


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The modules that were run; nothing is."""
    found: list[str] = []

    def run(command: tuple[str, ...]) -> None:
        found.append(command[0])
        if command[0] == "fails":
            raise subprocess.CalledProcessError(1, list(command))

    monkeypatch.setattr(module, "_run", run)
    monkeypatch.setattr(module, "MEASURED", tmp_path / "data" / "measured.json")
    return found


def step(tmp_path: Path, name: str, command: str = "works") -> Step:
    file = tmp_path / f"{name}.json"
    file.write_text("{}")
    return Step(name, name, (command,), ("avatars-parts",), file)


def test_a_step_is_run_once_for_the_same_weights(ran: list[str], tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    one = step(tmp_path, "one")
    assert "measured from" in stale(one)
    remeasure([one])
    remeasure([one])
    assert ran == ["works", *module.TABLES, *module.TABLES]
    assert "skipped" in capsys.readouterr().err
    remeasure([one], every=True)
    assert ran.count("works") == 2


def test_other_weights_or_a_file_that_is_gone_make_it_stale(ran: list[str], tmp_path: Path) -> None:
    one = step(tmp_path, "one")
    remeasure([one])
    assert stale(one) == ""
    kept = json.loads(module.MEASURED.read_text())
    kept["one"]["avatars-parts"] = "0" * 64
    module.MEASURED.write_text(json.dumps(kept))
    assert "avatars-parts" in stale(one)
    one.writes.unlink()
    assert "is not there" in stale(one)


def test_a_step_that_fails_ends_the_run_and_is_not_kept(ran: list[str], tmp_path: Path) -> None:
    steps = [step(tmp_path, "one"), step(tmp_path, "two", "fails"), step(tmp_path, "three")]
    with pytest.raises(subprocess.CalledProcessError):
        remeasure(steps)
    assert ran == ["works", "fails"]
    assert list(module.recorded()) == ["one"]


def test_every_step_runs_a_module_that_is_there() -> None:
    from importlib.util import find_spec

    for each in (*(s.command[0] for s in STEPS), *module.TABLES):
        assert find_spec(each) is not None, each
    assert len({s.writes for s in STEPS}) == len(STEPS)


def test_what_is_recorded_is_of_the_shipped_weights() -> None:
    """Fails where weights were exchanged and ``python -m genlens.steering.remeasure`` was not
    run."""
    for each in STEPS:
        if each.name in module.recorded():
            assert stale(each) == "", each.name
    assert replace(STEPS[0], reads=("no-such-model",)).inputs() == {"no-such-model": ""}
