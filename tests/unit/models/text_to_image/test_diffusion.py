"""The diffusion adapter on a tiny random pipeline: sameness, guidance, attention, refusals."""

from __future__ import annotations

import dataclasses
import json
import shutil
import threading

import pytest
import torch

import tiny_models
from genlens.errors import InputError, ModelError
from genlens.models.contracts import ModelCard, TextToImage
from genlens.models.text_to_image.diffusion import DiffusersTextToImage

pytestmark = pytest.mark.unit
PROMPTS = ["a red cat", "a dog", "", "a red car next to a dog", "a blue hat on a cat"]


@pytest.fixture(scope="module")
def model(tiny_pipeline_dir):
    return DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu")


def test_fulfils_the_contract(model):
    assert isinstance(model, TextToImage)
    assert model.card.settings["steps"] == 2  # from genlens.json
    assert model.card.licence == "MIT"
    assert model.card.revision.startswith("sha256:")
    assert model.card.bytes > 100_000


def test_shapes_range_and_device(model):
    made = model.generate(PROMPTS, 0)
    assert made.images.shape == (5, 3, 32, 32)
    assert made.latents.shape == (5, 4, 16, 16)
    assert made.images.dtype == torch.float32
    assert made.images.device.type == "cpu"
    assert 0 <= made.images.min() < made.images.max() <= 1
    assert made.attention is None


@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_results_do_not_depend_on_grouping(model, guidance):
    together = model.generate(PROMPTS, 7, guidance=guidance).images
    alone = torch.cat([model.generate([p], 7, guidance=guidance).images for p in PROMPTS])
    assert (together - alone).abs().max() < 1e-4
    assert (together[0] - together[1]).abs().max() > 1e-2  # and the prompts do matter


def test_a_noisy_scheduler_draws_one_noise_for_all(tiny_pipeline_dir, tmp_path):
    """Ancestral sampling adds noise at every step: coalitions still have to share it."""
    folder = tmp_path / "pipeline"
    shutil.copytree(tiny_pipeline_dir, folder)
    settings = {"steps": 3, "scheduler": "EulerAncestralDiscreteScheduler"}
    (folder / "genlens.json").write_text(json.dumps(settings))
    model = DiffusersTextToImage.from_folder(folder, device="cpu")
    together = model.generate(PROMPTS, 7, guidance=1.0).images
    alone = torch.cat([model.generate([p], 7, guidance=1.0).images for p in PROMPTS])
    assert (together - alone).abs().max() < 1e-3


def test_more_prompts_than_a_batch_and_repeated_ones(model):
    prompts = [PROMPTS[i % 5] for i in range(12)]
    images = model.generate(prompts, 1).images
    assert images.shape[0] == 12
    assert torch.equal(images[0], images[5])
    assert torch.equal(images[3], images[8])


def test_the_seed_decides_and_repeats(model):
    assert torch.equal(model.generate(["a cat"], 5).images, model.generate(["a cat"], 5).images)
    assert not torch.equal(model.generate(["a cat"], 5).images, model.generate(["a cat"], 6).images)


def test_global_random_state_is_left_alone(model):
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    model.generate(["a cat"], 3)
    assert torch.equal(torch.rand(1), expected)


def test_guidance_of_one_or_less_costs_one_pass_a_step(model):
    calls = []
    hook = model.pipeline.unet.register_forward_pre_hook(
        lambda module, args: calls.append(args[0].shape[0])
    )
    try:
        model.generate(["a cat", "a dog"], 0, steps=3, guidance=1.0)
        model.generate(["a cat", "a dog"], 0, steps=3, guidance=0.0)
        model.generate(["a cat", "a dog"], 0, steps=3, guidance=2.0)
    finally:
        hook.remove()
    assert calls == [2] * 6 + [4] * 3


