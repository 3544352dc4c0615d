"""The parts of the anchor browser that a browser or a program may misuse."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pytest
import torch

from anchor_scores import grouping, scores
from genlens.anchors.criteria.criteria import CRITERIA
from genlens.anchors.criteria.criterion import own_criterion
from genlens.anchors.results import GROUPS
from genlens.errors import Cancelled, InputError
from genlens.figures.anchors.scatter import Axes
from genlens.ui import studies
from genlens.ui.anchors import link, missing, page, selected, sources
from genlens.ui.anchors.files import csv_text
from genlens.ui.anchors.scatter import view, widget
from genlens.ui.anchors.scored import Scored, require_varied, scored
from genlens.ui.anchors.seen import PICKED, Seen, seen
from genlens.ui.anchors.selected import choose, choose_shown
from genlens.ui.anchors.slices.tab import spaced
from genlens.ui.jobs import CancelFlags
from genlens.ui.lazy_tabs import key
from vae_page import small_study

pytestmark = pytest.mark.apps


@pytest.fixture
def own() -> str:
    """A visitor's own model of random weights with 120 pictures."""
    return studies.register("mine", small_study(120))


@pytest.fixture
def now(own: str) -> Seen:
    return seen(own)


def test_a_study_is_asked_about_its_own_pictures(now: Seen) -> None:
    assert len(now.here.scores) == 120 and now.here.scores.names == ("top", "middle", "bottom")
    assert now.grouping.counts.sum() == 120 and not now.here.shipped
    pictures, known = now.here.pictures([3, 5])
    assert known.all() and pictures.shape == (2, 1, 16, 16)
    assert now.here.rebuilt([3]).shape == (1, 1, 16, 16)


def test_nothing_of_a_visitor_is_in_a_link(own: str) -> None:
    head = {"model_id": own, "set_name": "", "x": "kld", "y": "mse", "tx": "", "ty": ""}
    assert link.query(head) == ""
    assert sources.sets_of(own) == [("your pictures", sources.STUDIED)]
    named = link.query({**head, "model_id": "zeros-vae", "tx": "3.5"}, group=PICKED, k=4)
    assert "picked" not in named and "tx=3.5" in named and "k=4" in named


def test_links_are_read_back_and_nonsense_is_left_out() -> None:
    head = {"model_id": "zeros-vae", "set_name": "studied", "x": "kld", "y": "ssim"}
    address = link.query({**head, "tx": "3.5", "ty": ""}, group="LILE", k=7, anchor=12)
    parameters = dict(part.split("=") for part in address[1:].split("&"))
    assert link.read(parameters, ["zeros-vae"], ["scatter"]) == {
        "model": "zeros-vae", "tab": "scatter", "set": "studied", "x": "kld", "y": "ssim",
        "tx": 3.5, "group": "LILE", "k": 7, "anchor": 12,
    }  # fmt: skip
    bad = {
        "model": "../x", "tab": "<b>", "set": "studied", "x": "mse", "y": "kld", "tx": "nan",
        "ty": "1e99", "group": PICKED, "k": "-3", "anchor": "٣",
    }  # fmt: skip
    assert link.read(bad, ["zeros-vae"], ["scatter"]) == {}


