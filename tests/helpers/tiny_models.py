"""Tiny random models in the formats of the shipped ones, built in a second or two each.

They draw nothing meaningful; they exist so that tests run real diffusers, open_clip and
segment_anything code without the zoo's weights. Every builder takes a folder, a seed, and returns
the folder. Weights are saved as float16 safetensors, as the zoo does.
"""

from __future__ import annotations

import json
from pathlib import Path

from genlens.common import torchvision_guard

NOUNS = ("cat", "dog", "car", "tree", "house", "hat", "moon", "apple", "boat", "star")
COLOURS = ("red", "blue", "green", "yellow")
RELATIONS = ("and", "next", "to", "on", "of", "with", "left", "right", "above", "wearing")
OTHERS = (
    "a",
    "an",
    "the",
    "big",
    "small",
    "two",
    "three",
    "please",
    "nice",
    "really",
    "background",
)
WORDS = (*NOUNS, *COLOURS, *RELATIONS, *OTHERS)
SPECIAL = ("<pad>", "<bos>", "<eos>", "<unk>")
MAX_LENGTH = 24

CLIP_CONFIG = {
    "model_cfg": {
        "embed_dim": 32,
        "vision_cfg": {
            "image_size": 32,
            "layers": 2,
            "width": 32,
            "patch_size": 8,
            "head_width": 16,
        },
        "text_cfg": {
            "context_length": MAX_LENGTH,
            "vocab_size": len(SPECIAL) + len(WORDS) + 2,
            "width": 32,
            "heads": 2,
            "layers": 2,
            "pad_id": 0,
            "eos_id": 2,
            "pool_type": "eos",
            "no_causal_mask": False,
        },
    },
    "preprocess_cfg": {
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
        "interpolation": "bicubic",
        "resize_mode": "squash",
    },
}

SAM_CONFIG = {
    "image_size": 64,
    "patch_size": 8,
    "encoder": {
        "embed_dim": 32,
        "depth": 2,
        "num_heads": 2,
        "window_size": 4,
        "global_attn_indexes": [1],
    },
    "prompt_embed_dim": 32,
    "decoder": {"depth": 2, "mlp_dim": 64, "num_heads": 2},
    # Random weights promise nothing, so the thresholds let everything through.
    "mask_generator": {
        "points_per_side": 4,
        "pred_iou_thresh": -100.0,
        "stability_score_thresh": 0.0,
        "box_nms_thresh": 0.7,
        "min_mask_region_area": 0,
    },
    "pixel_mean": [127.5, 127.5, 127.5],
    "pixel_std": [127.5, 127.5, 127.5],
}


def word_level_tokenizer(words: tuple[str, ...] = WORDS):
    """A ``tokenizers.Tokenizer``: one id a word, lower-cased, with "'s" and "," split off."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocab = {token: i for i, token in enumerate((*SPECIAL, *words, "'s", ","))}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(r"'s$|[,.!?;:]"), behavior="isolated"),
        ]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", special_tokens=[("<bos>", 1), ("<eos>", 2)]
    )
    return tokenizer


def build_pipeline(folder: Path, seed: int = 0) -> Path:
    """A ``StableDiffusionPipeline`` of 0.3 M parameters: 32 px images, 4 x 16 x 16 latents."""
    torchvision_guard.ensure()
    import torch
    from diffusers import (
        AutoencoderKL,
        DDIMScheduler,
        StableDiffusionPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pipeline = StableDiffusionPipeline(
            vae=_random_vae(AutoencoderKL),
            unet=_random_unet(UNet2DConditionModel),
            text_encoder=CLIPTextModel(_text_config()),
            tokenizer=hf_tokenizer(),
            scheduler=DDIMScheduler(
                beta_schedule="scaled_linear",
                prediction_type="v_prediction",
                rescale_betas_zero_snr=True,
                timestep_spacing="trailing",
                clip_sample=False,
                set_alpha_to_one=True,
                steps_offset=1,
            ),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.to(torch.float16)
        pipeline.save_pretrained(folder, safe_serialization=True)
    settings = {"steps": 2, "guidance": 1.0, "licence": "MIT"}
    (folder / "genlens.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def hf_tokenizer():
    """The word-level tokenizer as transformers has it: what a pipeline folder holds."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=word_level_tokenizer(),
        model_max_length=MAX_LENGTH,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
    )


def _text_config():
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        vocab_size=len(SPECIAL) + len(WORDS) + 2,
        hidden_size=32,
        intermediate_size=64,
        projection_dim=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=MAX_LENGTH,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )


def _random_vae(cls):
    return cls(
        block_out_channels=(8, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=32,
    )


def _random_unet(cls, cross_attention_dim=32, **options):
    import torch

    unet = cls(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        block_out_channels=(16, 32),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=cross_attention_dim,
        attention_head_dim=8,
        **options,
    )
    # Untrained cross-attention hardly moves the image: make the words matter, so that a test can
    # tell a prompt that was ignored from one that was not.
    with torch.no_grad():
        for name, parameter in unet.named_parameters():
            if "attn2.to_v" in name or "attn2.to_out" in name:
                parameter.mul_(6.0)
    return unet


def build_clip_folder(folder: Path, seed: int = 0) -> Path:
    """An open_clip folder: config, safetensors and a word-level ``tokenizer.json``."""
    import torch

    from genlens.models.encoders.openclip import build_clip

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_clip(CLIP_CONFIG)
    _save(model, folder / "open_clip_model.safetensors")
    (folder / "open_clip_config.json").write_text(json.dumps(CLIP_CONFIG), encoding="utf-8")
    word_level_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def build_sam_folder(folder: Path, seed: int = 0) -> Path:
    """A segment_anything folder: ``config.json`` and ``model.safetensors``."""
    import torch

    from genlens.models.segmenters.build import build_sam

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_sam(SAM_CONFIG)
    _save(model, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(SAM_CONFIG), encoding="utf-8")
    return folder


def _save(model, path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    state = {k: v.detach().to(torch.float16).contiguous() for k, v in model.state_dict().items()}
    save_file(state, path)


def build_xl_pipeline(folder: Path, seed: int = 0) -> Path:
    """A tiny ``StableDiffusionXLPipeline``: two text encoders, pooled text, added time ids."""
    torchvision_guard.ensure()
    import torch
    from diffusers import (
        AutoencoderKL,
        EulerAncestralDiscreteScheduler,
        StableDiffusionXLPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pipeline = StableDiffusionXLPipeline(
            vae=_random_vae(AutoencoderKL),
            unet=_random_unet(
                UNet2DConditionModel,
                cross_attention_dim=64,
                addition_embed_type="text_time",
                addition_time_embed_dim=8,
                projection_class_embeddings_input_dim=6 * 8 + 32,
            ),
            text_encoder=CLIPTextModel(_text_config()),
            text_encoder_2=CLIPTextModelWithProjection(_text_config()),
            tokenizer=hf_tokenizer(),
            tokenizer_2=hf_tokenizer(),
            scheduler=EulerAncestralDiscreteScheduler(timestep_spacing="trailing"),
        )
        pipeline.save_pretrained(folder, safe_serialization=True, variant="fp16")
    return folder
