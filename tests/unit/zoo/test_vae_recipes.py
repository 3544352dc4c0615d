"""The recipes of the small VAEs: their loss, their measures, and two steps of each."""

from __future__ import annotations

import json
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import genlens
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.contracts import Posterior
from genlens.worlds import maritime
from genlens.zoo.recipes.vaes import avatars as avatars_vae
from genlens.zoo.recipes.vaes import common as vae_common
from genlens.zoo.recipes.vaes import digits as digits_vae
from genlens.zoo.recipes.vaes import digits_data
from genlens.zoo.recipes.vaes import maritime as maritime_vae

pytestmark = pytest.mark.unit


def tiny(classes: int = 0) -> ConvVAE:
    torch.manual_seed(0)
    return ConvVAE((1, 8, 8), 3, (4, 6), 10, classes)


def test_kl_is_torchs_own() -> None:
    mean, logvar = torch.randn(5, 3), torch.randn(5, 3)
    own = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, (logvar / 2).exp()),
        torch.distributions.Normal(torch.zeros(5, 3), torch.ones(5, 3)),
    )
    torch.testing.assert_close(Posterior(mean, logvar).kl(), own)
    assert float(Posterior(torch.zeros(1, 2), torch.zeros(1, 2)).kl().sum()) == 0


def test_the_loss_is_the_evidence_bound_a_pixel() -> None:
    net, x = tiny(), torch.rand(6, 1, 8, 8)
    torch.manual_seed(5)
    loss = vae_common.vae_loss(net, x, beta=2.0)
    torch.manual_seed(5)
    logits, mean, logvar = net(x)
    miss = F.binary_cross_entropy(torch.sigmoid(logits), x, reduction="sum")
    bound = (miss + 2 * Posterior(mean, logvar).kl().sum()) / 6
    torch.testing.assert_close(loss * 64, bound, rtol=1e-4, atol=1e-3)


def test_the_best_constant_is_no_better_than_a_code() -> None:
    """On two different pictures a few hundred steps find a code that tells them apart."""
    net = tiny()
    x = torch.zeros(32, 1, 8, 8)
    x[:16, 0, :4] = x[16:, 0, 4:] = 1
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(400):
        optimizer.zero_grad()
        loss = vae_common.vae_loss(net, x)
        loss.backward()
        optimizer.step()
    figures = vae_common.measure(net, x)
    assert loss.item() < 0.3 * math.log(2), "a constant picture costs ln 2 a pixel"
    assert figures["mse"] < 0.01 and figures["active"] >= 1 and figures["psnr_db"] > 20


def test_measures_of_a_perfect_and_a_useless_model() -> None:
    net = tiny()
    with torch.no_grad():
        for p in net.parameters():
            p.zero_()
    figures = vae_common.measure(net, torch.full((300, 1, 8, 8), 0.5))
    assert figures["mse"] == 0 and figures["kl"] == 0 and figures["active"] == 0
    figures = vae_common.measure(net, torch.ones(3, 1, 8, 8))
    assert figures["mse"] == pytest.approx(0.25)
    assert figures["psnr_db"] == pytest.approx(-10 * math.log10(0.25), abs=1e-4)


def test_batches_go_through_everything() -> None:
    order = vae_common.batches(10, 4, seed=0)
    epoch = np.concatenate([next(order), next(order)])
    assert len(set(epoch.tolist())) == 8
    assert len(next(vae_common.batches(3, 100, seed=0))) == 3


def _command(monkeypatch, tmp_path, *more: str) -> None:  # type: ignore[no-untyped-def]
    line = ["recipe", "--run", str(tmp_path / "run"), "--export", str(tmp_path / "out")]
    line += ["--steps", "2", "--device", "cpu", *more]
    monkeypatch.setattr(sys, "argv", line)


@pytest.mark.parametrize("conditional", [False, True])
def test_the_digits_recipe_runs(monkeypatch, tmp_path, conditional) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 28, 28), dtype=np.uint8)
    data = {s: (images, np.arange(40) % 10) for s in ("train", "test")}
    monkeypatch.setattr(digits_vae, "mnist", lambda: data)
    _command(monkeypatch, tmp_path, *(["--conditional"] if conditional else []))
    digits_vae.main()
    assert sys.argv[0] == "recipe" and "--steps" in sys.argv, "the command line is left as it was"
    model = genlens.load(str(tmp_path / "out"), contract="Autoencoder", device="cpu")
    assert model.latent_shape == (10,) and model.image_shape == (1, 28, 28)
    assert hasattr(model, "class_logits") is conditional
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["data"] == "digits" and config["measured"]["mse"] > 0
    assert (tmp_path / "run" / "checkpoint.pt").is_file()


