"""Damaged and foreign pipelines: each works, or is refused in one message that names the part."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

import genlens
import tiny_models
from genlens.common import torchvision_guard
from genlens.errors import ModelError

pytestmark = pytest.mark.robustness
UNET = "unet/diffusion_pytorch_model.safetensors"
TEXT = "text_encoder/model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def xl_dir(tmp_path_factory):
    return tiny_models.build_xl_pipeline(tmp_path_factory.mktemp("models") / "xl")


@pytest.fixture
def pipeline(tiny_pipeline_dir, tmp_path):
    shutil.copytree(tiny_pipeline_dir, tmp_path / "mine")
    return tmp_path / "mine"


def load(folder):
    return genlens.load(str(folder), contract="TextToImage", device="cpu")


def state(path, change):
    from safetensors.torch import load_file, save_file

    save_file(change(load_file(path)), path, metadata={"format": "pt"})


def config(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def renamed(by):
    return lambda held: {by(name): value for name, value in held.items()}


def spoiled(held):
    first = min(name for name in held if held[name].is_floating_point())
    held[first].view(-1)[0] = torch.nan
    return held


def cut_header(folder):
    """A header that promises twice as many numbers as there are."""
    path = folder / UNET
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    name = next(n for n in header if n != "__metadata__")
    header[name]["shape"][0] *= 2
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + size :])


def with_unet(folder, **options):
    torchvision_guard.ensure()
    from diffusers import UNet2DConditionModel

    kept = UNet2DConditionModel.from_pretrained(folder / "unet")
    changed = {**kept.config, **options}
    UNet2DConditionModel.from_config(changed).save_pretrained(folder / "unet")


def index(folder, **changes):
    path = folder / "model_index.json"
    found = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({k: v for k, v in found.items() if v is not None}))


def no_length(folder):
    path = folder / "tokenizer/tokenizer_config.json"
    found = json.loads(path.read_text())
    del found["model_max_length"]
    path.write_text(json.dumps(found))


REFUSED = {
    "9 channels": (
        lambda f: with_unet(f, in_channels=9),
        "the unet of mine takes 9 channels and gives 4, while the vae has 4: an inpainting",
    ),
    "classes": (
        lambda f: with_unet(f, num_class_embeds=10),
        "the unet of mine needs a class label",
    ),
    "image hint": (
        lambda f: with_unet(f, addition_embed_type="text", addition_embed_type_num_heads=4),
        r"the unet of mine needs further inputs \(text\)",
    ),
    "another text width": (
        lambda f: with_unet(f, cross_attention_dim=48),
        "the unet of mine reads texts of width 48, while the text encoder writes 32",
    ),
    "no tokenizer folder": (
        lambda f: shutil.rmtree(f / "tokenizer"),
        "the tokenizer of mine is missing",
    ),
    "no tokenizer named": (
        lambda f: index(f, tokenizer=[None, None]),
        "mine has no tokenizer, which a StableDiffusionPipeline needs",
    ),
    "no scheduler folder": (
        lambda f: shutil.rmtree(f / "scheduler"),
        "the scheduler of mine is missing",
    ),
    "no scheduler named": (lambda f: index(f, scheduler=None), "mine has no scheduler"),
    "an empty tokenizer": (
        lambda f: [p.unlink() for p in (f / "tokenizer").iterdir()],
        "the tokenizer of mine cannot be read",
    ),
    "a decoder alone": (
        lambda f: state(
            f / VAE, lambda held: {k: v for k, v in held.items() if "encoder" not in k}
        ),
        "the vae of mine cannot be loaded: it lacks .* weights of its encoder",
    ),
    "another class": (
        lambda f: index(f, unet=["diffusers", "UNetOfTomorrow"]),
        "the unet of mine is a diffusers.UNetOfTomorrow, which the installed",
    ),
    "own code": (
        lambda f: index(f, unet=["my_unet", "MyUNet"]),
        "the unet of mine is a my_unet.MyUNet, which the installed",
    ),
    "an own library": (
        lambda f: index(f, unet=["os", "system"]),
        "the unet of mine is a os.system, which the installed",
    ),
    "no text weights": (
        lambda f: state(f / TEXT, lambda held: dict(list(held.items())[:-3])),
        "the text_encoder of mine cannot be loaded: it lacks 3 weights of its",
    ),
    "foreign weights": (
        lambda f: state(f / UNET, lambda held: {**held, "lora.up": torch.zeros(2)}),
        "the unet of mine cannot be loaded: 1 is not part of the network, such as lora.up",
    ),
    "NaN in the text encoder": (
        lambda f: state(f / TEXT, spoiled),
        "the text_encoder of mine: the weights .* hold NaN or infinity",
    ),
    "NaN in the unet": (
        lambda f: state(f / UNET, spoiled),
        "the unet of mine: the weights .* hold NaN",
    ),
    "another shape": (
        lambda f: state(f / UNET, lambda held: {**held, "conv_in.bias": torch.zeros(3)}),
        r"the unet of mine cannot be loaded: conv_in.bias has shape \(3,\) instead of \(16,\)",
    ),
    "a lying header": (cut_header, "the unet of mine: .* is damaged or not a safetensors file"),
    "an unet of pickles": (
        lambda f: (f / UNET).rename(f / "unet/diffusion_pytorch_model.bin"),
        "mine has unet/diffusion_pytorch_model.bin and no safetensors.* convert",
    ),
    "no unet folder": (lambda f: shutil.rmtree(f / "unet"), "the unet of mine is missing"),
    "no config": (lambda f: (f / "unet/config.json").unlink(), "the unet of mine cannot be loaded"),
    "a tokenizer too large": (
        lambda f: config(f / "tokenizer/tokenizer_config.json", model_max_length=77),
        "the tokenizer of mine makes 77 tokens .* belong to different models",
    ),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_one_message_names_the_part(pipeline, what):
    damage, says = REFUSED[what]
    damage(pipeline)
    with pytest.raises(ModelError, match=says) as caught:
        load(pipeline)
    assert str(pipeline.parent) not in str(caught.value), "where it lies is nobody's business"


@pytest.mark.parametrize("part", ["text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2"])
def test_sdxl_without_a_part(xl_dir, tmp_path, part):
    shutil.copytree(xl_dir, tmp_path / "mine")
    index(tmp_path / "mine", **{part: [None, None]})
    with pytest.raises(ModelError, match=f"mine has no {part}, which a StableDiffusionXLPipeline"):
        load(tmp_path / "mine")


def picture(model):
    return model.generate(["a red cat"], 3).images


@pytest.mark.parametrize(
    "by",
    [
        lambda name: f"_orig_mod.{name}",
        lambda name: f"module.{name}",
        lambda name: f"module._orig_mod.{name}",
        lambda name: name.replace(".layers.", "._orig_mod.layers.").replace(
            ".down_blocks.", ".module.down_blocks."
        ),
    ],
)
@pytest.mark.parametrize("part", [TEXT, UNET, VAE])
def test_prefixes_are_taken_off_and_said(pipeline, tiny_pipeline_dir, by, part):
    before = set(_names(pipeline / part))
    state(pipeline / part, renamed(by))
    model = load(pipeline)
    assert torch.equal(picture(model), picture(load(tiny_pipeline_dir)))
    if set(_names(pipeline / part)) != before:
        (note,) = model.card.notes
        assert f"the {part.split('/')[0]} of mine: " in note and "taken off the names" in note
    assert load(tiny_pipeline_dir).card.notes == ()


def _names(path):
    from safetensors import safe_open

    with safe_open(path, "pt") as stored:
        return list(stored.keys())


def test_integers_of_old_checkpoints_are_no_weights(pipeline, tiny_pipeline_dir):
    position = {"text_model.embeddings.position_ids": torch.arange(24)[None]}
    state(pipeline / TEXT, lambda held: {**held, **position})
    assert torch.equal(picture(load(pipeline)), picture(load(tiny_pipeline_dir)))


def test_a_tokenizer_without_a_length_gets_its_text_encoders(pipeline, tiny_pipeline_dir):
    no_length(pipeline)
    model = load(pipeline)
    assert torch.equal(picture(model), picture(load(tiny_pipeline_dir)))
    assert "names no model_max_length: the 24 positions" in model.card.notes[0]
    with pytest.raises(genlens.errors.InputError, match="reads 24: shorten it"):
        model.generate(["cat " * 40], 0)


@pytest.mark.parametrize("variant", ["fp16", "bf16"])
@pytest.mark.parametrize("shards", [False, True])
def test_variants_and_shards_load_without_being_asked_for(
    tiny_pipeline_dir, tmp_path, variant, shards
):
    torchvision_guard.ensure()
    from diffusers import StableDiffusionPipeline

    original = StableDiffusionPipeline.from_pretrained(tiny_pipeline_dir)
    size = "200KB" if shards else "10GB"
    half = {"fp16": torch.float16, "bf16": torch.bfloat16}[variant]
    original.to(half).save_pretrained(tmp_path / "mine", variant=variant, max_shard_size=size)
    shutil.copy(tiny_pipeline_dir / "genlens.json", tmp_path / "mine")
    weights = [p.name for p in (tmp_path / "mine/unet").glob("*.safetensors")]
    assert all(f".{variant}" in name for name in weights) and (len(weights) > 1) == shards
    drawn = picture(load(tmp_path / "mine"))
    assert torch.allclose(drawn, picture(load(tiny_pipeline_dir)), atol=0.05)
    if shards:
        (tmp_path / "mine/unet" / max(weights)).unlink()
        with pytest.raises(ModelError, match="the unet of mine cannot be loaded"):
            load(tmp_path / "mine")
