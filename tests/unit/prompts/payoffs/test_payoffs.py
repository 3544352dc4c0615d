"""Payoffs: closed forms on the painter, what each needs, and refusals that name the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from genlens.common.coalitions import all_coalitions
from genlens.errors import InputError, ModelError
from genlens.models.contracts import Autoencoding
from genlens.models.distances.networks import LPIPS as NETWORK
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.prompts.drawings import to_tensor
from genlens.prompts.explain import explain_prompt
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.clip import ClipTextSimilarity
from genlens.prompts.payoffs.distances import DistanceSimilarity
from genlens.prompts.payoffs.latents import DiffusionSimilarity, VaeSimilarity
from genlens.prompts.payoffs.payoff import NEEDS, Ingredients
from genlens.prompts.payoffs.payoffs import PAYOFFS, payoffs_named, similarity_for
from genlens.prompts.payoffs.similarity import Similarity
from prompt_painter import Components, Painter, PaletteEncoder, play

pytestmark = pytest.mark.unit


def ingredients(prompt="cat dog", model=None):
    return Ingredients(prompt, model or Painter(), PaletteEncoder())


class LatentPainter(Painter):
    """Its latents are known: (number of words, 1, seed) for every place."""

    def generate(self, prompts, seed, **more):
        from dataclasses import replace

        rows = [torch.tensor([len(p.split()), 1.0, float(seed)]) for p in prompts]
        made = super().generate(prompts, seed, **more)
        return replace(made, latents=torch.stack(rows)[:, :, None, None])


@pytest.mark.parametrize("payoff", PAYOFFS.values(), ids=lambda p: p.name)
def test_each_knows_everything_about_itself(payoff):
    for text in (payoff.title, payoff.unit, payoff.equation, payoff.paper, payoff.help):
        assert text
    assert payoff.misleads.endswith(".") and payoff.help.endswith(".")
    assert payoff.range[0] < payoff.range[1]
    assert payoff.needs and set(payoff.needs) <= set(NEEDS)


@pytest.mark.parametrize("name", ["clip", "ssim", "pixels"])
def test_the_whole_prompts_own_picture_has_the_greatest_payoff_of_one(name):
    game = PromptGame(Painter(), "cat dog", similarity=similarity_for(name, ingredients()))
    told = game(all_coalitions(2))
    assert told[-1] == pytest.approx(1.0, abs=1e-6) and told.argmax() == 3
    assert PAYOFFS[name].range[0] <= told.min()


def test_text_is_the_measure_of_clip_text_and_the_pictures_order_of_clip():
    encoder = PaletteEncoder()
    similarity = ClipTextSimilarity(encoder, "cat")
    images = to_tensor(play("cat dog").images(all_coalitions(2)))
    told = similarity.prepare(images[3])(images)
    assert np.allclose(told, encoder.embed_images(images)[:, 0])  # "cat" is the first of its words
    assert told[1] > told[3] > told[0] and told[2] == pytest.approx(0)


def test_diffusion_latents_are_compared_and_not_the_pictures():
    game = PromptGame(LatentPainter(), "cat dog", seed=0, similarity=DiffusionSimilarity())
    told = game(all_coalitions(2))
    one = np.array([2.0, 1.0, 0.0]) / np.sqrt(5)
    expected = [
        np.dot(np.array(z) / np.linalg.norm(z), one) for z in ((0, 1, 0), (1, 1, 0), (1, 1, 0))
    ]
    assert np.allclose(told, [*expected, 1.0])
    assert game.of_another_noise(3) == pytest.approx((5 / np.sqrt(5)) / np.sqrt(14))
    pixels = play("cat dog")(all_coalitions(2))
    assert not np.allclose(told, pixels)


def test_latents_without_direction_are_refused():
    with pytest.raises(ModelError, match="all zero"):
        DiffusionSimilarity().prepare(torch.ones(1, 2, 2))(torch.zeros(1, 1, 2, 2))


def test_one_set_of_pictures_serves_every_payoff():
    painter = Painter()
    game = PromptGame(painter, "cat dog car", similarity=similarity_for("pixels", ingredients()))
    rows = all_coalitions(3)
    first = game(rows)
    other = game.under(similarity_for("ssim", ingredients()))
    assert not np.allclose(other(rows), first)
    assert np.array_equal(game(rows), first), "the first game keeps its own payoffs"
    assert game.model_calls == other.model_calls == 8
    assert sum(len(call) for call in painter.calls) == 8


def test_the_generators_own_autoencoder_is_asked(tiny_pipeline_dir: Path):
    model = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu")
    assert isinstance(model, Autoencoding)
    similarity = similarity_for("vae", ingredients("a cat", model))
    assert isinstance(similarity, VaeSimilarity)
    images = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    told = similarity.prepare(images[1])(images)
    with torch.no_grad():
        latents = model.pipeline.vae.encode(images * 2 - 1).latent_dist.mean.flatten(1).double()
    expected = torch.nn.functional.cosine_similarity(latents, latents[1:2]).numpy()
    assert np.allclose(told, expected, atol=1e-5) and told[1] == pytest.approx(1)


def test_half_precision_pipelines_keep_their_own_autoencoder(tiny_pipeline_dir: Path):
    model = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu")
    model.pipeline.vae.to(torch.float16)
    assert model.autoencoder().module.dtype == torch.float32
    assert model.pipeline.vae.dtype == torch.float16


def test_what_cannot_be_worked_out_says_why(monkeypatch, tmp_path):
    assert "painter has no autoencoder" in PAYOFFS["vae"].reason_against(ingredients())
    with pytest.raises(InputError, match="the payoff vae does not work here: painter has no"):
        similarity_for("vae", ingredients())
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    assert NETWORK.missing() and NETWORK.missing() in PAYOFFS["lpips"].reason_against(ingredients())


@pytest.mark.parametrize(
    ("names", "says"),
    [([], "pass a list"), ("clip", "pass a list"), (["x"], "'x'"), (["clip", "clip"], "twice")],
)
def test_names_are_checked(names, says):
    with pytest.raises(InputError, match=says):
        payoffs_named(names)


def test_a_distance_is_turned_into_a_likeness():
    class Far:
        name, title, unit, range = "far", "Far", "", (0.0, 2.0)

        def missing(self):
            return ""

        def between(self, a, b):
            return (a - b).abs().mean(dim=(1, 2, 3)) * 2

    similarity = DistanceSimilarity(Far())
    assert isinstance(similarity, Similarity)
    black, white = torch.zeros(3, 4, 4), torch.ones(1, 3, 4, 4)
    assert similarity.prepare(black)(white)[0] == pytest.approx(-1.0)
    with pytest.raises(InputError, match="no reference"):
        similarity(white)


def test_an_explanation_can_be_asked_for_a_payoff_by_name():
    found = explain_prompt(
        Painter(), "cat dog", encoder=PaletteEncoder(), segmenter=Components(), similarity="ssim"
    )
    assert found.made_by.settings["similarity"] == "ssim"
    assert found.made_by.settings["removal"] == "delete"
    with pytest.raises(InputError, match="no payoff is called 'x'"):
        explain_prompt(
            Painter(), "cat", encoder=PaletteEncoder(), segmenter=Components(), similarity="x"
        )
