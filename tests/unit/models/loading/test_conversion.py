"""The recipe for pickled weights, run as it is printed, and the weights it gives."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import genlens
from genlens.errors import GenlensError, InputError, ModelError
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.loading.conversion import convert

pytestmark = pytest.mark.unit
SHARED = str(Path(genlens.__file__).parents[1])
SCRIPT = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(6, 4)
        self.decoder = nn.Linear(4, 6)

    def forward(self, x):
        return self.decoder(torch.relu(self.encoder(x)))

if __name__ == "__main__":
    torch.manual_seed(0)
    torch.save(Net(), "model.pt")
"""


def net(seed=0):
    torch.manual_seed(seed)
    return ConvVAE((1, 8, 8), 3, (4, 6), 10).eval()


def folder_of(tmp_path, held, name="model.ckpt"):
    """A model's folder whose weights are pickled."""
    net().save(tmp_path / "mine")
    (tmp_path / "mine/model.safetensors").unlink()
    torch.save(held, tmp_path / "mine" / name)
    return tmp_path / "mine"


def run(command, folder):
    """What a person does: paste the command, in the folder."""
    words = shlex.split(command)
    assert words[0] == "python"
    environment = {**os.environ, "PYTHONPATH": SHARED}
    return subprocess.run(
        [sys.executable, *words[1:]], cwd=folder, env=environment, capture_output=True, text=True
    )


def printed(message):
    """The commands of a message, in order."""
    return re.findall(r"'(python [^']+(?:'[^']*')?)'", message)


def refusal(folder):
    with pytest.raises(ModelError, match="only safetensors are loaded") as caught:
        genlens.load(str(folder), device="cpu")
    (command,) = printed(str(caught.value))
    return command


def prefixed(by):
    return {f"{by}{name}": value for name, value in net(1).state_dict().items()}


def parts():
    state = net(1).state_dict()
    return {
        part: {n.removeprefix(f"{part}."): v for n, v in state.items() if n.startswith(part)}
        for part in ("encoder", "decoder")
    }


CHECKPOINTS = {
    "a bare state dict": lambda: net(1).state_dict(),
    "under state_dict": lambda: {"state_dict": net(1).state_dict(), "epoch": 3, "loss": 0.5},
    "compiled": lambda: {"model": prefixed("_orig_mod."), "step": torch.tensor(3)},
    "parallel and compiled": lambda: {"model_state_dict": prefixed("module._orig_mod.")},
    "Lightning": lambda: {
        "state_dict": prefixed("model."),
        "optimizer_states": [{"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": []}],
        "hyper_parameters": {"lr": 1e-3},
    },
    "with its optimiser": lambda: {
        "model": net(1).state_dict(),
        "optimizer": torch.optim.Adam(net(0).parameters()).state_dict(),
    },
    "a moving average": lambda: {"model": net(0).state_dict(), "ema": net(1).state_dict()},
    "a moving average by torch": lambda: {
        "model": net(0).state_dict(),
        "model_ema": torch.optim.swa_utils.AveragedModel(net(1)).state_dict(),
    },
    "nested deep": lambda: {"nets": {"vae": {"weights": net(1).state_dict()}}, "args": {"d": 3}},
    "halves apart": lambda: {**parts(), "epoch": 2},
    "halves of an average": lambda: {"last": parts(), "ema": parts()},
    "non-contiguous": lambda: {
        name: value.t().contiguous().t() if value.ndim == 2 else value
        for name, value in net(1).state_dict().items()
    },
    "shared memory": lambda: _shared(),
    "parameters": lambda: dict(net(1).named_parameters()),
    "half precision": lambda: {n: v.half() for n, v in net(1).state_dict().items()},
}


def _shared():
    """All tensors as views of one storage, as some tools save them."""
    state = net(1).state_dict()
    flat = torch.cat([value.flatten() for value in state.values()])
    sizes = [value.numel() for value in state.values()]
    return {
        name: part.view(value.shape)
        for (name, value), part in zip(state.items(), flat.split(sizes), strict=True)
    }


@pytest.mark.parametrize("kind", list(CHECKPOINTS))
def test_the_printed_command_makes_the_model_load(tmp_path, kind):
    folder = folder_of(tmp_path, CHECKPOINTS[kind]())
    command = refusal(folder)
    if kind in ("a bare state dict", "a moving average by torch"):  # two real processes are enough
        done = run(command, folder)
        assert done.returncode == 0, done.stderr
        assert "tensors written to model.safetensors" in done.stderr
    else:
        assert command == "python -m genlens convert model.ckpt"
        convert(folder / "model.ckpt")
    loaded = genlens.load(str(folder), device="cpu")
    images = torch.rand(2, 1, 8, 8)
    wanted = net(1).encode(images)[0]
    torch.testing.assert_close(loaded.encode(images).mean, wanted, rtol=1e-2, atol=1e-3)
    assert not torch.allclose(wanted, net(0).encode(images)[0], atol=1e-2), "a test that can fail"


