"""The README and the cards say what was recorded."""

from __future__ import annotations

import pytest

from genlens.cli import tables
from genlens.errors import InputError
from genlens.zoo import evaluate

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
    text = "before\n<!-- table: emoji-clip -->\nold\n<!-- end table -->\nafter"
    new = tables.filled(text)
    assert new.startswith("before\n<!-- table: emoji-clip -->\n\n| model")
    assert new.endswith("<!-- end table -->\nafter") and "old" not in new
    assert tables.filled(new) == new
    with pytest.raises(InputError, match="no table"):
        tables.table("gone")


def test_a_missed_bar_is_said() -> None:
    results = {"emoji-referee": {"accuracy": 0.5}, "digits-vae": {"left_out": "no weights"}}
    shown = evaluate.markdown_table(results, ["emoji-referee", "digits-vae", "avatars-vae"])
    assert "| 50.0 % | ≥ 98.0 % (below the bar) |" in shown
    assert "no weights" in shown and "not measured" in shown


def test_only_models_of_the_zoo_are_measured() -> None:
    with pytest.raises(InputError, match="emoji-sam"):
        evaluate.evaluate_zoo(models=["gone"])
