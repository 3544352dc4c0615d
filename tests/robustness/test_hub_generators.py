"""Generators on the hub, in the layouts people publish them, and everything that is wrong there."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import save_file

import genlens
from fake_hub import FakeHub, serve
from genlens.errors import GenlensError, InputError, ModelError
from genlens.models import catalog
from genlens.models.contracts import Dissectable, Layered
from genlens.models.generators.stylegan2.network import StyleGAN2
from genlens.ui.serving.access import Access

pytestmark = pytest.mark.robustness
CPU = {"contract": "Generator", "device": "cpu"}
SMALL = {"side": 16, "channels": (6, 5, 4), "latents": 7, "styles": 8, "mapping_layers": 3}


def network(seed=0, **other):
    torch.manual_seed(seed)
    net = StyleGAN2(**{**SMALL, **other}).eval().requires_grad_(False)
    for name, tensor in net.state_dict().items():
        if name.endswith(("noise_strength", "bias", "w_avg")):
            tensor.copy_(torch.randn(tensor.shape) * 0.1)
    return net


@pytest.fixture
def published(tmp_path, monkeypatch):
    """``publish(folder)`` serves it as the repository me/gan."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "genlens"))
    catalog.unload()
    with serve(FakeHub({})) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield lambda folder: running.repos.__setitem__("me/gan", folder) or running
    catalog.unload()


def folder_of(tmp_path, state, name="model.safetensors"):
    folder = tmp_path / "repo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    save_file({k: v.contiguous().clone() for k, v in state.items()}, folder / name)
    return folder


def same_pictures(generator, net, **close):
    z = generator.sample_latents(2, 1)
    wanted = (net.synthesis(net.shared(net.mapping(z))) + 1) / 2
    got = generator.synthesize(generator.to_styles(z))
    torch.testing.assert_close(got, wanted.clamp(0, 1), **close)


def test_a_stylegan2_of_the_hub_is_read_by_its_shapes(tmp_path, published):
    net = network()
    folder = folder_of(tmp_path, net.state_dict())
    (folder / "config.json").write_text('{"architectures": ["StyleGAN2"], "license": "x"}')
    (folder / "network.pkl").write_bytes(b"not opened")
    (folder / "README.md").write_text("# a GAN")
    hub = published(folder)
    generator = genlens.load("me/gan", **CPU)
    assert isinstance(generator, Layered) and isinstance(generator, Dissectable)
    assert generator.image_shape == (3, 16, 16) and generator.latent_shape == (7,)
    assert len(generator.layers) == 6 and generator.card.notes == ()
    same_pictures(generator, net)
    asked = "\n".join(hub.requests)
    assert "network.pkl" not in asked and "README" not in asked.replace("tree", "")
    z = generator.sample_latents(2, 3)
    mixed = generator.to_styles(z)[:1].clone()
    mixed[0, 3:] = generator.to_styles(z)[1, 3:]
    assert not torch.allclose(generator.synthesize(mixed), generator.synthesize(mixed * 0))
    mean = generator.truncated(0.0).to_styles(z)
    torch.testing.assert_close(mean, net.shared(net.mapping.w_avg[None].expand(2, -1)))
    assert Access(any_repository=True).admit("me/gan", "Generator") == "me/gan"


@pytest.mark.parametrize(
    "dress",
    [
        "G_ema.", "g_ema.", "module.", "_orig_mod.", "module._orig_mod.", "generator.",
        "module.G_ema.",
    ],
)  # fmt: skip
def test_prefixes_are_taken_off_and_said(tmp_path, dress):
    net = network()
    folder = folder_of(tmp_path, {f"{dress}{k}": v for k, v in net.state_dict().items()})
    generator = genlens.load(str(folder), **CPU)
    same_pictures(generator, net)
    assert all(word in " ".join(generator.card.notes) for word in dress.strip(".").split("."))


def test_an_average_beside_the_other_networks(tmp_path):
    net, other = network(0), network(1)
    state = {f"G_ema.{k}": v for k, v in net.state_dict().items()}
    state |= {f"G.{k}": v for k, v in other.state_dict().items()}
    state["D.b16.conv0.weight"] = torch.ones(2, 2)
    generator = genlens.load(str(folder_of(tmp_path, state)), **CPU)
    same_pictures(generator, net)
    assert "tensors of other networks" in " ".join(generator.card.notes)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_read_as_float32(tmp_path, kind):
    net = network()
    state = {k: v.to(kind) for k, v in net.state_dict().items()}
    generator = genlens.load(str(folder_of(tmp_path, state)), **CPU)
    tolerance = {torch.bfloat16: 0.1, torch.float16: 0.02, torch.float64: 1e-5}[kind]
    same_pictures(generator, net, rtol=tolerance, atol=tolerance)
    assert next(generator.module.parameters()).dtype == torch.float32


