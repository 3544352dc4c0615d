"""Attention word by word and step by step, on tiny random pipelines."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

import tiny_models
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.contracts import Attending
from genlens.models.text_to_image import attention
from genlens.models.text_to_image.attention import (
    AttentionRecorder,
    frame,
    record_cross_attention,
)
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.models.text_to_image.tokens import positions_of

pytestmark = pytest.mark.unit
PROMPTS = ["a red cat", "a blue hat on a dog"]


@pytest.fixture(scope="module")
def model(tiny_pipeline_dir):
    return DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu")


def test_fulfils_the_contract_and_draws_what_generate_draws(model):
    assert isinstance(model, Attending)
    seen = model.attend(PROMPTS, 3, steps=3)
    drawn = model.generate(PROMPTS, 3, steps=3)
    for i, one in enumerate(seen):
        assert torch.equal(one.image, drawn.images[i])
        assert torch.equal(one.latents, drawn.latents[i])
        assert len(one.timesteps) == 3
        assert list(one.timesteps) == sorted(one.timesteps, reverse=True)
        for maps in one.maps.values():
            assert maps.shape[0] == 3
            assert maps.shape[2] == len(PROMPTS[i].split())
            assert maps.dtype == torch.float16
            assert (maps >= 0).all()
            assert (maps.float().sum(2) < 1).all()  # the start and end tokens get some


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_words_are_the_sums_of_their_tokens_and_of_the_conditional_half(model, guidance):
    """Against the mean maps by token, which are recorded another way."""
    prompt = "a cat's hat"  # "cat's" is two tokens
    (seen,) = model.attend([prompt], 1, steps=2, guidance=guidance)
    by_token = model.generate([prompt], 1, steps=2, guidance=guidance, record=["attention"])
    for layer, maps in seen.maps.items():
        tokens = by_token.attention[layer][0]  # (heads, places, tokens)
        mean = maps.float().mean(0).flatten(2)  # (heads, words, places)
        for word, at in enumerate(([1], [2, 3], [4])):
            assert (mean[:, word] - tokens[..., at].sum(-1)).abs().max() < 1e-3


def test_guidance_does_not_change_the_first_step(model):
    """Both see the same noise and the same prompt; the unconditional half would differ."""
    (plain,) = model.attend([PROMPTS[0]], 1, steps=2, guidance=1.0)
    (guided,) = model.attend([PROMPTS[0]], 1, steps=2, guidance=4.0)
    for layer, maps in plain.maps.items():
        assert (maps[0] - guided.maps[layer][0]).abs().max() < 1e-3
        assert (maps[1] - guided.maps[layer][1]).abs().max() > 0


def test_the_pipeline_is_left_as_it_was_also_after_errors(model, monkeypatch):
    before = dict(model.pipeline.unet.attn_processors)
    model.attend(PROMPTS, 0)
    assert model.pipeline.unet.attn_processors == before
    with pytest.raises(Cancelled, match="after step 1"):
        model.attend(PROMPTS, 0, cancel=lambda: True)
    assert model.pipeline.unet.attn_processors == before

    def fail(*args, **kwargs):
        raise RuntimeError("boom")

    monkeypatch.setattr(model.pipeline.unet, "forward", fail)
    with pytest.raises(RuntimeError, match="boom"):
        model.attend(PROMPTS, 0)
    assert model.pipeline.unet.attn_processors == before


@pytest.mark.parametrize("kind", ["plain", "fused"])
def test_other_processors_show_the_same(tiny_pipeline_dir, model, kind):
    from diffusers.models.attention_processor import AttnProcessor

    other = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu")
    if kind == "plain":
        other.pipeline.unet.set_attn_processor(AttnProcessor())
    else:
        other.pipeline.unet.fuse_qkv_projections()
    before = dict(other.pipeline.unet.attn_processors)
    (seen,) = other.attend([PROMPTS[0]], 2)
    (expected,) = model.attend([PROMPTS[0]], 2)
    for layer, maps in expected.maps.items():
        assert (maps - seen.maps[layer]).abs().max() < 1e-3
    assert other.pipeline.unet.attn_processors == before


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_is_recorded_too(tiny_pipeline_dir, model, precision):
    autocast = precision if precision == "bf16" else None  # fp16 is refused on a CPU
    half = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu", precision=autocast)
    if precision == "fp16":
        half.pipeline.to(torch.float16)
    (seen,) = half.attend([PROMPTS[0]], 2, steps=1)
    (expected,) = model.attend([PROMPTS[0]], 2, steps=1)
    for layer, maps in expected.maps.items():
        assert torch.isfinite(seen.maps[layer]).all()
        assert (maps - seen.maps[layer]).abs().max() < 0.05


def test_words_that_are_cut_off_get_nothing(model):
    words = ["a", "red", "cat"] * 9  # 27 words; the model reads 22 between start and end
    (seen,) = model.attend([" ".join(words)], 0, steps=1)
    assert seen.read == (True,) * 22 + (False,) * 5
    for maps in seen.maps.values():
        assert (maps[:, :, 22:] == 0).all()
        assert (maps[:, :, :22].float().mean((0, 1, 3, 4)) > 0).all()


def test_a_word_cut_in_half_counts_as_cut(model):
    text = " ".join([*["cat"] * 21, "dog's"])  # the 22nd place is "dog", "'s" does not fit
    places = positions_of(text, model.pipeline.tokenizer)
    assert places[20] == (21,)
    assert places[21] == ()


@pytest.mark.parametrize("scheduler", ["", "EulerDiscreteScheduler", "PNDMScheduler"])
def test_a_forced_scene_is_what_every_step_sees(tiny_pipeline_dir, tmp_path, scheduler):
    """The inputs of the UNet, against the noise levels worked out by hand."""
    folder = tmp_path / "pipeline"
    shutil.copytree(tiny_pipeline_dir, folder)
    (folder / "genlens.json").write_text(
        json.dumps({"steps": 4, "guidance": 1.0, "scheduler": scheduler})
    )
    model = DiffusersTextToImage.from_folder(folder, device="cpu")
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    inputs = []
    hook = model.pipeline.unet.register_forward_pre_hook(
        lambda module, args: inputs.append((args[0].clone(), float(args[1])))
    )
    try:
        (seen,) = model.attend(["a cat"], 5, pictures=picture)
    finally:
        hook.remove()
    vae = model.pipeline.vae
    with torch.no_grad():
        clean = vae.encode(picture * 2 - 1).latent_dist.mean * vae.config.scaling_factor
    noise = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(5))
    levels = model.pipeline.scheduler.alphas_cumprod
    assert len(inputs) >= 4
    for given, t in inputs:
        level = levels[round(t)]
        expected = level.sqrt() * clean + (1 - level).sqrt() * noise
        assert (given - expected).abs().max() < 2e-2, t
    assert torch.equal(seen.image, picture[0])


def test_a_forced_scene_has_to_fit(model):
    with pytest.raises(InputError, match=r"takes \(1, 3, 32, 32\)"):
        model.attend(["a cat"], 0, pictures=torch.rand(1, 3, 64, 64))
    with pytest.raises(InputError, match="one for each prompt"):
        model.attend(["a cat"], 0, pictures=torch.rand(2, 3, 32, 32))


def test_maps_that_would_fill_the_memory_are_refused(model, monkeypatch):
    monkeypatch.setattr(attention, "MOST_BYTES", 20_000)
    with pytest.raises(InputError, match="fewer steps"):
        model.attend(["a cat"], 0, steps=50)


def test_a_pipeline_with_two_text_encoders(tmp_path):
    model = DiffusersTextToImage.from_folder(
        tiny_models.build_xl_pipeline(tmp_path / "xl"), device="cpu"
    )
    (seen,) = model.attend(["a red cat"], 0, steps=2, guidance=3.0)
    assert len(seen.maps) > 0
    assert all(maps.shape[:1] == (2,) and maps.shape[2] == 3 for maps in seen.maps.values())


def test_a_transformer_is_recorded_like_a_unet():
    """PixArt, a DiT: no such pipeline is loaded yet, its network is recorded all the same."""
    from diffusers import PixArtTransformer2DModel

    torch.manual_seed(0)
    network = PixArtTransformer2DModel(
        num_attention_heads=2, attention_head_dim=8, in_channels=4, out_channels=4, num_layers=2,
        cross_attention_dim=16, sample_size=8, patch_size=2, caption_channels=12,
        use_additional_conditions=False, norm_num_groups=1,
    ).eval()  # fmt: skip
    recorder = AttentionRecorder(1)
    with record_cross_attention(network, recorder), torch.no_grad():
        network(
            torch.randn(1, 4, 8, 8), encoder_hidden_states=torch.randn(1, 5, 12),
            timestep=torch.tensor([3]),
            added_cond_kwargs={"resolution": None, "aspect_ratio": None},
        )  # fmt: skip
    maps = recorder.mean()
    assert len(maps) == 2
    for one in maps.values():
        assert one.shape == (1, 2, 16, 5)
        assert torch.allclose(one.sum(-1), torch.ones(()), atol=1e-5)


def test_a_network_that_reads_no_text_is_refused():
    from diffusers import UNet2DModel

    network = UNet2DModel(
        sample_size=8, block_out_channels=(8, 8), norm_num_groups=4, layers_per_block=1,
        down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
    )  # fmt: skip
    with (
        pytest.raises(ModelError, match="no cross-attention layers"),
        record_cross_attention(network, AttentionRecorder(1)),
    ):
        pass


@pytest.mark.parametrize(
    ("places", "shape", "expected"),
    [
        (64, (8, 8), (8, 8)),
        (16, (64, 64), (4, 4)),
        (33 * 17, (65, 33), (33, 17)),  # an odd side, halved and rounded up
        (24 * 32, (96, 128), (24, 32)),
    ],
)
def test_places_of_a_layer_are_a_grid_over_the_picture(places, shape, expected):
    assert frame(places, shape) == expected


def test_places_that_are_no_grid_are_refused():
    with pytest.raises(ModelError, match="no grid"):
        frame(67, (8, 8))
