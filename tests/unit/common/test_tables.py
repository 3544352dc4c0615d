"""One table, three writers."""

from __future__ import annotations

import pytest

from genlens.common.tables import Cell, Table, width_of

pytestmark = pytest.mark.unit

TABLE = Table(("name", "n"), [("a", "1"), ("long one", "12")], align="lr")


def test_text_has_aligned_columns_and_no_trailing_spaces() -> None:
    assert TABLE.text() == "name       n\na          1\nlong one  12"
    assert Table((), [("a", "x"), ("bcd", "")]).text() == "a    x\nbcd"
    assert Table((), []).text() == ""


def test_text_counts_columns_and_not_characters() -> None:
    assert [width_of(text) for text in ("abc", "日本", "🐱", "e\u0301", "±−")] == [3, 4, 2, 1, 2]
    lines = Table(("word", "n"), [("猫", "1"), ("cafe\u0301", "2")]).text().splitlines()
    assert [width_of(line) for line in lines] == [7, 7, 7]


def test_markdown_is_aligned_by_its_rule() -> None:
    assert TABLE.markdown() == "| name | n |\n|---|---:|\n| a | 1 |\n| long one | 12 |"
    assert TABLE.markdown(padded=True).splitlines() == [
        "| name     |   n |",
        "|----------|----:|",
        "| a        |   1 |",
        "| long one |  12 |",
    ]


def test_pipes_and_line_breaks_stay_inside_their_cell() -> None:
    odd = Table(("a", "b"), [("x|y", "1\n2")])
    assert odd.markdown().splitlines()[2] == "| x\\|y | 1<br>2 |"
    assert odd.text().splitlines() == ["a    b", "x|y  1 2"]
    assert len(odd.markdown(padded=True).splitlines()) == 3


def test_html_escapes_all_but_markup_given_as_such() -> None:
    hostile = '<script>"&'
    cells = [(hostile, Cell("b", html="<b>b</b>", css='x"y'))]
    text = Table((hostile, "h"), cells, caption=hostile).html()
    assert "<script" not in text and text.count("&lt;script&gt;&quot;&amp;") == 3
    assert '<td class="x&quot;y"><b>b</b></td>' in text
    assert Table(("a",), [(Cell("<i>"),)]).html().count("&lt;i&gt;") == 1


def test_html_has_heads_for_rows_and_columns() -> None:
    text = Table(
        ("a", Cell("b", span=2)), [("x", "1", "2"), ("y", "3", "4")], row_css={1: "soft"}
    ).html(css="gl-board")
    assert text == (
        '<table class="gl-board"><thead><tr><th scope="col">a</th><th scope="col" colspan="2">b'
        '</th></tr></thead><tbody><tr><th scope="row">x</th><td>1</td><td>2</td></tr>'
        '<tr class="soft"><th scope="row">y</th><td>3</td><td>4</td></tr></tbody></table>'
    )
    assert "<thead>" not in Table((), [("x", "1")]).html()


def test_the_caption_stands_first() -> None:
    table = Table(("a",), [("1",)], caption="What <it> is")
    assert table.text().startswith("What <it> is\na")
    assert table.markdown().startswith("What <it> is\n\n| a |")
    assert "<caption>What &lt;it&gt; is</caption>" in table.html()
