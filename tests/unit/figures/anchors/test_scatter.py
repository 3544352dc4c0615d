"""The scatter's shell and the arrays that its script draws."""

from __future__ import annotations

import base64
import html
import json
import re

import numpy as np
import pytest

from anchor_scores import grouping, scores
from genlens.errors import InputError
from genlens.figures.anchors.scatter import Axes, packed, scatter_html, stretched, unpacked_rows
from genlens.figures.anchors.scatter_picture import scatter_picture

pytestmark = pytest.mark.unit
AXES = Axes("kld", "mse")
TITLES = {"kld": "KLD", "mse": "MSE"}


def shell(**more) -> str:
    of = scores()
    return scatter_html(
        of, grouping(of), AXES, titles=TITLES, origin={"model": "m", "set": "s"}, **more
    )


def facts(drawn: str) -> dict:
    return json.loads(html.unescape(re.search(r'data-facts="([^"]*)"', drawn)[1]))


def test_what_is_sent_is_what_was_scored_bit_by_bit() -> None:
    of = scores(1001)
    sent = packed(of, AXES)
    for name, kind, wanted in (
        ("x", "<f4", of.values[:, 0]), ("y", "<f4", of.values[:, 1]),
        ("labels", "<i2", of.labels), ("ids", "<u4", of.ids),
    ):  # fmt: skip
        got = np.frombuffer(base64.b64decode(sent[name]), kind)
        assert np.array_equal(got, wanted), name
    assert np.array_equal(
        np.frombuffer(base64.b64decode(packed(of, Axes("mse", "kld"))["x"]), "<f4"), of.values[:, 1]
    )


def test_56_000_anchors_are_sent_in_less_than_a_megabyte() -> None:
    assert sum(map(len, packed(scores(56_000), AXES).values())) < 1.1e6


@pytest.mark.parametrize("n", [1, 7, 8, 9, 64, 1001])
def test_a_selection_comes_back_from_its_bits(n: int) -> None:
    rng = np.random.default_rng(n)
    chosen = np.flatnonzero(rng.random(n) < 0.4)
    bits = np.zeros(-(-n // 8), np.uint8)
    for i in chosen:  # as the script does it
        bits[i >> 3] |= 1 << (i & 7)
    assert np.array_equal(unpacked_rows(base64.b64encode(bits).decode(), n), chosen)


@pytest.mark.parametrize("bits", ["%%%", "", base64.b64encode(b"12345").decode(), "äö", 7])
def test_a_selection_of_something_else_is_refused(bits: object) -> None:
    with pytest.raises(InputError, match="selection"):
        unpacked_rows(bits, 100)


def test_the_shell_says_what_it_is_of_and_its_stamp_changes_with_it() -> None:
    drawn = shell(marked=[3, 5])
    said = facts(drawn)
    assert (said["model"], said["x"], said["y"], said["marked"]) == ("m", "kld", "mse", [3, 5])
    assert said["tx"] == said["tx0"] == 8.0
    stamps = {re.search(r'data-stamp="(\w+)"', s)[1] for s in (drawn, shell(), shell(marked=[3]))}
    assert len(stamps) == 3


def test_the_points_themselves_are_not_in_the_page() -> None:
    of = scores(5000)
    drawn = scatter_html(of, grouping(of), AXES, titles=TITLES, origin={"model": "m", "set": "s"})
    assert len(drawn) < 15_000


def test_names_are_escaped() -> None:
    of = scores()
    evil = type(of)(**{**vars(of), "names": ("<img src=x onerror=alert(1)>", '"><b>', "c")})
    drawn = scatter_html(
        evil, grouping(evil), AXES, titles=TITLES, origin={"model": '"><b>', "set": "s"}
    )
    assert "<img" not in drawn and "<b>High" in drawn and drawn.count("<b>") == 1


def test_an_unknown_criterion_is_named() -> None:
    of = scores()
    with pytest.raises(InputError, match="'ssim' was not scored: take one of kld, mse"):
        packed(of, Axes("kld", "ssim"))


def test_axes_open_logarithmic_only_where_values_are_stretched_and_positive() -> None:
    assert stretched(np.exp(np.linspace(0, 5, 100)))
    assert not stretched(np.linspace(5, 9, 100))
    assert not stretched(np.r_[0.0, np.exp(np.linspace(0, 5, 100))])


def test_the_still_picture_has_a_dot_for_each_group_and_numbers() -> None:
    of = scores(300)
    drawn = scatter_picture(of, grouping(of), AXES, TITLES, [4, 9])
    assert drawn.count("gl-rep") == 2 and "Scatter of 300 anchors, KLD across and MSE up" in drawn
    for name in ("HIHE known", "HILE model delusion", "LIHE aligned conception", "LILE unknown"):
        assert name in drawn
