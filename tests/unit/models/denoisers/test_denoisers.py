"""Diffusers' pipelines as ``Denoiser``s: small ones made here, and the one that ships."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import genlens
from anchor_arrays import Anchors
from gaussian_denoiser import GaussianDenoiser
from genlens.anchors import score_anchors, thresholds_of
from genlens.anchors.criteria.intrinsic import noise_error, noise_error_at
from genlens.anchors.criteria.readers import reader_of
from genlens.anchors.criteria.view import PARTS_OF
from genlens.common import torchvision_guard
from genlens.errors import InputError, ModelError
from genlens.models.contracts import Denoiser
from genlens.models.denoisers.pixels import PixelDenoiser
from genlens.worlds.emoji_scenes import draw
from tiny_models import build_pipeline, build_xl_pipeline

pytestmark = pytest.mark.unit


def build_ddpm(folder, *, channels=1, out=None, classes=None):
    """A ``DDPMPipeline`` of 16 px pictures with random weights."""
    torchvision_guard.ensure()
    from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        unet = UNet2DModel(
            sample_size=16,
            in_channels=channels,
            out_channels=out or channels,
            block_out_channels=(8, 16),
            down_block_types=("DownBlock2D", "AttnDownBlock2D"),
            up_block_types=("AttnUpBlock2D", "UpBlock2D"),
            layers_per_block=1,
            norm_num_groups=4,
            attention_head_dim=4,
            num_class_embeds=classes,
        )
    DDPMPipeline(unet, DDPMScheduler(num_train_timesteps=200)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def pixels(tmp_path_factory):
    return genlens.load(str(build_ddpm(tmp_path_factory.mktemp("models") / "ddpm")), device="cpu")


@pytest.fixture(scope="module")
def latents(tmp_path_factory):
    folder = build_pipeline(tmp_path_factory.mktemp("models") / "pipeline")
    return genlens.load(str(folder), contract="Denoiser", device="cpu")


@pytest.fixture(params=["pixels", "latents"])
def model(request):
    return request.getfixturevalue(request.param)


def pictures(model, n=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, *model.image_shape, generator=generator)


def test_they_keep_the_contract(model) -> None:
    assert isinstance(model, Denoiser) and model.card.contract == "Denoiser"
    x = pictures(model)
    z = model.to_latents(x)
    noise = torch.randn(z.shape, generator=torch.Generator().manual_seed(1))
    t = model.timesteps // 2
    guess = model.predict_noise(model.add_noise(z, noise, t), t)
    assert guess.shape == z.shape == (3, *model.latent_shape) and guess.dtype == torch.float32
    back = model.invert(x, steps=2)
    made = model.generate(back, steps=2)
    assert back.shape == z.shape and made.shape == x.shape
    assert float(made.min()) >= 0 and float(made.max()) <= 1
    assert not guess.requires_grad and not made.requires_grad


def test_the_network_of_the_pixels_is_asked_for_noise(pixels) -> None:
    x = pixels.to_latents(pictures(pixels))
    assert x == pytest.approx(pictures(pixels) * 2 - 1)
    assert pixels.to_images(x) == pytest.approx(pictures(pixels), abs=1e-6)
    noisy = pixels.add_noise(x, torch.zeros_like(x), 100)
    with torch.no_grad():
        known = pixels._unet(noisy, 100).sample
    assert pixels.predict_noise(noisy, 100) == pytest.approx(known, abs=1e-6)


def test_generating_is_what_diffusers_ddim_pipeline_draws(pixels) -> None:
    from diffusers import DDIMPipeline, DDIMScheduler

    noise = torch.randn(2, 1, 16, 16, generator=torch.Generator().manual_seed(3))
    pipeline = DDIMPipeline(pixels._unet, DDIMScheduler(num_train_timesteps=200, clip_sample=False))
    pipeline.set_progress_bar_config(disable=True)
    # the pipeline draws its own first noise: give it the same generator
    drawn = pipeline(
        batch_size=2,
        generator=torch.Generator().manual_seed(3),
        num_inference_steps=5,
        use_clipped_model_output=False,
        output_type="np",
    ).images
    made = pixels.generate(noise, steps=5)
    assert made.permute(0, 2, 3, 1).numpy() == pytest.approx(drawn, abs=1e-3)


def test_generating_from_the_inverse_gives_the_picture_back(model) -> None:
    made = model.generate(torch.randn(2, *model.latent_shape), steps=6)
    again = model.generate(model.invert(made, steps=6), steps=6)
    other = model.generate(model.invert(1 - made, steps=6), steps=6)
    lossy = model.to_images(model.to_latents(made))  # what an autoencoder keeps of it
    assert float((again - lossy).abs().mean()) < 0.25 * float((other - lossy).abs().mean())


def test_each_picture_is_for_itself(model) -> None:
    x = pictures(model, 19)  # more than a batch of the card
    z = model.to_latents(x)
    together = model.predict_noise(z, 50)
    assert model.predict_noise(z[17:18], 50)[0] == pytest.approx(together[17], abs=1e-4)


def test_bad_input_is_refused(model) -> None:
    x = pictures(model)
    z = model.to_latents(x)
    for ask, said in (
        (lambda: model.invert(x[..., 1:]), "images have shape"),
        (lambda: model.invert(torch.full_like(x, torch.nan)), "NaN or infinity"),
        (lambda: model.predict_noise(z[..., 1:], 3), "latents have shape"),
        (lambda: model.predict_noise(z, model.timesteps), "the time step is"),
        (lambda: model.generate(z, steps=0), "steps is 0"),
        (lambda: model.generate(z[:, :0]), "noise have shape"),
    ):
        with pytest.raises(InputError, match=said):
            ask()


def test_models_that_need_more_are_refused(tmp_path) -> None:
    for name, options, said in (
        ("classes", {"classes": 3}, "needs a class label"),
        ("variance", {"out": 2}, "takes 1 channels and gives 2"),
        ("four", {"channels": 4}, "takes 4 channels"),
    ):
        with pytest.raises(ModelError, match=said):
            PixelDenoiser.from_folder(build_ddpm(tmp_path / name, **options))
    with pytest.raises(ModelError, match="StableDiffusionXLPipeline: as a Denoiser, genlens asks"):
        genlens.load(str(build_xl_pipeline(tmp_path / "xl")), contract="Denoiser")
    folder = build_ddpm(tmp_path / "damaged")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps({**index, "scheduler": None}))
    with pytest.raises(ModelError, match="the scheduler of damaged"):
        PixelDenoiser.from_folder(folder)


def test_it_loads_by_contract_and_a_vae_gives_its_decoder() -> None:
    with pytest.raises(ModelError, match="another contract"):
        genlens.load("emoji-clip", contract="Denoiser")
    generator = genlens.load("digits-vae", contract="Generator")
    assert generator.card.contract == "Generator" and generator.latent_shape == (10,)


def test_the_noise_prediction_error_of_known_pixels_is_known() -> None:
    model = GaussianDenoiser()
    images = torch.rand(5, 1, 4, 4, generator=torch.Generator().manual_seed(0)).double()
    for t in (5, 40, 80):
        level = float(model.levels[t])
        noise = torch.randn(1, 4, 4, generator=torch.Generator().manual_seed(t)).double()
        x = level**0.5 * (images * 2 - 1) + (1 - level) ** 0.5 * noise
        shrink = (1 - level) ** 0.5 / (level * 0.09 + 1 - level)
        known = (shrink * (x - level**0.5 * 0.2) - noise).square().mean((1, 2, 3))
        assert noise_error_at(images, model, t) == pytest.approx(known, rel=1e-4)


def test_a_diffusion_model_knows_its_own_from_strangers() -> None:
    """Pixels N(0.6, 0.15): grey noise is its own, black-and-white noise is not."""
    model, rng = GaussianDenoiser(), np.random.default_rng(0)
    own = np.clip(0.6 + 0.15 * rng.normal(size=(200, 1, 4, 4)), 0, 1)
    strange = (rng.random((200, 1, 4, 4)) < 0.5).astype(float)
    near = score_anchors(model, Anchors(own), ("noise-error", noise_error(30), "mse"))
    far = score_anchors(model, Anchors(strange), ("noise-error", noise_error(30), "mse"))
    assert near.criteria == ("noise-error", "noise-error-30", "mse")
    assert (np.median(near.values[:, :2], 0) < np.median(far.values[:, :2], 0)).all()
    assert near.codes.shape == (200, 16)
    alone = score_anchors(model, Anchors(own[7:8]), ("noise-error",))
    assert alone.values[0, 0] == pytest.approx(near.values[7, 0], rel=1e-4)
    assert alone.codes.shape == (1, 0)  # nothing asked for a code: nothing was inverted
    found = thresholds_of(model, ["noise-error"], samples=500, iterations=1)["noise-error"]
    assert np.mean(near.values[:, 0] < found.value) > 0.98
    view = reader_of(model).view(torch.from_numpy(own[:2]).float())
    assert all(p is not None for p in view.parts(PARTS_OF["Denoiser"]).values())


@pytest.mark.truth
def test_the_shipped_model_knows_a_scene_by_its_caption() -> None:
    """Scenes of one caption: their noise is seen best with that caption, whichever it is."""
    model = genlens.load("emoji-diffusion", contract="Denoiser", device="cpu")
    captions = ("a red cat", "a boat")
    asked = [model.told(caption) for caption in captions]
    for i, caption in enumerate(captions):
        scenes = [draw(seed, caption, model.image_shape[1]).image / 255 for seed in range(3)]
        images = torch.from_numpy(np.stack(scenes)).float().permute(0, 3, 1, 2)
        errors = [noise_error_at(images, told, 200) for told in asked]
        nothing = noise_error_at(images, model, 200)
        assert (errors[i] < 0.5 * errors[1 - i]).all() and (errors[i] < 0.5 * nothing).all()
