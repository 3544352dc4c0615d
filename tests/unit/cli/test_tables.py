"""The README and the cards say what was recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from genlens.cli import tables
from genlens.errors import InputError
from genlens.zoo import evaluate
from genlens.zoo.table import QUICK, format_table, verdict

pytestmark = pytest.mark.unit


def test_texts_say_what_was_recorded() -> None:
    found = list(tables.texts())
    assert {p.name for p in found} >= {
        "README.md",
        "latents.md",
        "prompts.md",
        "zoo.md",
        "emoji-diffusion.md",
    }
    for path in found:
        text = path.read_text(encoding="utf-8")
        assert tables.filled(text) == text, f"{path}: run python -m genlens.cli.tables"


def test_a_table_is_put_between_its_marks_and_nowhere_else() -> None:
    text = "before\n<!-- table: emoji-clip -->\nformerly\n<!-- end table -->\nafter"
    new = tables.filled(text)
    assert new.startswith("before\n<!-- table: emoji-clip -->\n\n| model")
    assert new.endswith("<!-- end table -->\nafter") and "formerly" not in new
    assert tables.filled(new) == new
    with pytest.raises(InputError, match="no table"):
        tables.table("gone")


def figure(value: float, low: float, high: float) -> dict[str, object]:
    return {"value": value, "low": low, "high": high, "n": 100, "left_out": {"too dark": 3}}


def test_a_missed_bar_is_said_and_one_within_the_interval_too() -> None:
    results = {
        "quick": False,
        "models": {"emoji-referee": {"accuracy": figure(0.5, 0.4, 0.6)}},
        "left_out": {"digits-vae": "no weights"},
    }
    shown = format_table(results, ["emoji-referee", "digits-vae", "avatars-vae"])
    assert "| 50.0 % | 40.0 % to 60.0 % | 100 | ≥ 98.5 % (below the bar) | 3: too dark |" in shown
    assert "no weights" in shown and "not measured" in shown and QUICK not in shown
    assert verdict("emoji-referee", "accuracy", figure(0.99, 0.97, 1.0)) == "cannot be told"
    assert verdict("emoji-referee", "accuracy", figure(0.99, 0.985, 1.0)) == ""
    assert verdict("emoji-diffusion", "filler_ratio", figure(0.2, 0.15, 0.3)) == "below the bar"
    assert format_table({**results, "quick": True}).startswith(QUICK)


def test_a_quick_look_is_never_the_full_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "CARDS", tmp_path)
    (tmp_path / "zoo.json").write_text('{"quick": true, "models": {}}', encoding="utf-8")
    with pytest.raises(InputError, match="quick look"):
        tables.table("zoo")


def test_only_models_of_the_zoo_are_measured() -> None:
    with pytest.raises(InputError, match="emoji-sam"):
        evaluate.evaluate_zoo(models=["gone"])
    with pytest.raises(InputError, match="cases is 0"):
        evaluate.evaluate_zoo(0)