def test_the_avatars_recipe_runs_and_resumes(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    _command(monkeypatch, tmp_path, "--faces", "80", "--confound", "smile", "glasses")
    monkeypatch.setattr(
        avatars_vae,
        "draw_faces",
        lambda n, **k: _drawn(min(n, 80), **k),  # a small held-out set
    )
    avatars_vae.main()
    _command(monkeypatch, tmp_path, "--faces", "80", "--steps", "3")
    avatars_vae.main()
    model = genlens.load(str(tmp_path / "out"), device="cpu")
    assert model.latent_shape == (24,) and model.image_shape == (3, 64, 64)
    state = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)
    assert state["step"] == 3


def _drawn(n, **options):  # type: ignore[no-untyped-def]
    from genlens.worlds.avatars import draw_faces

    return draw_faces(n, **options)


class Painter:
    """Paints noise, the same for the same prompt and seed."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], int]] = []

    def generate(self, prompts, seed, **_):  # type: ignore[no-untyped-def]
        self.calls.append((list(prompts), seed))
        generator = torch.Generator().manual_seed(seed)
        noise = torch.rand(len(prompts), 3, 64, 64, generator=generator)
        return SimpleNamespace(images=noise)


def test_the_maritime_recipe_runs(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    painter = Painter()
    monkeypatch.setattr(maritime_vae, "load", lambda name, **_: painter)
    _command(monkeypatch, tmp_path, "--pictures", "64", "--examples", str(tmp_path / "shown"))
    maritime_vae.main()
    model = genlens.load(str(tmp_path / "out"), device="cpu")
    assert model.latent_shape == (16,) and model.card.settings["data"] == "maritime"
    shown = maritime.load_maritime(folder=tmp_path / "shown")
    assert len(shown) == 32 and np.bincount(shown.labels).tolist() == [16, 16]
    calls = len(painter.calls)
    maritime_vae.main()  # all pictures are there already, and so is the model
    assert len(painter.calls) == calls == 4


def test_what_the_painter_is_asked() -> None:
    painter = Painter()
    pictures = maritime_vae.chunk(painter, 5)  # type: ignore[arg-type]
    (prompts, seed) = painter.calls[0]
    assert seed == 5 and len(set(prompts)) == 16
    for text, label in zip(prompts, pictures.labels, strict=True):
        assert maritime.NAMES[label] in text.split()
        assert not any(n in text for n in maritime.NAMES if n != maritime.NAMES[label])
    assert not any(t.startswith("a orange") for t in prompts)


def test_a_painter_of_larger_pictures_is_brought_to_the_side_of_the_model() -> None:
    class Large(Painter):
        def generate(self, prompts, seed, **_):  # type: ignore[no-untyped-def]
            small = super().generate(prompts, seed).images
            large = small.repeat_interleave(2, -1).repeat_interleave(2, -2)
            return SimpleNamespace(images=large)

    large = maritime_vae.chunk(Large(), 5)  # type: ignore[arg-type]
    small = maritime_vae.chunk(Painter(), 5)  # type: ignore[arg-type]
    np.testing.assert_array_equal(large.images, small.images)
    np.testing.assert_array_equal(large.labels, small.labels)


def test_examples_survive_the_sheet(tmp_path) -> None:  # type: ignore[no-untyped-def]
    flat = np.zeros((43, 64, 64, 3), np.uint8)
    flat[:] = np.arange(43)[:, None, None, None] * 5
    maritime.save_maritime(maritime.Pictures(flat, np.arange(43) % 2), tmp_path)
    back = maritime.load_maritime(seed=3, folder=tmp_path)
    order = np.random.default_rng(3).permutation(43)
    assert np.abs(back.images.astype(int) - flat[order]).max() <= 6  # WebP is lossy
    assert np.array_equal(back.labels, (np.arange(43) % 2)[order])
    first = maritime.load_maritime(5, seed=3, folder=tmp_path)
    np.testing.assert_array_equal(first.images, back.images[:5])
    assert back.tensor().shape == (43, 3, 64, 64)


def test_missing_examples_are_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(genlens.errors.ModelError, match="maritime-vae"):
        maritime.load_maritime(folder=tmp_path)
    flat = np.zeros((3, 64, 64, 3), np.uint8)
    maritime.save_maritime(maritime.Pictures(flat, np.zeros(3, np.int64)), tmp_path)
    with pytest.raises(genlens.errors.InputError, match="3 pictures are shipped"):
        maritime.load_maritime(4, folder=tmp_path)
    about = json.loads((tmp_path / "examples.json").read_text())
    (tmp_path / "examples.json").write_text(json.dumps({**about, "side": 60}))
    with pytest.raises(genlens.errors.ModelError, match="does not hold"):
        maritime.load_maritime(folder=tmp_path)


def test_the_shipped_subset_is_balanced() -> None:
    labels = np.repeat(np.arange(10), 30)
    images = np.zeros((300, 28, 28), np.uint8)
    _, chosen, index = digits_data.subset(images, labels, 100, seed=0)
    assert np.bincount(chosen).tolist() == [10] * 10 and (np.diff(index) > 0).all()
