"""Generators that registries carry: the DCGAN's checkpoint, the ProGAN's TensorFlow.js files."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import torch

import genlens
from genlens.errors import InputError, ModelError
from genlens.models import catalog
from genlens.models.contracts import Dissectable, Generator, ModelCard
from genlens.models.download.archives import place_of
from genlens.models.download.published import PUBLISHED
from genlens.models.generators.published import dcgan, progan
from genlens.models.generators.published.dcgan import DCGAN
from genlens.models.generators.published.progan import ProGAN
from genlens.models.generators.published.tfjs import read_tensors

pytestmark = pytest.mark.unit
CARD = ModelCard("small", "Generator")


def randomised(net, seed=0):
    """Every weight and statistic random, so that each counts."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in net.state_dict().items():
        if tensor.is_floating_point():
            drawn = torch.randn(tensor.shape, generator=generator) * 0.2
            tensor.copy_(drawn.abs() + 0.5 if name.endswith("running_var") else drawn)
    return net.eval()


def checkpoint(tmp_path, held, name="weights.tar"):
    path = tmp_path / name
    torch.save(held, path)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_dcgan_is_read_from_its_shapes(tmp_path):
    net = randomised(DCGAN(7, (12, 8, 6)))
    path, digest = checkpoint(tmp_path, {"netG_state_dict": net.state_dict()})
    generator = dcgan.load(path, CARD, sha256=digest, device="cpu")
    assert isinstance(generator, Generator) and isinstance(generator, Dissectable)
    assert generator.image_shape == (3, 32, 32) and generator.latent_shape == (7,)
    assert generator.layers == ("latent",)
    z = generator.sample_latents(3, seed=1)
    styles = generator.to_styles(z)
    assert styles.shape == (3, 1, 7)
    pictures = generator.synthesize(styles)
    # the paper's chain, written out
    x, state = z[:, :, None, None], net.state_dict()
    for i, stride in enumerate((1, 2, 2)):
        x = torch.nn.functional.conv_transpose2d(
            x, state[f"main.{3 * i}.weight"], stride=stride, padding=int(stride > 1)
        )
        at = f"main.{3 * i + 1}."
        mean, var = (state[at + name][:, None, None] for name in ("running_mean", "running_var"))
        x = (x - mean) / (var + 1e-5).sqrt()
        x = torch.relu(x * state[at + "weight"][:, None, None] + state[at + "bias"][:, None, None])
    x = torch.nn.functional.conv_transpose2d(x, state["main.9.weight"], stride=2, padding=1)
    torch.testing.assert_close(pictures, (torch.tanh(x) + 1) / 2, rtol=1e-4, atol=1e-5)
    for name, side, width in zip(generator.unit_layers, (4, 8, 16), (12, 8, 6), strict=True):
        seen = []
        hook = generator.module.get_submodule(name).register_forward_hook(
            lambda m, i, out, seen=seen: seen.append(out)
        )
        generator.synthesize(styles)
        hook.remove()
        assert seen[0].shape == (3, width, side, side) and float(seen[0].min()) >= 0


def test_checkpoints_of_something_else_are_refused(tmp_path):
    state = randomised(DCGAN(7, (12, 8))).state_dict()
    for held, says in (
        ({"netG_state_dict": {"main.0.weight": torch.ones(2, 3)}}, "holds no DCGAN"),
        ({"a": 3}, "holds no DCGAN"),
        ([1], "holds no DCGAN"),
        ({k: v for k, v in state.items() if k != "main.1.bias"}, "1 is missing, such as main.1.b"),
        ({**state, "main.4.weight": state["main.4.weight"] * torch.nan}, "hold NaN"),
    ):
        path, digest = checkpoint(tmp_path, held)
        with pytest.raises(ModelError, match=says):
            dcgan.load(path, CARD, sha256=digest)
    with pytest.raises(ModelError, match="does not have the sha256"):
        dcgan.load(path, CARD, sha256="0" * 64)
    path, digest = checkpoint(tmp_path, {f"module.{k}": v for k, v in state.items()})
    assert dcgan.load(path, CARD, sha256=digest, device="cpu").image_shape == (3, 16, 16)


