"""How good ``emoji-diffusion`` is, judged by the referee and the world's geometry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from genlens.common.measures import Measure, mean, ratio, share
from genlens.common.progress import Progress
from genlens.models.contracts import TextToImage
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.worlds import vocabulary as V
from genlens.worlds.captions import Plan, parse
from genlens.worlds.emoji_scenes import draw
from genlens.worlds.layout_full import FULL
from genlens.worlds.layouts import Layout
from genlens.worlds.sampler import CaptionSampler, held_out
from genlens.zoo.measures.rich import detail, judge_rich, rich_prompts
from genlens.zoo.referee import Referee

EVERY = 5  # one prompt in so many is drawn with a filler and without a noun too
TOLD = 20  # prompts between two words of progress
NOT_SEEN = "the referee does not see both things"


def pair_prompts(n: int, seed: int = 0) -> list[str]:
    """``n`` prompts of two things whose pair of nouns is kept from training captions; two thirds
    place them (left of, right of, above, below), a third names a background."""
    rng = np.random.default_rng(seed)
    sampler = CaptionSampler(seed, "any", fragments=0)
    relations = ["left of", "right of", "above", "below", "next to", "and"]
    prompts: list[str] = []
    while len(prompts) < n:
        a, b = (str(x) for x in rng.choice(sampler.names, 2, replace=False))
        if not held_out(a, b):
            continue
        first, second = (sampler.phrase(x, counts=0) for x in (a, b))
        text = f"{first} {relations[int(rng.integers(6))]} {second}"
        if rng.random() < 1 / 3:
            text += f" on a {rng.choice(list(V.BACKGROUNDS))} background"
        prompts.append(text)
    return prompts


def ground_colour(image: np.ndarray) -> str:
    """The background colour word ("plain" for none) nearest to the median of the picture's
    two-pixel border; ``image`` (h, w, 3) uint8."""
    inner = np.ones(image.shape[:2], bool)
    inner[2:-2, 2:-2] = False
    seen = np.median(image[inner], 0)
    options = {**V.BACKGROUNDS, "plain": V.PLAIN}
    return min(options, key=lambda k: float(np.abs(np.subtract(options[k], seen)).sum()))


def relation_holds(relation: str, a: np.ndarray, b: np.ndarray) -> bool:
    """Whether mask ``a`` stands in ``relation`` to mask ``b``, by the centres of their pixels."""
    (ya, xa), (yb, xb) = (np.argwhere(m).mean(0) for m in (a, b))
    return bool({"left": xa < xb, "right": xa > xb, "above": ya < yb, "below": ya > yb}[relation])


def _judge(plan: Plan, image: np.ndarray, referee: Referee) -> dict[str, Any]:
    """One picture against what its prompt asked for."""
    masks = referee.locate(image, plan.nouns)
    row: dict[str, Any] = {"present": [masks[n] is not None for n in plan.nouns]}
    row["background"] = ground_colour(image) == (plan.background or "plain")
    if plan.relations and plan.relations[0]:
        pair = [masks[g.host.noun] for g in plan.groups[:2]]
        row["relation"] = NOT_SEEN
        if pair[0] is not None and pair[1] is not None:
            row["relation"] = relation_holds(plan.relations[0], pair[0], pair[1])
    return row


def pictures(model: TextToImage, prompts: Sequence[str], seed: int, **settings: Any) -> np.ndarray:
    """(n, h, w, 3) uint8 pictures of ``prompts``, all from one starting noise."""
    images = model.generate(list(prompts), seed, **settings).images
    return (images.permute(0, 2, 3, 1).numpy() * 255).round().astype(np.uint8)


def _variants(prompt: str, rng: np.random.Generator) -> tuple[str, str]:
    """The prompt with a filler put in, and the prompt with one noun taken out."""
    words = prompt.split()
    filler = list(words)
    filler.insert(int(rng.integers(0, len(words) + 1)), str(rng.choice(V.FILLERS)))
    nouns = [i for i, w in enumerate(words) if V.kind(w) == "noun"]
    gone = int(rng.choice(nouns))
    return " ".join(filler), " ".join(w for i, w in enumerate(words) if i != gone)


def measure(
    model: DiffusersTextToImage,
    referee: Referee,
    n: int = 500,
    seed: int = 0,
    progress: Progress | None = None,
    layout: Layout = FULL,
    **settings: Any,
) -> dict[str, Measure]:
    """The figures of the model's card, on ``n`` prompts with noun pairs kept from its training, and
    as many of ``rich.rich_prompts``.

    ``objects_present`` share of named objects that the referee finds; ``relation_right`` share of
    placed pairs in the asked order, where both were found; ``background_right`` share of pictures
    with the asked ground; ``filler_ratio`` mean absolute pixel change when a filler is added, over
    that when a noun is removed (same noise); ``detail`` mean absolute Laplacian over that of the
    same prompts' true scenes in ``layout``, which is the one that the model learnt from;
    ``psnr_db`` of the autoencoder on held-out scenes. Of the rich prompts: ``rich_objects`` share
    of named objects found, ``counts_right`` share of counted things of which there are as many as
    asked, and ``counts_right_in_truth`` the same of their true scenes: what the judge can reach.
    ``settings`` go to ``generate``. Each prompt has its own starting noise; intervals count
    prompts.
    """
    seed = 1000 + seed
    prompts, rng = pair_prompts(n, seed), np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    filler, noun, fine = [], [], []
    for i, prompt in enumerate(prompts):
        texts = [prompt, *(_variants(prompt, rng) if i % EVERY == 0 else ())]
        images = pictures(model, texts, seed + i, **settings)
        rows.append(_judge(parse(prompt), images[0], referee))
        if len(texts) > 1:
            apart = np.abs(images[1:].astype(float) - images[0]).mean((1, 2, 3))
            filler.append(float(apart[0]))
            noun.append(float(apart[1]))
        fine += detail(images[:1])
        if progress and (i + 1 == n or i % TOLD == 0):
            progress(i + 1, n, "drawing prompts with held-out noun pairs")
    side = images.shape[1]
    true = [draw(seed + i, prompt, side, layout).image for i, prompt in enumerate(prompts)]
    placed = [r for r in rows if "relation" in r]
    judged = [r for r in placed if r["relation"] != NOT_SEEN]
    missed = {NOT_SEEN: len(placed) - len(judged)} if len(placed) > len(judged) else {}
    return {
        "objects_present": share(
            [x for r in rows for x in r["present"]],
            groups=[i for i, r in enumerate(rows) for _ in r["present"]],
        ),
        "relation_right": share([r["relation"] for r in judged], missed),
        "background_right": share([r["background"] for r in rows]),
        "filler_ratio": ratio(filler, noun),
        "detail": ratio(fine, detail(np.stack(true))),
        "psnr_db": psnr(model, n=min(n, 256), seed=seed, layout=layout),
        **measure_rich(model, referee, n, seed + 1, layout, progress, **settings),
    }


def measure_rich(
    model: TextToImage,
    referee: Referee,
    n: int,
    seed: int,
    layout: Layout = FULL,
    progress: Progress | None = None,
    **settings: Any,
) -> dict[str, Measure]:
    """Three of the figures of :func:`measure`: what is counted, worn or belongs to another."""
    prompts = rich_prompts(n, seed, model)
    there: list[bool] = []
    told: dict[str, list[tuple[int, bool | str]]] = {"model": [], "truth": []}
    of: list[int] = []
    for i, prompt in enumerate(prompts):
        image = pictures(model, [prompt], seed + i, **settings)[0]
        plan = parse(prompt)
        present, counted = judge_rich(plan, image, referee)
        there += present
        of += [i] * len(present)
        true = draw(seed + i, prompt, image.shape[0], layout).image
        told["model"] += [(i, answer) for answer in counted]
        told["truth"] += [(i, answer) for answer in judge_rich(plan, true, referee)[1]]
        if progress and (i + 1 == n or i % TOLD == 0):
            progress(i + 1, n, "drawing counted and worn things")
    return {
        "rich_objects": share(there, groups=of),
        "counts_right": _of_those_judged(told["model"]),
        "counts_right_in_truth": _of_those_judged(told["truth"]),
    }


def _of_those_judged(told: Sequence[tuple[int, bool | str]]) -> Measure:
    """The share of True among the answers of groups; reasons are left out."""
    judged = [(i, answer) for i, answer in told if not isinstance(answer, str)]
    reasons = Counter(answer for _, answer in told if isinstance(answer, str))
    return share([answer for _, answer in judged], reasons, groups=[i for i, _ in judged])


def psnr(
    model: DiffusersTextToImage, n: int = 256, seed: int = 0, layout: Layout = FULL
) -> Measure:
    """Autoencoder reconstruction of held-out scenes: mean of 10 log10(1 / MSE), in dB."""
    sampler = CaptionSampler(seed, "test", fragments=0)
    vae = model.pipeline.vae
    side = vae.config.sample_size
    images = np.stack([draw(seed + i, sampler(), side, layout).image for i in range(n)])
    out = []
    with torch.no_grad():
        for chunk in torch.from_numpy(images).permute(0, 3, 1, 2).float().div(255).split(32):
            seen = (chunk * 2 - 1).to(vae.device, vae.dtype)
            x = vae.decode(vae.encode(seen).latent_dist.mode()).sample.float().cpu()
            mse = ((x + 1) / 2).clamp(0, 1).sub(chunk).square().mean((1, 2, 3))
            out.append(-10 * torch.log10(mse.clamp_min(1e-10)))
    return mean(torch.cat(out).tolist())
