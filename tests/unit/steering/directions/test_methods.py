"""Directions in a generator where each is known: linear pictures, linear scores."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.errors import Cancelled, InputError, ModelError
from genlens.steering.directions.conditions import cosine, without
from genlens.steering.directions.ganalyze import keep_length
from genlens.steering.directions.linear import high_side
from genlens.steering.directions.methods import DIRECTION_METHODS, find_by_class, find_direction
from genlens.steering.directions.samples import draw_samples
from genlens.steering.directions.space import CodeSpace
from genlens.steering.walks.walk import take_walk
from linear_gan import (
    LATENTS,
    LAYERS,
    STYLES,
    LinearGAN,
    PlainDecoder,
    probe,
    slope_in_latents,
    slope_in_styles,
)

pytestmark = pytest.mark.unit

GAN = LinearGAN()
SMILE, GLASSES, HAT = probe(1, "smile"), probe(2, "glasses"), probe(3, "hat")
SAMPLES = draw_samples(GAN, [SMILE, GLASSES, HAT], n=3000)
SUPERVISED = [m for m in DIRECTION_METHODS.values() if m.needs != "nothing" and not m.control]
FAST = {"ganalyze": {"steps": 250, "batch": 8}}


def found(method: str, assessor=SMILE, **more):  # type: ignore[no-untyped-def]
    return find_direction(
        GAN, method, assessor, samples=SAMPLES, **{**FAST.get(method, {}), **more}
    )


@pytest.mark.parametrize("method", SUPERVISED, ids=lambda m: m.name)
def test_the_known_direction_is_found_with_its_sign(method) -> None:  # type: ignore[no-untyped-def]
    in_latents = found(method.name).direction
    assert in_latents.vector.shape == (LATENTS,)
    assert cosine(in_latents.vector, slope_in_latents(GAN, SMILE)) > 0.97
    in_styles = found(method.name, space="styles").direction
    assert in_styles.vector.shape == (LAYERS, STYLES)
    assert (in_styles.vector == in_styles.vector[0]).all(), "all layers share the style"
    # a score that rises with w along m is highest along m itself only where w is white
    steepest = slope_in_styles(GAN, SMILE)
    assert cosine(in_styles.vector[0], steepest) > 0.9


@pytest.mark.parametrize("method", SUPERVISED, ids=lambda m: m.name)
def test_the_opposite_score_gives_the_opposite_direction(method) -> None:  # type: ignore[no-untyped-def]
    frown = probe(1, "smile")
    frown.pattern.neg_()
    samples = draw_samples(GAN, [frown], n=1000)
    more = FAST.get(method.name, {})
    direction = find_direction(GAN, method.name, frown, samples=samples, **more).direction
    assert cosine(direction.vector, slope_in_latents(GAN, SMILE)) < -0.95


def test_ganalyze_raises_the_score_by_alpha() -> None:
    direction = found("ganalyze", space="styles", steps=600).direction
    walk = take_walk(GAN, direction, range(5), [-1, 0, 1], [SMILE])
    assert np.diff(walk.scores["smile"], axis=1) == pytest.approx(1.0, abs=0.05)
    assert not direction.normed


def test_ganalyze_keeps_the_length_of_each_row() -> None:
    """The published code took the length of the whole batch."""
    codes = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    codes *= torch.arange(1, 7)[:, None]
    moved = keep_length(codes, torch.full((6, 5), 3.0))
    assert torch.allclose(moved.norm(dim=1), codes.norm(dim=1), atol=1e-5)
    parallel = torch.cosine_similarity(moved, codes + 3.0)
    assert torch.allclose(parallel, torch.ones(6), atol=1e-5)
    direction = found("ganalyze", steps=10).direction
    assert direction.normed


def test_ganalyze_learns_and_tells_its_losses() -> None:
    seen: list[int] = []
    search = found("ganalyze", steps=250, watch=lambda losses: seen.append(len(losses)))
    assert seen == list(range(1, 251))
    assert search.losses[-50:].mean() < 0.2 * search.losses[:20].mean()
    again = found("ganalyze", steps=250)
    assert np.array_equal(again.direction.vector, search.direction.vector), "one seed, one answer"


def test_ganalyze_targets_stay_within_what_the_assessor_can_give() -> None:
    bounded = probe(1, "smile", bounded=True)
    search = find_direction(GAN, "ganalyze", bounded, steps=250, batch=8, space="styles")
    assert cosine(search.direction.vector[0], slope_in_styles(GAN, SMILE)) > 0.9
    assert search.losses[-50:].mean() < 0.5 * search.losses[:20].mean()


def test_ganalyze_by_class_finds_one_direction_a_class() -> None:
    others = {"three": GAN, "four": LinearGAN(seed=5)}
    search = find_by_class(others, SMILE, steps=250, batch=8)
    assert [d.title for d in search.directions] == ["three", "four"]
    for direction, gan in zip(search.directions, others.values(), strict=True):
        assert cosine(direction.vector, slope_in_latents(gan, SMILE)) > 0.95
    with pytest.raises(InputError, match="no class"):
        find_by_class({}, SMILE)


@pytest.mark.parametrize("method", ["logistic", "svm"])
def test_projection_makes_the_cosine_zero(method: str) -> None:
    alone = {a.name: found(method, a).direction.vector for a in (SMILE, GLASSES, HAT)}
    search = found(method, hold=[GLASSES, HAT])
    for name in ("glasses", "hat"):
        assert cosine(search.direction.vector, alone[name]) == pytest.approx(0, abs=1e-6)
        assert search.cosines[name] == pytest.approx(cosine(alone["smile"], alone[name]), abs=1e-6)
    walk = take_walk(GAN, search.direction, range(4), [-2, 0, 2], [SMILE, GLASSES])
    rise = {n: np.ptp(s, axis=1).mean() for n, s in walk.scores.items()}
    free = take_walk(GAN, found(method).direction, range(4), [-2, 0, 2], [SMILE, GLASSES])
    assert rise["glasses"] < 0.2 * np.ptp(free.scores["glasses"], axis=1).mean()
    assert rise["smile"] > 0.5 * np.ptp(free.scores["smile"], axis=1).mean()


def test_projection_on_conditions_that_repeat_or_leave_nothing() -> None:
    row, first, second = np.eye(4)[:3] @ np.ones((4, 4)) + np.eye(4)[:3]
    left = without(row, np.stack([first, first, 2 * first, second]))
    assert left @ first == pytest.approx(0) and left @ second == pytest.approx(0)
    assert np.array_equal(without(row, np.empty((0, 4))), row)
    with pytest.raises(InputError, match="nothing is left"):
        without(first + second, np.stack([first, second]))
    at_right_angles = without(np.eye(4)[0], np.eye(4)[1:2])
    assert np.array_equal(at_right_angles, np.eye(4)[0])


def test_sefa_is_the_eigenvectors_of_the_style_weights() -> None:
    search = find_direction(GAN, "sefa", space="styles", layers=[0, 2], count=STYLES)
    a = np.concatenate([GAN.weights[k].double().numpy() for k in (0, 2)])
    values = [
        np.linalg.norm(a @ d.vector[0]) / np.linalg.norm(d.vector[0]) for d in search.directions
    ]
    expected = np.linalg.svd(a, compute_uv=False)
    assert values == pytest.approx(expected, rel=1e-4)
    for direction in search.directions:
        assert not direction.vector[1].any(), "layer 1 is left as it is"
        unit = direction.vector[0] / np.linalg.norm(direction.vector[0])
        image = a.T @ a @ unit
        assert np.allclose(image, (image @ unit) * unit, atol=1e-5)


def test_sefa_of_one_layer_takes_its_first_linear_map() -> None:
    gan = PlainDecoder()
    first = find_direction(gan, "sefa", count=2).directions[0].vector
    a = gan.first.weight.double().numpy()
    assert abs(cosine(first, np.linalg.svd(a)[2][0])) == pytest.approx(1, abs=1e-5)


def test_pca_is_the_principal_axes() -> None:
    search = find_direction(GAN, "pca", space="styles", count=STYLES, n=20_000)
    true = np.linalg.eigh((GAN.mapping @ GAN.mapping.T).double().numpy())
    sizes = [np.linalg.norm(d.vector[0]) for d in search.directions]
    assert sizes == pytest.approx(np.sqrt(true[0][::-1]), rel=0.05)
    for direction, axis in zip(search.directions[:2], true[1].T[::-1], strict=False):
        assert abs(cosine(direction.vector[0], axis)) > 0.97


def test_one_alpha_is_one_standard_deviation() -> None:
    for method in ("logistic", "svm", "random"):
        direction = found(method, space="styles").direction
        codes = CodeSpace(GAN, "styles").many(GAN.sample_latents(5000, 8))
        length = np.linalg.norm(direction.vector[0])
        assert (codes @ (direction.vector[0] / length)).std() == pytest.approx(length, rel=0.1)


def test_controls_find_nothing() -> None:
    areas = [found("shuffled", seed=seed).held_out for seed in range(10)]
    assert 0.35 < np.mean([area.value for area in areas]) < 0.65, "each is a random direction"
    assert found("logistic").held_out.value > 0.97
    true = slope_in_latents(GAN, SMILE)
    turned = [abs(cosine(found("random", seed=s).direction.vector, true)) for s in range(20)]
    assert np.mean(turned) < 0.5


def test_a_range_of_layers_leaves_the_others() -> None:
    direction = found("logistic", space="styles", layers=[1, 2]).direction
    assert not direction.vector[0].any() and direction.vector[1:].any(axis=1).all()
    z = GAN.sample_latents(3, 1)
    space = CodeSpace(GAN, "styles", [1, 2])
    changed = space.pictures(z, space.codes(z) + 1)
    styles = GAN.to_styles(z).clone()
    styles[:, 1:] += 1
    assert torch.allclose(changed, GAN.synthesize(styles), atol=1e-6)


def test_layers_with_styles_of_their_own_get_a_row_each() -> None:
    class Split(LinearGAN):
        def to_styles(self, z):  # type: ignore[no-untyped-def]
            return super().to_styles(z) * torch.tensor([1.0, 2.0, 3.0])[:, None]

    space = CodeSpace(Split(), "styles", [0, 2])
    z = GAN.sample_latents(2, 0)
    assert not space.shared and space.codes(z).shape == (2, 2 * STYLES)
    assert torch.allclose(
        space.pictures(z, space.codes(z)), Split().synthesize(Split().to_styles(z))
    )
    vector = space.as_vector(np.arange(2.0 * STYLES))
    assert not vector[1].any() and np.array_equal(vector[2], np.arange(STYLES, 2 * STYLES))


def test_which_side_is_high() -> None:
    signed = np.array([-1.0] * 30 + [0.5] * 20)
    assert high_side(signed, -1.0).sum() == 20, "above 0, where scores have a sign"
    assert high_side(np.arange(100.0), 0.0).sum() == 50, "above the median elsewhere"
    assert high_side(np.append(signed - 1, [0.1]), -2.0).sum() == 21, "and for 1 in 50 above 0"
    with pytest.raises(InputError, match="draw more pictures"):
        high_side(np.append(np.ones(100), [2.0]), 0.0)


def test_scores_that_are_missing_are_left_out_and_counted() -> None:
    class Sometimes(type(SMILE)):  # type: ignore[misc]
        def score(self, images):  # type: ignore[no-untyped-def]
            value = super().score(images)
            return torch.where(value > 1.0, torch.nan, value)

    search = find_direction(GAN, "logistic", Sometimes(SMILE.pattern, "smile"), n=1000)
    assert cosine(search.direction.vector, slope_in_latents(GAN, SMILE)) > 0.9
    left_out = search.held_out.left_out["the assessor has no score for it"]
    assert 20 < left_out < 500


REFUSED = {
    "there is no method": {"method": "magic"},
    "there is no space": {"space": "pixels"},
    "latents have no layers": {"layers": [0]},
    "layer is 3": {"space": "styles", "layers": [3]},
    "none twice": {"space": "styles", "layers": [1, 1]},
    "needs an assessor": {"assessor": None},
    "cannot hold": {"method": "ganalyze", "hold": [GLASSES]},
    "at once": {"hold": [SMILE]},
    "takes no setting": {"speed": 3},
    "n is 5": {"n": 5},
    "no principal axes": {"method": "pca", "space": "latents"},
    "mapping network": {"method": "sefa"},
    "not scored by": {"hold": [probe(9, "beard")]},
}


@pytest.mark.parametrize("says", REFUSED)
def test_what_cannot_be_asked_is_refused_in_words(says: str) -> None:
    asked = {"method": "logistic", "assessor": SMILE, "samples": SAMPLES, **REFUSED[says]}
    match = "works in styles" if says == "no principal axes" else says
    with pytest.raises(InputError, match=match):
        find_direction(GAN, **asked)


def test_an_assessor_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="no gradients"):
        find_direction(GAN, "ganalyze", probe(1, differentiable=False))
    flat = probe(1, "flat")
    flat.pattern.zero_()
    with pytest.raises(InputError, match="alike"):
        find_direction(GAN, "ganalyze", flat)
    with pytest.raises(InputError, match="score differently"):
        find_direction(GAN, "logistic", flat, n=200)
    broken = probe(1, "broken")
    broken.pattern.fill_(torch.nan)
    with pytest.raises(ModelError, match="NaN"):
        find_direction(GAN, "logistic", broken, n=200)
    with pytest.raises((InputError, ModelError)):
        find_direction(GAN, "ganalyze", broken)


def test_work_stops_when_it_is_asked_to() -> None:
    for method in ("ganalyze", "logistic"):
        with pytest.raises(Cancelled):
            find_direction(GAN, method, SMILE, cancel=lambda: True)


def test_every_method_says_what_a_reader_needs() -> None:
    for method in DIRECTION_METHODS.values():
        assert all([method.title, method.help, method.equation, method.paper, method.misleads])
        assert {o.name for o in method.options} <= set(method.settings)
        method.checked({})
