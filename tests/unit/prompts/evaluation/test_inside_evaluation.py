"""The evaluation of the model's inside on a tiny random pipeline: each figure is made and told."""

from __future__ import annotations

import pytest

from genlens.models.memory import MEMORY
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.prompts.evaluation.inside import edits, features
from genlens.prompts.evaluation.inside.evaluate import evaluate_inside
from genlens.prompts.evaluation.inside.table import format_table

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def found(tiny_pipeline_dir):
    model = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu", precision="fp32")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "QUICK_SCENES", 40)
        patch.setattr(features, "QUICK_STEPS", 20)
        yield evaluate_inside(1, quick=True, model=model).to_dict()
    MEMORY.clear()


def test_a_model_that_draws_noise_has_no_cases_and_says_so(found):
    chart = found["layers"]
    for name, drawn in chart["drawn"].items():
        assert drawn["n"] == 1
        assert len(chart["only"][name]) == len(chart["layers"])
        assert chart["only"][name][0]["n"] == round(drawn["value"])
    assert chart["same"]["value"] == 0
    edits_found = found["edits"]
    assert edits_found["moved"] == {}  # it knows neither word: nothing is edited, all is left out
    for kind, captions in edits.ASKED.items():
        measure = edits_found["ways"]["edit"][kind]
        assert measure["n"] == 0
        assert measure["left_out"] == {edits.UNLEARNED: len(captions)}
    assert found["features"]["pure"]["sparse"]["n"] > 0


def test_the_table_tells_all_parts(found):
    text = format_table(found)
    assert text.startswith("A QUICK LOOK")
    for title in (*edits.WAYS.values(), *features.UNITS.values(), "all layers"):
        assert title in text
    assert "nan" not in text
    assert format_table({})  # a damaged file stays readable
