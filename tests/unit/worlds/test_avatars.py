"""Cartoon faces: that their truth is true."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.worlds import avatars
from genlens.worlds.avatars import CHOICES, PARTS, PROPERTIES, draw_faces, redraw
from genlens.zoo.recipes.vaes import avatars_data

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def faces() -> avatars.Faces:
    return draw_faces(300, 7)


def test_tables_fit_together() -> None:
    for factor, colour in PARTS.values():
        assert factor is None or factor in CHOICES
        assert colour is None or set(avatars.COLOURS[colour]) == set(CHOICES[colour])
    for factor, values in PROPERTIES.values():
        assert set(values) < set(CHOICES[factor])
    for part, designs in avatars_data.DESIGNS.items():
        wanted = set(avatars.values_of(PARTS[part][0])) - {"none"}
        assert set(designs) == wanted


def test_every_value_has_a_layer_of_its_own() -> None:
    layers = avatars._layers(64)
    for part, (factor, _) in PARTS.items():
        stack = layers[part]
        for i, value in enumerate(avatars.values_of(factor)):
            assert (stack[i].max() > 0) == (value != "none"), f"{part}/{value}"
            for j in range(i):
                assert not np.array_equal(stack[i], stack[j])


def test_a_seed_is_a_face(faces: avatars.Faces) -> None:
    again = draw_faces(20, 7)
    np.testing.assert_array_equal(again.images, faces.images[:20])
    assert not np.array_equal(again.images, draw_faces(20, 8).images)
    assert faces.images.dtype == np.uint8 and faces.images.shape == (300, 64, 64, 3)


def test_all_values_occur_and_codes_are_in_range(faces: avatars.Faces) -> None:
    assert set(faces.codes) == set(CHOICES)
    for factor, codes in faces.codes.items():
        assert codes.shape == (300,) and set(codes) == set(range(len(CHOICES[factor]))), factor


def test_masks_do_not_overlap_and_say_what_is_there(faces: avatars.Faces) -> None:
    total = sum(mask.astype(int) for mask in faces.masks.values())
    assert total.max() <= 1
    for part, factor in (("glasses", "glasses"), ("beard", "beard"), ("hair", "hair")):
        there = faces.masks[part].any((1, 2))
        none = faces.codes[factor] == CHOICES[factor].index("none")
        assert not there[none].any() and there[~none].mean() > 0.99
    for part in ("skin", "clothing", "mouth", "nose"):
        assert faces.masks[part].any((1, 2)).mean() > 0.99, part


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"glasses": "none"}, ["glasses"]),
        ({"mouth": "serious"}, ["mouth"]),
        ({"hair": "none"}, ["hair"]),
        ({"skin": "pale"}, ["skin"]),
        ({"clothing_colour": "red"}, ["clothing"]),
    ],
)
def test_a_change_shows_in_its_mask_and_nowhere_far_from_it(
    faces: avatars.Faces, change: dict[str, str], parts: list[str]
) -> None:
    """What differs between a face and the same face with one factor changed is what the mask
    says: most of the difference lies in the part's pixels, before or after."""
    after = redraw(faces, **change)
    moved = np.abs(after.images.astype(float) - faces.images).sum(-1)
    inside = np.zeros(moved.shape, bool)
    for part in parts:
        inside |= faces.masks[part] | after.masks[part]
    if change == {"skin": "pale"}:  # skin shines through noses and lenses and at soft edges
        assert moved[inside].sum() > 0.8 * moved.sum()
    else:
        assert moved[inside].sum() > 0.75 * moved.sum()
    same = np.all([after.codes[f] == c for f, c in faces.codes.items()], axis=0)
    assert not moved[same].any() and (moved[~same].sum((1, 2)) > 0).mean() > 0.95


def test_confounds_tie_what_they_say_and_nothing_else() -> None:
    tied = draw_faces(2000, 1, size=32, confound=("smile", "glasses"), strength=0.9)
    free = draw_faces(2000, 1, size=32)
    smile, glasses = tied.has("smile"), tied.has("glasses")
    assert glasses[smile].mean() == pytest.approx(0.9, abs=0.03)
    assert glasses[~smile].mean() == pytest.approx(0.1, abs=0.03)
    assert abs(np.corrcoef(free.has("smile"), free.has("glasses"))[0, 1]) < 0.08
    for factor in CHOICES:
        if factor != "glasses":
            np.testing.assert_array_equal(tied.codes[factor], free.codes[factor])
    worn = tied.codes["glasses"][glasses]
    assert np.bincount(worn, minlength=6)[1:].min() > 0.1 * len(worn), "all kinds still occur"
    assert tied.confound == ("smile", "glasses", 0.9) and free.confound is None


def test_no_hidden_ties() -> None:
    codes = draw_faces(4000, 5, size=32).codes
    table = np.corrcoef(np.stack(list(codes.values())))
    assert np.abs(table - np.eye(len(table))).max() < 0.07


def test_fixed_factors_and_sizes() -> None:
    small = draw_faces(5, 2, size=32, fixed={"hair": "none", "skin": "black"})
    assert (small.codes["skin"] == CHOICES["skin"].index("black")).all()
    assert small.images.shape == (5, 32, 32, 3) and not small.masks["hair"].any()
    big, middle = (draw_faces(5, 2, size=s).images.astype(float) for s in (128, 64))
    halved = big.reshape(5, 64, 2, 64, 2, 3).mean((2, 4))
    assert np.abs(halved - middle).mean() < 2  # blending after or before shrinking: nearly one


def test_tensors_are_what_models_take(faces: avatars.Faces) -> None:
    x = faces.tensor()
    assert x.shape == (300, 3, 64, 64) and float(x.min()) >= 0 and float(x.max()) <= 1
    np.testing.assert_allclose(x.permute(0, 2, 3, 1).numpy() * 255, faces.images, atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n is 0"),
        ({"n": 10**9}, "take 1 to 200,000"),
        ({"seed": -1}, "seed is -1"),
        ({"size": 100}, "one of"),
        ({"confound": ("smile", "hat")}, "'hat' is not a property"),
        ({"confound": ("smile", "open_mouth")}, "both about mouth"),
        ({"confound": ("smile", "glasses"), "strength": 2.0}, "strength 2.0"),
        ({"fixed": {"nose": "long"}}, "'nose' is nothing a face has"),
        ({"fixed": {"hair": "green"}}, "no hair is 'green'"),
    ],
)
def test_what_is_refused(arguments, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=message):
        draw_faces(**{"n": 2, "seed": 0, **arguments})


def test_the_file_is_small() -> None:
    assert avatars.LAYERS.stat().st_size <= 3_000_000
