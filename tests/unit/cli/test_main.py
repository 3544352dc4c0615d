"""The command line: what it prints, what it refuses, and how it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genlens.cli import main as cli
from genlens.cli import output, terminal
from genlens.models.contracts import ObjectMask, Word
from genlens.prompts.results import Links, PromptExplanation, TokenAttribution

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
ENV = {**os.environ, "PYTHONPATH": str(ROOT / "shared"), "PYTHONIOENCODING": "utf-8"}


def genlens(*args: str, **options: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as a user starts it."""
    return subprocess.run(
        [sys.executable, "-m", "genlens.cli.main", *args],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=ENV,
        timeout=300,
        **options,  # type: ignore[call-overload]
    )


@pytest.fixture
def explanation() -> PromptExplanation:
    """A two-word game worked out by hand: v(none)=0.2, v(cat)=0.8, v(glimmer)=0.2, v(both)=1."""
    words = (Word("Cat", (5,)), Word("glimmer", (3,), False, ("glitter", "star")))
    coalitions = np.array([[False, False], [True, False], [False, True], [True, True]])
    mask = np.zeros((8, 8), dtype=bool)
    mask[2:6, 2:6] = True
    return PromptExplanation(
        prompt="Cat glimmer",
        image=np.zeros((8, 8, 3), np.uint8),
        attribution=TokenAttribution(
            words=words,
            values=np.array([0.7, 0.1]),
            shares=np.array([0.875, 0.125]),
            base_value=0.2,
            full_value=1.0,
            model_calls=4,
        ),
        links=Links(
            objects=(ObjectMask(mask, (2, 2, 6, 6), 0.9, 16),),
            scores=np.array([[0.8, 0.1, 0.1]]),
            text_similarity=np.array([[0.5, 0.1]]),
            image_similarity=np.array([[0.5, 0.1]]),
            word_of=np.array([0]),
        ),
        coalitions=coalitions,
        payoffs=np.array([0.2, 0.8, 0.2, 1.0]),
        coalition_images=np.zeros((4, 8, 8, 3), np.uint8),
    )


def test_table_names_words_values_shares_and_objects(explanation: PromptExplanation) -> None:
    lines = terminal.explanation_table(explanation).splitlines()
    cat, glimmer = lines[1], lines[2]
    assert cat.split()[:3] == ["Cat", "+0.7000", "87.5%"] and cat.split()[-1] == "1"
    assert glimmer.split()[:4] == ["glimmer", "(?)", "+0.1000", "12.5%"]
    full = max(cat.count("█"), cat.count("#"))
    assert full == round(0.875 * terminal.BAR_WIDTH)
    assert "all words 1.0000, no word 0.2000" in lines[4] and "4 images" in lines[4]
    assert lines[5] == "(?) this model has not learned 'glimmer'; nearest: glitter, star"


def test_what_shows_as_zero_has_no_sign_and_one_is_one(explanation: PromptExplanation) -> None:
    explanation.attribution.values[:] = (0.8, -1e-9)
    explanation.attribution.shares[:] = (1.0, -1e-9)
    table = terminal.explanation_table(replace(explanation, attribution=replace(
        explanation.attribution, model_calls=1, base_value=-1e-9)))  # fmt: skip
    assert "-0.0" not in table and "+0.0000" not in table
    assert table.splitlines()[2].split()[2:4] == ["0.0000", "0.0%"]
    assert "1 object, 1 image made" in table and "no word 0.0000" in table


def test_table_without_shares_shows_a_dash(explanation: PromptExplanation) -> None:
    """When the values sum to nothing there is no share to show."""
    explanation.attribution.shares[:] = np.nan
    assert "nan" not in terminal.explanation_table(explanation)


def test_words_that_hardly_matter_are_said_first(explanation: PromptExplanation) -> None:
    assert "hardly change" not in terminal.explanation_table(explanation)
    noisy = replace(explanation, noise_payoffs=np.array([-0.8, -0.7, -0.9]))
    assert terminal.explanation_table(noisy).startswith("The words hardly change this image")


