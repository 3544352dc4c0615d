"""The prompt room against the emoji world's truth: is the explanation right?

Prompts come from the world's own grammar with noun pairs that the model, the encoder and the
segmenter were not trained on; which words draw something, and which do nothing, is known from the
grammar. Where an object really is in the generated picture is judged by a referee that takes no
part in the explanation (but did see scenes with these pairs in its training).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from genlens.common.checks import whole
from genlens.common.measures import Measure, mean, share
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import ImageTextEncoder, Segmenter, TextToImage
from genlens.prompts.evaluation.judgement import Row
from genlens.prompts.evaluation.link_truth import Answer
from genlens.prompts.evaluation.runs import Bench, rows_of
from genlens.prompts.evaluation.truth import (
    PromptTruth,
    RefereeLike,
    sample_captions,
    world_truth,
)
from genlens.prompts.evidence import LinkSettings

FULL, FULL_WORDS = 120, 7
"""Prompts of the published table, and the words of the longest: one word more doubles the
pictures. 7 keep 120 prompts near 8,000 pictures and still hold "a cat left of a red car"."""
QUICK, QUICK_WORDS = 12, 5
"""The same for a quick look."""


@dataclass(frozen=True)
class LinkMeasures(Record):
    """How often one way of linking is right.

    * ``links_of_all_nouns``: of all things that the prompts name, those whose object is linked to
      their word; one that the referee does not see counts as not linked.
    * ``links_of_judged_nouns``: the same, of those that the referee sees.
    * ``link_precision``: of the objects that are linked to a word, those that this word drew.
    * ``none_is_none``: of the things put into a picture that no word drew, those linked to none.
    """

    links_of_all_nouns: Measure
    links_of_judged_nouns: Measure
    link_precision: Measure
    none_is_none: Measure


@dataclass(frozen=True)
class PromptEvaluation(Record):
    """How often explanations are right; every figure with its 95 % interval (answers of one prompt
    are not independent; see ``common.measures``), and what was left out of it.

    * the four figures of ``LinkMeasures``, as the page links;
    * ``objects_found``: of the nouns that the referee sees, those that any segmented object
      overlaps at all (IoU >= 0.1): what linking can reach at most;
    * ``top_is_content``: prompts whose word with the largest value is a content word;
    * ``fillers_below_nouns``: prompts with a filler or article where all of these get a smaller
      value than every noun;
    * ``filler_mean_share``: mean *absolute* share of filler words, so that plus and minus do not
      cancel; ``article_mean_share`` the same for "a", "an", "the".

    ``ways`` are the link figures of other ways to link (``evaluation.ways``). ``quick``: a quick
    look on shorter prompts, not to be compared with the full table. ``rows`` are the answers of
    each prompt, for finding out what went wrong.
    """

    n: int
    quick: bool
    links_of_all_nouns: Measure
    links_of_judged_nouns: Measure
    link_precision: Measure
    none_is_none: Measure
    objects_found: Measure
    top_is_content: Measure
    fillers_below_nouns: Measure
    filler_mean_share: Measure
    article_mean_share: Measure
    ways: Mapping[str, LinkMeasures]
    made_by: MadeBy = field(default_factory=MadeBy)
    rows: tuple[Row, ...] = field(default=(), metadata=UNWRITTEN)


def evaluate_prompts(
    n: int | None = None,
    *,
    quick: bool = False,
    seed: int = 0,
    model: TextToImage | str = "emoji-diffusion",
    encoder: ImageTextEncoder | str = "emoji-clip",
    segmenter: Segmenter | str = "emoji-sam",
    referee: RefereeLike | None = None,
    captions: Sequence[str] | None = None,
    truth: Callable[[str], PromptTruth] | None = None,
    max_words: int | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    link_settings: LinkSettings | None = None,
    batch_size: int = 64,
    processes: int = 1,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PromptEvaluation:
    """Explain ``n`` prompts of the emoji world and count how often the explanation is right.

    Args:
        n: how many prompts; None for 120, or 12 of a quick look.
        quick: shorter prompts and fewer of them: under a minute, and wide intervals.
        seed: of the captions; prompt i is drawn with noise ``seed + i``.
        model, encoder, segmenter: contracts or names for ``genlens.load``.
        referee: who says what is where; default ``genlens.zoo.referee.Referee()``.
        captions: prompts to use; default ``sample_captions(n, seed, max_words)``.
        truth: what is known about a prompt; default ``world_truth``.
        max_words: longest sampled prompt; None for 7, or 5 of a quick look.
        steps, guidance, link_settings, batch_size: as in ``explain_prompt``.
        processes: how many work side by side, each with models of its own.
        progress: ``progress(done, total, text)`` counted in prompts.
        cancel: ``cancel() -> bool``.

    Raises:
        InputError: a number out of range, or several processes and models without names.
        ModelError, Cancelled: as ``explain_prompt``.
    """
    n = whole("the number of prompts", (QUICK if quick else FULL) if n is None else n, 1, 100_000)
    max_words = (QUICK_WORDS if quick else FULL_WORDS) if max_words is None else max_words
    processes = whole("processes", processes, 1, 64)
    start = time.perf_counter()
    texts = list(captions)[:n] if captions is not None else sample_captions(n, seed, max_words)
    if not texts:
        raise InputError("no captions given: pass at least one, or None to sample them")
    bench = Bench(
        model=model,
        encoder=encoder,
        segmenter=segmenter,
        referee=referee,
        truth=truth or world_truth,
        steps=steps,
        guidance=guidance,
        link_settings=link_settings,
        batch_size=batch_size,
    )
    answers: list[tuple[Row, MadeBy]] = []

    def told() -> None:
        if progress is not None:
            done, total = len(answers), len(texts)
            progress(done, total, f"{done} of {total} prompts explained")

    told()
    for answer in rows_of(bench, texts, seed, processes=processes, cancel=cancel):
        answers.append(answer)
        told()
    made_by = answers[-1][1]
    settings = {**made_by.settings, "max_words": max_words, "processes": processes}
    made_by = replace(made_by, seed=seed, settings=settings, seconds=seconds_since(start))
    return summarise([row for row, _ in answers], made_by, quick=quick)


def summarise(rows: Sequence[Row], made_by: MadeBy, *, quick: bool = False) -> PromptEvaluation:
    """The evaluation that ``rows`` add up to; it counts their model calls in ``made_by``."""
    each = {name: _link_measures(rows, name) for name in (rows[0].links if rows else ())}
    ours = each.pop("all", None) or _link_measures([], "all")
    return PromptEvaluation(
        n=len(rows),
        quick=quick,
        links_of_all_nouns=ours.links_of_all_nouns,
        links_of_judged_nouns=ours.links_of_judged_nouns,
        link_precision=ours.link_precision,
        none_is_none=ours.none_is_none,
        objects_found=_share([r.found for r in rows]),
        top_is_content=_share([(r.top_is_content,) for r in rows]),
        fillers_below_nouns=_share([(r.fillers_below_nouns,) for r in rows]),
        filler_mean_share=_mean([r.filler_shares for r in rows]),
        article_mean_share=_mean([r.article_shares for r in rows]),
        ways=each,
        made_by=replace(made_by, model_calls=sum(r.model_calls for r in rows)),
        rows=tuple(rows),
    )


def _link_measures(rows: Sequence[Row], way: str) -> LinkMeasures:
    nouns = [r.links[way].nouns for r in rows]
    return LinkMeasures(
        links_of_all_nouns=_share([[a is True for a in answers] for answers in nouns]),
        links_of_judged_nouns=_share(nouns),
        link_precision=_share([r.links[way].claims for r in rows]),
        none_is_none=_share([(r.links[way].none,) for r in rows]),
    )


def _share(prompts: Sequence[Iterable[Answer]]) -> Measure:
    """The share of True among the answers of all prompts; reasons are left out."""
    told = [(i, a) for i, answers in enumerate(prompts) for a in answers]
    reasons = Counter(a for _, a in told if isinstance(a, str))
    judged = [(i, a) for i, a in told if not isinstance(a, str)]
    return share([a for _, a in judged], reasons, groups=[i for i, _ in judged])


def _mean(prompts: Sequence[Iterable[float]]) -> Measure:
    """Of sizes: the interval ends at 0."""
    told = [(i, value) for i, values in enumerate(prompts) for value in values]
    found = mean([value for _, value in told], groups=[i for i, _ in told])
    return replace(found, low=max(found.low, 0.0))
