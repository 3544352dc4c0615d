"""The scenes' recipes: their maths against closed forms, and tiny steps."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from genlens.errors import ModelError
from genlens.worlds.captions import parse, split
from genlens.worlds.sampler import CaptionSampler, plan_is_held_out
from genlens.zoo.recipes import gan
from genlens.zoo.recipes.common import to_tensor
from genlens.zoo.recipes.scenes import autoencoder, denoiser, few_steps, sharpen
from genlens.zoo.recipes.scenes import data as scene_data
from genlens.zoo.recipes.scenes.captions import FullCaptions
from genlens.zoo.recipes.scenes.latents import fingerprint
from genlens.zoo.recipes.scenes.vae import decode, encode, even_out
from genlens.zoo.recipes.words import MAX_TOKENS

pytestmark = pytest.mark.unit


def test_the_laplacian_is_blind_to_what_is_smooth() -> None:
    ramp = torch.arange(16.0).expand(1, 3, 16, 16)
    assert float(autoencoder.laplacian(ramp).abs().max()) == 0
    dot = torch.zeros(1, 3, 5, 5)
    dot[..., 2, 2] = 1
    assert autoencoder.laplacian(dot)[0, 0].tolist() == [[0, 1, 0], [1, -4, 1], [0, 1, 0]]


def test_layers_that_an_autoencoder_gains_change_nothing_at_first(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shallow = replace(autoencoder.PRESETS["tiny"], layers=1)
    before = autoencoder.build(shallow)
    before.save_pretrained(tmp_path)  # type: ignore[operator]
    after = autoencoder.build(replace(shallow, layers=2))
    x = torch.rand(2, 3, 64, 64)
    assert not torch.allclose(latents_of(before, x), latents_of(after, x))
    autoencoder.start_from(after, tmp_path)
    assert torch.allclose(latents_of(before, x), latents_of(after, x), atol=1e-5)
    z = torch.randn(2, 8, 8, 8)
    assert torch.allclose(decode(before, z), decode(after, z), atol=1e-5)
    gained = {n for n, _ in after.named_parameters()} - {n for n, _ in before.named_parameters()}
    assert gained
    decode(after, encode(after, x).mean).square().mean().backward()
    moved = {n for n, p in after.named_parameters() if n in gained and p.grad.abs().max() > 0}
    assert all(".conv2." in name for name in moved) and moved  # the way in to all the others
    with pytest.raises(ModelError, match="layers that this shape lacks"):
        after.save_pretrained(tmp_path / "deep")  # type: ignore[operator]
        autoencoder.start_from(autoencoder.build(shallow), tmp_path / "deep")


def test_windows_are_cut_out_of_the_pictures_where_something_is() -> None:
    scenes = scene_data.Scenes(np.zeros((40, 32, 32, 3), np.uint8), np.zeros((40, 16, 16)), [])
    scenes.images[:, 8:12, 20:24] = 200  # one small thing
    for row in range(40):
        scenes.images[row, :, :, 1] += np.uint8(row)
    pictures = scenes.pictures("cpu")
    rows = np.array([3, 30, 7])
    assert torch.equal(pictures(rows), to_tensor(scenes.images[rows]))
    rng, found = np.random.default_rng(0), 0
    for _ in range(60):
        cut = pictures.windows(np.arange(40), rng, 16)
        for row in (0, 39):
            whole = torch.from_numpy(scenes.images[row]).permute(2, 0, 1).float() / 255
            at = whole.unfold(1, 16, 4).unfold(2, 16, 4).permute(1, 2, 0, 3, 4).flatten(0, 1)
            assert (at == cut[row]).flatten(1).all(1).any()
        found += int((cut[:, 0] > 0.5).flatten(1).any(1).sum())
    share = found / 2400
    corners = [(y, x) for y in range(0, 17, 4) for x in range(0, 17, 4)]
    alone = float(np.mean([8 - 16 < y <= 8 + 3 and 20 - 16 < x <= 20 + 3 for y, x in corners]))
    assert share == pytest.approx(1 - (1 - alone) ** 2, abs=0.05)  # the livelier of two places


def test_a_frozen_encoder_does_not_move_and_its_latents_keep_their_name() -> None:
    torch.manual_seed(0)
    vae = autoencoder.build(autoencoder.PRESETS["tiny"])
    before = fingerprint(vae)
    autoencoder.freeze_encoder(vae)
    free = [p for p in vae.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(free, 0.1)
    autoencoder.loss(vae, torch.rand(2, 3, 64, 64), None, frozen=True).backward()
    optimizer.step()
    assert fingerprint(vae) == before and any(p.grad is not None for p in free)
    with torch.no_grad():
        next(iter(vae.encoder.parameters())).add_(0.1)  # type: ignore[operator, union-attr]
    assert fingerprint(vae) != before


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_evened_latents_are_decoded_as_before(power: float) -> None:
    torch.manual_seed(0)
    vae = autoencoder.build(autoencoder.PRESETS["tiny"])
    with torch.no_grad():  # directions of very different spread, mixed, with little noise
        vae.quant_conv.weight[:8] *= torch.logspace(-1, 1.5, 8).view(8, 1, 1, 1)
        mixed = torch.linalg.qr(torch.randn(8, 8)).Q @ vae.quant_conv.weight[:8, :, 0, 0]
        vae.quant_conv.weight[:8, :, 0, 0] = mixed
        vae.quant_conv.bias[8:] -= 14.0
    images = np.random.default_rng(0).integers(0, 256, (24, 64, 64, 3)).astype(np.uint8)
    x = to_tensor(images)
    before, was = latents_of(vae, x), decode(vae, encode(vae, x).mean)
    noise = encode(vae, x).std.square().mean((0, 2, 3)).double()
    found = even_out(vae, images, power, batch=7)
    after, now = latents_of(vae, x), decode(vae, encode(vae, x).mean)
    assert torch.allclose(was, now, atol=1e-4)
    assert float(after.mean(0).abs().max()) < 1e-3
    spreads = [torch.linalg.eigvalsh(torch.cov(z.T)).sqrt() for z in (before, after)]
    ratios = [float(s.max() / s.min()) for s in spreads]
    assert found["before"] == pytest.approx(ratios[0], rel=0.3) and ratios[0] > 20
    assert found["after"] == pytest.approx(found["before"] ** (1 - power), rel=1e-3)
    if power:
        assert ratios[1] < ratios[0] ** (1 - power) * 1.5
    change = torch.linalg.lstsq(before - before.mean(0), after).solution.T
    turned = encode(vae, x).std.square().mean((0, 2, 3)).double()
    assert torch.allclose(turned, change.square() @ noise, rtol=0.1)


def latents_of(vae: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return encode(vae, x).mean.permute(0, 2, 3, 1).reshape(-1, 8).double()


def test_the_discriminators_wish_is_a_set_part_of_the_gradient() -> None:
    torch.manual_seed(0)
    vae = autoencoder.build(autoencoder.PRESETS["tiny"])
    autoencoder.freeze_encoder(vae)
    before = fingerprint(vae)
    images = torch.rand(3, 3, 64, 64)
    work = sharpen.Sharpening(vae, None, lambda _: images, sharpen.PRESETS["tiny"], "cpu")

    def gradient(calls: int) -> torch.Tensor:
        work.calls = calls
        torch.manual_seed(1)
        (found,) = torch.autograd.grad(work(0), work.last)
        return found

    alone, both = gradient(0), gradient(sharpen.LEAD)
    wish = both - alone
    assert float(wish.norm() / alone.norm()) == pytest.approx(sharpen.ADVERSARIAL, rel=0.02)
    assert all(p.requires_grad for p in work.judge.parameters())
    assert fingerprint(vae) == before


def test_patches_tell_true_scenes_from_soft_ones() -> None:
    torch.manual_seed(0)
    scenes = to_tensor(np.stack([s.image[32:96, 32:96] for s in scene_data.held_out(8)]))
    soft = torch.nn.functional.avg_pool2d(scenes, 3, 1, 1, count_include_pad=False)
    vae = autoencoder.build(autoencoder.PRESETS["tiny"])
    work = sharpen.Sharpening(vae, None, lambda: scenes, sharpen.PRESETS["tiny"], "cpu")
    assert work.judge(scenes).shape == (8, 16, 16)
    work.judging.param_groups[0]["lr"] = 1e-2
    for _ in range(60):
        work._judge(scenes, soft)
    real, made = work.judge(scenes), work.judge(soft)
    assert float(gan.relativistic(real, made)) < 0.6 < float(gan.relativistic(made, real))


def test_captions_are_fuller_than_the_worlds_and_never_of_a_held_out_pair() -> None:
    def counts(sampler: CaptionSampler) -> Counter[str]:
        found: Counter[str] = Counter()
        for _ in range(600):
            text = sampler()
            plan = parse(text)
            assert len(split(text)) <= MAX_TOKENS - 2 or type(sampler) is CaptionSampler
            assert not plan_is_held_out(plan)
            several = len(plan.groups) > 1
            found["counted"] += several and any(g.host.count > 1 for g in plan.groups)
            found["worn"] += several and any(g.attachments for g in plan.groups)
            found["empty"] += not plan.groups
        return found

    full, plain = counts(FullCaptions(3, fragments=0)), counts(CaptionSampler(3, fragments=0))
    assert full["counted"] > 1.3 * plain["counted"] and full["worn"] > 1.5 * plain["worn"]
    assert 0 < full["empty"] < 60


def test_scenes_are_the_same_whatever_is_drawn_with_and_only_once(tmp_path: Path) -> None:
    first = scene_data.prepare(tmp_path / "a", 6, 1)
    again = scene_data.prepare(tmp_path / "a", 6, 2)  # already there: another seed changes nothing
    other = scene_data.prepare(tmp_path / "b", 6, 2)
    assert first.captions == again.captions != other.captions
    assert np.array_equal(first.images, again.images)
    assert first.images.shape == (6, 128, 128, 3) and first.labels.shape == (6, 64, 64)
    ground = [bool((label == 0).any()) for label in first.labels]
    assert all(ground)
    rows = first.batches(2, 0)
    assert sorted(np.concatenate([next(rows) for _ in range(3)]).tolist()) == list(range(6))


def test_one_student_step_lands_where_the_teacher_did() -> None:
    torch.manual_seed(0)
    x, v = torch.randn(3, 2, 4, 4, dtype=torch.float64), torch.randn(3, 2, 4, 4).double()
    a = torch.tensor([0.0, 0.2, 0.5]).double().view(-1, 1, 1, 1)
    b = torch.tensor([0.3, 0.6, 1.0]).double().view(-1, 1, 1, 1)
    end = few_steps.ddim(x, v, a, b)
    assert torch.allclose(few_steps.implied(x, end, a, b), v)
    other = torch.randn_like(x)
    assert torch.allclose(few_steps.ddim(x, few_steps.implied(x, other, a, b), a, b), other)


def test_the_students_times_are_those_the_scheduler_asks_for() -> None:
    lesson = few_steps.Lesson(torch.nn.Identity(), "cpu")  # type: ignore[arg-type]
    jump = few_steps.FINE // few_steps.STEPS
    scheduler = denoiser.build_scheduler()
    scheduler.set_timesteps(few_steps.STEPS)
    mine = lesson.times[jump - 1 :: jump].flip(0)
    assert mine.tolist() == scheduler.timesteps.tolist()
    assert float(lesson.levels[0]) == 1 and float(lesson.levels[-1]) == pytest.approx(0, abs=1e-6)


def test_a_perfect_teacher_teaches_the_true_velocity() -> None:
    """A teacher that knows the picture: its path leads there, so one jump must too."""
    latents = torch.randn(8, 2, 4, 4)
    alphas = denoiser.build_scheduler().alphas_cumprod

    class Knows(torch.nn.Module):
        def forward(self, x: torch.Tensor, t: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
            a = alphas[t].view(-1, 1, 1, 1)
            return (a.sqrt() * x - latents) / (1 - a).sqrt()

    lesson, none = few_steps.Lesson(Knows(), "cpu"), torch.zeros(8)  # type: ignore[arg-type]
    for x, t, target in (lesson(latents, none, none), lesson.anywhere(latents, none, none)):
        a = alphas[t].view(-1, 1, 1, 1)
        assert torch.allclose(few_steps.clean(x, target, a), latents, atol=1e-3)


def test_the_teacher_is_guided_away_from_the_caption_without_its_things() -> None:
    class Says(torch.nn.Module):
        def forward(self, x: torch.Tensor, t: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
            return torch.zeros_like(x) + ids.view(-1, 1, 1, 1)

    lesson = few_steps.Lesson(Says(), "cpu", 1.5)  # type: ignore[arg-type]
    x, t = torch.zeros(2, 1, 1, 1), torch.zeros(2, dtype=torch.long)
    words, bare = torch.tensor([3.0, 2.0]), torch.tensor([1.0, 2.0])
    assert lesson.velocity(x, t, words, bare).flatten().tolist() == [4.0, 2.0]
    for wrong in ("nan", "0.5", "1e9"):
        with pytest.raises(argparse.ArgumentTypeError, match="take 1 to"):
            few_steps.scale(wrong)
    assert few_steps.without_things("a cat on a blue background") == "blue background"
    assert few_steps.without_things("two red cats") == few_steps.without_things("") == ""


def test_times_lean_to_noise_at_first_and_a_tenth_is_uniform() -> None:
    torch.manual_seed(0)
    early, late = (denoiser.pick_times(20_000, lean).float().mean() for lean in (1.2, 0.0))
    assert early > late + 150 and abs(float(late) - 500) < 15
    assert float((denoiser.pick_times(20_000, 0.0) < 20).float().mean()) > 0.001


def test_the_heads_learn_from_what_was_just_seen() -> None:
    torch.manual_seed(0)
    model = denoiser.Denoiser(denoiser.Shape((16, 16), (1, 1), 16, latent=4))
    ids = torch.ones(2, 5, dtype=torch.int64)
    out = model(torch.randn(2, 4, 16, 16), torch.tensor([3, 900]), ids)
    assert out.shape == (2, 4, 16, 16)
    denoiser.where_loss(model, torch.randint(0, 5, (2, 16, 16))).backward()
    for head in model.where:
        assert head.weight.grad is not None  # type: ignore[union-attr]
    assert model.text.get_input_embeddings().weight.grad.abs().sum() > 0


def test_what_is_taken_over_of_another_model_computes_what_it_did_there(tmp_path: Path) -> None:
    """Also where the other has no words at 16 x 16: attention that is new starts as nothing."""
    torch.manual_seed(0)
    shape = denoiser.Shape((16, 16, 32), (2, 2, 2), 16, latent=4)
    other, model = denoiser.Denoiser(shape), denoiser.Denoiser(shape)
    plain = dict(other.unet.config)
    plain["up_block_types"] = ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")
    other.unet = type(other.unet).from_config(plain)
    other.unet.save_pretrained(tmp_path / "unet", max_shard_size="100KB")
    other.text.save_pretrained(tmp_path / "text_encoder")
    assert len(list((tmp_path / "unet").glob("*.safetensors"))) > 1
    x, ids = torch.randn(2, 4, 16, 16), torch.randint(1, 9, (2, 5))
    t = torch.tensor([3, 900])
    before = model(x, t, ids)
    taken = denoiser.learn_from(model, tmp_path)
    assert taken == sum(
        v.numel() for part in (other.unet, other.text) for v in part.state_dict().values()
    )
    assert torch.allclose(model(x, t, ids), other(x, t, ids), atol=1e-5)
    assert not torch.allclose(before, other(x, t, ids), atol=1e-2)
    wide = denoiser.Denoiser(denoiser.Shape((16, 16, 32), (2, 2, 2), 16, latent=8))
    assert 0 < denoiser.learn_from(wide, tmp_path) < taken  # other latents: all but the two ends
    assert wide(torch.randn(2, 8, 16, 16), t, ids).shape == (2, 8, 16, 16)
