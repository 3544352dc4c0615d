"""Inversion: known styles are found again, and a picture that nothing could draw is foreign."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from band_generator import SCALE, BandGenerator
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.generators.inversion import descend
from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator
from genlens.models.generators.stylegan2.network import StyleGAN2
from genlens.steering.drawn import random_styles
from genlens.steering.projection import example
from genlens.steering.projection.project import project, projection_of
from genlens.steering.projection.search import Found, Search
from genlens.steering.projection.usual import SHARE, Usual, contrast, measured

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def bands():
    return BandGenerator()


@pytest.fixture(scope="module")
def gan():
    torch.manual_seed(0)
    net = StyleGAN2(side=16, channels=(8, 8, 8), latents=8, styles=8, mapping_layers=2)
    return StyleGAN2Generator(net)


def quick(generator, **settings):
    return Search(generator, **{"steps": 80, "tries": 16, "noise": 0.002, **settings})


def test_a_shared_style_is_found_again(bands):
    styles = random_styles(bands, 3, seed=5)
    found = quick(bands).find(bands.synthesize(styles))
    assert torch.allclose(found.styles, styles, atol=0.1)
    assert torch.allclose(found.styles, found.styles[:, :1].expand(-1, 3, -1))
    assert found.reached.max() < 0.1 * SCALE < found.errors[:, 0].min()
    assert torch.allclose(found.images, bands.synthesize(found.styles))


def test_one_style_a_layer_reaches_what_a_shared_one_cannot(bands):
    mixed = torch.stack([random_styles(bands, 3, seed=s)[0, 0] for s in (1, 2, 3)])[None]
    picture = bands.synthesize(mixed)
    one, each = quick(bands).find(picture), quick(bands, shared=False).find(picture)
    assert torch.allclose(each.styles, mixed, atol=0.15)
    assert float(each.reached[0]) < 0.2 * float(one.reached[0])


def test_noise_between_a_tiny_and_a_huge_one_is_the_shrinkage_of_the_gaussian(bands):
    """Known: with noise s the best style of a linear generator is shrunk towards the mean style."""
    style = random_styles(bands, 1, seed=8)
    s = 0.05
    found = quick(bands, noise=s, steps=300).find(bands.synthesize(style))
    many = random_styles(bands, 1024, seed=0)[:, 0]
    mean, var = many.mean(0), many.var(0)
    pull = 6 * SCALE**2 / s**2  # six rows show each number
    wanted = (pull * style[0, 0] + mean / var) / (pull + 1 / var)
    assert torch.allclose(found.styles[0, 0], wanted, atol=0.02)


def test_pictures_do_not_depend_on_their_batch(gan):
    pictures = gan.synthesize(random_styles(gan, 3, seed=3))
    together, alone = quick(gan).find(pictures), quick(gan).find(pictures[1:2])
    assert torch.allclose(together.images[1], alone.images[0], atol=1e-3)


def test_the_encoder_is_the_start_where_it_is_nearer(bands):
    class Encoded(BandGenerator):
        def estimate_styles(self, images):
            return self.to_styles((images[:, 0, 0] - 0.5) / SCALE)

    class Wrong(BandGenerator):
        def estimate_styles(self, images):
            return self.to_styles(torch.full((len(images), 4), 9.0))

    class Absent(BandGenerator):
        def estimate_styles(self, images):
            return None

    picture = bands.synthesize(random_styles(bands, 1, seed=5))
    starts = {
        kind.__name__: quick(kind(), steps=1).find(picture).errors[0, 0].item()
        for kind in (BandGenerator, Encoded, Wrong, Absent)
    }
    assert starts["Encoded"] < 1e-6 < starts["BandGenerator"]
    assert starts["Wrong"] == starts["Absent"] == starts["BandGenerator"]


def test_own_pictures_are_usual_and_others_foreign(gan):
    usual = measured(Search(gan, steps=60), 8)
    own = gan.synthesize(random_styles(gan, 1, seed=11))[0]
    found = project(gan, own, steps=60, usual=usual)
    assert not found.foreign and found.error <= found.limit == usual.limit(own)
    assert found.losses.shape == (61,) and found.losses[-1] == found.error
    assert found.usual.low <= found.usual.value <= found.usual.high
    noise = torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(0))
    strange = project(gan, noise, steps=60, usual=usual)
    assert strange.foreign and strange.error > strange.limit


def test_the_limit_is_the_worst_own_error_or_a_third_of_the_contrast():
    halves = torch.full((3, 4, 4), 0.2)
    halves[:, :, 2:] = 0.8  # 0.3 from the mean everywhere
    assert contrast(halves) == pytest.approx(0.3) and contrast(torch.full((1, 3, 3), 0.7)) < 1e-6
    assert Usual(np.array([0.01, 0.02])).limit(halves) == pytest.approx(SHARE * 0.3)
    assert Usual(np.array([0.01, 0.2])).limit(halves) == pytest.approx(0.2)
    assert Usual(np.array([0.01, 0.2, 0.3])).error.value == pytest.approx(0.2)


def test_a_small_thing_on_a_plain_ground_is_foreign_where_only_the_ground_is_found(bands):
    """Its error is small, since most of it is ground."""
    picture = torch.full((1, 6, 4), 0.5)
    picture[:, 2, 1] = 1.0
    missed = contrast(picture)
    assert missed < 0.11
    ground = Found(torch.zeros(1, 1, 1), torch.full((1, 1, 6, 4), 0.5), torch.tensor([[missed]]))
    search = quick(bands, steps=1)
    assert projection_of(search, picture, ground, Usual(np.array([0.01])), 0.0).foreign
    half = replace(ground, errors=torch.tensor([[missed * SHARE * 0.9]]))
    assert not projection_of(search, picture, half, Usual(np.array([0.01])), 0.0).foreign


def test_a_model_without_a_revision_is_measured_each_time(bands):
    first = project(bands, torch.full((1, 6, 4), 0.5), steps=2)
    other = BandGenerator()
    other.synthesize = lambda styles: bands.synthesize(styles * 0)  # the same name, other weights
    assert project(other, torch.full((1, 6, 4), 0.5), steps=2).usual != first.usual


def test_the_best_point_on_the_way_is_kept_and_not_the_last():
    """One step of length 1 leads from 0.001 far beyond the minimum at 0."""
    start = torch.tensor([[0.001], [2.0]])
    best, least = descend(start, lambda points: points.square().sum(1), steps=1, rate=1.0)
    assert best[0].item() == pytest.approx(0.001) and least[0].item() == pytest.approx(1e-6)
    assert best[1].item() == pytest.approx(1.0) and least[1].item() == pytest.approx(1.0)


def test_progress_tells_both_parts(bands):
    said: list[str] = []
    picture = torch.full((1, 6, 4), 0.5)
    project(bands, picture, steps=3, progress=lambda done, total, text: said.append(text))
    assert any("own pictures first" in text for text in said)
    assert said[-1].startswith("Searching: step 3 of 3")


@pytest.mark.parametrize("known", [None, Usual(np.array([0.1, 0.2]))])
def test_cancel_stops_a_search(bands, known):
    asked = iter([False] * 12 + [True] * 99)
    with pytest.raises(Cancelled):
        picture = torch.full((1, 6, 4), 0.5)
        project(bands, picture, steps=50, usual=known, cancel=lambda: next(asked))


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (torch.zeros(1, 1, 6, 4), "pass one"),
        (torch.zeros(1, 6, 5), "shape"),
        (torch.zeros(3, 6, 4), "shape"),
        (torch.full((1, 6, 4), 1.5), "outside 0 to 1"),
        (torch.full((1, 6, 4), math.nan), "NaN"),
    ],
)
def test_pictures_that_cannot_be_searched_for(bands, image, words):
    with pytest.raises(InputError, match=words):
        project(bands, image, steps=1, usual=Usual(np.array([0.1, 0.2])))


def test_a_generator_that_draws_nan(bands):
    broken = BandGenerator()
    broken.synthesize = lambda styles: bands.synthesize(styles) * math.nan
    with pytest.raises(ModelError, match="NaN"):
        project(broken, torch.full((1, 6, 4), 0.5), steps=2)
    for wrong in ({"steps": 0}, {"rate": 0}, {"tries": 1}, {"noise": math.nan}):
        with pytest.raises(InputError):
            Search(bands, **wrong)


def test_the_example_that_ships_is_what_a_search_finds(gan, tmp_path, monkeypatch):
    gan = StyleGAN2Generator(gan._net)
    gan.card = replace(gan.card, revision="sha256:1")
    search = Search(gan, steps=20, tries=8)
    monkeypatch.setattr(example, "FILE", tmp_path / "data" / "example.json")
    assert example.stored_example(search) is None, "nothing is stored yet"
    fresh = example.store(search, example.FILE)
    found = example.stored_example(search)
    assert found.error == pytest.approx(fresh.error, abs=1e-4) and found.shared
    assert found.limit == pytest.approx(fresh.limit, abs=1e-4)
    assert np.allclose(found.losses, fresh.losses, atol=1e-4)
    assert np.allclose(found.image, fresh.image, atol=1e-3)
    assert np.allclose(found.target, example.example_picture(gan), atol=1e-6)
    redrawn = gan.synthesize(torch.from_numpy(found.styles)[None])[0].detach()
    assert np.allclose(found.image, redrawn, atol=1e-6)
    gan.card = replace(gan.card, revision="sha256:2")
    assert example.stored_example(search) is None, "other weights"
    gan.card = replace(gan.card, revision="sha256:1")
    assert example.stored_example(Search(gan, steps=21, tries=8)) is None, "other settings"
    example.FILE.write_text(example.FILE.read_text().replace('"styles"', '"stiles"'))
    with pytest.raises(ModelError, match="damaged"):
        example.stored_example(search)
