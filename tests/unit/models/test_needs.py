"""What a model will take, told before it is downloaded."""

from __future__ import annotations

import pytest

from genlens.cli.main import main
from genlens.models import catalog, needs
from genlens.models.download import hub

pytestmark = pytest.mark.unit
TURBO = "stabilityai/sd-turbo"


def test_models_that_ship_or_are_unknown_need_nothing_said():
    assert needs.needs_of("emoji-diffusion") is None
    assert needs.needs_of("nobody/knows") is None


def test_memory_is_that_of_the_weights_as_they_are_held(monkeypatch):
    found = needs.needs_of(TURBO, "cpu")
    assert found.memory == 2 * catalog.find(TURBO).bytes  # stored in half, held in float32
    assert found.download == catalog.find(TURBO).bytes
    monkeypatch.setattr(hub, "is_here", lambda *args, **options: True)
    assert needs.needs_of(TURBO, "cpu").download == 0


def test_time_is_arithmetic_over_speed(monkeypatch):
    monkeypatch.setattr(needs, "speed", lambda device: 0.1)
    one, fast = (needs.needs_of(name, "cpu") for name in (TURBO, f"{TURBO}+taesd"))
    assert one.seconds(1, 1, 0) == pytest.approx((0.80 + 2.51) / 0.1)
    assert one.seconds(10, 4, 7.5) == pytest.approx(10 * (4 * 2 * 0.80 + 2.51) / 0.1)
    assert fast.seconds(1, 1, 0) < one.seconds(1, 1, 0) / 3
    assert needs.needs_of("sam-vit-b", "cpu").seconds(1, 1, 0) is None
    said = needs.said(one, 128, 1, 0)
    assert "a download of 2.6 GB" in said and "5.2 GB of memory" in said
    assert "at least 71 min here" in said


def test_the_operations_are_those_that_torch_counts():
    """Of the two decoders; the networks' were counted in the same way, from their configs."""
    from genlens.common import torchvision_guard

    torchvision_guard.ensure()
    import torch
    from diffusers import AutoencoderKL, AutoencoderTiny
    from torch.utils.flop_counter import FlopCounterMode

    sizes = {
        "block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4,
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
    }  # fmt: skip
    for name, build in (
        (TURBO, lambda: AutoencoderKL(**sizes)), (f"{TURBO}+taesd", AutoencoderTiny),
    ):  # fmt: skip
        with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
            build().decode(torch.zeros(1, 4, 64, 64))
        counted = counter.get_total_flops() / 1e12
        assert catalog.find(name).tflop["decode"] == pytest.approx(counted, abs=0.005)


def test_the_speed_of_this_machine_is_measured_once():
    assert needs.speed("cpu") is needs.speed("cpu") and 1e-4 < needs.speed("cpu") < 1e3
    assert [needs.in_words(s) for s in (0.2, 40, 600, 9000)] == ["1 s", "40 s", "10 min", "2.5 h"]


def test_the_command_line_says_it_first_and_knows_the_faster_twin(monkeypatch, capsys):
    monkeypatch.setattr(needs, "speed", lambda device: 0.1)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_CACHE", "/nowhere")
    assert main(["explain", "a cat", "--model", TURBO, "--fast-decoder"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{TURBO}+taesd: a download of 2.6 GB") and "cannot be reached" in said
    assert main(["compare", "a cat", "a dog", "--model", "emoji-diffusion", "--fast-decoder"]) == 2
    assert "there is no small decoder for emoji-diffusion" in capsys.readouterr().err
