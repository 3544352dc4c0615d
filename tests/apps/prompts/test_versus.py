"""Two prompts side by side on the page: what is kept, what is proposed, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from genlens.errors import InputError
from genlens.prompts import storage
from genlens.prompts.versus.compare import compare_prompts
from genlens.ui.prompts.more.kept import kept_as, read_asked
from genlens.ui.prompts.versus import work
from genlens.ui.prompts.view import PromptView
from page_explanations import HOSTILE, linear_explanation
from prompt_painter import Painter, PaletteEncoder

pytestmark = pytest.mark.apps


@pytest.fixture
def stored(tmp_path: Path) -> str:
    return str(storage.save(linear_explanation(), tmp_path / "first"))


def found(second: str = "a blue cat"):
    return compare_prompts(
        Painter(), "a red cat", second, noises=2, encoder=PaletteEncoder(), payoff="pixels"
    )


def test_a_comparison_is_in_every_file_and_in_the_link(stored: str) -> None:
    values = kept_as(stored, "?prompt=a+red+cat&seed=3&model=table", "versus", found())
    assert read_asked(dict(parse_qsl(values["address"][1:]))) == {
        "other": "a blue cat",
        "versus": 2,
    }
    assert "Two prompts compared" in Path(values["html"]).read_text("utf-8")
    written = json.loads(Path(values["json"]).read_text("utf-8"))["versus"]
    assert written["prompts"] == ["a red cat", "a blue cat"] and len(written["pairs"]) == 3
    view = PromptView.of(storage.load_dossier(values["stored"]))
    assert "Over 2 starting noises" in view.versus["versus"] and "other=a+blue+cat" in view.address


def test_words_of_a_prompt_are_text_in_the_figure() -> None:
    drawn = work.versus_html(found(f"a {HOSTILE} cat"))
    assert HOSTILE not in drawn and "&lt;" in drawn


def test_links_to_a_second_prompt_are_read_with_care() -> None:
    assert read_asked({"other": " ", "versus": "1"}) == {}
    assert len(read_asked({"other": "a" * 9999})["other"]) == 300


def test_a_second_prompt_is_proposed_where_the_old_one_does_not_belong(stored: str) -> None:
    assert work.swapped("a red cat") == "a blue cat"
    assert work.swapped("a big Cat") == "a big dog" and work.swapped("dog") == "cat"
    assert work.proposed(stored, "a fat cat") == "a fat cat"  # it shares two of three words
    assert work.proposed(stored, "two boats on water") == "a blue cat"
    assert work.proposed(None, "a dog") == "a dog"


def test_the_cost_is_said_only_where_it_can_be(stored: str) -> None:
    assert "from 3 noises: 36 images" in work.cost_html(stored, "a blue cat", 3)
    for other, noises in (("", 3), (None, 3), ("a " * 21, 3), ("a cat", None), ("a cat", 1.5)):
        assert work.cost_html(stored, other, noises) == ""
    assert work.cost_html(None, "a cat", 3) == ""
    assert "up to 384 images" in work.cost_html(
        stored, "a big blue cat next to " + "a red car " * 2, 3
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("", "a cat", 0, "emoji-diffusion"), "empty"),
        (("a cat", None, 0, "emoji-diffusion"), "text"),
        (("a cat", ["x"], 0, "emoji-diffusion"), "text"),
        (("a cat", "a " * 21, 0, "emoji-diffusion"), "21 words"),
        (("a cat", "a dog", float("nan"), "emoji-diffusion"), "the seed"),
        (("a cat", "a dog", 1e99, "emoji-diffusion"), "the seed"),
        (("a cat", "a dog", 0, "../model"), "does not offer"),
        (("a cat", "a dog", 0, "emoji-diffusion", 1), "noises"),
        (("a cat", "a dog", 0, "emoji-diffusion", None), "noises"),
        (("a cat", "a dog", 0, "emoji-diffusion", 2, "x"), "steps"),
    ],
)
def test_programs_are_refused_in_one_sentence(arguments, says) -> None:
    with pytest.raises(InputError, match=says):
        work.api_compare_prompts(*arguments)
    with pytest.raises(InputError, match="up to 8 words"):
        work.ask_versus(None, "a cat", 2)
