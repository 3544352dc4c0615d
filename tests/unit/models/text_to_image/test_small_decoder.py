"""TAESD in the place of a pipeline's decoder, and frames that a safety checker blacked out."""

from __future__ import annotations

import pytest
import torch

import genlens
import tiny_transformer
from genlens.errors import ModelError
from genlens.models import catalog
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from prompt_painter import Painter, play

pytestmark = pytest.mark.unit
PROMPTS = ["a red cat", ""]


@pytest.fixture(scope="module")
def taesd(tmp_path_factory):
    return tiny_transformer.build_taesd(tmp_path_factory.mktemp("taesd") / "taesd")


def test_it_decodes_the_same_latents_and_says_so(tiny_pipeline_dir, taesd):
    fast = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu", decoder=taesd)
    own = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu")
    drawn, other = fast.generate(PROMPTS, 3), own.generate(PROMPTS, 3)
    assert torch.equal(drawn.latents, other.latents)
    assert not torch.equal(drawn.images, other.images)
    by_hand = fast.pipeline.vae.decode(drawn.latents).sample / 2 + 0.5
    assert torch.allclose(by_hand.clamp(0, 1), drawn.images, atol=1e-5)
    assert "decoded by TAESD" in fast.card.notes[0] and own.card.notes == ()
    assert fast.autoencoder().latent_shape[0] == 4
    [seen] = fast.attend(["a cat"], 3, pictures=torch.rand(1, 3, 32, 32))  # encodes with it
    assert seen.image.shape == (3, 32, 32)


def test_another_kind_of_decoder_is_refused(tiny_pipeline_dir):
    with pytest.raises(ModelError, match="is a AutoencoderKL: take an AutoencoderTiny"):
        DiffusersTextToImage.from_folder(
            tiny_pipeline_dir, device="cpu", decoder=tiny_pipeline_dir / "vae"
        )


def test_every_entry_with_a_decoder_has_its_twin_without():
    fast = [e for e in catalog.entries() if e.decoder]
    assert fast
    for entry in fast:
        assert catalog.find(entry.decoder).contract == "Autoencoder"
        twin = catalog.find(entry.repo)
        assert (twin.revision, twin.settings) == (entry.revision, entry.settings)
        assert entry.tflop["decode"] < twin.tflop["decode"]


def checker():
    """Stable Diffusion's own, tiny: what it refuses is what is nearer to a concept than a bound."""
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig

    vision = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1,
        "num_attention_heads": 2, "image_size": 32, "patch_size": 8, "projection_dim": 16,
    }  # fmt: skip
    return StableDiffusionSafetyChecker(CLIPConfig(vision_config=vision, projection_dim=16)).eval()


def test_a_blanked_frame_is_named_and_not_explained(tiny_pipeline_dir, tiny_clip_dir, tiny_sam_dir):
    from transformers import CLIPImageProcessor

    model = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu")
    before = model.generate(["a cat", "a dog"], 0).images
    side = {"height": 32, "width": 32}
    model.pipeline.register_modules(
        safety_checker=checker(),
        feature_extractor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=side),
    )
    bounds = model.pipeline.safety_checker.concept_embeds_weights
    bounds.data.fill_(2.0)  # nothing is that near
    assert torch.equal(model.generate(["a cat", "a dog"], 0).images, before)
    bounds.data.fill_(-2.0)  # everything is
    with pytest.raises(ModelError, match=r"blanked 2 of 2 images, such as that of 'a cat'"):
        model.generate(["a cat", "a dog"], 0)
    with pytest.raises(ModelError, match="safety checker blanked"):
        genlens.explain_prompt(
            model, "a cat", encoder=str(tiny_clip_dir), segmenter=str(tiny_sam_dir)
        )


class Censored(Painter):
    """Another adapter, which blacks pictures out by itself."""

    def _paint(self, prompt, seed):
        image = super()._paint(prompt, seed)
        return image * 0 if "dog" in prompt else image


def test_a_frame_that_is_black_all_over_is_named_whoever_blacked_it_out():
    from genlens.prompts.game import PromptGame
    from genlens.prompts.payoffs.pixels import PixelSimilarity
    from genlens.prompts.shapley import shapley

    game = PromptGame(Censored(), "a cat dog", similarity=PixelSimilarity())
    with pytest.raises(ModelError, match=r"images all black, such as that of '[a-z ]*dog'"):
        shapley(game)
    assert shapley(play("a cat")).full_value == pytest.approx(1)
