"""Classifiers: what they are asked, their files, and the pictures they take."""

from __future__ import annotations

import json
import math

import pytest
import torch

import genlens
from genlens.errors import InputError, ModelError
from genlens.models.assessors.classifiers.backbones import SmallBackbone
from genlens.models.assessors.classifiers.classifier import PictureClassifier
from genlens.models.assessors.classifiers.files import ClassifierNet, read, save
from genlens.models.assessors.classifiers.heads import Ask, checked_heads
from genlens.models.contracts import Assessor

pytestmark = pytest.mark.unit
HEADS = {"mouth": ("smile", "sad", "open"), "glasses": ("no", "yes")}
ASK = Ask("mouth", ("smile", "open"))
PICTURES = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def net(seed: int = 0) -> ClassifierNet:
    torch.manual_seed(seed)
    made = ClassifierNet(SmallBackbone(16, (4, 6)), HEADS)
    for layer in made.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):  # as if it had been trained
            layer.running_mean.uniform_(-0.1, 0.1)
            layer.running_var.uniform_(0.5, 2)
    return made


def logits_for(*chances: float) -> torch.Tensor:
    return torch.tensor([chances]).log()


def test_a_score_is_tanh_of_a_quarter_of_the_log_odds() -> None:
    chance = 0.2 + 0.35  # of smile or open
    (score,) = ASK.score(logits_for(0.2, 0.45, 0.35), HEADS["mouth"])
    assert float(score) == pytest.approx(
        math.tanh(0.25 * math.log(chance / (1 - chance))), abs=1e-6
    )
    (even,) = Ask("glasses", ("yes",)).score(logits_for(0.5, 0.5), HEADS["glasses"])
    assert float(even) == 0
    (sure,) = Ask("glasses", ("yes",)).score(logits_for(0.1, 0.9), HEADS["glasses"])
    assert float(sure) == pytest.approx(0.5, abs=0.001)  # what the help text says of 90 %


def test_asking_for_the_others_turns_the_sign() -> None:
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    others = Ask("mouth", ("sad",)).score(logits, HEADS["mouth"])
    assert torch.allclose(ASK.score(logits, HEADS["mouth"]), -others, atol=1e-6)


def test_an_expected_value_weighs_the_centres() -> None:
    ask = Ask("mouth", (), (1.0, 6.0, 15.0), unit="years")
    (age,) = ask.score(logits_for(0.5, 0.3, 0.2), HEADS["mouth"])
    assert float(age) == pytest.approx(0.5 * 1 + 0.3 * 6 + 0.2 * 15, abs=1e-5)
    assert ask.range == (1.0, 15.0) and ask.counts == "years"


def test_what_was_saved_is_read_again(tmp_path) -> None:
    made = net().eval()
    save(tmp_path / "m", made, ASK, {"data": "avatars", "measured": {"accuracy mouth": 0.75}})
    model = genlens.load(str(tmp_path / "m"), contract="Assessor", device="cpu")
    assert isinstance(model, PictureClassifier) and isinstance(model, Assessor)
    assert model.card.contract == "Assessor" and model.card.settings["data"] == "avatars"
    assert model.heads == HEADS and model.ask == ASK and model.missing() == ""
    with torch.no_grad():
        before = ASK.score(made(PICTURES)[:, :3], HEADS["mouth"])
    assert torch.allclose(model.score(PICTURES), before, atol=2e-3)  # float16
    assert "75.0 % of pictures kept from its training" in model.help


def test_another_question_to_the_same_network() -> None:
    model = PictureClassifier(net(), ASK, name="faces")
    glasses = model.asked("glasses", "yes")
    assert glasses.module is model.module and glasses.name == "classifier:glasses=yes"
    chances = model.probabilities(PICTURES)
    assert {name: tuple(rows.shape) for name, rows in chances.items()} == {
        "mouth": (3, 3),
        "glasses": (3, 2),
    }
    assert torch.allclose((glasses.score(PICTURES) > 0), chances["glasses"][:, 1] > 0.5)
    odds = (chances["glasses"][:, 1] / chances["glasses"][:, 0]).log()
    assert torch.allclose(glasses.logit(PICTURES), odds, atol=1e-4)
    assert model.ask == ASK
    for head, values, words in (
        ("nose", ("big",), "'nose' is nothing it tells apart: take mouth, glasses"),
        ("mouth", ("grin",), "no mouth is 'grin': take of smile, sad, open"),
        ("glasses", ("no", "yes"), "ask for at least one, and not for all"),
    ):
        with pytest.raises(InputError, match=words):
            model.asked(head, *values)


def test_pictures_of_any_size_and_grey_ones() -> None:
    model = PictureClassifier(net(), ASK)
    even = torch.full((2, 3, 16, 16), 0.3)
    large = torch.full((2, 1, 50, 31), 0.3)
    assert torch.allclose(model.score(even), model.score(large), atol=1e-4)
    leaf = torch.rand(2, 3, 40, 24, requires_grad=True)
    (slope,) = torch.autograd.grad(model.score(leaf).sum(), leaf)
    assert slope.shape == leaf.shape and slope.abs().max() > 0
    single, many = model.score(PICTURES[:1]), model.score(PICTURES)
    assert torch.allclose(single, many[:1], atol=1e-6)


def test_broken_weights_are_an_error_that_names_it() -> None:
    broken = net()
    with torch.no_grad():
        broken.head.bias[0] = float("nan")
    with pytest.raises(InputError, match="assessor faces gives NaN .* for 3 of 3 pictures"):
        PictureClassifier(broken, ASK, name="faces").score(PICTURES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model_type": "other"}, "is of model type 'other', not genlens-classifier"),
        ({"backbone": "vgg"}, "backbone is 'vgg': take small"),
        ({"side": 7}, "side is 7: take 16 to 512 pixels for 2 halvings"),
        ({"widths": [4, 10**6]}, "take 1 to 1024"),
        ({"widths": "ab"}, "give 1 to 6 whole numbers"),
        ({"heads": {}}, "heads is {}"),
        ({"heads": {"mouth": ["a"]}}, "head mouth is \\['a'\\]: give 2 to 100 values"),
        ({"heads": {"mouth": ["a", "b"]}, "asks": None}, "do not fit the config"),
        ({"asks": {"head": "nose"}}, "'nose' is nothing it tells apart"),
        ({"asks": {"head": "mouth", "centres": ["x"]}}, "could not convert"),
    ],
)
def test_configs_that_make_no_sense_are_refused(tmp_path, change, words) -> None:
    save(tmp_path, net(), ASK, {})
    config = json.loads((tmp_path / "config.json").read_text()) | change
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=words):
        read(tmp_path)


def test_a_pickle_in_its_place_is_refused(tmp_path) -> None:
    save(tmp_path, net(), ASK, {})
    (tmp_path / "model.safetensors").rename(tmp_path / "model.pt")
    with pytest.raises(ModelError, match="model.pt"):
        read(tmp_path)


def test_heads_are_names_with_different_values() -> None:
    assert checked_heads({"a": ["x", "y"]}) == {"a": ("x", "y")}
    with pytest.raises(InputError, match="each once"):
        checked_heads({"a": ["x", "x"]})
