"""A tiny random diffusion transformer that reads with T5, in PixArt's format, and a tiny TAESD."""

from __future__ import annotations

import json
from pathlib import Path

from genlens.common import torchvision_guard
from tiny_models import WORDS, _random_vae


def t5_tokenizer():
    """T5's own class with whole words as pieces, "▁cat", and letters for the rest."""
    from transformers import T5Tokenizer

    letters = [(c, -9.0) for c in "abcdefghijklmnopqrstuvwxyz'.,:0123456789"]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("\u2581", -3.0)]
    pieces += [(f"\u2581{word}", -2.0) for word in WORDS] + letters
    return T5Tokenizer(vocab=pieces, extra_ids=0)


def build_pixart_pipeline(folder: Path, seed: int = 0, kind: str = "PixArtAlphaPipeline") -> Path:
    """A pipeline of ``kind``: 32 px images, 4 x 16 x 16 latents, learned variance as published."""
    torchvision_guard.ensure()
    import diffusers
    import torch
    from transformers import T5Config, T5EncoderModel

    tokenizer = t5_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = diffusers.PixArtTransformer2DModel(
            num_attention_heads=2, attention_head_dim=8, in_channels=4, out_channels=8,
            num_layers=2, cross_attention_dim=16, caption_channels=32, sample_size=16,
            patch_size=2, attention_bias=True, activation_fn="gelu-approximate",
            norm_type="ada_norm_single", norm_elementwise_affine=False, norm_eps=1e-6,
            use_additional_conditions=False,
        )  # fmt: skip
        with torch.no_grad():  # as in tiny_models: make the words matter
            for name, parameter in transformer.named_parameters():
                if "attn2.to_v" in name or "attn2.to_out" in name:
                    parameter.mul_(20.0)
        encoder = T5EncoderModel(
            T5Config(
                vocab_size=len(tokenizer),
                d_model=32,
                d_kv=8,
                d_ff=64,
                num_layers=2,
                num_heads=4,
                feed_forward_proj="gated-gelu",
            )
        )
        pipeline = getattr(diffusers, kind)(
            tokenizer=tokenizer,
            text_encoder=encoder,
            vae=_random_vae(diffusers.AutoencoderKL),
            transformer=transformer,
            scheduler=diffusers.DPMSolverMultistepScheduler(),
        )
    pipeline.save_pretrained(folder, safe_serialization=True)
    settings = {"steps": 2, "guidance": 1.0, "licence": "MIT"}
    (folder / "genlens.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def build_taesd(folder: Path, seed: int = 0) -> Path:
    """An ``AutoencoderTiny`` for 4 latent channels at half the picture's size."""
    torchvision_guard.ensure()
    import torch
    from diffusers import AutoencoderTiny

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tiny = AutoencoderTiny(
            encoder_block_out_channels=(8, 8), decoder_block_out_channels=(8, 8),
            num_encoder_blocks=(1, 1), num_decoder_blocks=(1, 1),
        )  # fmt: skip
    tiny.save_pretrained(folder, safe_serialization=True)
    return folder
