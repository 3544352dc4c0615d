"""A diffusion transformer that reads with T5 (PixArt's format), behind the same adapter."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch

import genlens
import tiny_transformer
from genlens.errors import InputError, ModelError
from genlens.models.contracts import Attending, Autoencoding, Blankable, TextToImage
from genlens.models.text_to_image.steps import shared_noise

pytestmark = pytest.mark.unit
PROMPTS = ["a red cat", "a dog", "", "a red car next to a dog"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_transformer.build_pixart_pipeline(tmp_path_factory.mktemp("pixart") / "mine")


@pytest.fixture(scope="module")
def model(folder):
    return genlens.load(str(folder), contract="TextToImage", device="cpu")


def test_fulfils_the_contracts(model):
    for contract in (TextToImage, Attending, Autoencoding, Blankable):
        assert isinstance(model, contract)


@pytest.mark.parametrize("guidance", [1.0, 4.5])
def test_it_draws_what_the_pipeline_draws_and_grouping_does_not_matter(model, guidance):
    together = model.generate(PROMPTS, 7, guidance=guidance).images
    alone = torch.cat([model.generate([p], 7, guidance=guidance).images for p in PROMPTS])
    assert (together - alone).abs().max() < 1e-4
    assert (together[0] - together[1]).abs().max() > 1e-2  # and the prompts do matter
    noise, generators = shared_noise(model.pipeline, {}, 1, 7)
    own = model.pipeline(
        PROMPTS[0], latents=noise, generator=generators, num_inference_steps=2,
        guidance_scale=guidance, output_type="pt", clean_caption=False,
        use_resolution_binning=False,
    ).images  # fmt: skip
    assert (own - together[:1]).abs().max() < 1e-4


def test_words_are_read_in_lower_case_and_spelled_where_unknown(model):
    for shouted, said in zip(model.tokenize("A Red CAT"), model.tokenize("a red cat"), strict=True):
        assert shouted.token_ids == said.token_ids
    assert [w.text for w in model.tokenize("A Red CAT")] == ["A", "Red", "CAT"]
    assert len(model.tokenize("zebra")[0].token_ids) > 1
    assert torch.equal(model.generate(["A CAT"], 1).images, model.generate(["a cat"], 1).images)


def test_it_reads_120_tokens_and_what_is_beyond_is_cut(model):
    words = model.tokenize(" ".join(["cat"] * 130))
    assert [w.read for w in words] == [True] * 119 + [False] * 11  # and one token ends the text


def test_the_words_are_explained(model, tiny_clip_dir, tiny_sam_dir):
    found = genlens.explain_prompt(
        model, "a red cat", 3, encoder=str(tiny_clip_dir), segmenter=str(tiny_sam_dir), noises=0
    )
    a = found.attribution
    assert a.values.sum() == pytest.approx(a.full_value - a.base_value, abs=1e-5)
    assert np.abs(a.values).max() > 0
    assert found.made_by.model == "mine" and found.coalition_images.shape == (8, 32, 32, 3)


def test_its_attention_is_recorded_step_by_step_and_changes_nothing(model):
    maps = genlens.prompts.attention_of(model, "a red cat", 3)
    assert np.isfinite(maps.heat("daam")).all() and maps.heat("daam").max() > 0
    assert len(maps.timesteps) == 2
    [seen] = model.attend(["a red cat"], 3, guidance=4.5)
    assert torch.equal(seen.image, model.generate(["a red cat"], 3, guidance=4.5).images[0])
    assert all(part.min() >= 0 and part.sum(2).max() <= 1.001 for part in seen.maps.values())


def test_a_known_picture_leads_the_steps(model):
    """With pictures, the latents of the end belong to the picture and not to the first noise."""
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    [led] = model.attend(["a cat"], 3, steps=4, pictures=picture)
    [free] = model.attend(["a cat"], 3, steps=4)
    assert (led.latents - free.latents).abs().max() > 1e-3
    first = next(iter(led.maps))
    assert not torch.equal(led.maps[first][-1], free.maps[first][-1])


def test_one_step_is_refused_where_the_pipeline_would_only_stumble(model):
    with pytest.raises(InputError, match="cannot draw in 1 step with its DPMSolver.*2 or more"):
        model.generate(["a cat"], 0, steps=1)


def test_sigma_is_read_by_the_same_family(tmp_path):
    folder = tiny_transformer.build_pixart_pipeline(tmp_path / "s", kind="PixArtSigmaPipeline")
    model = genlens.load(str(folder), contract="TextToImage", device="cpu")
    assert model.pipeline.tokenizer.model_max_length == 300
    assert model.generate(["a cat"], 0).images.shape == (1, 3, 32, 32)


def test_parts_that_do_not_fit_are_refused_by_name(folder, tmp_path, monkeypatch):
    from diffusers import PixArtTransformer2DModel

    mine = shutil.copytree(folder, tmp_path / "mine")
    kept = PixArtTransformer2DModel.from_pretrained(mine / "transformer")
    wider = {**kept.config, "caption_channels": 48}
    PixArtTransformer2DModel.from_config(wider).save_pretrained(mine / "transformer")
    with pytest.raises(ModelError, match="the transformer of mine reads texts of width 48, while"):
        genlens.load(str(mine), contract="TextToImage", device="cpu")
    bare = shutil.copytree(folder, tmp_path / "bare")
    (bare / "tokenizer/tokenizer.json").unlink()
    (bare / "tokenizer/spiece.model").write_bytes(b"pieces")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="the tokenizer of bare.*pip install sentencepiece"):
        genlens.load(str(bare), contract="TextToImage", device="cpu")


def test_as_a_denoiser_it_is_refused_in_words(folder):
    with pytest.raises(ModelError, match="is a PixArtAlphaPipeline: as a Denoiser"):
        genlens.load(str(folder), contract="Denoiser", device="cpu")


def test_a_transformer_of_another_kind_is_refused(folder, tmp_path):
    mine = shutil.copytree(folder, tmp_path / "mine")
    index = json.loads((mine / "model_index.json").read_text())
    (mine / "model_index.json").write_text(json.dumps({**index, "_class_name": "FluxPipeline"}))
    with pytest.raises(ModelError, match="is a FluxPipeline; genlens runs PixArtAlphaPipeline"):
        genlens.load(str(mine), contract="TextToImage", device="cpu")
