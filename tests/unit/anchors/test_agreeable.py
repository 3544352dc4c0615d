"""PXGen's figure 1: the training pictures that come first by two rankings."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.anchors.evaluation.retrained import recorded
from genlens.anchors.retraining.agreeable import SIX, most_agreeable
from genlens.anchors.retraining.results import Retraining
from genlens.figures.anchors.agreeable import agreeable_strips

pytestmark = pytest.mark.unit


def test_the_first_are_those_of_a_full_sort() -> None:
    rng = np.random.default_rng(0)
    value, influence, hihe = rng.random(50), rng.random(50), rng.random(50) < 0.6
    images = rng.integers(0, 256, (50, 1, 8, 8)).astype(np.uint8)
    pxgen, tracin = most_agreeable(images, value, hihe, influence)
    inside = [row for row in np.argsort(value) if hihe[row]]
    assert list(pxgen.rows) == inside[:SIX], "low values outside HIHE come after"
    assert list(tracin.rows) == np.argsort(influence)[::-1][:SIX].tolist()
    assert np.array_equal((pxgen.images() * 255).round(), images[list(pxgen.rows)])


def test_the_recorded_job_has_them_for_every_seed_and_its_tab_shows_them() -> None:
    job = recorded()
    assert job is not None
    assert Retraining.read(job.to_dict()).originals == job.originals
    for original in job.originals:
        assert [one.way for one in original.agreeable] == ["HIHE", "TracIn"]
        for one in original.agreeable:
            assert len(set(one.rows)) == SIX and max(one.rows) < original.pictures
            pictures = one.images()
            assert pictures.shape == (SIX, 1, 28, 28)
            assert len(np.unique(pictures.reshape(SIX, -1), axis=0)) == SIX
            assert (pictures.max((1, 2, 3)) > 0.9).all() and (pictures.mean((1, 2, 3)) < 0.4).all()
    first = job.originals[0]
    shown = agreeable_strips(first.agreeable, first.seed)
    assert shown.count("<img") == 2 * SIX and f"no. {first.agreeable[0].rows[0]}" in shown
    assert agreeable_strips((), 1) == ""
