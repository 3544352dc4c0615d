"""Measure every shipped model against the bars it was trained for (``genlens evaluate zoo``)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from genlens.common.progress import Progress
from genlens.common.tables import Table
from genlens.errors import InputError, ModelError

# What each figure must reach at the cpu preset, and whether more or less is better.
BARS: dict[str, dict[str, tuple[str, float]]] = {
    "emoji-diffusion": {
        "objects_present": (">=", 0.90),
        "relation_right": (">=", 0.85),
        "background_right": (">=", 0.95),
        "filler_ratio": ("<=", 0.10),
        "psnr_db": (">=", 26.0),
    },
    "emoji-clip": {"caption_top1_of_100": (">=", 0.90), "crop_noun_top1": (">=", 0.90)},
    "emoji-sam": {"mean_best_iou": (">=", 0.85), "objects_found": (">=", 0.90)},
    "emoji-referee": {"accuracy": (">=", 0.98)},
}
# The same for the VAEs, which are measured where their weights are.
VAE_BARS: dict[str, dict[str, tuple[str, float]]] = {
    "digits-vae": {},
    "digits-cvae": {},
    "avatars-vae": {},
    "maritime-vae": {},
}

MIN_PAIRS = 30  # pairs of found objects below which an order says nothing


def evaluate_zoo(
    progress: Progress | None = None, n: int = 500, models: Sequence[str] | None = None
) -> dict[str, dict[str, Any]]:
    """Every figure of ``BARS`` measured from the shipped weights on held-out scenes and prompts,
    and those of the VAEs (``measures.vae``) on held-out pictures.

    ``n`` scenes, prompts or pictures a model; ``models`` are the ids to measure, None for all.
    Returns model id -> figure -> value, each with "seconds"; a VAE without weights has only
    "left_out", the reason.

    Raises:
        InputError: a model that is not of the zoo.
    """
    unknown = sorted(set(models or ()) - set(BARS) - set(VAE_BARS))
    if unknown:
        raise InputError(
            f"{', '.join(unknown)} is not of the zoo: use {', '.join([*BARS, *VAE_BARS])}"
        )
    from genlens.models.catalog import load
    from genlens.zoo.measures.clip import measure as measure_clip
    from genlens.zoo.measures.diffusion import measure as measure_diffusion
    from genlens.zoo.measures.referee import measure as measure_referee
    from genlens.zoo.measures.sam import measure as measure_sam
    from genlens.zoo.measures.vae import left_out
    from genlens.zoo.measures.vae import measure as measure_vae
    from genlens.zoo.referee import load_referee

    referee = load_referee()
    jobs: dict[str, Callable[[], dict[str, Any]]] = {
        "emoji-referee": lambda: measure_referee(referee, n),
        "emoji-clip": lambda: measure_clip(load("emoji-clip"), n),
        "emoji-sam": lambda: measure_sam(load("emoji-sam"), n),
        "emoji-diffusion": lambda: measure_diffusion(
            load("emoji-diffusion"), referee, n, progress=progress
        ),
        **{name: lambda name=name: measure_vae(name, n) for name in VAE_BARS},  # type: ignore[misc]
    }
    if models is not None:
        jobs = {name: job for name, job in jobs.items() if name in models}
    out: dict[str, dict[str, Any]] = {}
    for i, (name, job) in enumerate(jobs.items()):
        if progress:
            progress(i, len(jobs), f"measuring {name}")
        reason = left_out(name) if name in VAE_BARS else ""
        if reason:
            out[name] = {"left_out": reason}
            continue
        start = time.perf_counter()
        out[name] = {**job(), "seconds": time.perf_counter() - start}
    return out


def reached(model: str, figure: str, value: float) -> bool:
    """Whether ``value`` meets the bar of ``figure``."""
    try:
        sense, bar = {**BARS, **VAE_BARS}[model][figure]
    except KeyError as error:
        raise ModelError(f"there is no bar for {model} {figure}") from error
    return value >= bar if sense == ">=" else value <= bar


def verdict(results: dict[str, dict[str, Any]], model: str, figure: str) -> str:
    """What to say beside a figure: "", "below the bar", or that it rests on too little."""
    if figure == "relation_right" and results[model].get("relation_pairs", 0) < MIN_PAIRS:
        return f"only {results[model].get('relation_pairs', 0):.0f} pairs to judge"
    return "" if reached(model, figure, results[model][figure]) else "below the bar"


def format_table(results: dict[str, dict[str, Any]]) -> str:
    """The results beside their bars, as plain text."""
    rows = [
        row
        for model, bars in {**BARS, **VAE_BARS}.items()
        if "left_out" not in results.get(model, {"left_out": ""})
        for row in _rows(results, model, bars)
    ]
    lines = [
        f"{model:<16} left out: {figures['left_out']}"
        for model, figures in results.items()
        if "left_out" in figures
    ]
    heads = ("model", "figure", "reached", "bar", "")
    return "\n".join([Table(heads, rows, align="llrll").text(), *lines])


def _rows(
    results: dict[str, dict[str, Any]], model: str, bars: dict[str, tuple[str, float]]
) -> Iterator[tuple[str, ...]]:
    """Figures of ``model`` beside its bars; those of a VAE without bars stand alone."""
    from genlens.zoo.measures.vae import FIGURES

    for figure in bars or FIGURES:
        sense, bar = bars.get(figure, ("", 0.0))
        beside = (f"{sense} {bar:<5g}", verdict(results, model, figure)) if sense else ("", "")
        yield model, figure, f"{results[model][figure]:8.3f}", *beside


_SAID = {
    "objects_present": ("named objects present", "%"),
    "relation_right": ("relation right (both objects found)", "%"),
    "background_right": ("background right", "%"),
    "filler_ratio": ("change by a filler / change by a noun", ".2f"),
    "psnr_db": ("reconstruction, PSNR in dB", ".1f"),
    "caption_top1_of_100": ("right caption among 100", "%"),
    "crop_noun_top1": ("crop of one object → its noun", "%"),
    "mean_best_iou": ("mean best IoU with the true masks", ".2f"),
    "objects_found": ("objects found automatically", "%"),
    "accuracy": ("nouns judged right on true scenes", "%"),
    "kl": ("KL of the codes, nats", ".1f"),
    "active": ("latents in use", ".0f"),
}


def markdown_table(results: dict[str, dict[str, Any]], models: Sequence[str] | None = None) -> str:
    """``results`` of ``models`` (None: all that have bars) as a Markdown table."""
    from genlens.zoo.measures.vae import FIGURES

    rows: list[tuple[str, ...]] = []
    for model in models if models is not None else BARS:
        figures = results.get(model, {"left_out": "not measured"})
        if "left_out" in figures:
            rows.append((f"`{model}`", figures["left_out"], "-", ""))
            continue
        bars = {**BARS, **VAE_BARS}.get(model, {})
        for figure in bars or FIGURES:
            title, form = _SAID[figure]
            said = verdict(results, model, figure) if bars else ""
            aim = _shown(bars[figure][1], form) if bars else ""
            sense = {">=": "≥", "<=": "≤"}[bars[figure][0]] if bars else ""
            beside = f"{sense} {aim}{f' ({said})' if said else ''}".strip()
            rows.append((f"`{model}`", title, _shown(figures[figure], form), beside))
    return Table(("model", "figure", "reached", "bar"), rows, align="llrl").markdown()


def _shown(value: float, form: str) -> str:
    return f"{100 * value:.1f} %" if form == "%" else f"{value:{form}}"