def test_bars_fit_the_encoding(
    explanation: PromptExplanation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    table = terminal.explanation_table(explanation)
    assert "█" not in table and "#" in table


def test_figures_table_flattens_groups() -> None:
    table = terminal.figures_table({"n": 3, "clip": {"top1": 0.91234}, "each": [1, 2]})
    assert table.splitlines() == ["n          3", "clip.top1  0.9123"]


def test_json_has_no_nan(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    output.write_json(file, {"a": float("nan"), "b": [1.5, float("inf")], "c": {"d": "é"}})
    assert json.loads(file.read_text("utf-8")) == {"a": None, "b": [1.5, None], "c": {"d": "é"}}


def test_help_lists_every_command() -> None:
    done = genlens("--help")
    assert done.returncode == 0
    for command in ("explain", "evaluate", "deploy", "demo", "models"):
        assert command in done.stdout


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["explain", "a cat", "--json", "/no/such/folder/out.json"], "make the folder first"),
        (["explain", "a cat", "--out", "."], "is a folder"),
        (["explain", "a cat", "--out", "x.jpg"], "ends in .html or .png or .json or .csv or .npz"),
        (["explain", "a cat", "--out", "x"], "ends in .html or .png or .json or .csv or .npz"),
        (["deploy", "no_such_app", "--dry-run", "staged"], "There is no app 'no_such_app'"),
        (["deploy", "../spaces", "--dry-run", "staged"], "There is no app"),
        (["evaluate", "prompts", "--n", "0"], "at least 1"),
        (["evaluate", "zoo", "--n", "-5"], "at least 1"),
        (["explain", ""], "empty"),
        (["explain", "one two three four five six seven eight nine"], "8"),
        (["explain", "a cat", "--model", "no-such-model"], "no-such-model"),
    ],
)
def test_refusals_exit_2_with_one_message(args: list[str], says: str, tmp_path: Path) -> None:
    done = genlens(*args, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("genlens: ") and says in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["prompts", "estimators", "paper", "attention", "inside"])
def test_a_model_of_ones_own_is_what_is_measured(what: str, capsys) -> None:
    asked = ["evaluate", what, "--quick", "--processes", "1"]
    assert cli.main([*asked, "--model", "no-such-model"]) == 2
    assert "no-such-model" in capsys.readouterr().err
    assert cli.main(["evaluate", what, "--quick", "--model", "a", "--model", "b"]) == 2
    assert "was given 2 times" in capsys.readouterr().err


def test_unknown_command_exits_2() -> None:
    done = genlens("explode")
    assert done.returncode == 2 and "explode" in done.stderr


def test_explain_end_to_end_on_tiny_models(
    tmp_path: Path, tiny_pipeline_dir: Path, tiny_clip_dir: Path, tiny_sam_dir: Path
) -> None:
    done = genlens(
        *("explain", "A cat, glimmer", "--seed", "3", "--steps", "2"),
        *("--model", str(tiny_pipeline_dir), "--encoder", str(tiny_clip_dir)),
        *("--segmenter", str(tiny_sam_dir), "--json", "out.json", "--out", "report.html"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "cat," in done.stdout and "share" in done.stdout
    numbers = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert numbers["tokens"] == ["A", "cat,", "glimmer"]
    assert sum(numbers["values"]) == pytest.approx(
        numbers["full_value"] - numbers["base_value"], abs=1e-5
    )
    assert numbers["made_by"]["seed"] == 3 and numbers["made_by"]["settings"]["steps"] == 2
    report = (tmp_path / "report.html").read_text("utf-8")
    assert report.lstrip().lower().startswith("<!doctype html") and "glimmer" in report
    # Off a terminal there is no progress line to clutter a log.
    assert "\x1b" not in done.stderr and "\r" not in done.stderr


def test_models_lists_the_catalog() -> None:
    done = genlens("models")
    assert done.returncode == 0, done.stderr
    for model in ("emoji-diffusion", "emoji-clip", "emoji-sam"):
        assert model in done.stdout


def test_progress_line_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with terminal.terminal_progress() as progress:
        assert progress is not None
        progress(0, 0, "starting")
        progress(3, 4, "images")
    assert "3/4 images" in stream.getvalue() and stream.getvalue().endswith("\x1b[K")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with terminal.terminal_progress() as progress:
        assert progress is None


def test_interrupt_exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    from genlens.hosting import suite

    def interrupted(**_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(suite, "serve", interrupted)
    assert cli.main(["demo", "--no-browser"]) == 130


def test_a_reader_that_leaves_early_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """``genlens models | head -0``: the pipe closes before anything is written."""
    with subprocess.Popen(
        [sys.executable, "-m", "genlens.cli.main", "models"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENV,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read().decode()
        assert process.wait(timeout=120) == 0
    assert "Traceback" not in errors and "BrokenPipe" not in errors


def test_the_ways_of_check_are_those_of_the_prompts_room() -> None:
    from genlens.cli.prompts import check
    from genlens.prompts.payoffs.payoffs import PAYOFFS
    from genlens.prompts.removal import REMOVALS

    assert tuple(PAYOFFS) == check.PAYOFFS and tuple(REMOVALS) == check.REMOVALS