def test_guided_images_move_away_from_the_empty_prompt(model):
    """At scale 1 guidance is the conditional model itself; the change grows with the scale."""
    base = model.generate(["a cat"], 0, steps=1, guidance=1.0).latents
    little = model.generate(["a cat"], 0, steps=1, guidance=2.0).latents
    more = model.generate(["a cat"], 0, steps=1, guidance=3.0).latents
    assert torch.allclose(more - base, 2 * (little - base), atol=1e-4)


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_attention_maps_are_distributions_over_tokens(model, guidance):
    prompts = PROMPTS[:3]
    made = model.generate(prompts, 0, guidance=guidance, record={"attention"})
    assert made.attention
    for maps in made.attention.values():
        assert maps.shape[0] == 3
        assert maps.shape[3] == 24
        assert torch.allclose(maps.sum(-1), torch.ones(()), atol=1e-4)


def test_recording_changes_nothing_and_keeps_the_conditional_half(model):
    plain = model.generate(PROMPTS, 2, guidance=3.0)
    seen = model.generate(PROMPTS, 2, guidance=3.0, record=["attention"])
    assert torch.equal(plain.images, seen.images)
    # Row i belongs to prompt i, whatever is drawn beside it.
    alone = model.generate([PROMPTS[3]], 2, guidance=3.0, record=["attention"])
    for layer, maps in seen.attention.items():
        assert (maps[3] - alone.attention[layer][0]).abs().max() < 1e-4
        assert (maps[3] - maps[2]).abs().max() > 1e-4


def test_hooks_are_gone_also_after_an_error(model, monkeypatch):
    before = dict(model.pipeline.unet.attn_processors)
    model.generate(["a cat"], 0, record={"attention"})
    assert model.pipeline.unet.attn_processors == before

    def fail(*args, **kwargs):
        raise RuntimeError("boom")

    monkeypatch.setattr(model.pipeline.vae, "decode", fail)
    with pytest.raises(RuntimeError, match="boom"):
        model.generate(["a cat"], 0, record={"attention"})
    assert model.pipeline.unet.attn_processors == before


def test_threads_do_not_disturb_each_other(model):
    expected = {s: model.generate(["a cat"], s, steps=2 + s).images for s in range(4)}
    found: dict[int, torch.Tensor] = {}

    def work(seed: int) -> None:
        found[seed] = model.generate(["a cat"], seed, steps=2 + seed).images

    threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(found[s], expected[s]) for s in expected)


def test_nothing_is_printed(tiny_pipeline_dir, capfd):
    model = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu")
    model.generate(["a cat"], 0)
    out, err = capfd.readouterr()
    assert "it/s" not in out + err
    assert "FutureWarning" not in out + err


def test_bf16_autocast_is_close(tiny_pipeline_dir, model):
    half = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu", precision="bf16")
    difference = half.generate(PROMPTS, 0).images - model.generate(PROMPTS, 0).images
    assert difference.abs().mean() < 0.02


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 0), "non-empty list"),
        (("a cat", 0), "non-empty list"),
        ((["a cat", 3], 0), "non-empty list"),
        ((["a cat"], -1), "seed -1"),
        ((["a cat"], 2**63), "seed"),
        ((["a " * 50], 0), "52 tokens, .* reads 24: shorten"),
    ],
)
def test_bad_input_is_refused(model, arguments, message):
    with pytest.raises(InputError, match=message):
        model.generate(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps 0"),
        ({"steps": 10_000}, "1 to 200"),
        ({"guidance": -1}, "guidance"),
        ({"guidance": float("nan")}, "guidance nan"),
        ({"record": ["gradients"]}, "only 'attention'"),
    ],
)
def test_bad_options_are_refused(model, options, message):
    with pytest.raises(InputError, match=message):
        model.generate(["a cat"], 0, **options)


def test_non_numbers_are_an_error_not_a_black_image(model, monkeypatch):
    monkeypatch.setattr(
        model.pipeline.vae, "decode", lambda z, **_: (torch.full((1, 3, 8, 8), torch.nan),)
    )
    with pytest.raises(ModelError, match="NaN or infinity"):
        model.generate(["a cat"], 0)


