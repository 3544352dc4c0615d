"""The prompt room against the emoji world's truth: is the explanation right?

Prompts come from the world's own grammar with noun pairs that were never trained on; which words
draw something, and which do nothing, is known from the grammar. Where an object really is in the
generated picture is judged by a referee that takes no part in the explanation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.common.tables import Table
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import ImageTextEncoder, Segmenter, TextToImage
from genlens.prompts.evidence import LinkSettings
from genlens.prompts.explain import explain_prompt, loaded
from genlens.prompts.game import Cancel, Progress
from genlens.prompts.results import PromptExplanation
from genlens.prompts.truth import (
    PromptTruth,
    RefereeLike,
    judge_explanation,
    sample_captions,
    world_truth,
)


@dataclass(frozen=True)
class PromptEvaluation(Record):
    """How often explanations are right; fractions of 1, NaN where nothing could be counted.

    * ``top_is_content``: prompts whose word with the largest value is a content word.
    * ``fillers_below_nouns``: prompts with a filler or article where all of these get a smaller
      value than every noun.
    * ``filler_mean_share``: mean *absolute* share of filler words, so that plus and minus do not
      cancel; ``article_mean_share`` the same for "a", "an", "the".
    * ``link_accuracy``: of the nouns that the referee sees and finds, those whose object is linked
      to their word (``link_is_right``).
    * ``objects_found``: of the same nouns, those that any segmented object overlaps at all
      (IoU >= 0.1): what linking can reach at most.

    ``counted`` says how many prompts or words are behind each. ``rows`` has one dictionary for
    each prompt, for finding out what went wrong.
    """

    n: int
    top_is_content: float
    fillers_below_nouns: float
    filler_mean_share: float
    article_mean_share: float
    link_accuracy: float
    objects_found: float
    counted: dict[str, int] = field(default_factory=dict)
    made_by: MadeBy = field(default_factory=MadeBy)
    rows: tuple[dict[str, Any], ...] = field(default=(), metadata=UNWRITTEN)


def evaluate_prompts(
    n: int = 200,
    *,
    model: TextToImage | str = "emoji-diffusion",
    encoder: ImageTextEncoder | str = "emoji-clip",
    segmenter: Segmenter | str = "emoji-sam",
    referee: RefereeLike | None = None,
    captions: Sequence[str] | None = None,
    truth: Callable[[str], PromptTruth] | None = None,
    max_words: int = 7,
    seed: int = 0,
    steps: int | None = None,
    guidance: float | None = None,
    link_settings: LinkSettings | None = None,
    batch_size: int = 64,
    watch: Callable[[PromptExplanation, PromptTruth, RefereeLike], None] | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PromptEvaluation:
    """Explain ``n`` prompts of the emoji world and count how often the explanation is right.

    Args:
        n: how many prompts.
        model, encoder, segmenter: contracts or names for ``genlens.load``.
        referee: who says what is where; default ``genlens.zoo.referee.Referee()``.
        captions: prompts to use; default ``sample_captions(n, seed, max_words)``.
        truth: what is known about a prompt; default ``world_truth``.
        max_words: longest sampled prompt. Each word more doubles the pictures; 7 keeps 200 prompts
            near 13,000 pictures and still holds "a cat left of a red car".
        seed: of the captions; prompt i is drawn with noise ``seed + i``.
        steps, guidance, link_settings, batch_size: as in ``explain_prompt``.
        watch: called with each explanation, its truth and the referee, as they come.
        progress: ``progress(done, total, text)`` counted in prompts.
        cancel: ``cancel() -> bool``.

    Raises:
        InputError: ``n`` below 1.
        ModelError, Cancelled: as ``explain_prompt``.
    """
    if n < 1:
        raise InputError(f"n is {n}: evaluate at least 1 prompt")
    start = time.perf_counter()
    texts = list(captions)[:n] if captions is not None else sample_captions(n, seed, max_words)
    if not texts:
        raise InputError("no captions given: pass at least one, or None to sample them")
    model = loaded(model, "TextToImage")
    encoder = loaded(encoder, "ImageTextEncoder")
    segmenter = loaded(segmenter, "Segmenter")
    judge = referee if referee is not None else _default_referee()
    know = truth if truth is not None else world_truth
    rows: list[dict[str, Any]] = []
    for i, text in enumerate(texts):
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {i} of {len(texts)} prompts")
        if progress is not None:
            progress(i, len(texts), f"Explaining prompt {i + 1} of {len(texts)}")
        explanation = explain_prompt(
            model,
            text,
            seed + i,
            encoder=encoder,
            segmenter=segmenter,
            steps=steps,
            guidance=guidance,
            link_settings=link_settings,
            batch_size=batch_size,
            cancel=cancel,
        )
        rows.append(judge_explanation(explanation, know(text), judge))
        if watch is not None:
            watch(explanation, know(text), judge)
    if progress is not None:
        progress(len(texts), len(texts), "Done")
    made_by = _made_by(explanation, judge)
    return summarise(
        rows,
        replace(
            made_by,
            seed=seed,
            settings={**made_by.settings, "max_words": max_words},
            seconds=seconds_since(start),
        ),
    )


def summarise(rows: Sequence[dict[str, Any]], made_by: MadeBy) -> PromptEvaluation:
    """The evaluation that ``rows`` of ``judge_explanation`` add up to; it counts their model calls
    in ``made_by``."""
    answers = {
        "top_is_content": [r["top_is_content"] for r in rows if r["top_is_content"] is not None],
        "fillers_below_nouns": [
            r["fillers_below_nouns"] for r in rows if r["fillers_below_nouns"] is not None
        ],
        "filler_mean_share": [s for r in rows for s in r["filler_shares"] if s == s],
        "article_mean_share": [s for r in rows for s in r["article_shares"] if s == s],
        "link_accuracy": [right for r in rows for right in r["links"].values()],
        "objects_found": [right for r in rows for right in r["objects"].values()],
    }
    return PromptEvaluation(
        n=len(rows),
        counted={name: len(values) for name, values in answers.items()},
        made_by=replace(made_by, model_calls=sum(r["model_calls"] for r in rows)),
        rows=tuple(rows),
        **{name: _mean(values) for name, values in answers.items()},
    )


def format_table(evaluation: PromptEvaluation | Mapping[str, Any]) -> str:
    """The evaluation as plain text (also a Markdown table), from it or from its ``to_dict()``."""
    e = evaluation.to_dict() if isinstance(evaluation, PromptEvaluation) else dict(evaluation)
    counted = e.get("counted", {})
    rows = []
    for key, text, aim, what in _TABLE:
        value = e.get(key)
        shown = "-" if value is None else f"{100 * value:.1f} %"
        rows.append((text, shown, aim, f"{counted.get(key, '?')} {what}"))
    made = e["made_by"]
    table = Table(("measure", "reached", "aim", "counted"), rows, align="lrrl")
    return (
        f"{table.markdown()}\n\n{e['n']} prompts, {made['model_calls']:,} pictures, "
        f"{made['seconds']:.0f} s ({made['model'] or 'model'}, "
        f"judged by {made['settings'].get('referee', 'referee')})"
    )


_TABLE = (
    ("link_accuracy", "object linked to the word that drew it", ">= 85 %", "nouns"),
    ("objects_found", "object segmented at all", "", "nouns"),
    ("top_is_content", "largest value at a content word", "", "prompts"),
    ("fillers_below_nouns", "fillers and articles below every noun", "", "prompts"),
    ("filler_mean_share", "mean absolute share of a filler", "<= 3 %", "words"),
    ("article_mean_share", "mean absolute share of an article", "", "words"),
)


def _made_by(explanation: PromptExplanation, judge: RefereeLike) -> MadeBy:
    more = {"links": explanation.links.settings, "referee": type(judge).__name__}
    made = explanation.made_by
    return replace(made, settings={**made.settings, **more}, stages={})


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _default_referee() -> RefereeLike:
    from genlens.zoo.referee import load_referee

    return load_referee()