def tfjs(folder, net, shards=3, **changes):
    """``net`` as TensorFlow.js has it: kernels (h, w, in, out), names of the published graph."""
    scope, tensors = "module_apply_default/", {}
    convs = [unit.conv for block in net.blocks for unit in block]
    for i, conv in enumerate([*convs, net.to_colour]):
        kernel = f"{scope}Conv2D{f'_{i}' if i else ''}/merged_input"
        tensors[kernel] = conv.weight.detach().permute(2, 3, 1, 0).numpy()
        bias = f"module/g_model/res_{i // 2}/conv{i % 2}/bias"
        bias = f"{scope}add_26" if conv is net.to_colour else bias
        tensors[bias] = conv.bias.detach().numpy()
    tensors[f"{scope}Tile/multiples"] = np.array([4, 1, 1, 1], np.int32)
    data = b"".join(np.ascontiguousarray(t).tobytes() for t in tensors.values())
    data = changes.pop("data", lambda whole: whole)(data)
    cut = -(-len(data) // shards)
    names = [f"group1-shard{i + 1}of{shards}.bin" for i in range(shards)]
    for i, name in enumerate(names):
        (folder / name).write_bytes(data[i * cut : (i + 1) * cut])
    listed = [
        {"name": n, "shape": list(t.shape), "dtype": changes.get("dtype", str(t.dtype))}
        for n, t in tensors.items()
    ]
    manifest = [{"paths": names, "weights": listed}]
    (folder / "model.json").write_text(json.dumps({"weightsManifest": manifest}))
    return folder


def slow_progan(net, z):
    """The published graph's own steps, channels last."""

    def norm(x):
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-8)

    def convolved(x, conv, pad):
        kernel = conv.weight.detach().double().numpy().transpose(2, 3, 1, 0)
        k = kernel.shape[0]
        x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
        rows = [
            [np.tensordot(x[i : i + k, j : j + k], kernel, 3) for j in range(x.shape[1] - k + 1)]
            for i in range(x.shape[0] - k + 1)
        ]
        return np.array(rows) + conv.bias.detach().double().numpy()

    x = norm(z)[None, None]
    for i, block in enumerate(net.blocks):
        x = x.repeat(2, 0).repeat(2, 1) if i else x
        for j, unit in enumerate(block):
            x = convolved(x, unit.conv, 3 if i == j == 0 else 1)
            x = norm(np.maximum(x, 0.2 * x))
    return convolved(x, net.to_colour, 0).clip(0, 1).transpose(2, 0, 1)


def test_a_progan_is_read_from_tensorflow_js(tmp_path):
    net = randomised(ProGAN(9, (8, 6, 4)))
    net.to_colour.bias.data.fill_(0.5)
    generator = progan.load(tfjs(tmp_path, net), CARD, device="cpu")
    assert isinstance(generator, Dissectable) and generator.image_shape == (3, 16, 16)
    z = generator.sample_latents(2, seed=3).requires_grad_()
    pictures = generator.synthesize(generator.to_styles(z))
    for one, picture in zip(z.detach().double().numpy(), pictures.detach().numpy(), strict=True):
        np.testing.assert_allclose(picture, slow_progan(net, one), rtol=1e-4, atol=1e-5)
    pictures.square().sum().backward()
    assert float(z.grad.abs().min()) > 0, "differentiable down to the latent"
    assert [generator.module.get_submodule(n) is not None for n in generator.unit_layers]
    with pytest.raises(InputError, match="latents have shape"):
        generator.to_styles(torch.zeros(2, 8))


def test_damaged_tensorflow_js_files_are_refused(tmp_path):
    net = randomised(ProGAN(4, (4, 4)))
    for changes, says in (
        ({"data": lambda whole: whole[:-4]}, "ends before"),
        ({"data": lambda whole: whole + b"1234"}, "4 bytes too long"),
        ({"dtype": "uint8"}, "as uint8 of shape"),
        ({"data": lambda whole: b"\xff\xff\xff\x7f" + whole[4:]}, "NaN or infinity"),
    ):
        with pytest.raises(ModelError, match=says):
            progan.load(tfjs(tmp_path, net, **changes), CARD)
    tfjs(tmp_path, net)
    (tmp_path / "group1-shard2of3.bin").unlink()
    with pytest.raises(ModelError, match="shard2of3.bin cannot be read"):
        read_tensors(tmp_path)
    for text, says in (("[]", "JSON object"), ("{}", "no list weightsManifest")):
        (tmp_path / "model.json").write_text(text)
        with pytest.raises(ModelError, match=says):
            read_tensors(tmp_path)
    manifest = {"paths": ["../../secret.bin"], "weights": []}
    (tmp_path / "model.json").write_text(json.dumps({"weightsManifest": [manifest]}))
    (tmp_path.parent.parent / "secret.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="secret.bin cannot be read"):
        read_tensors(tmp_path)
    with pytest.raises(ModelError, match="holds no ProGAN"):
        progan.of_tensors({}, "x")


def test_what_was_not_fetched_says_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    for name in ("faces-dcgan", "faces-progan"):
        with pytest.raises(ModelError, match=f"not on this machine: run `genlens fetch {name}`"):
            genlens.load(name, contract="Generator", device="cpu")
        entry = catalog.find(name)
        assert entry is not None and entry.bytes == PUBLISHED[name].bytes
    with pytest.raises(InputError, match="no revisions"):
        genlens.load("faces-dcgan", revision="main")


def test_once_they_are_here_they_load(tmp_path, monkeypatch):
    """Small ones in their place in the cache."""
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "cache"))
    shards = PUBLISHED["faces-progan"]
    folder = place_of(shards.archive).parent
    folder.mkdir(parents=True)
    tfjs(folder, randomised(ProGAN(5, (6, 4))), shards=22)
    assert shards.here() is not None
    generator = genlens.load("faces-progan", contract="Generator", device="cpu")
    assert generator.image_shape == (3, 8, 8) and generator.card.id == "faces-progan"
    assert generator.card.revision.startswith("sha256:4cbba50d7923ebcf")
    place = place_of(PUBLISHED["faces-dcgan"].archive)
    place.parent.mkdir(parents=True)
    torch.save({}, place)
    with pytest.raises(ModelError, match="does not have the sha256"):  # the file itself is pinned
        genlens.load("faces-dcgan", contract="Generator", device="cpu")
    catalog.unload()
