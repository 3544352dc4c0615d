"""Where a model runs."""

from __future__ import annotations

from genlens.errors import ModelError

PRECISIONS = ("auto", "fast", "fp32", "bf16", "fp16")


def pick_device(device: str | None = None) -> str:
    """``device``, or "cuda" where a GPU is at hand and "cpu" elsewhere.

    Raises:
        ModelError: a GPU is asked for and there is none, or torch does not know the name.
    """
    import torch

    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(device).type
    except RuntimeError:
        raise ModelError(f'device {device!r} is not known: take "cpu" or "cuda"') from None
    if kind == "cuda" and not torch.cuda.is_available():
        raise ModelError(f'device {device!r} is not available here: take "cpu"')
    return device


def multiplies_bf16() -> bool:
    """Whether this CPU multiplies bf16 numbers itself, by AMX or AVX512-BF16; on one that does not,
    bf16 is many times slower than fp32.

    It is read from the CPU and never timed, so that one machine always gives one answer.
    """
    import torch

    # torch has no public question for it before 2.10; these two are there in all we support.
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()


def pick_precision(wanted: str, device: str) -> str:
    """ "fp32", "fp16" (weights) or "bf16" (autocast) for what is ``wanted`` on ``device``.

    "auto" is fp16 on a GPU and fp32 on a CPU; "fast" is bf16 on a CPU that multiplies it itself,
    and "auto" elsewhere.

    Raises:
        ModelError: another name, or fp16 on a CPU.
    """
    if wanted not in PRECISIONS:
        raise ModelError(f"precision {wanted!r} is not one of {', '.join(PRECISIONS)}")
    on_cpu = device.split(":")[0] == "cpu"
    if wanted == "fp16" and on_cpu:
        raise ModelError('precision "fp16" is for a GPU: on a CPU take "fp32" or "bf16"')
    if wanted == "fast" and on_cpu and multiplies_bf16():
        return "bf16"
    if wanted in ("auto", "fast"):
        return "fp32" if on_cpu else "fp16"
    return wanted
