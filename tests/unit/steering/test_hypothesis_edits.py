"""Edits of faces: what they change, what they leave, and that a face is always the same face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.errors import InputError
from genlens.steering.hypotheses.edits.edit import Edit
from genlens.steering.hypotheses.edits.edits import EDITS
from genlens.steering.hypotheses.edits.faces import Drawn, Given
from genlens.steering.hypotheses.edits.pictures import CHANGES, ChangePicture
from genlens.steering.hypotheses.edits.redraw import Redraw
from genlens.steering.hypotheses.edits.shams import moved_change
from genlens.steering.hypotheses.run import run_hypothesis
from genlens.worlds.avatars import draw_codes, faces_of
from known_assessors import Windows

pytestmark = pytest.mark.unit

GLASSES = Redraw("glasses", ("sunglasses",), ("none",), size=32)


def test_redrawing_changes_the_part_and_nothing_else() -> None:
    pairs = replace(GLASSES, size=64).pairs(0, 30, 5)
    codes = {f: c[:30] for f, c in draw_codes(30, 5).items()}
    worn = faces_of({**codes, "glasses": np.full(30, 4)}, size=64)
    assert torch.equal(pairs.after, worn.tensor())
    changed = (pairs.after != pairs.before).any(1)
    assert changed.any((1, 2)).all()
    rows = np.flatnonzero(changed.any(0).any(1).numpy())
    assert rows.min() > 64 * 0.3 and rows.max() < 64 * 0.6  # the band of the eyes


@pytest.mark.parametrize(
    "edit",
    [
        Redraw.of_property("smile", size=32),
        ChangePicture(Drawn(32), "hue", "hair"),
        ChangePicture(Given(torch.rand(60, 3, 20, 24)), "blur", "mouth"),
    ],
)
def test_a_face_is_the_same_whatever_it_is_asked_together_with(edit) -> None:
    assert isinstance(edit, Edit)
    together, apart = edit.pairs(0, 12, 7), edit.pairs(5, 4, 7)
    for name in ("before", "after", "control"):
        assert torch.equal(getattr(together, name)[5:9], getattr(apart, name))
    assert not torch.equal(edit.pairs(0, 12, 8).before, together.before)


def test_the_moved_change_is_as_large_and_elsewhere() -> None:
    before = torch.full((8, 3, 32, 32), 0.5)
    after = before.clone()
    after[:, :, 4:8, 10:16] = 0.9
    control = moved_change(before, after, 0, 0)
    assert (control - before).pow(2).sum((1, 2, 3)).tolist() == pytest.approx(
        (after - before).pow(2).sum((1, 2, 3)).tolist(), rel=1e-5
    )
    assert not ((control != before) & (after != before)).any()
    assert len({tuple(one.flatten().tolist()) for one in control}) > 1


@pytest.mark.parametrize("name", CHANGES)
def test_changes_of_pictures(name) -> None:
    images = torch.rand(4, 3, 33, 47)
    inside = ChangePicture(Given(images), name, (0.25, 0.25, 0.75, 0.75)).pairs(0, 4, 0)
    assert torch.equal(inside.before[:, :, :8], inside.after[:, :, :8])  # outside the box
    assert not torch.equal(inside.before[:, :, 8:24, 12:35], inside.after[:, :, 8:24, 12:35])
    assert inside.after.min() >= 0 and inside.after.max() <= 1
    grey = Given(torch.rand(4, 1, 20, 20))
    assert ChangePicture(grey, name).pairs(0, 4, 0).after.shape == (4, 1, 20, 20)


def test_blur_keeps_brightness_grey_keeps_luminance_and_a_full_turn_is_none() -> None:
    images = torch.rand(2, 3, 40, 40)
    blur, grey, hue = (CHANGES[name].function for name in ("blur", "grey", "hue"))
    assert blur(images, 0.05).mean() == pytest.approx(float(images.mean()), abs=0.01)
    assert blur(images, 0.05).var() < 0.3 * images.var()
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    flat = grey(images, 1.0)
    assert torch.allclose(flat[:, 0], flat[:, 1]) and torch.allclose(
        flat[:, 0], (images * weights).sum(1), atol=1e-6
    )
    assert torch.allclose(hue(images, 360.0), images, atol=1e-5)
    red = torch.tensor([1.0, 0, 0])[None, :, None, None]
    assert torch.allclose(hue(red, 120.0).flatten(), torch.tensor([0.0, 1.0, 0.0]), atol=1e-6)


def test_edits_refuse_what_they_cannot_do() -> None:
    with pytest.raises(InputError, match="nothing a face has"):
        Redraw("wings", ("big",))
    with pytest.raises(InputError, match="no glasses is 'monocle'"):
        Redraw("glasses", ("monocle",))
    with pytest.raises(InputError, match="changes nothing on some"):
        Redraw("glasses", ("round",), ("round", "none"))
    with pytest.raises(InputError, match="no region"):
        ChangePicture(Drawn(), "blur", "elbow")
    with pytest.raises(InputError, match="empty or outside"):
        ChangePicture(Drawn(), "blur", (0.5, 0, 0.5, 1))
    with pytest.raises(InputError, match="no change"):
        ChangePicture(Drawn(), "explode")
    with pytest.raises(InputError, match="amount of blur"):
        ChangePicture(Drawn(), "blur", amount=5)
    with pytest.raises(InputError, match="3 pictures were given and 12"):
        run_hypothesis("c", ChangePicture(Given(torch.rand(3, 3, 8, 8)), "grey"), Windows(), n=12)
    with pytest.raises(InputError, match="outside 0 to 1"):
        Given(torch.full((3, 3, 8, 8), 65535.0))
    assert set(EDITS) == {"redraw", "direction", "styles", "units", "picture"}
