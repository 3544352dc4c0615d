"""Pipelines as other versions of the libraries wrote them: names that changed since still load."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

import genlens
from genlens.common import torchvision_guard

pytestmark = pytest.mark.robustness
TEXT = "text_encoder/model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"


@pytest.fixture
def pipeline(tiny_pipeline_dir, tmp_path):
    return shutil.copytree(tiny_pipeline_dir, tmp_path / "mine")


def rewrite(path, by, **more):
    from safetensors.torch import load_file, save_file

    state = {by(name): value for name, value in load_file(path).items()}
    save_file({**state, **more}, path, metadata={"format": "pt"})


def same_picture(folder, reference):
    models = [
        genlens.load(str(f), contract="TextToImage", device="cpu") for f in (folder, reference)
    ]
    drawn = [model.generate(["a red cat"], 3).images for model in models]
    assert torch.equal(*drawn)
    return models[0].card.notes


@pytest.mark.parametrize("prefix", ["", "_orig_mod.", "module._orig_mod."])
def test_text_encoders_of_transformers_4(pipeline, tiny_pipeline_dir, prefix):
    """Their names begin with ``text_model.``, and positions are stored."""

    def by(name):
        return f"{prefix}text_model.{name.removeprefix('text_model.')}"

    rewrite(
        pipeline / TEXT,
        by,
        **{f"{prefix}text_model.embeddings.position_ids": torch.arange(24)[None]},
    )
    notes = same_picture(pipeline, tiny_pipeline_dir)
    assert len(notes) == bool(prefix)


@pytest.mark.parametrize("prefix", ["", "vae._orig_mod."])
def test_autoencoders_of_diffusers_0_10(pipeline, tiny_pipeline_dir, prefix):
    """Their attention layers had other names."""
    old = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}

    def by(name):
        for new, before in old.items():
            name = name.replace(new, before)
        return prefix + name

    rewrite(pipeline / VAE, by)
    assert len(same_picture(pipeline, tiny_pipeline_dir)) == bool(prefix)


def test_a_safety_checker_is_read_like_every_part(pipeline, tiny_pipeline_dir, caplog):
    torchvision_guard.ensure()
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    vision = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1,
        "num_attention_heads": 2, "image_size": 32, "patch_size": 8, "projection_dim": 16,
    }  # fmt: skip
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=vision, projection_dim=16))
    checker.save_pretrained(pipeline / "safety_checker")
    CLIPImageProcessor().save_pretrained(pipeline / "feature_extractor")
    index = pipeline / "model_index.json"
    named = {
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
        "feature_extractor": ["transformers", "CLIPImageProcessor"],
    }
    index.write_text(json.dumps({**json.loads(index.read_text()), **named}))
    model = genlens.load(str(pipeline), contract="TextToImage", device="cpu")
    assert isinstance(model.pipeline.safety_checker, StableDiffusionSafetyChecker)
    assert "non-standard" not in caplog.text
    rewrite(pipeline / "safety_checker/model.safetensors", lambda name: f"x.{name}")
    with pytest.raises(genlens.errors.ModelError, match="the safety_checker of mine cannot be"):
        genlens.load(str(pipeline), contract="TextToImage", device="cpu")
