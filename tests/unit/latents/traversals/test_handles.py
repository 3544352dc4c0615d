"""Handles on codes: latents as they are, principal directions of codes that are stacks of maps."""

from __future__ import annotations

import numpy as np
import pytest
from torch import nn

import tiny_vaes
from genlens.errors import InputError
from genlens.latents.portrait import portrait
from genlens.latents.traversals.handles import handles
from genlens.latents.traversals.traversal import traverse
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.study.coder import Coder
from genlens.study.study import study_of

pytestmark = pytest.mark.unit


def pictures(n=40, side=8, seed=0):
    return np.random.default_rng(seed).random((n, 1, side, side), dtype=np.float32)


def spatial_study(n=40):
    model = ModuleAutoencoder(
        nn.Conv2d(1, 2, 2, 2),
        nn.Sequential(nn.ConvTranspose2d(2, 1, 2, 2), nn.Sigmoid()),
        image_shape=(1, 8, 8),
        device="cpu",
    )
    return study_of(model, pictures(n))


def test_a_flat_code_is_held_by_its_latents():
    study = study_of(tiny_vaes.linear_model(), pictures(side=6))
    found = handles(study.codes)
    assert found.names == ("z0", "z1", "z2", "z3") and not found.directions and found.share == 1
    assert np.array_equal(found.places(study.codes.mean[3]), study.codes.mean[3])
    assert found.decoder(study.model, study.codes.mean[3]) is study.model
    variance = study.codes.mean.var(axis=0)
    assert list(found.use.order) == list(np.argsort(-variance))


def test_directions_hold_what_pca_says_and_give_back_the_picture():
    study = spatial_study()
    found = handles(study.codes, most=5)
    assert found.names[0] == "PC 1" and found.directions and len(found.names) == 5
    assert np.allclose(found.axes @ found.axes.T, np.eye(5), atol=1e-8)
    centred = study.codes.mean - study.codes.mean.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False) ** 2
    assert found.share == pytest.approx(values[:5].sum() / values.sum())
    assert np.isnan(found.use.kl).all() and list(found.use.order) == list(range(5))

    code = study.codes.mean[7]
    places = found.places(code)
    decoder = found.decoder(study.model, code)
    assert np.allclose(
        Coder(decoder).decode(places[None]), Coder(study.model).decode(code[None]), atol=1e-6
    )
    moved = places + np.array([2.0, 0, 0, 0, 0])
    wanted = Coder(study.model).decode((code + 2 * found.axes[0])[None])
    assert np.allclose(Coder(decoder).decode(moved[None]), wanted, atol=1e-6)


def test_traversals_work_on_directions_as_on_latents():
    study = spatial_study()
    found = handles(study.codes, most=4)
    code = study.codes.mean[0]
    walked = traverse(found.decoder(study.model, code), found.places(code), use=found.use, steps=5)
    assert walked.images.shape == (4, 5, 1, 8, 8) and walked.latents == (0, 1, 2, 3)
    assert walked.values[0, 0] == pytest.approx(found.use.low[0])
    assert found.decoder(study.model, code).encode is not None


def test_one_picture_has_no_directions():
    with pytest.raises(InputError, match="at least 2"):
        handles(spatial_study(1).codes)


def test_a_portrait_explains_its_largest_latent():
    study = study_of(tiny_vaes.linear_model(), pictures(side=6))
    found = portrait(study, 5)
    code = study.codes.mean[5]
    assert found.latent == int(np.abs(code).argmax())
    assert found.value == pytest.approx(code[found.latent])
    assert found.error == pytest.approx(study.errors[5], rel=1e-5)
    assert found.median == pytest.approx(np.median(study.errors))
    weights, _ = tiny_vaes.weights_of(study.model)
    exact = study.images[5].reshape(-1) * weights[found.latent]  # IG of a linear function
    assert found.attribution is not None
    assert found.attribution.method == "integrated-gradients"
    assert np.allclose(found.attribution.values.reshape(-1), exact, atol=1e-5)
    assert found.place == () and portrait(study, 5, explain=False).attribution is None


def test_a_portrait_of_maps_says_where_its_latent_lies():
    study = spatial_study()
    found = portrait(study, 2)
    assert found.attribution is not None and found.attribution.method == "saliency"
    assert np.ravel_multi_index(found.place, (2, 4, 4)) == found.latent
    with pytest.raises(InputError, match="picture"):
        portrait(study, 40)