def _with_safety_checker(source, target, *, threshold: float):
    """The pipeline with a random safety checker that flags images above ``threshold``."""
    from diffusers import DiffusionPipeline
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    vision |= {"num_attention_heads": 2, "image_size": 16, "patch_size": 8, "projection_dim": 8}
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=vision, projection_dim=8))
    checker.concept_embeds_weights.data.fill_(threshold)
    checker.special_care_embeds_weights.data.fill_(2.0)
    pipeline = DiffusionPipeline.from_pretrained(
        source,
        safety_checker=checker,
        feature_extractor=CLIPImageProcessor(
            size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}
        ),
        requires_safety_checker=True,
    )
    pipeline.save_pretrained(target)
    return DiffusersTextToImage.from_folder(target, device="cpu")


def test_a_safety_checker_that_blanks_is_an_error(model, tiny_pipeline_dir, tmp_path):
    """A black image would count as the model's answer to the coalition."""
    calm = _with_safety_checker(tiny_pipeline_dir, tmp_path / "calm", threshold=2.0)
    expected = model.generate(["a cat"], 0, steps=3, guidance=1.0).images
    found = calm.generate(["a cat"], 0, steps=3, guidance=1.0).images
    assert torch.allclose(found, expected, atol=1e-5)
    strict = _with_safety_checker(tiny_pipeline_dir, tmp_path / "strict", threshold=-2.0)
    with pytest.raises(ModelError, match=r"blanked 2 of 2 images, such as that of 'a cat'"):
        strict.generate(["a cat", "a dog"], 0)


def test_sdxl_pipelines_with_half_precision_files(tmp_path):
    """Two text encoders, added conditions, an ancestral scheduler and "fp16" weight files."""
    folder = tiny_models.build_xl_pipeline(tmp_path / "xl")
    card = ModelCard(
        id="xl", contract="TextToImage", settings={"variant": "fp16", "steps": 2, "guidance": 0.0}
    )
    model = DiffusersTextToImage.from_folder(folder, card, device="cpu")
    for guidance in (None, 3.0):
        made = model.generate(PROMPTS, 5, guidance=guidance, record={"attention"})
        alone = torch.cat([model.generate([p], 5, guidance=guidance).images for p in PROMPTS])
        assert (made.images - alone).abs().max() < 1e-4
        assert (made.images[0] - made.images[1]).abs().max() > 1e-2
        assert all(maps.shape[0] == 5 for maps in made.attention.values())


def _spoiled(source, target, change):
    shutil.copytree(source, target)
    change(target)
    return target


def test_broken_folders_are_refused(tiny_pipeline_dir, tmp_path):
    unet = "unet/diffusion_pytorch_model.safetensors"

    def pickled(folder):
        (folder / unet).rename(folder / "unet/diffusion_pytorch_model.bin")

    def cut(folder):
        (folder / unet).write_bytes((folder / unet).read_bytes()[:1000])

    def other_family(folder):
        (folder / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')

    def no_json(folder):
        (folder / "model_index.json").write_text("not json")

    def odd_scheduler(folder):
        (folder / "genlens.json").write_text('{"scheduler": "os"}')

    cases = [
        (pickled, "only safetensors are loaded"),
        (lambda f: (f / unet).unlink(), "the unet of .* has no safetensors weights"),
        (cut, "the unet of .* is damaged or not a safetensors file"),
        (other_family, "FluxPipeline; genlens runs"),
        (no_json, "cannot be read as JSON"),
        (odd_scheduler, "the scheduler 'os', which diffusers does not have"),
    ]
    for number, (change, message) in enumerate(cases):
        folder = _spoiled(tiny_pipeline_dir, tmp_path / str(number), change)
        with pytest.raises(ModelError, match=message):
            DiffusersTextToImage.from_folder(folder, device="cpu")


def test_unknown_precision_is_refused(tiny_pipeline_dir):
    with pytest.raises(ModelError, match="precision 'int4'"):
        DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu", precision="int4")


def test_the_folders_settings_win_over_the_catalogs(tiny_pipeline_dir):
    card = ModelCard(id="x", contract="TextToImage", settings={"steps": 9, "batch_size": 2})
    model = DiffusersTextToImage.from_folder(tiny_pipeline_dir, card, device="cpu")
    assert model.card.settings["steps"] == 2
    assert model.card.settings["batch_size"] == 2
    assert json.dumps(dataclasses.asdict(model.card))
