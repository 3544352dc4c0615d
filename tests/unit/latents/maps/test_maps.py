"""Maps against closed forms: PCA's inverse, shares and quality; neighbours and groups by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tiny_vaes
from genlens.errors import Cancelled, InputError
from genlens.latents.maps.latent_map import inverse_picture_error, latent_map, quality
from genlens.latents.maps.neighbours import class_structure, compare_groups, nearest
from genlens.study.coder import Coder, Codes

pytestmark = pytest.mark.unit
HERE = Path(__file__).parent
ENV = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[2] / "helpers")])}
UMAP = """
import numpy as np
from genlens.errors import Cancelled
from genlens.latents.maps.latent_map import latent_map
from genlens.latents.maps.neighbours import class_structure
from test_maps import blobs
codes, labels = blobs()
seen, asked = [], []
found = latent_map(codes, "umap", epochs=40, seed=1, progress=lambda d, t, _: seen.append((d, t)))
assert class_structure(found.points, labels, k=5).purity > 0.95
assert (40, 40) in seen
again = latent_map(codes, "umap", epochs=40, seed=1)
assert np.allclose(found.points, again.points)
try:
    latent_map(codes, "umap", epochs=40, cancel=lambda: bool(asked.append(1)) or len(asked) > 1)
except Cancelled:
    import sys
    raise SystemExit("umap in this process" if "umap" in sys.modules else 0)
