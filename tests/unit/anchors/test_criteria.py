"""Criteria against closed forms: a linear Gaussian VAE has a known posterior and likelihood."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from skimage.metrics import structural_similarity

from anchor_arrays import Anchors, LinearGaussianVAE
from genlens.anchors import CRITERIA, own_criterion, score_anchors
from genlens.anchors.criteria.readers import AGGREGATE, reader_of
from genlens.anchors.criteria.view import PARTS, PARTS_OF
from genlens.errors import InputError
from genlens.models.generators.decoder import DecoderGenerator
from genlens.models.generators.inversion import Inverter

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def vae():
    return LinearGaussianVAE()


@pytest.fixture(scope="module")
def pictures(vae):
    return np.clip(vae.draw(40, seed=5), 0, 1).astype(np.float32)


def scored(vae, pictures, *criteria):
    return score_anchors(vae.model(), Anchors(pictures), criteria).values.T


def test_kld_is_the_divergence_of_the_exact_posterior(vae, pictures) -> None:
    (found,) = scored(vae, pictures, "kld")
    mean = torch.from_numpy(vae.mean(pictures.reshape(40, -1)))
    posterior = torch.distributions.Normal(mean, torch.from_numpy(vae.variance).sqrt())
    prior = torch.distributions.Normal(torch.zeros_like(mean), 1.0)
    known = torch.distributions.kl_divergence(posterior, prior).sum(1).numpy()
    assert found == pytest.approx(known, rel=1e-4)


def test_squared_errors_and_similarity_are_those_of_the_rebuilt_picture(vae, pictures) -> None:
    total, mean, ssim, dssim = scored(vae, pictures, "mse", "mse-mean", "ssim", "dssim")
    flat = pictures.reshape(40, -1)
    rebuilt = vae.b + vae.mean(flat) @ vae.W.T
    assert total == pytest.approx(np.square(flat - rebuilt).sum(1), rel=1e-4)
    assert mean == pytest.approx(total / 16, rel=1e-5)
    x, y = pictures[3, 0].astype(float), rebuilt[3].reshape(4, 4)
    assert ssim[3] == pytest.approx(
        1 - structural_similarity(x, y, win_size=3, data_range=1.0), abs=1e-4
    )
    assert dssim == pytest.approx(ssim / 2)


def test_inversion_finds_the_most_probable_code_and_with_it_the_likelihood(vae, pictures) -> None:
    inverter = Inverter(DecoderGenerator(vae.model()), steps=300, noise=vae.s)
    found = inverter.invert(torch.from_numpy(pictures))
    flat = pictures.reshape(40, -1).astype(float)
    known = vae.mean(flat)  # of a Gaussian, mode and mean are one
    assert found.codes.numpy() == pytest.approx(known, abs=2e-3)
    prior = multivariate_normal(np.zeros(3), np.eye(3))
    assert found.surprise().numpy() == pytest.approx(-prior.logpdf(known), abs=5e-3)
    # -log p(x) = -log p(x, z*) - log sqrt((2 pi)^d |S|): exact where the posterior is Gaussian
    joint = found.loss.numpy() + 8 * np.log(2 * np.pi * vae.s**2)
    evidence = joint - 0.5 * np.log(vae.variance).sum()
    marginal = multivariate_normal(vae.b, vae.W @ vae.W.T + vae.s**2 * np.eye(16))
    assert evidence == pytest.approx(-marginal.logpdf(flat), abs=5e-3)


def test_inversion_goes_on_from_the_encoders_means(vae, pictures) -> None:
    model, images = vae.model(), torch.from_numpy(pictures)
    inverter = Inverter(DecoderGenerator(model), steps=1, noise=vae.s)
    near = inverter.invert(images, model.encode(images).mean)
    assert near.codes.numpy() == pytest.approx(vae.mean(pictures.reshape(40, -1)), abs=1e-4)


def test_inversion_of_a_picture_does_not_depend_on_its_neighbours(vae, pictures) -> None:
    images = torch.from_numpy(pictures)
    together = Inverter(DecoderGenerator(vae.model()), steps=20).invert(images)
    alone = Inverter(DecoderGenerator(vae.model()), steps=20).invert(images[7:8])
    assert alone.codes[0].numpy() == pytest.approx(together.codes[7].numpy(), abs=1e-5)


def test_mahalanobis_is_against_the_aggregate_posterior_of_the_models_own(vae, pictures) -> None:
    (found,) = scored(vae, pictures, "mahalanobis")
    shrink = 1 - vae.variance  # codes of x = W z + b are shrunk z
    spread = shrink**2 + vae.variance
    known = np.sqrt((vae.mean(pictures.reshape(40, -1)) ** 2 / spread).sum(1))
    assert found == pytest.approx(known, rel=5 / np.sqrt(AGGREGATE))
    against_prior = np.linalg.norm(vae.mean(pictures.reshape(40, -1)), axis=1)
    assert np.abs(found / against_prior - 1).max() > 0.1


def test_a_stranger_is_further_than_one_of_the_models_own(vae) -> None:
    rng = np.random.default_rng(0)
    own = np.clip(vae.b + rng.normal(size=(60, 3)) @ vae.W.T, 0, 1).reshape(60, 1, 4, 4)
    strange = (rng.random((60, 1, 4, 4)) < 0.5).astype(np.float32)
    for name in ("kld", "mahalanobis", "inversion", "mse", "ssim"):
        (near,), (far,) = scored(vae, own, name), scored(vae, strange, name)
        assert np.median(near) < np.median(far), name


def test_every_criterion_says_what_it_is_and_works_for_some_model() -> None:
    for criterion in CRITERIA.values():
        assert criterion.side in ("intrinsic", "extrinsic")
        assert criterion.help.endswith(".") and criterion.misleads and criterion.paper
        assert criterion.title and criterion.unit and criterion.equation
        assert set(criterion.needs) <= set(PARTS)
        assert criterion.contracts, criterion.name
        assert not criterion.missing() or criterion.missing().startswith("genlens fetch ")


def test_titles_stand_in_sentences() -> None:
    said = {name: criterion.in_sentence for name, criterion in CRITERIA.items()}
    assert said["mse"] == "squared error" and said["inversion"] == "inversion likelihood"
    assert said["kld"] == "KL divergence" and said["clip"] == "CLIP distance"
    assert said["mahalanobis"] == "Mahalanobis distance"


def test_views_have_the_parts_that_the_table_promises(vae, pictures) -> None:
    for model in (vae.model(), DecoderGenerator(vae.model())):
        reader = reader_of(model)
        view = reader.view(torch.from_numpy(pictures[:2]))
        assert all(part is not None for part in view.parts(PARTS_OF[reader.contract]).values())


def test_ones_own_criterion_gets_what_its_parameters_name(vae, pictures) -> None:
    def ink(rebuilt, images, posterior):
        assert posterior.mean.shape == (len(images), 3)
        return (rebuilt - images).flatten(1).sum(1).abs()

    own = own_criterion(ink, name="ink", unit="pixels of ink")
    assert own.needs == ("rebuilt", "images", "posterior") and own.contracts == ("Autoencoder",)
    ink_found, kld = scored(vae, pictures, own, "kld")
    flat = pictures.reshape(40, -1)
    rebuilt = vae.b + vae.mean(flat) @ vae.W.T
    assert ink_found == pytest.approx(np.abs((rebuilt - flat).sum(1)), abs=1e-4)
    assert np.array_equal(kld, scored(vae, pictures, "kld")[0])


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda images: images.mean(), "one number a picture"),
        (lambda images: [1.0] * len(images), "one number a picture"),
        (lambda images: torch.full((len(images),), torch.nan), "NaN or infinite for 40 of 40"),
        (lambda images: np.full(len(images), np.inf), "NaN or infinite"),
    ],
)
def test_what_ones_own_criterion_returns_is_looked_at(vae, pictures, function, said) -> None:
    with pytest.raises(InputError, match=said):
        scored(vae, pictures, own_criterion(function, name="mine"))


def test_a_criterion_that_cannot_be_asked_says_why(vae) -> None:
    with pytest.raises(InputError, match="asks for pixels: name its parameters after"):
        own_criterion(lambda pixels: pixels, name="mine")
    with pytest.raises(InputError, match="needs an encoder's mean and log-variance of each latent"):
        score_anchors(DecoderGenerator(vae.model()), Anchors(np.ones((2, 1, 4, 4))), ["kld"])
    with pytest.raises(InputError, match="noise-error does not work here"):
        score_anchors(vae.model(), Anchors(np.ones((2, 1, 4, 4))), ["noise-error"])
