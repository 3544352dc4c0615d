"""HTML figures: well formed, complete, escaped, and the same colour for the same word."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from genlens.figures.palette import word_colour
from genlens.figures.prompts.annotated_image import annotated_image, describe
from genlens.figures.prompts.coalition_gallery import coalition_gallery
from genlens.figures.prompts.object_matrix import crop, evidence_table, object_matrix
from genlens.figures.prompts.shapley_bar import shapley_table
from genlens.figures.prompts.summary_picture import summary_picture
from genlens.figures.prompts.word_chips import word_chips
from genlens.figures.style import page, percent, signed, stylesheet
from page_explanations import HOSTILE, linear_explanation

pytestmark = pytest.mark.unit

FIGURES = {
    "annotated_image": annotated_image,
    "word_chips": word_chips,
    "coalition_gallery": coalition_gallery,
    "object_matrix": object_matrix,
    "evidence_table": lambda e: evidence_table(e, "text"),
    "shapley_table": lambda e: shapley_table(e.attribution),
}
VOID = {"img", "input", "br", "meta", "hr"}


class Tree(HTMLParser):
    """Every opened tag is closed in order; keeps the elements seen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def having(self, css_class: str) -> list[dict[str, str | None]]:
        return [a for _, a in self.seen if css_class in (a.get("class") or "").split()]


@pytest.mark.parametrize("name", FIGURES)
def test_well_formed_and_hostile_text_stays_text(name: str) -> None:
    prompt = f'a {HOSTILE} "><img src=x onerror=alert(1)>'.replace("img src", "img/src").replace(
        "x onerror", "x/onerror"
    )
    tree = Tree(FIGURES[name](linear_explanation(prompt)))
    assert not any(tag == "script" for tag, _ in tree.seen)
    assert not any(key.startswith("on") for _, attrs in tree.seen for key in attrs)
    assert all((a.get("src") or "data:").startswith("data:") for _, a in tree.seen)


def test_a_word_has_one_colour_in_every_figure() -> None:
    explanation = linear_explanation("a red cat")
    cat = word_colour(2)
    chip = Tree(word_chips(explanation)).having("gl-chip")[2]
    shape = next(
        a for a in Tree(annotated_image(explanation)).having("gl-object") if a["data-word"] == "2"
    )
    assert cat in (chip["style"] or "")
    assert cat in (shape["style"] or "")
    for figure in (object_matrix(explanation), coalition_gallery(explanation)):
        assert cat in figure
    assert cat in shapley_table(explanation.attribution)


def test_chips_keep_the_order_and_say_their_share() -> None:
    explanation = linear_explanation("a red cat", (0.0, 0.1, 0.3))
    text = word_chips(explanation)
    assert text.index(">a<") < text.index(">red<") < text.index(">cat<")
    assert "75 %" in text
    assert "25 %" in text
    chips = Tree(text).having("gl-chip")
    assert [c["data-word"] for c in chips] == ["0", "1", "2"]
    assert all(c["aria-pressed"] == "false" for c in chips)


def test_unknown_words_are_marked_with_the_nearest_known() -> None:
    text = word_chips(linear_explanation("a <glorp> cat"))
    assert "this model has not learned this word; near: cat, car" in text
    assert sum("gl-unknown" in (c["class"] or "") for c in Tree(text).having("gl-chip")) == 1


def test_every_object_can_take_the_focus_and_has_a_name() -> None:
    explanation = linear_explanation(objects=2)
    tree = Tree(annotated_image(explanation))
    shapes = tree.having("gl-object")
    assert len(shapes) == 2
    assert all(s["tabindex"] == "0" and s["role"] == "button" and s["aria-label"] for s in shapes)
    assert {"title", "desc"} <= {tag for tag, _ in tree.seen}
    ids = [a["id"] for _, a in tree.seen if "id" in a]
    assert len(ids) == len(set(ids))
    assert describe(linear_explanation(objects=0)) == "No objects were found in it."


def test_gallery_holds_every_sub_prompt_once_and_both_orders() -> None:
    explanation = linear_explanation("a red cat", (0.1, 0.05, 0.3))
    tiles = Tree(coalition_gallery(explanation)).having("gl-tile")
    assert len(tiles) == 8
    for variable in ("--gl-size", "--gl-payoff"):
        places = sorted(
            int(dict(p.split(":") for p in (t["style"] or "").split(";"))[variable]) for t in tiles
        )
        assert places == list(range(8))
    first = next(t for t in tiles if "--gl-payoff:0" in (t["style"] or ""))
    assert first is next(t for t in tiles if "--gl-size:7" in (t["style"] or ""))


def test_matrix_without_objects_says_so() -> None:
    assert "No objects were found" in object_matrix(linear_explanation(objects=0))
    assert evidence_table(linear_explanation(), "cause") == ""


def test_crop_is_square_and_grey_outside_the_object() -> None:
    explanation = linear_explanation()
    found = explanation.links.objects[0]
    out = crop(explanation.image, found.mask, (2, 4, 12, 9))
    assert out.shape == (10, 10, 3)
    assert (out[0] == 127).all()


def test_numbers_in_words() -> None:
    assert (percent(0.314), percent(-0.05), percent(float("nan"))) == ("31 %", "−5 %", "–")
    assert percent(-0.001) == "0 %"
    assert (signed(-1e-17), signed(0.25), signed(-0.5, 1)) == ("0.000", "+0.250", "−0.5")


def test_sum_is_told_as_it_is() -> None:
    text = shapley_table(linear_explanation("a cat", (0.2, 0.4)).attribution)
    assert "+0.6000" in text
    assert "empty prompt (0.3000)" in text


def test_page_stands_alone() -> None:
    text = page("<b>", word_chips(linear_explanation()))
    assert "&lt;b&gt;" in text
    assert "http" not in text
    assert stylesheet() in text


def test_picture_for_slides_shows_the_words_colours() -> None:
    picture = np.asarray(summary_picture(linear_explanation("a red cat")))
    colours = {tuple(c) for c in picture.reshape(-1, 3)[::7]}
    for j in range(3):
        wanted = tuple(int(word_colour(j)[i : i + 2], 16) for i in (1, 3, 5))
        assert wanted in colours
