"""A StyleGAN2 with its own pictures goes into the latent map and the anchors' scores as it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anchor_arrays import Anchors
from genlens.anchors.scoring import score_anchors
from genlens.errors import Cancelled, InputError
from genlens.latents.maps.latent_map import latent_map
from genlens.latents.traversals.traversal import interpolate, traverse
from genlens.models.contracts import Autoencoder
from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator
from genlens.models.generators.stylegan2.encoder import StyleEncoder
from genlens.study.coder import Coder
from genlens.study.generated import StyleAutoencoder, study_of_generator
from steering_page import small_stylegan
from tiny_gan import TinyGAN

pytestmark = pytest.mark.unit


def generator(encoder: bool = False) -> StyleGAN2Generator:
    torch.manual_seed(1)
    guess = StyleEncoder(16, (8, 8), codes=4, styles=8, mapping_layers=2) if encoder else None
    return StyleGAN2Generator(small_stylegan(), guess, device="cpu")


def test_the_codes_are_the_styles_and_decode_to_the_pictures() -> None:
    gan = generator()
    study = study_of_generator(gan, n=70, seed=3)
    styles = gan.to_styles(gan.sample_latents(70, 3))
    assert np.allclose(study.codes.mean, styles[:, 0].numpy()) and len(study) == 70
    assert np.allclose(study.images, gan.synthesize(styles).numpy(), atol=1e-5)
    assert np.allclose(Coder(study.model).decode(study.codes.mean), study.images, atol=1e-5)
    assert isinstance(study.model, Autoencoder) and study.model.latent_shape == (8,)
    assert (study.errors == 0).all() and "draws itself" in study.data


def test_the_first_of_a_larger_study_are_those_of_a_smaller_one() -> None:
    gan = generator()
    few, many = study_of_generator(gan, n=10), study_of_generator(gan, n=80)
    assert np.allclose(many.first(10).images, few.images, atol=1e-5)


def test_the_latent_map_takes_it_and_a_place_on_it_is_a_picture() -> None:
    study = study_of_generator(generator(), n=60)
    found = latent_map(study.codes, "pca")
    assert found.points.shape == (60, 2) and np.ptp(found.points, axis=0).min() > 0
    walked = traverse(study.model, study.codes.mean[0], latents=(0, 1))
    assert np.isfinite(walked.images).all()
    between = interpolate(study.model, study.codes.mean[0], study.codes.mean[1])
    assert np.allclose(between.images[0], study.images[0], atol=1e-5)


@pytest.mark.parametrize("make", [generator, TinyGAN])
def test_anchors_are_scored_by_what_it_can_draw(make) -> None:
    gan = make()
    with torch.no_grad():
        own = gan.synthesize(gan.to_styles(gan.sample_latents(12, 5)))
    noise = torch.rand(own.shape, generator=torch.Generator().manual_seed(0))
    anchors = Anchors(torch.cat([own, noise]).numpy())
    scores = score_anchors(gan, anchors, ("mse",))
    mse = scores.values[:, 0]
    assert mse[:12].max() < mse[12:].min(), "it draws its own pictures, and no noise"


def test_pictures_of_others_need_an_encoder() -> None:
    pictures = torch.rand(2, 3, 16, 16)
    with pytest.raises(InputError, match="no encoder"):
        StyleAutoencoder(generator()).encode(pictures)
    with pytest.raises(InputError, match="no encoder"):
        StyleAutoencoder(TinyGAN()).encode(pictures)
    gan = generator(encoder=True)
    found = StyleAutoencoder(gan).encode(pictures)
    assert torch.allclose(found.mean, gan.estimate_styles(pictures)[:, 0])


def test_it_stops_and_refuses() -> None:
    with pytest.raises(Cancelled):
        study_of_generator(generator(), n=5, cancel=lambda: True)
    for n, seed in ((0, 0), (10_001, 0), (5, -1), (True, 0)):
        with pytest.raises(InputError):
            study_of_generator(generator(), n=n, seed=seed)
