"""Backbones: weights of the published files' formats, and what is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.common import torchvision_guard
from genlens.errors import InputError, ModelError
from genlens.models.assessors.classifiers import imagenet
from genlens.models.assessors.classifiers.kinds import KINDS, backbone, pretrained
from genlens.models.download import published
from genlens.models.download.archives import place_of
from genlens.models.weights import sha256_of
from genlens.training.classifiers.labelled import LabelledPictures
from genlens.training.classifiers.settings import ClassifierSettings
from genlens.training.classifiers.training import ClassifierTraining

pytestmark = pytest.mark.unit
FILES = {"efficientnet-lite0": "tf_efficientnet_lite0", "resnet18": "resnet18"}


@pytest.fixture
def networks(tmp_path, monkeypatch) -> dict[str, torch.nn.Module]:
    """Networks with random weights, saved where the real files are looked for."""
    torchvision_guard.ensure()
    import timm

    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    made = {}
    places = {
        "efficientnet-lite0": place_of(published.EFFICIENTNET.archive),
        "resnet18": tmp_path / "torch" / "hub" / "checkpoints" / imagenet.RESNET18_FILE,
    }
    for kind, place in places.items():
        torch.manual_seed(1)
        net = timm.create_model(FILES[kind], pretrained=False).eval()
        names = {name: f"_other.{name}" for name in net.state_dict()}  # the files name them so
        place.parent.mkdir(parents=True)
        torch.save({names[k]: v for k, v in net.state_dict().items()}, place)
        made[kind] = net
    digest = sha256_of(places["efficientnet-lite0"])
    monkeypatch.setattr(imagenet, "EFFICIENTNET", replace(imagenet.EFFICIENTNET, sha256=digest))
    monkeypatch.setattr(imagenet, "RESNET18_SHA256", sha256_of(places["resnet18"]))
    return made


@pytest.mark.parametrize("kind", FILES)
def test_features_are_those_of_the_network_in_the_file(networks, kind) -> None:
    made = pretrained(kind, 64, ()).eval()
    assert made.learned and made.side == imagenet.SIDE
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    mean, spread = (torch.tensor(v).view(1, 3, 1, 1) for v in (made.mean, made.spread))
    whole = networks[kind]
    with torch.no_grad():
        wanted = whole.forward_head(
            whole.forward_features((images - mean) / spread), pre_logits=True
        )
        assert torch.allclose(made(images), wanted, atol=1e-5)
    assert made(images).shape == (2, made.features)


def test_the_backbone_is_still_first_and_then_trained_too(networks) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (24, 16, 16, 3)).astype(np.uint8)
    pictures = LabelledPictures(images, np.arange(24) % 2, ("no", "yes"))
    settings = ClassifierSettings("resnet18", frozen=2, unfrozen=1, batch=8)
    training = ClassifierTraining(pictures, settings)
    assert (training.frozen, training.unfrozen) == (2, 1)

    def body() -> torch.Tensor:
        return torch.cat([p.detach().flatten() for p in training.net.body.parameters()])

    first, head = body().clone(), training.net.head.weight.detach().clone()
    points = training.run()
    while training.step < training._still:
        next(points)
    assert torch.equal(body(), first)
    assert not torch.equal(training.net.head.weight, head)
    list(points)
    assert training.finished and not torch.equal(body(), first)


def test_what_is_missing_is_said_with_its_command(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert KINDS["small"].missing() == ""
    with pytest.raises(ModelError, match="genlens fetch efficientnet-lite0"):
        pretrained("efficientnet-lite0", 64, ())
    with pytest.raises(ModelError, match="torchvision.models.resnet18"):
        pretrained("resnet18", 64, ())


def test_sizes_out_of_bounds_are_refused() -> None:
    with pytest.raises(InputError, match="side is 999: take 64 to 256"):
        backbone("resnet18", {"side": 999})
    with pytest.raises(InputError, match="backbone resnet18"):
        backbone("resnet18", {"side": 128, "widths": [3]})