def test_cancel_answers_a_slow_choice_within_a_batch(
    own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow criterion is chosen in the head, Cancel pressed at its first pictures: the choices go
    back to what is shown, and no further pictures are looked at."""
    flags, asked = CancelFlags(), []

    def slow(images: torch.Tensor) -> torch.Tensor:
        asked.append(len(images))
        assert flags.cancel("me")
        return images.flatten(1).mean(1)

    slow_one = replace(own_criterion(slow, name="slow"), batch=4)
    monkeypatch.setitem(CRITERIA, "slow", slow_one)
    good = {"model": own, "set": "studied", "x": "kld", "y": "mse"}
    hooks = {"cancel": flags.start("me")}
    chosen = page.or_back(
        good, lambda: page.settle(own, "", "kld", "slow", {"y": "slow"}, good, **hooks)
    )
    back = next(chosen)
    assert back["model"] == own and back["y"].value == "mse"
    with pytest.raises(Cancelled):
        next(chosen)
    assert asked == [4]


def test_a_constant_criterion_is_named(now: Seen) -> None:
    flat = now.here.scores.values.copy()
    flat[:, 0] = 7
    here = replace(now.here, scores=replace(now.here.scores, values=flat))
    with pytest.raises(InputError, match="7 for all 120 anchors"):
        require_varied(here, "kld")
    require_varied(here, "mse")


def test_more_criteria_join_those_that_are_known(own: str, now: Seen) -> None:
    more = scored(own, "", ("kld", "mse", "dssim"))
    assert more.scores.criteria == (*now.here.scores.criteria, "dssim")
    assert np.array_equal(more.scores.values[:, :2], now.here.scores.values)
    assert set(more.thresholds) == set(more.scores.criteria)


@pytest.mark.parametrize("value", ["x", "nan", "inf", True, [1], float("inf")])
def test_a_threshold_that_is_no_number_is_refused(own: str, value: object) -> None:
    with pytest.raises(InputError, match="type a number"):
        seen(own, tx=value)


def test_choosing_is_refused_in_words(now: Seen) -> None:
    members = np.arange(5)
    for k, said in (
        (6, "the group has 5"),
        (0, "1 to 100"),
        (None, "whole number"),
        (2.5, "whole"),
    ):
        with pytest.raises(InputError, match=said):
            choose(now, members, k)
    with pytest.raises(InputError, match="empty"):
        choose(now, members[:0], 1)
    assert len(choose_shown(now, members, 10, most=True).rows) == 5
    assert len(set(choose(now, members, 5).rows.tolist())) == 5


def test_clip_space_is_about_pictures(now: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    members = np.arange(40)
    points = selected.points_of(now, members, "clip")
    assert points.shape[0] == 40 and np.allclose(np.linalg.norm(points, axis=1), 1, atol=1e-4)
    assert len(choose(now, members, 3, "k-center", "clip").rows) == 3
    monkeypatch.setattr(sources, "at_hand", lambda anchors, rows: np.asarray(rows) > 10)
    with pytest.raises(InputError, match="11 of these pictures are not on this machine"):
        choose(now, members, 3, "k-center", "clip")
    monkeypatch.setattr(selected, "MOST_CLIP", 39)
    with pytest.raises(InputError, match="at most 39 anchors, these are 40"):
        choose(now, members, 3, "k-center", "clip")


def test_representatives_are_shown_ones_where_not_all_are_here(
    now: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "at_hand", lambda anchors, rows: np.asarray(rows) % 10 == 0)
    members = np.arange(100)
    found = choose_shown(now, members, 4)
    assert (found.rows % 10 == 0).all() and "10 of 100" in found.note
    with pytest.raises(InputError, match="the group has 10"):
        choose_shown(now, members, 11)
    pictures, known = now.here.pictures([9, 10])
    assert known.tolist() == [False, True] and not pictures[0].any() and pictures[1].any()
    assert "does not ship" in view.card(now, 9)


def test_an_empty_group_says_what_to_do(now: Seen) -> None:
    none = seen(now.here.model_id, tx=-1.0)
    said, rows = view.selection(none, "HIHE", 5, None)
    assert "No anchor is in HIHE known" in said and rows == []
    said, rows = view.selection(now, PICKED, 5, None)
    assert "Nothing is selected yet" in said and rows == []


def test_a_visitors_selection_is_cut_to_what_there_is(now: Seen) -> None:
    assert now.members(PICKED, np.array([-3, 4, 119, 120, 10**9])).tolist() == [4, 119]


def event(now: Seen, **more: object) -> dict:
    return {"model": now.here.model_id, "set": now.here.set_name, "x": "kld", "y": "mse", **more}


def test_events_of_the_scatter_are_read(now: Seen) -> None:
    assert widget.read_event(7, event(now, kind="point"), now).row == 7
    bits = base64.b64encode(bytes([5] + [0] * 14)).decode()
    assert widget.read_event(-1, event(now, kind="brush", bits=bits), now).rows.tolist() == [0, 2]
    assert widget.read_event(-1, event(now, kind="thresholds", tx=1, ty=2.5), now).lines == (1, 2.5)
    assert widget.read_event(-1, event(now, kind="group", group=2), now).group == "LIHE"


@pytest.mark.parametrize(
    ("index", "more"),
    [
        (120, {"kind": "point"}), (-1, {"kind": "point"}), ("7", {"kind": "point"}),
        (-1, {"kind": "brush", "bits": "AA=="}), (-1, {"kind": "brush", "bits": 5}),
        (-1, {"kind": "thresholds", "tx": "1", "ty": 2}), (-1, {"kind": "thresholds", "tx": 1}),
        (-1, {"kind": "thresholds", "tx": float("nan"), "ty": 2}),
        (-1, {"kind": "group", "group": 4}), (-1, {"kind": "group", "group": "HIHE"}),
        (-1, {"kind": "delete"}), (-1, {}), (7, {"kind": "point", "x": "mahalanobis"}),
        (7, {"kind": "point", "model": "another"}),
    ],
)  # fmt: skip
def test_events_that_this_scatter_cannot_have_sent_are_refused(
    now: Seen, index: object, more: dict
) -> None:
    with pytest.raises(InputError):
        widget.read_event(index, event(now) | more, now)


@pytest.mark.parametrize("asked", [None, [], {}, {"model": "no-such"}, {"model": 7, "rows": 3}])
def test_what_the_script_asks_wrongly_is_answered_with_words(asked: object) -> None:
    for ask in (widget.points, widget.pictures, widget.samples):
        assert set(ask(asked)) == {"error"}


@pytest.mark.parametrize("rows", [None, [], [-1], [120], ["1"], [1.5], [True], 3])
def test_pictures_of_rows_that_are_not_there(now: Seen, rows: object) -> None:
    assert "error" in widget.pictures(event(now, rows=rows))
    assert widget.pictures(event(now, rows=[0, 119]))["rows"] == [0, 119]


def test_a_class_that_a_spreadsheet_would_run_is_written_as_text() -> None:
    of = replace(scores(6, 1), names=("=HYPERLINK(1)",), labels=np.zeros(6, np.int64))
    here = Scored("m", "s", None, None, of, {})
    written = csv_text(Seen(here, Axes("kld", "mse"), grouping(of)), np.arange(6))
    assert written.count("'=HYPERLINK(1)") == 6 and "1005" in written
    assert written.splitlines()[0] == "id,class,group,kld,mse"


@pytest.mark.parametrize(("n", "count"), [(1, 24), (5, 24), (24, 24), (3000, 24), (7, 1)])
def test_pictures_of_a_strip_are_spaced_from_the_first_to_the_last(n: int, count: int) -> None:
    places = spaced(n, count)
    assert len(places) == min(n, count) and places[0] == 0
    assert len(places) == 1 or places[-1] == n - 1


def test_criteria_without_their_network_are_shown_with_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lacking = replace(CRITERIA["mse"], title="Far <net>", missing=lambda: "genlens fetch far")
    monkeypatch.setitem(CRITERIA, "far", lacking)
    drawn = missing.missing_html(missing.missing_criteria())
    assert "disabled" in drawn and "genlens fetch far" in drawn and "Far &lt;net&gt;" in drawn


def test_what_a_page_is_about_is_one_key() -> None:
    assert key({"model": "a", "set": "b"}) != key({"model": "a", "set": "c"})
    assert len(GROUPS) == 4