def test_tied_weights_are_copied(tmp_path):
    from safetensors.torch import load_file

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)
            self.b.weight = self.a.weight

    torch.save(Tied().state_dict(), tmp_path / "tied.pt")
    (done,) = convert(tmp_path / "tied.pt")
    state = load_file(done.file)
    assert done.count == 4 and torch.equal(state["a.weight"], state["b.weight"])


def unpack(folder, file, edit=lambda program: program):
    """Follow the message for a whole network: save its program, run it, convert what it writes."""
    done = run(f"python -m genlens convert {file}", folder)
    assert done.returncode == 2 and "holds more than tensors" in done.stderr
    program = done.stderr[done.stderr.index("# Runs the code") :]
    (folder / "unpack.py").write_text(edit(program))
    first, second = printed(done.stderr.partition("\n\n")[0])
    for command in (first, second):
        step = run(command, folder)
        assert step.returncode == 0, step.stderr
    return step.stderr


def test_a_whole_network_of_a_library_is_unpacked_by_the_printed_program(tmp_path):
    from safetensors.torch import load_file

    whole = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 3))
    torch.save({"net": whole, "epoch": 4}, tmp_path / "model.pt")
    unpack(tmp_path, "model.pt")
    state = load_file(tmp_path / "model.tensors.safetensors")
    assert torch.equal(state["2.weight"], whole[2].weight) and len(state) == 4


def test_a_network_of_somebodys_script_needs_one_import(tmp_path):
    """Saved by a script: its class stands in ``__main__``, which is now the printed program."""
    from safetensors.torch import load_file

    (tmp_path / "train.py").write_text(SCRIPT)
    assert run("python train.py", tmp_path).returncode == 0
    advice = "from my_script import *"

    def follow(program):
        assert advice in program
        return f"from train import *\n{program}"

    unpack(tmp_path, "model.pt", follow)
    assert set(load_file(tmp_path / "model.tensors.safetensors")) == {
        f"{half}.{kind}" for half in ("encoder", "decoder") for kind in ("weight", "bias")
    }


def test_a_plain_pickle_of_networks(tmp_path):
    """StyleGAN's kind: ``pickle.dump`` of several networks, the average among them."""
    import pickle

    from safetensors.torch import load_file

    nets = {name: nn.Linear(2, 3) for name in ("G", "D", "G_ema")}
    (tmp_path / "network.pkl").write_bytes(pickle.dumps(nets))
    said = unpack(tmp_path, "network.pkl")
    assert "the weights at 'G_ema' were taken" in said and "left out: 'G', 'D'" in said
    state = load_file(tmp_path / "network.tensors.safetensors")
    assert torch.equal(state["weight"], nets["G_ema"].weight)


def test_shards_and_transformers_names_in_a_folder(tmp_path):
    from safetensors.torch import load_file

    state = net(1).state_dict()
    names = list(state)
    for i, chosen in enumerate((names[:4], names[4:]), 1):
        torch.save({n: state[n] for n in chosen}, tmp_path / f"pytorch_model-0000{i}-of-00002.bin")
    (tmp_path / "unet").mkdir()
    torch.save(state, tmp_path / "unet/diffusion_pytorch_model.bin")
    done = convert(tmp_path)
    assert {d.file.relative_to(tmp_path).as_posix() for d in done} == {
        "model.safetensors",
        "unet/diffusion_pytorch_model.safetensors",
    }
    assert set(load_file(tmp_path / "model.safetensors")) == set(state)


@pytest.mark.parametrize(
    ("held", "options", "says"),
    [
        ({"a": {"w": torch.ones(2)}, "b": {"w": torch.ones(2)}}, {}, "choose by --key, one of 'a'"),
        ({"a": {"w": torch.ones(2)}}, {"key": "c"}, "no weights at 'c'"),
        ({"epoch": 3}, {}, "holds no weights"),
        ([torch.ones(2)], {}, "holds no weights"),
        ({"step": torch.tensor(3)}, {}, "holds no weights"),
    ],
)
def test_what_cannot_be_converted_says_so(tmp_path, held, options, says):
    torch.save(held, tmp_path / "x.pt")
    with pytest.raises(GenlensError, match=says):
        convert(tmp_path / "x.pt", **options)
    assert not list(tmp_path.glob("*.safetensors"))


def test_a_key_and_an_output(tmp_path):
    torch.save({"a": {"w": torch.ones(2)}, "b": {"w": torch.zeros(2)}}, tmp_path / "x.pt")
    (done,) = convert(tmp_path / "x.pt", tmp_path / "y.safetensors", key="b")
    assert done.file.name == "y.safetensors"
    with pytest.raises(InputError, match="exists already"):
        convert(tmp_path / "x.pt", tmp_path / "y.safetensors", key="b")
    with pytest.raises(InputError, match="there is no file"):
        convert(tmp_path / "none.pt")
    with pytest.raises(InputError, match="nothing to convert"):
        convert(tmp_path)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/x.pt").write_bytes(b"no pickle at all")
    with pytest.raises(ModelError, match="more than tensors, or is damaged"):
        convert(tmp_path / "bad")
