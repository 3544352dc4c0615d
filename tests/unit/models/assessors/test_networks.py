"""Published networks as assessors, with files of the same format and random weights."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from genlens.cli.main import main
from genlens.errors import ModelError
from genlens.models.assessors.assessors import ASSESSORS, NETWORKS, assessor
from genlens.models.assessors.networks import emotion, memorability
from genlens.models.assessors.networks.emotion import EMOTIONS, EmotionNet
from genlens.models.download import published
from genlens.models.download.archives import place_of
from genlens.models.memory import MEMORY
from genlens.models.weights import sha256_of

pytestmark = pytest.mark.unit
PICTURES = torch.rand(5, 3, 60, 50, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder, and nothing in memory."""
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    MEMORY.clear()
    yield tmp_path
    MEMORY.clear()


@pytest.fixture
def emotions(cache, monkeypatch) -> EmotionNet:
    """A network with random weights where ``genlens fetch emotion`` would put the real one."""
    torch.manual_seed(0)
    net = EmotionNet().eval()
    place = place_of(published.EMOTION.archive)
    place.parent.mkdir(parents=True)
    torch.save({"network": net.state_dict(), "epochs": 3, "accuracy": 0.5}, place)
    monkeypatch.setattr(emotion, "FILE", replace(emotion.FILE, sha256=sha256_of(place)))
    return net


@pytest.mark.parametrize("each", NETWORKS[:-1], ids=lambda each: each.name)
def test_without_its_file_it_says_the_command(cache, each) -> None:
    command = each.missing()
    assert command in ("genlens fetch emotion", "genlens fetch resmem")
    assert command.split()[-1] in published.PUBLISHED
    with pytest.raises(ModelError, match=command):
        each.score(PICTURES)


def test_seven_shares_and_the_valence_between_them(emotions) -> None:
    shares = {name: assessor(f"emotion-{name}").score(PICTURES) for name in EMOTIONS}
    assert torch.allclose(sum(shares.values()), torch.ones(5), atol=1e-5)
    valence = assessor("valence").score(PICTURES)
    displeased = sum(shares[name] for name in ("angry", "disgust", "fear", "sad"))
    assert torch.allclose(valence, shares["happy"] - displeased, atol=1e-5)
    grey = torch.nn.functional.interpolate(
        PICTURES, (48, 48), mode="bilinear", antialias=True, align_corners=False
    )
    grey = (grey * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    answers = emotions(grey)
    wanted = (answers / answers.sum(1, keepdim=True))[:, EMOTIONS.index("fear")]
    assert torch.allclose(shares["fear"], wanted, atol=1e-5)
    leaf = PICTURES.clone().requires_grad_()
    (slope,) = torch.autograd.grad(assessor("valence").score(leaf).sum(), leaf)
    assert slope.abs().max() > 0


def test_another_file_in_its_place_is_refused(cache) -> None:
    place = place_of(published.EMOTION.archive)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"not the file")
    with pytest.raises(ModelError, match="has sha256 .*genlens fetch emotion"):
        assessor("valence").score(PICTURES)


def test_memorability_reads_the_middle_of_the_picture(cache, monkeypatch) -> None:
    class Middle(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            assert images.shape[1:] == (3, 227, 227)
            return images.mean((1, 2, 3))

    monkeypatch.setattr(memorability.ResMemNet, "load", Middle)
    even = torch.full((20, 1, 30, 40), 0.4)
    assert torch.allclose(assessor("memorability").score(even), torch.full((20,), 0.4), atol=1e-5)


def test_the_licence_of_memorability_is_said_before_it_comes(cache, capsys, monkeypatch) -> None:
    said: list[str] = []

    def fetched(self, **more):
        said.append(capsys.readouterr().out)
        return (cache,)

    monkeypatch.setattr(published.Published, "fetch", fetched)
    main(["fetch", "resmem"])
    assert "solely for noncommercial purposes" in said[0]
    assert "on-commercial" in ASSESSORS["memorability"].help
