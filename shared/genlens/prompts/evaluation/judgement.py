"""One explanation against what is known: the answers that an evaluation counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from genlens.models.pictures.masks import iou
from genlens.prompts.evaluation.link_truth import (
    NOT_SEEN,
    TOUCH,
    Answer,
    Intruded,
    judge_claims,
    judge_nouns,
    none_is_none,
)
from genlens.prompts.evaluation.truth import PromptTruth, RefereeLike
from genlens.prompts.evaluation.ways import Way, ways
from genlens.prompts.results import Links, PromptExplanation

NO_CONTENT = "no word of the prompt draws anything"
NO_FILLER = "neither filler nor article in the prompt"


@dataclass(frozen=True)
class LinkAnswers:
    """What one way of linking got right in one prompt: one answer for each noun, for each object
    that is linked to a word, and for the thing that no word drew."""

    nouns: tuple[Answer, ...]
    claims: tuple[Answer, ...]
    none: Answer


@dataclass(frozen=True)
class Row:
    """One prompt. ``links`` are the answers by way of linking (``ways``); ``found`` says of each
    noun whether any object overlaps it at all (IoU >= 0.1); ``absent`` are the nouns that the
    referee does not see. Shares are absolute, NaN where none was formed."""

    prompt: str
    top_is_content: Answer
    fillers_below_nouns: Answer
    filler_shares: tuple[float, ...]
    article_shares: tuple[float, ...]
    absent: tuple[str, ...]
    found: tuple[Answer, ...]
    links: Mapping[str, LinkAnswers]
    model_calls: int


def judge_explanation(
    explanation: PromptExplanation,
    truth: PromptTruth,
    referee: RefereeLike,
    intruded: Intruded | str,
) -> Row:
    """The answers of one prompt; ``intruded`` is ``link_truth.with_intruder`` of it."""
    values, shares = explanation.attribution.values, explanation.attribution.shares
    idle = truth.fillers | truth.articles
    below: Answer = NO_CONTENT if idle else NO_FILLER
    if idle and truth.nouns:
        below = bool(max(values[i] for i in idle) < min(values[i] for i in truth.nouns))
    wanted = sorted(set(truth.nouns.values()))
    located = referee.locate(explanation.image, wanted) if wanted else {}
    masks = {noun: mask for noun, mask in located.items() if mask is not None and mask.any()}
    objects = explanation.links.objects
    seed = explanation.made_by.seed or 0
    return Row(
        prompt=explanation.prompt,
        top_is_content=int(values.argmax()) in truth.content if truth.content else NO_CONTENT,
        fillers_below_nouns=below,
        filler_shares=tuple(abs(float(shares[i])) for i in sorted(truth.fillers)),
        article_shares=tuple(abs(float(shares[i])) for i in sorted(truth.articles)),
        absent=tuple(noun for noun in wanted if noun not in masks),
        found=tuple(
            any(iou(o.mask, masks[noun]) >= TOUCH for o in objects) if noun in masks else NOT_SEEN
            for noun in wanted
        ),
        links={
            name: _judge_links(way, explanation.links, truth, masks, intruded)
            for name, way in ways(truth, seed).items()
        },
        model_calls=explanation.attribution.model_calls,
    )


def _judge_links(
    way: Way,
    links: Links,
    truth: PromptTruth,
    masks: Mapping[str, np.ndarray | None],
    intruded: Intruded | str,
) -> LinkAnswers:
    linked = way(links)
    beside = None if isinstance(intruded, str) else way(intruded.links)
    return LinkAnswers(
        nouns=judge_nouns(linked, truth.nouns, masks),
        claims=judge_claims(linked, truth.things, masks),
        none=none_is_none(intruded, beside),
    )
