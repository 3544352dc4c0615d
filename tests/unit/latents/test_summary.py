"""Summaries over many pictures against means worked out by hand, and what is left out of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from genlens.attribution.methods import attribute
from genlens.errors import Cancelled, InputError
from genlens.figures.attribution.summary import summary_figure, summary_sentence
from genlens.latents.questions import Question, ask
from genlens.latents.settings import settings_for
from genlens.latents.summary import summary_of
from genlens.study.study import Study, study_of
from tiny_vaes import conv_model
from why_page import N, pictures, tiny_study

pytestmark = pytest.mark.unit
REGION = Question("decoded-region")


@pytest.fixture(scope="module")
def study() -> Study:
    return tiny_study()


def test_means_and_intervals_are_those_of_the_single_attributions(study: Study) -> None:
    found = summary_of(study, REGION, "shap", n=12, seed=3)
    each = []
    for index in found.indices.tolist():
        asked = ask(study, index, REGION)
        given = settings_for(study, index, asked, "shap")
        each.append(np.abs(attribute("shap", asked.target, asked.x, **given).values))
    rows = np.stack(each)
    np.testing.assert_allclose(found.mean, rows.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(np.abs(found.values), rows)
    for j in range(rows.shape[1]):
        low, high = stats.t.interval(
            0.95, len(rows) - 1, loc=rows[:, j].mean(), scale=stats.sem(rows[:, j])
        )
        assert found.low[j] == pytest.approx(max(low, 0.0))
        assert found.high[j] == pytest.approx(high)
    np.testing.assert_allclose(found.codes, study.codes.mean[found.indices], atol=1e-6)
    assert found.made_by.seed == 3 and len(set(found.indices.tolist())) == 12


def test_another_seed_takes_other_pictures_and_more_pictures_are_surer(study: Study) -> None:
    first, other = (summary_of(study, REGION, "saliency", n=10, seed=s) for s in (0, 1))
    assert first.indices.tolist() != other.indices.tolist()
    many = summary_of(study, REGION, "saliency", n=N)
    top = int(many.mean.argmax())
    assert (many.high - many.low)[top] < (first.high - first.low)[top]


def test_the_latent_that_decides_comes_first() -> None:
    """Only latent 2 reaches the decoder: the control rows are 0."""
    model = conv_model(shape=(1, 16, 16), d=4)
    first = next(m for m in model.module["decoder"].modules() if isinstance(m, torch.nn.Linear))
    keep = torch.zeros(4)
    keep[2] = 1.0
    with torch.no_grad():
        first.weight.mul_(keep)
    study = study_of(model, pictures())
    found = summary_of(study, REGION, "shap", n=10)
    assert int(found.mean.argmax()) == 2 and found.mean[[0, 1, 3]].max() < 1e-12
    figure = summary_figure(found)
    assert "z2" in summary_sentence(found) and figure.index(">z2<") < figure.index(">z0<")
    assert figure.count("<circle") == 10 * 4


def test_pixels_give_a_map_over_the_mean_picture(study: Study) -> None:
    found = summary_of(study, Question("latent", latent=1), "saliency", n=8)
    assert found.mean.shape == (16, 16) and not found.values.size
    assert (found.low <= found.mean).all() and (found.mean <= found.high).all()
    assert "gl-heat" in summary_figure(found, study.images.mean(axis=0))
    with pytest.raises(InputError, match="mean picture"):
        summary_figure(found)


def test_pictures_without_the_part_are_counted_as_left_out(study: Study) -> None:
    found = summary_of(study, Question("region", region="glasses"), "saliency", n=N)
    assert found.left_out == {"the picture shows no glasses": N // 2}
    assert len(found.indices) == N // 2 and "20 were left out" in summary_sentence(found)


def test_what_is_only_rounding_counts_as_nothing(study: Study) -> None:
    """A region that the model always draws the same way."""
    model = conv_model(shape=(1, 16, 16), d=4)
    last = [m for m in model.module["decoder"].modules() if hasattr(m, "weight")][-1]
    with torch.no_grad():
        last.weight.mul_(1e-9)
    found = summary_of(study_of(model, pictures()), REGION, "integrated-gradients", n=6)
    assert not found.mean.any() and "No part of the latent" in summary_sentence(found)


def test_it_refuses_and_stops(study: Study) -> None:
    for n in (1, 501, 2.5):
        with pytest.raises(InputError, match="pictures"):
            summary_of(study, REGION, "saliency", n=n)
    with pytest.raises(InputError, match="seed"):
        summary_of(study, REGION, "saliency", seed=-1)
    with pytest.raises(InputError, match="explains image"):
        summary_of(study, REGION, "grad-cam")
    with pytest.raises(Cancelled):
        summary_of(study, REGION, "saliency", cancel=lambda: True)
