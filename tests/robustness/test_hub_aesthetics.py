"""LAION's aesthetics from a hub, in the layout in which it is published."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save_file

from fake_hub import FakeHub, serve
from genlens.common import torchvision_guard
from genlens.errors import ModelError
from genlens.models import catalog
from genlens.models.assessors.assessors import assessor
from genlens.models.assessors.networks import aesthetics
from genlens.models.contracts import Assessor

pytestmark = pytest.mark.robustness
REPO = "shunk031/aesthetics-predictor-v1-vit-large-patch14"
SIZES = {
    "hidden_size": 8, "intermediate_size": 16, "projection_dim": 6, "num_hidden_layers": 1,
    "num_attention_heads": 2, "image_size": 28, "patch_size": 14,
}  # fmt: skip


@pytest.fixture
def repository(tmp_path):
    """A CLIP of random weights with the layer, as ``save_pretrained`` of that class writes it."""
    torchvision_guard.ensure()
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    clip = CLIPVisionModelWithProjection(CLIPVisionConfig(**SIZES)).eval()
    layer = torch.nn.Linear(6, 1)
    folder = tmp_path / "repo"
    folder.mkdir()
    config = clip.config.to_dict() | {"architectures": ["AestheticsPredictorV1"]}
    (folder / "config.json").write_text(json.dumps(config))
    state = {k: v.contiguous() for k, v in clip.state_dict().items()}
    state |= {f"predictor.{k}": v for k, v in layer.state_dict().items()}
    state["vision_model.embeddings.position_ids"] = torch.arange(5)[None]  # of older transformers
    save_file(state, folder / "model.safetensors")
    (folder / "pytorch_model.bin").write_bytes(b"not needed")
    return folder, clip, layer


@pytest.fixture
def fake(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "genlens"))
    catalog.unload()
    with serve(FakeHub({})) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running
    catalog.unload()


def test_it_is_loaded_and_gives_the_marks_of_the_published_class(fake, repository) -> None:
    folder, clip, layer = repository
    fake.repos[REPO] = folder
    asked = assessor("aesthetics")
    assert f"genlens.load('{REPO}')" in asked.missing()
    with pytest.raises(ModelError, match="not on this machine"):
        asked.score(torch.rand(1, 3, 40, 40))
    model = catalog.load(REPO, contract="Assessor", device="cpu")
    assert isinstance(model, Assessor) and asked.missing() == ""
    assert ".bin" not in "\n".join(fake.requests)
    images = torch.rand(3, 3, 28, 28, generator=torch.Generator().manual_seed(1))
    mean, spread = (torch.tensor(v).view(1, 3, 1, 1) for v in (aesthetics.MEAN, aesthetics.SPREAD))
    with torch.no_grad():
        seen = clip((images - mean) / spread).image_embeds
        wanted = layer(seen / seen.norm(dim=-1, keepdim=True))[:, 0]
    torch.testing.assert_close(model.score(images), wanted)
    torch.testing.assert_close(asked.score(images), wanted)
    leaf = torch.rand(2, 1, 50, 40, requires_grad=True)
    (slope,) = torch.autograd.grad(model.score(leaf).sum(), leaf)
    assert slope.abs().max() > 0


def test_the_middle_of_a_wide_picture_is_looked_at(fake, repository) -> None:
    fake.repos[REPO] = repository[0]
    model = catalog.load(REPO, contract="Assessor", device="cpu")
    wide = torch.rand(1, 3, 28, 60)
    torch.testing.assert_close(model.score(wide), model.score(wide[:, :, :, 16:44]))


def test_pickles_only_and_lacking_layers_are_refused(fake, repository) -> None:
    folder = repository[0]
    (folder / "model.safetensors").rename(folder / "kept")
    fake.repos[REPO] = folder
    with pytest.raises(ModelError, match="pytorch_model.bin"):
        catalog.load(REPO, contract="Assessor")
    from safetensors.torch import load_file

    state = load_file(folder / "kept")
    save_file(
        {k: v for k, v in state.items() if "predictor" not in k}, folder / "model.safetensors"
    )
    with pytest.raises(ModelError, match="predictor"):
        catalog.load(str(folder), contract="Assessor")
