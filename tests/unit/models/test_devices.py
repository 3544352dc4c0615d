"""Where a model runs and in which precision: decided by what the machine is, never by timing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from genlens.errors import InputError, ModelError
from genlens.models.catalog import load
from genlens.models.devices import multiplies_bf16, pick_precision
from genlens.prompts.explain import explain_prompt

pytestmark = pytest.mark.unit

CPUINFO = Path("/proc/cpuinfo")


@pytest.mark.skipif(not CPUINFO.exists(), reason="the kernel's own list of what the CPU can do")
def test_bf16_is_what_the_kernel_says_of_this_cpu() -> None:
    flags = set(CPUINFO.read_text(encoding="utf-8").split())
    assert multiplies_bf16() == bool(flags & {"avx512_bf16", "amx_tile"})


@pytest.mark.parametrize(
    ("amx", "avx512", "fast"), [(0, 0, "fp32"), (1, 0, "bf16"), (0, 1, "bf16"), (1, 1, "bf16")]
)
def test_either_kind_of_bf16_unit_will_do(
    amx: int, avx512: int, fast: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only AMX was asked for: a CPU with AVX512-BF16 alone drew 1.7 times slower than it could."""
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: bool(amx))
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: bool(avx512))
    assert pick_precision("fast", "cpu") == fast
    assert pick_precision("fp32", "cpu") == pick_precision("auto", "cpu") == "fp32"
    assert pick_precision("bf16", "cpu") == "bf16"
    assert pick_precision("fast", "cuda:0") == pick_precision("auto", "cuda") == "fp16"


def test_precisions_that_cannot_be_are_refused() -> None:
    with pytest.raises(ModelError, match="fp8.*auto, fast, fp32"):
        pick_precision("fp8", "cpu")
    with pytest.raises(ModelError, match="for a GPU"):
        pick_precision("fp16", "cpu")


def test_the_precision_can_be_forced_and_stands_in_the_result(
    tiny_pipeline_dir: Path,
    tiny_clip_dir: Path,
    tiny_sam_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = str(tiny_pipeline_dir)
    others = {"encoder": str(tiny_clip_dir), "segmenter": str(tiny_sam_dir)}
    exact = explain_prompt(name, "red cat", precision="fp32", **others)
    coarse = explain_prompt(name, "red cat", precision="bf16", **others)
    assert exact.made_by.settings["precision"] == "fp32"
    assert coarse.made_by.settings["precision"] == "bf16"
    assert (exact.coalition_images != coarse.coalition_images).any()  # two models, not one cached
    assert abs(exact.attribution.values - coarse.attribution.values).max() < 0.02
    monkeypatch.setenv("GENLENS_PRECISION", "bf16")
    assert load(name, contract="TextToImage").card.settings["precision"] == "bf16"
    asked = load(name, contract="TextToImage", precision="fp32")
    assert asked.card.settings["precision"] == "fp32"  # an argument beats the environment
    with pytest.raises(InputError, match="loaded already"):
        explain_prompt(asked, "red cat", precision="bf16", **others)
