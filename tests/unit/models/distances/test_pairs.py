"""Distances of pairs against their libraries, and what every distance promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from genlens.errors import InputError, ModelError
from genlens.models.contracts import Distance
from genlens.models.distances.clip import ClipDistance
from genlens.models.distances.distances import DISTANCES
from genlens.models.distances.inception import InceptionDistance, inception_features
from genlens.models.distances.lpips import Lpips, LpipsDistance
from genlens.models.distances.networks import INCEPTION, LPIPS
from genlens.models.distances.ssim import DssimDistance, SsimDistance, ssim
from genlens.models.download.archives import place_of
from genlens.models.memory import MEMORY
from genlens.worlds.emoji_scenes import draw

pytestmark = pytest.mark.unit

NEED_NOTHING = [d for d in DISTANCES.values() if d.name not in ("lpips", "inception-distance")]


def pictures(n=3, shape=(3, 20, 24), seed=0):
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed))


def published_ssim(x, y, window):
    """Wang et al. 2004, equation 13, over whole windows of one colour, by hand."""
    values = []
    for top in range(x.shape[0] - window + 1):
        for left in range(x.shape[1] - window + 1):
            p, q = (z[top : top + window, left : left + window].ravel() for z in (x, y))
            spread = np.cov(p, q)
            alike = (2 * p.mean() * q.mean() + 1e-4) * (2 * spread[0, 1] + 9e-4)
            most = (p.mean() ** 2 + q.mean() ** 2 + 1e-4) * (spread[0, 0] + spread[1, 1] + 9e-4)
            values.append(alike / most)
    return np.mean(values)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 20, 33), (1, 7, 9), (3, 5, 6), (1, 3, 4)])
def test_ssim_is_the_papers_with_the_largest_window_that_fits(shape) -> None:
    a, b = pictures(shape=shape), pictures(shape=shape, seed=1)
    b = (0.7 * a + 0.3 * b).clamp(0, 1)
    short = min(shape[1:])
    window = min(7, short if short % 2 else short - 1)
    for found, x, y in zip(ssim(a, b), a.double().numpy(), b.double().numpy(), strict=True):
        known = np.mean([published_ssim(p, q, window) for p, q in zip(x, y, strict=True)])
        assert float(found) == pytest.approx(known, abs=1e-4)


def test_a_picture_without_room_for_a_window_is_refused() -> None:
    small = pictures(shape=(1, 2, 30))
    with pytest.raises(InputError, match="at least 3 x 3 pixels, and the pictures have 30 x 2"):
        SsimDistance().between(small, small)


def test_dssim_is_half_of_what_ssim_lacks() -> None:
    a, b = pictures(), pictures(seed=1)
    assert DssimDistance().between(a, b) == pytest.approx((1 - ssim(a, b)) / 2, abs=1e-6)


@pytest.mark.parametrize("distance", NEED_NOTHING, ids=lambda d: d.name)
def test_what_every_distance_promises(distance) -> None:
    assert isinstance(distance, Distance) and distance.missing() == ""
    low, high = distance.range
    for shape in ((3, 20, 24), (1, 28, 28)):
        a, b = pictures(shape=shape), pictures(shape=shape, seed=1)
        slightly = (0.95 * a + 0.05 * b).clamp(0, 1)
        same, near, far = (distance.between(a, other) for other in (a, slightly, b))
        for found in (same, near, far):
            assert found.shape == (3,) and found.dtype == torch.float32
            assert found.device.type == "cpu" and not found.requires_grad
            assert bool((found >= low - 1e-5).all() and (found <= high).all())
        assert same == pytest.approx(np.zeros(3), abs=1e-5)
        assert bool((near < far).all())
    order = torch.tensor([2, 0, 1])  # each pair for itself
    moved = distance.between(a[order], b[order])
    assert moved == pytest.approx(distance.between(a, b)[order], abs=1e-5)


@pytest.mark.parametrize("distance", DISTANCES.values(), ids=lambda d: d.name)
def test_pairs_that_do_not_fit_are_refused(distance) -> None:
    a = pictures()
    for other, said in (
        (pictures(shape=(3, 20, 25)), "pictures to compare with have shape"),
        (pictures(n=2), "3 pictures with 3 colours against 2"),
        (torch.full_like(a, torch.nan), "NaN or infinity"),
        ((a * 255).to(torch.uint8), "float tensor"),
    ):
        with pytest.raises(InputError, match=said):
            distance.between(a, other)
    with pytest.raises(InputError, match="2 colours"):
        distance.between(a[:, :2], a[:, :2])


def test_clip_distance_sees_what_a_scene_shows_more_than_where() -> None:
    scenes = [draw(seed, caption, 64).image for seed, caption in ((1, "a red cat"), (2, "a boat"))]
    cat, boat = (torch.from_numpy(scene / 255).float().permute(2, 0, 1) for scene in scenes)
    pair = torch.stack([cat, cat]), torch.stack([cat.flip(-1), boat])
    mirrored, other = ClipDistance().between(*pair).tolist()
    assert mirrored < other


def test_a_network_that_is_not_here_says_how_to_get_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    for network in (LPIPS, INCEPTION):
        MEMORY.drop(network.sha256)
        assert network.missing() == f"genlens fetch {network.entry.name}"
        with pytest.raises(ModelError, match=f"not on this machine: {network.missing()}"):
            network.read()
        assert not list(tmp_path.rglob("*.whl"))  # and nothing was downloaded
    for name, command in (("lpips", "lpips"), ("inception-distance", "inception")):
        assert DISTANCES[name].missing() == f"genlens fetch {command}"
        with pytest.raises(ModelError, match=f"genlens fetch {command}"):
            DISTANCES[name].between(pictures(), pictures())


def test_a_file_that_is_another_is_not_used(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    place = place_of(LPIPS.entry.archive, LPIPS.entry.members[0])
    place.parent.mkdir(parents=True)
    place.write_bytes(b"something else")
    assert LPIPS.missing() == ""
    with pytest.raises(ModelError, match="sha256 .* it is not used"):
        Lpips.load()


def lpips_state() -> dict[str, torch.Tensor]:
    """Random numbers in the shape of the LPIPS file."""
    generator = torch.Generator().manual_seed(0)
    shapes = {"1.0": (64, 3, 11), "2.5": (192, 64, 5), "3.9": (384, 192, 3)}
    shapes |= {"4.11": (256, 384, 3), "5.13": (256, 256, 3)}
    state = {}
    for i, (name, (out, into, k)) in enumerate(shapes.items()):
        weight = torch.randn(out, into, k, k, generator=generator) / (into * k * k) ** 0.5
        state[f"net.slice{name}.weight"] = weight
        state[f"net.slice{name}.bias"] = torch.zeros(out)
        state[f"lin{i}.model.1.weight"] = torch.rand(1, out, 1, 1, generator=generator)
    ramp = torch.tensor([1.0, 2, 1])
    blur = (ramp[:, None] * ramp / 16).expand(64, 1, 3, 3).clone()
    state["net.slice1.1.filt"] = blur
    return state


def test_lpips_is_nothing_for_equal_pictures_and_grows_with_the_difference() -> None:
    lpips = Lpips(lpips_state())
    a = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    noise = torch.randn(a.shape, generator=torch.Generator().manual_seed(2))
    found = [float(lpips((a + s * noise).clamp(0, 1), a)) for s in (0.0, 0.05, 0.3)]
    assert found[0] == pytest.approx(0, abs=1e-6) and found[0] < found[1] < found[2]
    x = a.clone().requires_grad_()
    lpips(x, 1 - a).backward()
    assert x.grad is not None and float(x.grad.abs().sum()) > 0


def published_lpips(state, a, b):
    """As the weights' own package builds it, layer by layer, out of torch's modules."""

    def conv(name, padding):
        weight = state[f"net.slice{name}.weight"]
        layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], padding=padding)
        layer.weight.data, layer.bias.data = weight, state[f"net.slice{name}.bias"]
        return layer

    def blur(channels):
        layer = nn.Conv2d(channels, channels, 3, stride=2, groups=channels, bias=False)
        layer.weight.data = state["net.slice1.1.filt"][:1].expand(channels, 1, 3, 3)
        return nn.Sequential(nn.ReflectionPad2d(2), layer)

    slices = [
        nn.Sequential(conv("1.0", 2), blur(64), nn.ReLU()),
        nn.Sequential(nn.MaxPool2d(3, 1), blur(64), conv("2.5", 2), nn.ReLU()),
        nn.Sequential(nn.MaxPool2d(3, 1), blur(192), conv("3.9", 1), nn.ReLU()),
        nn.Sequential(conv("4.11", 1), nn.ReLU()),
        nn.Sequential(conv("5.13", 1), nn.ReLU()),
    ]
    shift = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
    scale = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
    x, y = ((2 * images - 1 - shift) / scale for images in (a, b))
    total = 0
    for i, part in enumerate(slices):
        x, y = part(x), part(y)
        off = nn.functional.normalize(x, dim=1) - nn.functional.normalize(y, dim=1)
        weighed = nn.functional.conv2d(off.square(), state[f"lin{i}.model.1.weight"])
        total = total + weighed.mean((1, 2, 3))
    return total.detach()


@pytest.mark.parametrize("shape", [(3, 64, 64), (3, 65, 90)])
def test_lpips_is_the_published_network_borders_included(shape) -> None:
    state, a, b = lpips_state(), pictures(2, shape), pictures(2, shape, seed=1)
    assert Lpips(state).between(a, b) == pytest.approx(published_lpips(state, a, b), rel=1e-4)


@pytest.fixture
def small_networks():
    """The networks with random weights, where the loaded ones are kept."""
    kept = {LPIPS.sha256: Lpips(lpips_state()), INCEPTION.sha256: PatchMeans().eval()}
    for sha256, network in kept.items():
        MEMORY.get(("distance", sha256), lambda network=network: network)
    yield
    for sha256 in kept:
        MEMORY.drop(sha256)


class PatchMeans(torch.nn.Module):
    """2,048 features that a closed form gives: means of patches of the picture as it comes in."""

    def forward(self, x):
        assert x.shape[1:] == (3, 299, 299)
        return torch.nn.functional.adaptive_avg_pool2d(x, (32, 64)).mean(1).flatten(1)


def test_lpips_of_each_pair_is_for_itself_at_any_size(small_networks) -> None:
    for shape in ((3, 64, 80), (1, 28, 28)):
        a, b = pictures(70, shape), pictures(70, shape, seed=1)
        found = LpipsDistance().between(a, b)
        alone = LpipsDistance().between(a[66:67], b[66:67])
        assert found.shape == (70,) and float(found.min()) > 0
        assert found[66] == pytest.approx(float(alone), rel=1e-4)
        assert LpipsDistance().between(a, a) == pytest.approx(np.zeros(70), abs=1e-6)


def test_inception_distance_is_the_squared_distance_of_features(small_networks) -> None:
    a, b = pictures(3, (1, 28, 28)), pictures(3, (1, 28, 28), seed=1)
    x, y = inception_features(a), inception_features(b)
    assert x.shape == (3, 2048)
    assert InceptionDistance().between(a, b) == pytest.approx((x - y).square().sum(1), rel=1e-5)
    # it is what FID's equation leaves of two crowds without spread
    assert float(x.min()) >= -1 and float(x.max()) <= 127 / 128  # pixels as the network wants them
    white = inception_features(torch.ones(1, 3, 50, 50))
    assert white == pytest.approx(np.full((1, 2048), 127 / 128), abs=1e-5)
