"""A generator that was saved as a pickle: the recipe of the refusal, run as it is printed."""

from __future__ import annotations

import os
import pickle
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import genlens
from genlens.errors import ModelError
from genlens.models.generators.stylegan2.network import StyleGAN2

pytestmark = pytest.mark.unit
CPU = {"contract": "Generator", "device": "cpu"}
SHARED = str(Path(genlens.__file__).parents[1])


def network(seed: int) -> StyleGAN2:
    torch.manual_seed(seed)
    net = StyleGAN2(side=8, channels=(5, 4), latents=6, styles=8, mapping_layers=2)
    return net.eval().requires_grad_(False)


def state(prefix: str = "", seed: int = 1) -> dict[str, torch.Tensor]:
    return {f"{prefix}{name}": value for name, value in network(seed).state_dict().items()}


def tied() -> dict[str, torch.Tensor]:
    """The filters of all layers are one tensor, as they are where a network registers one."""
    held = state()
    names = [name for name in held if name.endswith("resample_filter")]
    return held | dict.fromkeys(names, held[names[0]])


def strided() -> dict[str, torch.Tensor]:
    """Kernels as views of another layout."""
    return {
        name: value.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
        if value.ndim == 4
        else value
        for name, value in state().items()
    }


KINDS = {
    "tied weights": tied,
    "a nested average": lambda: {"g": state(seed=2), "g_ema": state(), "args": {"size": 8}},
    "an average inside": lambda: {
        "nets": {"G_ema": {"state_dict": state()}, "D": {"w": torch.ones(2)}}
    },
    "no strides": strided,
    "data parallel": lambda: {"g_ema": state("module.")},
    "compiled": lambda: {"G_ema": state("_orig_mod.")},
    "both": lambda: {"model": state("module._orig_mod.")},
    "prefixed": lambda: state("G_ema."),
}


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a person does: paste the command, in the folder."""
    words = shlex.split(command)
    assert words[0] == "python"
    return subprocess.run(
        [sys.executable, *words[1:]],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": SHARED},
        capture_output=True,
        text=True,
    )


def commands(message: str) -> list[str]:
    return re.findall(r"'(python [^']+(?:'[^']*')?)'", message)


def refused(folder: Path) -> str:
    """The command that the refusal prints."""
    with pytest.raises(ModelError, match="only safetensors are loaded") as caught:
        genlens.load(str(folder), **CPU)
    (command,) = commands(str(caught.value))
    return command


def same(folder: Path) -> None:
    generator = genlens.load(str(folder), **CPU)
    z = generator.sample_latents(2, 0)
    net = network(1)
    wanted = ((net.synthesis(net.shared(net.mapping(z))) + 1) / 2).clamp(0, 1)
    got = generator.synthesize(generator.to_styles(z))
    torch.testing.assert_close(got, wanted)
    other = network(2)
    away = (other.synthesis(other.shared(other.mapping(z))) + 1) / 2
    assert not torch.allclose(away.clamp(0, 1), wanted, atol=1e-2), "a test that can fail"


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_printed_command_makes_the_generator_load(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "gan"
    folder.mkdir()
    torch.save(KINDS[kind](), folder / "network.pkl")
    done = run(refused(folder), folder)
    assert done.returncode == 0, done.stderr
    same(folder)


def test_a_plain_pickle_of_whole_networks(tmp_path: Path) -> None:
    """StyleGAN's own kind: the printed program unpacks it, the next command converts it."""
    folder = tmp_path / "gan"
    folder.mkdir()
    nets: dict[str, nn.Module] = {"G": network(2), "D": nn.Linear(2, 2), "G_ema": network(1)}
    (folder / "network.pkl").write_bytes(pickle.dumps(nets))
    done = run(refused(folder), folder)
    assert done.returncode == 2 and "holds more than tensors" in done.stderr
    (folder / "unpack.py").write_text(done.stderr[done.stderr.index("# Runs the code") :])
    for command in commands(done.stderr.partition("\n\n")[0]):
        step = run(command, folder)
        assert step.returncode == 0, step.stderr
    same(folder)