raise SystemExit("not cancelled")
"""


def blobs(n=120, d=5, groups=3, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % groups
    return rng.normal(size=(groups, d))[labels] * 6 + rng.normal(size=(n, d)) * 0.3, labels


def test_coder_counts_batches_and_flattens():
    model = tiny_vaes.linear_model(d=4, shape=(1, 6, 6))
    coder = Coder(model, batch_size=3)
    images = np.random.default_rng(0).random((7, 1, 6, 6)).astype(np.float32)
    codes = coder.encode(images)
    weights, back = tiny_vaes.weights_of(model)
    assert np.allclose(codes.mean, images.reshape(7, -1) @ weights.T, atol=1e-5)
    assert coder.model_calls == 7
    decoded = coder.decode(codes.mean)
    assert np.allclose(decoded.reshape(7, -1), (codes.mean @ back.T), atol=1e-4)
    assert coder.made_by(seed=3).model_calls == 14 and coder.made_by(seed=3).seed == 3


def test_coder_refuses_and_stops():
    model = tiny_vaes.linear_model()
    for bad in (np.zeros((2, 6, 6)), np.full((1, 1, 6, 6), 2.0), np.zeros((1, 1, 6, 6), np.uint8)):
        with pytest.raises(InputError, match="images"):
            Coder(model).encode(bad)
    with pytest.raises(InputError, match="latents"):
        Coder(model).decode(np.zeros((1, 3)))
    with pytest.raises(InputError, match="NaN or infinity"):
        Coder(model).decode(np.full((1, 4), np.nan))
    with pytest.raises(Cancelled):
        Coder(model, cancel=lambda: True).decode(np.zeros((1, 4)))


def test_pca_of_a_plane_is_exact_both_ways():
    rng = np.random.default_rng(1)
    axes = np.linalg.qr(rng.normal(size=(6, 2)))[0].T
    codes = rng.normal(size=(200, 2)) * [3, 1] @ axes + 5.0
    found = latent_map(codes)
    assert found.explained_variance[:2].sum() == pytest.approx(1.0)
    assert np.allclose(found.invert(found.points), codes, atol=1e-9)
    assert found.inverse_error == pytest.approx(0.0, abs=1e-9)
    assert found.inverse_share == pytest.approx(1.0)
    assert found.trustworthiness == pytest.approx(1.0)
    assert found.continuity == pytest.approx(1.0)


def test_pca_way_back_keeps_what_the_variance_says():
    codes = np.random.default_rng(2).normal(size=(400, 5)) * [4, 3, 2, 1, 0.5]
    found = latent_map(codes)
    assert found.explained_variance.sum() == pytest.approx(1.0)
    assert found.inverse_share == pytest.approx(found.explained_variance[:2].sum())
    lost = np.sqrt(codes.var(axis=0).sum() * (1 - found.inverse_share))
    assert found.inverse_error == pytest.approx(lost)


def test_tsne_keeps_groups_and_its_way_back_is_measured():
    codes, labels = blobs()
    found = latent_map(codes, "tsne", perplexity=10, seed=1)
    assert found.trustworthiness > 0.9 and found.continuity > 0.9
    assert class_structure(found.points, labels, k=5).purity == 1.0
    assert np.allclose(found.invert(found.points), codes, atol=1e-4)  # a point gives its own code
    left = found.left_out(np.arange(len(codes)))
    error = np.sqrt(np.mean(np.sum((left - codes) ** 2, axis=1)))
    assert found.inverse_error == pytest.approx(error)
    assert 0.1 < found.inverse_error < 2.0 and found.inverse_share > 0.9


def test_umap_reports_its_epochs_and_can_be_stopped():
    """The fit runs in a child process (after one, torch in several Python threads would hang); the
    script around it runs in another, so that it can also see that nothing of umap was imported."""
    done = subprocess.run(
        [sys.executable, "-c", UMAP], capture_output=True, text=True, cwd=HERE, env=ENV
    )
    assert done.returncode == 0, done.stderr


def test_a_random_map_has_the_quality_of_chance():
    rng = np.random.default_rng(3)
    trust, continuity = quality(rng.normal(size=(300, 2)), rng.normal(size=(300, 8)))
    assert 0.4 < trust < 0.6 and 0.4 < continuity < 0.6


def test_empty_ground_is_far_from_the_data():
    codes = np.random.default_rng(4).normal(size=(100, 3))
    found = latent_map(codes)
    assert found.distance_to_data(found.points).max() == pytest.approx(0.0, abs=1e-9)
    assert found.distance_to_data(np.array([[100.0, 0.0]]))[0] > 100


def test_error_in_pictures_is_nothing_for_a_plane():
    model = tiny_vaes.linear_model(d=2)
    codes = np.random.default_rng(5).normal(size=(50, 2))
    assert inverse_picture_error(Coder(model), latent_map(codes), n=20) < 1e-5


def test_maps_refuse_what_they_cannot_map():
    with pytest.raises(InputError, match="method"):
        latent_map(np.random.rand(20, 3), "mds")
    for bad in (np.random.rand(5, 3), np.random.rand(20, 1), np.ones((20, 3))):
        with pytest.raises(InputError, match="codes"):
            latent_map(bad)
    with pytest.raises(InputError, match="places"):
        latent_map(np.random.rand(20, 3)).invert(np.zeros(2))


@pytest.mark.parametrize(
    "setting",
    [
        {"perplexity": 1},
        {"perplexity": float("nan")},
        {"perplexity": 501},
        {"neighbours": 1},
        {"neighbours": 7.5},
        {"min_dist": -0.1},
        {"min_dist": 1.1},
        {"epochs": 0},
    ],
)
def test_settings_out_of_range_are_refused_whatever_the_method(setting):
    name = next(iter(setting))
    for method in ("pca", "tsne", "umap"):
        with pytest.raises(InputError, match=name):
            latent_map(np.random.rand(20, 3), method, **setting)


def test_perplexity_and_neighbours_change_the_map_and_are_written_down():
    codes, _ = blobs(90, groups=9)
    few, many = (latent_map(codes, "tsne", perplexity=p) for p in (3, 25))
    assert not np.allclose(few.points, many.points, atol=1.0)
    assert few.made_by.settings["perplexity"] == 3
    small = latent_map(codes[:12], "tsne", perplexity=25)
    assert small.made_by.settings["perplexity"] == pytest.approx(11 / 3), "lowered, and says so"


def test_neighbours_in_both_spaces_by_hand():
    codes = np.array([[0.0], [1.0], [2.0], [5.0]]) * np.ones((1, 2))
    images = np.zeros((4, 1, 2, 2), np.float32)
    images[1], images[2], images[3] = 0.9, 0.1, 0.2
    found = nearest(codes, images, 0, k=2)
    assert found.latent.tolist() == [1, 2] and found.pixel.tolist() == [2, 3]
    assert found.latent_distance == pytest.approx(np.sqrt(2) * np.array([1, 2]))
    assert found.pixel_distance == pytest.approx([0.1, 0.2])
    assert found.shared == 0.5


def test_groups_by_hand():
    codes = np.array([[0, 1, 7], [1, 1, 7], [2, 1, 7], [10, 2, 7], [11, 0, 7]], dtype=float)
    found = compare_groups(codes, np.array([0, 1, 2]), np.array([3, 4]))
    assert found.difference.tolist() == [-9.5, 0.0, 0.0]
    assert found.auc.tolist() == [0.0, 0.5, 0.5]
    pooled = np.sqrt((2 * 1.0 + 1 * 0.5) / 3)
    assert found.effect[0] == pytest.approx(-9.5 / pooled)
    assert np.isnan(found.effect[2]) and found.to_dict()["effect"][2] is None
    assert found.order[0] == 0
    masked = compare_groups(codes, np.arange(5) < 3, np.arange(5) >= 3)
    assert np.allclose(masked.auc, found.auc)
    with pytest.raises(InputError, match="share"):
        compare_groups(codes, np.array([0, 1]), np.array([1, 2]))
    with pytest.raises(InputError, match="at least 2"):
        compare_groups(codes, np.array([0]), np.array([1, 2]))
    with pytest.raises(InputError, match="outside"):
        compare_groups(codes, np.array([0, 9]), np.array([1, 2]))


def test_class_structure_of_blobs_and_of_noise():
    codes, labels = blobs()
    found = class_structure(codes, labels)
    assert found.purity == 1.0 and found.silhouette > 0.8
    assert found.chance == pytest.approx(3 * 40 * 39 / (120 * 119))
    noise = class_structure(np.random.default_rng(0).normal(size=(600, 4)), np.arange(600) % 3)
    assert noise.purity == pytest.approx(noise.chance, abs=0.05)
    assert abs(noise.silhouette) < 0.05


def test_results_name_what_made_them():
    model = tiny_vaes.linear_model()
    images = np.random.default_rng(0).random((20, 1, 6, 6)).astype(np.float32)
    codes = Coder(model).encode(images)
    assert isinstance(codes, Codes)
    made = latent_map(codes, seed=4).to_dict()["made_by"]
    assert made["model"] == model.card.id and made["seed"] == 4 and made["seconds"] >= 0


def test_trustworthiness_and_continuity_tell_the_two_faults_apart():
    """Two groups laid over each other make false neighbours and tear none; one cut in two tears
    neighbours and makes none."""
    rng = np.random.default_rng(7)
    plane = rng.random((200, 2))
    high = np.arange(200) % 2
    codes = np.column_stack([plane, 10 * high])
    trust, continuity = quality(plane, codes)
    assert trust < 0.95 and continuity > trust + 0.03
    line = rng.random((200, 1)) * 4
    torn = np.column_stack([line[:, 0] % 2, np.zeros(200)])  # the second half laid on the first
    apart = np.column_stack([line[:, 0], np.where(line[:, 0] > 2, 100, 0)])
    trust, continuity = quality(apart, np.column_stack([line, np.zeros(200)]))
    assert trust > continuity
    assert quality(torn, np.column_stack([line, line]))[0] < 0.9
