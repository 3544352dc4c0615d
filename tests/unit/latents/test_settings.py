"""Which methods explain which targets, and that a new method or target is known everywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from genlens.attribution.gradients import SALIENCY
from genlens.attribution.methods import METHODS, attribute, methods_for
from genlens.cli import attribute as cli_latents
from genlens.cli import main as cli
from genlens.errors import InputError
from genlens.latents.questions import CHOICES, Question, ask, choices_of
from genlens.latents.settings import offered, settings_for
from genlens.latents.targets.kind import Built, Put, TargetKind
from genlens.latents.targets.latent import latent_mean
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.models.contracts import Autoencoder, Posterior
from genlens.study.study import Study, study_of
from tiny_vaes import conv_model, linear_model
from why_page import SIDE, conditional_model, pictures, spatial_model, tiny_study

pytestmark = pytest.mark.unit


class Plain:
    """No more than the contract: its two ways are functions, and no modules that LRP could walk."""

    def __init__(self) -> None:
        self.inner = conv_model()
        self.card, self.device, self.module = self.inner.card, self.inner.device, self.inner.module
        self.image_shape, self.latent_shape = self.inner.image_shape, self.inner.latent_shape

    def encode(self, images: torch.Tensor) -> Posterior:
        return self.inner.encode(images)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        return self.inner.decode(latents)


def odd_model() -> ModuleAutoencoder:
    """Layers that LRP has no rule for."""
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(SIDE**2, 4), nn.LayerNorm(4))
    shape = (1, SIDE, SIDE)
    decoder = nn.Sequential(nn.Linear(4, SIDE**2), nn.Softmax(dim=1), nn.Unflatten(1, shape))
    return ModuleAutoencoder(encoder, decoder, image_shape=(1, SIDE, SIDE), device="cpu")


def wide_map() -> ModuleAutoencoder:
    """Latents are a map of 6 x 8 x 8: more than LIME and Kernel SHAP take one by one."""
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(1, 6, 2, 2))
    decoder = nn.Sequential(nn.ConvTranspose2d(6, 1, 2, 2), nn.Sigmoid())
    return ModuleAutoencoder(encoder, decoder, image_shape=(1, SIDE, SIDE), device="cpu")


MODELS = {
    "conv": lambda: conv_model(shape=(1, SIDE, SIDE)),
    "linear": lambda: linear_model(shape=(1, SIDE, SIDE), bias=True),
    "20 latents": lambda: linear_model(shape=(1, SIDE, SIDE), d=20),
    "300 latents": lambda: linear_model(shape=(1, SIDE, SIDE), d=300),
    "map": spatial_model,
    "wide map": wide_map,
    "conditional": conditional_model,
    "odd layers": odd_model,
    "plain": Plain,
}
FEWER = {"samples": 12, "steps": 10, "tolerance": None, "count": 6}


def works(study: Study, target: str, method: str) -> tuple[bool, str]:
    """(whether the method explains the target when it is called, its own reason against it)."""
    asked = ask(study, 0, Question(target, label="class/left", region="glasses"))
    known = METHODS[method]
    given = settings_for(study, 0, asked, method)
    given |= {name: value for name, value in FEWER.items() if name in known.settings}
    reason = known.reason_against(asked.target, asked.x)
    try:
        attribute(method, asked.target, asked.x, **given)
    except InputError:
        return False, reason
    return True, reason


@pytest.mark.parametrize("model", MODELS)
def test_a_reason_is_given_exactly_where_the_method_does_not_work(model: str) -> None:
    study = tiny_study(MODELS[model]())
    refused = set()
    for target, choice in CHOICES.items():
        for method in methods_for(choice.kind):
            worked, reason = works(study, target, method.name)
            assert worked == (not reason), (target, method.name, reason)
            refused |= {(target, method.name)} if reason else set()
    without_maps = {"grad-cam", "guided-grad-cam"}
    wanted = {
        "linear": without_maps, "20 latents": {"shap", *without_maps},
        "300 latents": {"shap", "kernel-shap", "lime-latents", *without_maps},
        "wide map": {"lime-latents"}, "odd layers": {"lrp", *without_maps}, "plain": {"lrp"},
    }  # fmt: skip
    assert {name for kind, name in refused if kind in ("latent", "elbo")} == (
        wanted.get(model, set()) | {"lrp"}
    ), "the bound is no chain of layers"


def test_a_new_method_is_known_everywhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from genlens.ui.latents.notes import notes_html
    from genlens.ui.latents.why.controls import NAMES, Controls

    toy = replace(SALIENCY, name="toy", title="The toy", help="A toy’s help.", misleads="Always.")
    monkeypatch.setitem(METHODS, toy.name, toy)
    study = tiny_study()
    asked = ask(study, 0, Question())
    assert toy in offered(asked)[0]
    assert (
        attribute("toy", asked.target, asked.x, **settings_for(study, 0, asked, "toy")).made_by.seed
        == 0
    )
    assert "The toy" in notes_html() and "Always." in notes_html()
    with pytest.raises(SystemExit, match="0"):
        cli.main(["attribute", "--help"])
    said = capsys.readouterr().out
    assert "A toy’s help." in said and all(name in said for name in METHODS)
    updates = Controls.updates("toy")
    shown = {name for name in NAMES if updates[name]["visible"]}
    assert shown == {"absolute"}


def test_a_new_target_is_known_everywhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(put: Put) -> Built:
        return Built(lambda model: latent_mean(model, put.question.latent), ("a toy",))

    toy = TargetKind("toy", "The toy", "image", "Help?", "toy", "toy:3 (a toy)", build, "latent")
    monkeypatch.setitem(CHOICES, toy.name, toy)
    study = tiny_study()
    assert toy in choices_of(study)
    asked = ask(study, 0, cli_latents.read_target("toy:2", "pixels"))
    assert asked.target.name == "mean of z2" and asked.notes == ("a toy",)
    with pytest.raises(SystemExit, match="0"):
        cli.main(["attribute", "--help"])
    assert "toy:3 (a toy)" in capsys.readouterr().out


@pytest.mark.parametrize("kind", CHOICES.values(), ids=list(CHOICES))
def test_every_target_knows_itself(kind: TargetKind) -> None:
    assert kind.title and kind.help.endswith((".", "?")) and kind.example.startswith(kind.word)
    made = ask(tiny_study(), 0, Question(kind.name, label="class/left", region="glasses"))
    assert made.target.kind == kind.kind and (made.mask is not None) == (kind.needs == "region")
    assert isinstance(made.model, Autoencoder)
    words = {"latent": "1", "label": "left", "region": "glasses", "": ""}
    by = "pixels" if kind.kind == "image" else "latents"
    text = f"{kind.word}:{words[kind.needs]}".rstrip(":")
    assert cli_latents.read_target(text, by).target == kind.name


def test_words_become_arrays_of_the_right_shape() -> None:
    """Every word that a method may be compared with is taken by the method."""
    study = study_of(conv_model(shape=(1, SIDE, SIDE)), pictures())
    for method in METHODS.values():
        target = "latent" if "image" in method.kinds else "elbo"
        asked = ask(study, 0, Question(target))
        for word in method.against:
            given = settings_for(study, 0, asked, method.name, {"against": word})
            few = {name: value for name, value in FEWER.items() if name in method.settings}
            found = attribute(method.name, asked.target, asked.x, **given | few)
            assert np.isfinite(found.values).all(), (method.name, word)
