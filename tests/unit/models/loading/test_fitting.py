"""Whether weights fit: names, shapes, numbers and prefixes, for every kind of folder."""

from __future__ import annotations

import shutil

import pytest
import torch
from torch import nn

import genlens
from genlens.errors import ModelError
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.loading.fitting import fill, without_prefixes

pytestmark = pytest.mark.unit


def small(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def test_all_that_fits_is_loaded_without_a_word():
    model, source = small(0), small(1)
    assert fill(model, source.state_dict(), "it") == ()
    assert all(
        torch.equal(a, b) for a, b in zip(model.parameters(), source.parameters(), strict=True)
    )


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("_orig_mod.", "_orig_mod."),
        ("module.", "module."),
        ("module._orig_mod.", "_orig_mod., module."),
        ("_orig_mod.module.module.", "_orig_mod., module."),
        ("vae.", "vae."),
        ("first_stage_model.", "first_stage_model."),
        ("model.", "model."),
        ("model.vae._orig_mod.", "_orig_mod., model., vae."),
        ("autoencoder.module.net.", "autoencoder., module., net."),
    ],
)
def test_prefixes(prefix, said):
    model, source = small(0), small(1)
    notes = fill(model, {prefix + k: v for k, v in source.state_dict().items()}, "it")
    assert notes == (f"taken off the names of its weights: {said}",)
    assert torch.equal(model[2].weight, source[2].weight)


def test_wrappers_inside_a_name_and_names_that_only_look_like_wrappers():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.module, self.model = small(), nn.Linear(2, 2)

    source, model = Own(), Own()
    assert fill(model, source.state_dict(), "it") == (), "these are its own names"
    compiled = {
        k.replace("module.2", "module._orig_mod.2"): v for k, v in source.state_dict().items()
    }
    assert "_orig_mod." in fill(model, compiled, "it")[0]
    assert torch.equal(model.module[2].weight, source.module[2].weight)


def test_two_names_that_would_become_one_stay():
    state = {"module.w": torch.ones(1), "w": torch.zeros(1)}
    assert without_prefixes(state) == (state, ())


def test_other_networks_of_the_file_are_left_out_and_named():
    source, model = small(1), small(0)
    state = {f"model.{k}": v for k, v in source.state_dict().items()}
    state["loss.discriminator.weight"] = torch.ones(2, 2)
    notes = fill(model, state, "it")
    assert "1 tensors such as loss.discriminator.weight" in notes[1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.pop("0.weight"), "config of it: 1 is missing, such as 0.weight"),
        (lambda s: s.update(extra=torch.ones(2)), "1 is not part of the network, such as extra"),
        (
            lambda s: s.update({"2.bias": torch.ones(3)}),
            r"2.bias has shape \(3,\) instead of \(2,\)",
        ),
        (lambda s: s["0.bias"].fill_(torch.nan), "it: the weights 0.bias hold NaN or infinity"),
        (lambda s: s["1.running_var"].fill_(torch.inf), "1.running_var hold NaN or infinity"),
    ],
)
def test_what_does_not_fit_is_named(change, says):
    state = small(1).state_dict()
    change(state)
    model = small(0)
    before = model[2].weight.clone()
    with pytest.raises(ModelError, match=says):
        fill(model, state, "it")
    assert torch.equal(model[2].weight, before), "nothing was loaded"


def test_counters_and_tied_weights_may_be_missing():
    state = small(1).state_dict()
    del state["1.num_batches_tracked"]
    state["n_averaged"] = torch.tensor(3)
    assert fill(small(0), state, "it") == ()
    tied = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    tied[1].weight = tied[0].weight
    state = {k: v.clone() for k, v in tied.state_dict().items() if k != "1.weight"}
    fill(tied, state, "it")
    del state["0.weight"]
    with pytest.raises(ModelError, match="2 are missing, such as 0.weight"):
        fill(tied, state, "it")


def vae_folder(folder):
    torch.manual_seed(0)
    ConvVAE((1, 8, 8), 3, (4, 6), 10).save(folder)
    return folder / "model.safetensors"


FOLDERS = {
    "a VAE": lambda tmp, _: vae_folder(tmp / "mine"),
    "a CLIP": lambda tmp, asked: _copy(asked, "tiny_clip_dir", tmp) / "open_clip_model.safetensors",
    "a SAM": lambda tmp, asked: _copy(asked, "tiny_sam_dir", tmp) / "model.safetensors",
}


def _copy(request, fixture, tmp):
    return shutil.copytree(request.getfixturevalue(fixture), tmp / "mine")


@pytest.mark.parametrize("kind", list(FOLDERS))
def test_every_kind_of_folder_is_checked(kind, tmp_path, request):
    from safetensors.torch import load_file, save_file

    path = FOLDERS[kind](tmp_path, request)
    state = load_file(path)
    save_file({f"module._orig_mod.{k}": v for k, v in state.items()}, path)
    loaded = genlens.load(str(path.parent), device="cpu")
    assert loaded.card.notes == ("taken off the names of its weights: _orig_mod., module.",)
    first = next(name for name in state if state[name].ndim > 1)
    for change, says in (
        ({first: state[first] * torch.nan}, f"mine: the weights {first} hold NaN"),
        ({first: state[first][:1]}, f"config of mine: {first} has shape"),
        ({"lora.up": torch.ones(2)}, "config of mine: 1 is not part of the network, such as lora"),
    ):
        save_file({**state, **change}, path)
        with pytest.raises(ModelError, match=says.replace(".", r"\.")):
            genlens.load(str(path.parent), device="cpu")
    save_file({k: v for k, v in state.items() if k != first}, path)
    with pytest.raises(ModelError, match="config of mine: 1 is missing"):
        genlens.load(str(path.parent), device="cpu")
