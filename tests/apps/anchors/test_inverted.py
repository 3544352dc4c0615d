"""A generator on the anchor page, asked by inversion: a small one of random weights."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.anchors import subject
from genlens.errors import Cancelled, InputError
from genlens.figures.anchors.scatter import Axes
from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator
from genlens.models.memory import MEMORY
from genlens.study.generated import study_of_generator
from genlens.ui import studies
from genlens.ui.anchors import inverted as page_inverted
from genlens.ui.anchors import page, sources
from genlens.ui.anchors.criteria.tab import criteria_html
from genlens.ui.anchors.own_samples import own_samples
from genlens.ui.anchors.samples.tab import samples_html
from genlens.ui.anchors.scatter import view
from genlens.ui.anchors.scored import scored
from genlens.ui.anchors.seen import Seen, seen
from genlens.ui.serving.access import Access, allow
from steering_page import small_stylegan

pytestmark = pytest.mark.apps
AXES = ("inversion", "mse")


@pytest.fixture(scope="module")
def own() -> str:
    """A generator with 70 pictures that it draws itself."""
    gan = StyleGAN2Generator(small_stylegan(), None, device="cpu")
    return studies.register("gan", study_of_generator(gan, n=70))


@pytest.fixture(scope="module")
def now(own: str) -> Seen:
    allow(Access(most_seconds=float("inf")))
    try:
        return seen(own, "", *AXES)
    finally:
        allow(None)


def test_few_anchors_with_all_their_criteria(now: Seen) -> None:
    here = now.here
    assert (
        len(here.scores) == subject.ANCHORS and here.scores.criteria == subject.AT_ONCE["Generator"]
    )
    assert set(here.thresholds) == set(here.scores.criteria)
    assert here.rebuilt([3, 5]).shape == (2, 3, 16, 16)
    assert here.codes(np.arange(4)).shape == (4, 8)
    assert now.axes == Axes(*AXES)


def test_a_slow_machine_is_asked_about_fewer_and_says_so(own: str) -> None:
    anchors = sources.source(own).anchors
    few = page_inverted.as_many_as_fit(anchors, 20.7, 300)
    assert len(few) == 20 and "20 of them: more would take over 300 s" in few.title
    rows = few.ids.tolist()
    assert rows == sorted(set(rows)) and (rows[0], rows[-1]) == (0, len(anchors) - 1)
    np.testing.assert_allclose(few.pictures([1]), anchors.pictures(rows[1:2]))
    for fitting in (len(anchors), 1000.0, 11.9, -3.0):  # all fit, or far too few
        assert page_inverted.as_many_as_fit(anchors, fitting, 300) is anchors


def test_every_tab_of_it_can_be_drawn(own: str, now: Seen) -> None:
    assert "Generator" not in page.line_html(now) and "searched for by gradient" in page.line_html(
        now
    )
    assert "gl-scatter" in view.drawn(now) and "Anchor no. 3" in view.card(now, 3)
    assert "Inversion" in criteria_html(now.here, now)
    head = {"model_id": own, "set_name": "", "x": AXES[0], "y": AXES[1], "tx": "", "ty": ""}
    assert "100 samples" in samples_html(0, **head)
    drawn = own_samples(now)
    assert len(drawn.images) == len(drawn.values) == subject.DRAWN
    with pytest.raises(InputError, match="only the 100 samples"):
        own_samples(now, seed=1)


def test_the_pickers_offer_what_can_be_asked(own: str) -> None:
    axes = page.axes_of(own, "kld", "lpips")
    assert axes["x"][1] == "inversion" and axes["y"][1] == "mse"
    assert {name for _, name in axes["x"][0]} == {"inversion", "mahalanobis"}
    assert page.axes_of("zeros-vae", "mahalanobis", "ssim")["x"][1] == "mahalanobis"
    assert {"avatars-gan", "emoji-diffusion"} <= {name for _, name in sources.model_choices()}


def test_another_model_takes_its_own_criteria_and_goes_back_where_refused(own: str, now) -> None:
    good = {"model": "zeros-vae", "set": "digits", "x": "kld", "y": "mse"}
    found = page.settle(own, "", "kld", "mse", None, good)
    assert found["x"].value == "inversion" and found["good"]["x"] == "inversion"
    assert len(now.members(found["group"])), "the group that is shown is not empty"
    linked = page.settle(own, "", "kld", "mse", {"group": "LIHE"}, good)
    assert linked["group"] == "LIHE"
    steps = page.or_back(good, lambda: page.settle(own, "", "kld", "mse", {"tx": "x"}, good))
    back = next(steps)
    assert back["x"].value == "kld" and "kld" in [name for _, name in back["x"].choices]
    with pytest.raises(InputError, match="type a number"):
        next(steps)


@pytest.mark.parametrize("name", ["kld", "noise-error", "nonsense", "inception-distance"])
def test_criteria_that_it_cannot_be_asked_are_named(own: str, name: str) -> None:
    with pytest.raises(InputError, match=r"take one of"):
        scored(own, "", (name, "mse"))


def test_what_takes_too_long_is_refused_with_the_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    gan = StyleGAN2Generator(small_stylegan(1), None, device="cpu")
    mine = studies.register("slow", study_of_generator(gan, n=20, seed=1))
    monkeypatch.setattr(subject, "seconds_each", lambda *_: 2.0)
    allow(Access(most_seconds=20))
    try:
        with pytest.raises(
            InputError, match=r"20 pictures × 2 s = 40 s|120 pictures × 2 s = 240 s"
        ):
            scored(mine, "", AXES)
    finally:
        allow(None)


def test_a_stop_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gan = StyleGAN2Generator(small_stylegan(2), None, device="cpu")
    mine = studies.register("stopped", study_of_generator(gan, n=20, seed=2))
    with pytest.raises(Cancelled):
        scored(mine, "", AXES, cancel=lambda: True)
    assert ("anchors-inverted", sources.source(mine).content) not in MEMORY
    assert page_inverted.subject is subject
