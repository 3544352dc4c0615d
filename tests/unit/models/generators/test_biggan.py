"""BigGAN-deep: a small one in the published layout, against the paper's steps written out."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import genlens
from fake_hub import FakeHub, serve
from genlens.errors import InputError, ModelError
from genlens.models import catalog
from genlens.models.contracts import Dissectable, Layered
from genlens.models.generators.biggan.files import plain

pytestmark = pytest.mark.unit
CPU = {"contract": "Generator", "device": "cpu"}
Z, CLASSES, WIDTH, STEPS = 5, 7, 4, 6
LAYERS = [[False, 4, 4], [True, 4, 4], [True, 4, 2]]  # 16 pixels
CONFIG = {
    "output_dim": 16, "z_dim": Z, "class_embed_dim": Z, "channel_width": WIDTH,
    "num_classes": CLASSES, "layers": LAYERS, "attention_layer_position": 2, "eps": 1e-4,
    "n_stats": STEPS,
}  # fmt: skip


def published(seed=0):
    """The tensors of such a model as they are published: spectral norms apart."""
    rng = np.random.default_rng(seed)
    state = {}

    def tensor(name, *shape):
        state[name] = torch.tensor(rng.normal(size=shape) * 0.5, dtype=torch.float32)

    def spectral(name, *shape, bias=True):
        tensor(f"{name}.weight_orig", *shape)
        matrix = state[f"{name}.weight_orig"].reshape(shape[0], -1)
        u, _, v = torch.linalg.svd(matrix, full_matrices=False)
        state[f"{name}.weight_u"], state[f"{name}.weight_v"] = u[:, 0].clone(), v[0].clone()
        if bias:
            tensor(f"{name}.bias", shape[0])

    def norm(name, channels, conditional=True):
        tensor(f"{name}.running_means", STEPS, channels)
        state[f"{name}.running_vars"] = torch.tensor(
            rng.uniform(0.5, 2, (STEPS, channels)), dtype=torch.float32
        )
        if conditional:
            spectral(f"{name}.scale", channels, 2 * Z, bias=False)
            spectral(f"{name}.offset", channels, 2 * Z, bias=False)
        else:
            tensor(f"{name}.weight", channels)
            tensor(f"{name}.bias", channels)

    tensor("embeddings.weight", Z, CLASSES)
    spectral("generator.gen_z", 16 * 4 * WIDTH, 2 * Z)
    at = 0
    for i, (_, before, behind) in enumerate(LAYERS):
        inputs, outputs = before * WIDTH, behind * WIDTH
        if i == CONFIG["attention_layer_position"]:
            for part, (o, c) in {
                "theta": (inputs // 8, inputs), "phi": (inputs // 8, inputs),
                "g": (inputs // 2, inputs), "o_conv": (inputs, inputs // 2),
            }.items():  # fmt: skip
                spectral(f"generator.layers.{at}.snconv1x1_{part}", o, c, 1, 1, bias=False)
            tensor(f"generator.layers.{at}.gamma", 1)
            at += 1
        block, inner = f"generator.layers.{at}.", inputs // 4
        for j, channels in enumerate((inputs, inner, inner, inner)):
            norm(f"{block}bn_{j}", channels)
        spectral(f"{block}conv_0", inner, inputs, 1, 1)
        spectral(f"{block}conv_1", inner, inner, 3, 3)
        spectral(f"{block}conv_2", inner, inner, 3, 3)
        spectral(f"{block}conv_3", outputs, inner, 1, 1)
        at += 1
    last = LAYERS[-1][2] * WIDTH
    norm("generator.bn", last, conditional=False)
    spectral("generator.conv_to_rgb", last, last, 3, 3)
    return state


def slow(state, z, label, psi):
    """One picture, step by step; spectral norms divide by the largest singular value."""

    def weight(name):
        held = state.get(f"{name}.weight_orig")
        if held is None:
            return state[f"{name}.weight"].double().numpy()
        matrix = held.double().reshape(len(held), -1)
        return (held.double() / torch.linalg.matrix_norm(matrix, 2)).numpy()

    def stat(name):
        table = state[name].double().numpy()
        at = psi * (STEPS - 1)
        low = int(np.floor(at + 1e-9))
        part = at - low
        return table[low] if part < 1e-6 else part * table[low] + (1 - part) * table[low + 1]

    def normed(x, name, condition=None):
        mean, var = stat(f"{name}.running_means"), stat(f"{name}.running_vars")
        y = (x - mean[:, None, None]) / np.sqrt(var + 1e-4)[:, None, None]
        if condition is None:
            gain, shift = (state[f"{name}.{k}"].double().numpy() for k in ("weight", "bias"))
        else:
            gain = 1 + weight(f"{name}.scale") @ condition
            shift = weight(f"{name}.offset") @ condition
        return y * gain[:, None, None] + shift[:, None, None]

    def conv(x, name, bias=True):
        kernel = weight(name)
        k = kernel.shape[-1]
        padded = np.pad(x, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
        out = np.zeros((len(kernel), *x.shape[1:]))
        for i in range(x.shape[1]):
            for j in range(x.shape[2]):
                out[:, i, j] = (kernel * padded[None, :, i : i + k, j : j + k]).sum((1, 2, 3))
        return out + state[f"{name}.bias"].double().numpy()[:, None, None] if bias else out

    def pooled(x):
        c, h, w = x.shape
        return x.reshape(c, h // 2, 2, w // 2, 2).max((2, 4)).reshape(c, -1)

    def attention(x, name):
        c, h, w = x.shape
        ask = conv(x, f"{name}.snconv1x1_theta", bias=False).reshape(-1, h * w)
        keys = pooled(conv(x, f"{name}.snconv1x1_phi", bias=False))
        values = pooled(conv(x, f"{name}.snconv1x1_g", bias=False))
        seen = np.zeros((c // 2, h * w))
        for place in range(h * w):
            score = np.exp(ask[:, place] @ keys - (ask[:, place] @ keys).max())
            seen[:, place] = values @ (score / score.sum())
        added = conv(seen.reshape(-1, h, w), f"{name}.snconv1x1_o_conv", bias=False)
        return x + float(state[f"{name}.gamma"]) * added

    def doubled(x):
        return x.repeat(2, 1).repeat(2, 2)

    relu = lambda x: np.maximum(x, 0)  # noqa: E731
    condition = np.concatenate([psi * z, state["embeddings.weight"][:, label].double().numpy()])
    x = weight("generator.gen_z") @ condition + state["generator.gen_z.bias"].double().numpy()
    x = x.reshape(4, 4, -1).transpose(2, 0, 1)
    at = 0
    for i, (up, _, behind) in enumerate(LAYERS):
        if i == CONFIG["attention_layer_position"]:
            x = attention(x, f"generator.layers.{at}")
            at += 1
        name = f"generator.layers.{at}."
        short = x[: behind * WIDTH]
        y = conv(relu(normed(x, f"{name}bn_0", condition)), f"{name}conv_0")
        y = relu(normed(y, f"{name}bn_1", condition))
        if up:
            y, short = doubled(y), doubled(short)
        y = conv(y, f"{name}conv_1")
        y = conv(relu(normed(y, f"{name}bn_2", condition)), f"{name}conv_2")
        y = conv(relu(normed(y, f"{name}bn_3", condition)), f"{name}conv_3")
        x = y + short
        at += 1
    x = conv(relu(normed(x, "generator.bn")), "generator.conv_to_rgb")
    return (np.tanh(x[:3]) + 1) / 2


def folder_of(path, state, **config):
    path.mkdir(exist_ok=True)
    save_file(state, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps({**CONFIG, **config}))
    return path


@pytest.mark.parametrize("psi", [1.0, 0.4, 0.5, 0.0])
def test_pictures_are_the_papers(tmp_path, psi):
    state = published()
    loaded = genlens.load(str(folder_of(tmp_path / "gan", state)), **CPU)
    generator = loaded.given(3).truncated(psi)
    assert isinstance(generator, Layered) and isinstance(generator, Dissectable)
    assert generator.image_shape == (3, 16, 16) and len(generator.layers) == 4
    z = generator.sample_latents(2, seed=1)
    got = generator.synthesize(generator.to_styles(z)).numpy()
    for one, picture in zip(z.double().numpy(), got, strict=True):
        np.testing.assert_allclose(picture, slow(state, one, 3, psi), rtol=1e-3, atol=1e-4)
    if psi:
        assert np.abs(got - slow(state, z[0].double().numpy(), 4, psi)).max() > 0.01, "classes"


def test_layers_mix_units_are_seen_and_gradients_flow(tmp_path):
    generator = genlens.load(str(folder_of(tmp_path / "gan", published())), **CPU)
    a, b = (generator.to_styles(generator.sample_latents(1, s)) for s in (0, 1))
    mixed = a.clone()
    mixed[:, 2:] = b[:, 2:]
    pictures = [generator.synthesize(s) for s in (a, b, mixed)]
    assert not torch.allclose(pictures[0], pictures[2]) and not torch.allclose(*pictures[1:])
    assert generator.style_weights(0).shape == (16 * 16, 2 * Z)
    assert generator.style_weights(3).shape == (16, 2 * Z)
    for name in generator.unit_layers:
        assert generator.module.get_submodule(name) is not None
    styles = generator.to_styles(generator.sample_latents(16, 2)).clone().requires_grad_()
    generator.synthesize(styles).sum().backward()
    assert bool((styles.grad.abs().sum((0, 2)) > 0).all()), "each layer counts"
    with pytest.raises(InputError, match="label is 7"):
        generator.given(7)
    with pytest.raises(InputError, match="truncation"):
        generator.truncated(1.5)


def test_spectral_norms_are_divided_out():
    state = published()
    done = plain(state)
    assert not any(name.endswith(("_orig", "_u", "_v")) for name in done)
    kernel = done["generator.layers.0.conv_1.weight"]
    assert float(torch.linalg.matrix_norm(kernel.flatten(1), 2)) == pytest.approx(1, abs=1e-4)
    without = plain({k: v for k, v in state.items() if not k.endswith("_v")})  # older files
    for name, value in done.items():
        torch.testing.assert_close(without[name], value, rtol=1e-4, atol=1e-5)
    with pytest.raises(ModelError, match="no generator.gen_z.weight_u"):
        plain({k: v for k, v in state.items() if k != "generator.gen_z.weight_u"})


def test_it_comes_from_the_hub(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "genlens"))
    folder = folder_of(tmp_path / "gan", published())
    catalog.unload()
    with serve(FakeHub({"me/biggan": folder})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        generator = genlens.load("me/biggan", **CPU)
    assert generator.image_shape == (3, 16, 16) and generator.label == 0
    catalog.unload()


@pytest.mark.parametrize(
    ("config", "spoil", "says"),
    [
        ({"layers": [[True, 4]]}, {}, "has a list of .doubles"),
        ({"layers": [[True, 1, 1]] * 12}, {}, "has a list of .doubles"),
        ({"z_dim": "5"}, {}, "z_dim is '5'"),
        ({"num_classes": 8}, {}, "embeddings.weight has shape .5, 7. instead of .5, 8."),
        ({"channel_width": 8}, {}, "do not fit the config"),
        ({}, {"generator.bn.bias": torch.nan}, "generator.bn.bias hold NaN"),
        ({"attention_layer_position": 1}, {}, "do not fit the config"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, config, spoil, says):
    state = published()
    state |= {name: state[name] * value for name, value in spoil.items()}
    with pytest.raises(ModelError, match=says):
        genlens.load(str(folder_of(tmp_path / "gan", state, **config)), **CPU)
    (tmp_path / "gan/config.json").unlink()
    with pytest.raises(ModelError, match="has no config.json"):
        genlens.load(str(tmp_path / "gan"), **CPU)