def test_grey_and_what_a_training_may_leave_out(tmp_path):
    net = network(colours=1)
    for name, tensor in net.state_dict().items():
        if name.endswith("noise_strength"):
            tensor.zero_()
    state = {
        k: v for k, v in net.state_dict().items()
        if "noise" not in k and "filter" not in k and "w_avg" not in k
    }  # fmt: skip
    generator = genlens.load(str(folder_of(tmp_path, state, "my-gan-ema.safetensors")), **CPU)
    assert generator.image_shape == (1, 16, 16)
    same_pictures(generator, net)
    said = " ".join(generator.card.notes)
    assert "without noise" in said and "mean style" in said
    mean = generator.truncated(0.0).to_styles(generator.sample_latents(1, 0))[0, 0]
    drawn = net.mapping(generator.sample_latents(500, 9)).mean(0)
    torch.testing.assert_close(mean, drawn, rtol=0, atol=0.2)


FAULTS = {
    "a class": (lambda s: s | {"mapping.embed.weight": torch.ones(8, 10)}, "draws a class"),
    "StyleGAN3": (
        lambda s: {k: v for k, v in s.items() if "mapping" in k} | {"synthesis.L0_3.w": s_(3)},
        "it is a StyleGAN3",
    ),
    "NaN": (
        lambda s: s | {"mapping.fc1.bias": s["mapping.fc1.bias"] * torch.nan},
        "mapping.fc1.bias hold NaN",
    ),
    "a size": (
        lambda s: s | {"synthesis.b8.conv0.weight": s_(5, 6, 1, 1)},
        "conv0.weight has shape .5, 6, 1, 1. instead of .5, 6, 3, 3.",
    ),
    "a block": (
        lambda s: {k: v for k, v in s.items() if ".b8." not in k},
        "a side of 16 pixels with channels for 2",
    ),
    "a kernel": (
        lambda s: {k: v for k, v in s.items() if k != "synthesis.b8.conv1.weight"},
        "b8.conv1.weight is missing",
    ),
    "a bias": (
        lambda s: {k: v for k, v in s.items() if k != "synthesis.b16.torgb.bias"},
        "1 is missing, such as synthesis.b16.torgb.bias",
    ),
    "the colours of each block": (
        lambda s: {k: v for k, v in s.items() if "torgb" not in k or "b16" in k},
        "'orig' and 'resnet'",
    ),
    "a filter": (
        lambda s: s | {"synthesis.b8.resample_filter": s_(12, 12)},
        "resample_filter has shape .12, 12.",
    ),
}


def s_(*shape):
    return torch.ones(shape)


@pytest.mark.parametrize("kind", list(FAULTS))
def test_what_does_not_fit_is_named(tmp_path, kind):
    spoil, says = FAULTS[kind]
    folder = folder_of(tmp_path, spoil(dict(network().state_dict())))
    with pytest.raises(ModelError, match=says):
        genlens.load(str(folder), **CPU)


def test_several_files_and_other_peoples_names(tmp_path, published):
    folder = folder_of(tmp_path, network().state_dict(), "faces.safetensors")
    shutil.copy(folder / "faces.safetensors", folder / "cats.safetensors")
    published(folder)
    for name in ("me/gan", str(folder)):
        with pytest.raises(ModelError, match="cats.safetensors, faces.safetensors"):
            genlens.load(name, **CPU)
    other = {"style.1.weight": s_(8, 8), "convs.0.conv.weight": s_(1, 4, 4, 3, 3)}
    with pytest.raises(ModelError, match="no config.json that says what they are"):
        genlens.load(str(folder_of(tmp_path, other)), **CPU)


def test_a_hub_that_has_pickles_only_says_how_to_convert(tmp_path, published):
    folder = tmp_path / "repo"
    folder.mkdir()
    torch.save(network().state_dict(), folder / "network.pkl")
    published(folder)
    with pytest.raises(ModelError, match="me/gan has network.pkl and no safetensors.*convert"):
        genlens.load("me/gan", **CPU)
    with pytest.raises(GenlensError):
        genlens.load("me/other", **CPU)


def test_pages_admit_a_bare_folder_as_a_generator_only(tmp_path):
    folder = folder_of(tmp_path, network().state_dict())
    allowed = Access(folders=(tmp_path,))
    assert allowed.admit("./repo", "Generator") == str(folder.resolve())
    with pytest.raises(InputError, match="there is no model in"):
        allowed.admit("./repo", "Autoencoder")


STRANGERS = {
    "a page": (
        b"\n <!DOCTYPE html><html><body>Sign in</body></html>",
        "is a web page, not weights",
    ),
    "a page with a mark": (b"\xef\xbb\xbf<html></html>", "is a web page, not weights"),
    "a pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
        "is a Git-LFS pointer, not the weights.*git lfs pull",
    ),
}


@pytest.mark.parametrize("kind", list(STRANGERS))
@pytest.mark.parametrize("name", ["network.pkl", "model.safetensors", "model.pt"])
def test_a_page_or_a_pointer_saved_as_weights(tmp_path, kind, name):
    """ "invalid load key, '<'" in torch's words."""
    data, says = STRANGERS[kind]
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_bytes(data)
    config = {"model_type": "genlens-stylegan2", **SMALL}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=says):
        genlens.load(str(folder), **CPU)
    if name != "model.safetensors":
        from genlens.models.loading.conversion import convert

        for load in (convert, lambda path: genlens.load(str(path), **CPU)):
            with pytest.raises(ModelError, match=says):
                load(folder / name)
        (folder / "config.json").unlink()
        with pytest.raises(ModelError, match=says):
            genlens.load(str(folder), **CPU)
