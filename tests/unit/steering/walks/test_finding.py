"""A direction with all that is measured of it; findings that are written and read again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genlens.errors import InputError, ModelError
from genlens.steering.directions.conditions import cosine
from genlens.steering.directions.methods import find_direction
from genlens.steering.directions.places import correlation, going_with, paper_alphas, places_along
from genlens.steering.directions.samples import draw_samples
from genlens.steering.walks import stored
from genlens.steering.walks.finding import explore
from linear_gan import LinearGAN, probe, slope_in_latents

pytestmark = pytest.mark.unit

GAN = LinearGAN()
SMILE, HAT = probe(1, "smile"), probe(2, "hat")
SAMPLES = draw_samples(GAN, [SMILE, HAT], n=1000)


def explored(method: str = "svm", **more):  # type: ignore[no-untyped-def]
    asked = {"others": [HAT], "samples": SAMPLES, "faces": range(6), **more}
    return explore(GAN, method, SMILE, **asked)


def test_everything_is_measured_of_one_direction() -> None:
    finding = explored(space="styles")
    assert finding.curve.monotone.value == 1.0 and finding.curve.slope.value > 0
    assert finding.reach.low < 0 < finding.reach.high
    assert np.array_equal(finding.curve.alphas, finding.reach.steps)
    assert set(finding.leakage.leaks) == {"hat"} and finding.walk.images.shape[:2] == (6, 9)
    assert explored(others=()).leakage is None


def test_a_held_assessor_is_measured_too() -> None:
    finding = explored(hold=[HAT], others=())
    assert abs(finding.leakage.leaks["hat"].value) < 0.3 and "hat" in finding.search.cosines


def test_of_closed_forms_the_fitting_one_is_taken_and_turned() -> None:
    finding = explored("pca", space="styles", count=6)
    each = [abs(correlation(GAN, d, SAMPLES, SMILE)) for d in finding.search.directions]
    assert correlation(GAN, finding.direction, SAMPLES, SMILE) == pytest.approx(max(each))
    assert finding.curve.slope.value > 0
    second = explored("pca", space="styles", order=1)
    assert np.array_equal(second.direction.vector, second.search.directions[1].vector)
    with pytest.raises(InputError, match="there are 5"):
        explored("pca", space="styles", order=5)
    with pytest.raises(InputError, match="no direction"):
        going_with(GAN, [], SAMPLES, SMILE)


def test_places_are_codes_times_the_direction() -> None:
    direction = find_direction(GAN, "random").direction
    z = GAN.sample_latents(50, 3)
    expected = z.double().numpy() @ direction.vector.astype(float)
    assert places_along(GAN, z, direction) == pytest.approx(expected, rel=1e-4)
    true = find_direction(GAN, "logistic", SMILE, samples=SAMPLES).direction
    assert correlation(GAN, true, SAMPLES, SMILE) > 0.95
    assert cosine(true.vector, slope_in_latents(GAN, SMILE)) > 0.95


def test_the_papers_steps_are_shares_of_a_code_s_length() -> None:
    for space, codes in (
        ("latents", GAN.sample_latents(500, 0)),
        ("styles", GAN.to_styles(GAN.sample_latents(500, 0))),
    ):
        direction = find_direction(GAN, "random", space=space).direction
        alphas = paper_alphas(GAN, direction)
        lengths = np.abs(alphas) * np.linalg.norm(direction.vector)
        usual = float(codes.flatten(1).norm(dim=1).mean())
        assert lengths == pytest.approx(usual * np.array([0.09, 0.06, 0.03, 0, 0.03, 0.06, 0.09]))


def test_what_is_written_is_read_again(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "data" / "directions.json"
    monkeypatch.setattr(stored, "FILE", path)
    card = GAN.card
    stored._stored.cache_clear()
    assert stored.stored_finding(card, "smile") is None, "nothing is stored yet"
    stored.store(GAN, [SMILE], [SMILE, HAT], path)
    stored._stored.cache_clear()
    found = stored.stored_finding(card, "smile")
    drawn = draw_samples(GAN, [SMILE, HAT], stored.PICTURES)
    fresh = explore(GAN, stored.METHOD, SMILE, others=[HAT], space=stored.SPACE, samples=drawn)
    assert cosine(found.direction.vector, fresh.direction.vector) == pytest.approx(1, abs=1e-4)
    assert found.curve.monotone.low == pytest.approx(fresh.curve.monotone.low, rel=1e-3)
    assert found.reach.steps == pytest.approx(fresh.reach.steps, rel=1e-3)
    assert found.leakage.leaks["hat"].value == pytest.approx(
        fresh.leakage.leaks["hat"].value, rel=1e-3
    )
    assert found.search.held_out.value == pytest.approx(fresh.search.held_out.value, rel=1e-3)
    assert stored.stored_finding(card, "hat") is None
    from dataclasses import replace

    assert stored.stored_finding(replace(card, id="other"), "smile") is None
    assert stored.stored_finding(replace(card, source="hub", revision="2"), "smile") is None
    written = json.loads(path.read_text())
    del written["findings"]["smile"]["reach"]
    path.write_text(json.dumps(written))
    stored._stored.cache_clear()
    with pytest.raises(ModelError, match="damaged"):
        stored.stored_finding(card, "smile")
    stored._stored.cache_clear()


def test_the_stored_findings_fit_the_shipped_generator() -> None:
    from genlens.models.catalog import find, load, weights_folder

    if find(stored.GENERATOR) is None or not weights_folder(stored.GENERATOR).is_dir():
        pytest.skip("avatars-gan is not shipped yet")
    card = load(stored.GENERATOR, contract="Generator").card
    found = stored.stored_finding(card, "face-glasses")
    assert found is not None, "run python -m genlens.steering.walks.stored"
    assert found.direction.vector.ndim == 2


def test_the_stored_example_fits_the_shipped_generator() -> None:
    from genlens.models.catalog import find, load, weights_folder
    from genlens.steering.projection.example import stored_example
    from genlens.steering.projection.search import Search

    if find(stored.GENERATOR) is None or not weights_folder(stored.GENERATOR).is_dir():
        pytest.skip("avatars-gan is not shipped yet")
    found = stored_example(Search(load(stored.GENERATOR, contract="Generator")))
    assert found is not None, "run python -m genlens.steering.walks.stored"
    assert found.losses[-1] < found.losses[0]
