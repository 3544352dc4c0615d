"""What Explain answers: an explanation, or, for a long prompt, a first look and an estimate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from genlens.prompts.dossiers.dossier import Dossier
from genlens.ui.prompts import endpoints
from genlens.ui.prompts.ask import asked
from genlens.ui.prompts.long.view import long_view
from genlens.ui.prompts.long.work import estimates, is_long
from genlens.ui.prompts.view import RULES, PromptView

Question = tuple[str, float, str, float, float, str, str]
"""Prompt, seed, model, steps, guidance, encoder, segmenter, as the page's components have them."""


def answers(question: Question, rule: str, **hooks: Any) -> Iterator[PromptView]:
    """Views of ``question``, each better than the one before.

    Args:
        rule: a key of ``view.RULES``; a long prompt has only the first.
        hooks: ``progress`` and ``cancel``.

    Raises:
        GenlensError: with a message for the reader.
    """
    prompt, seed, model, steps, guidance, encoder, segmenter = question
    chosen: dict[str, Any] = {"steps": steps, "guidance": guidance}
    chosen |= {"encoder": encoder, "segmenter": segmenter}
    if not is_long(prompt):
        found = endpoints.explanation(*question, RULES[rule], **hooks)
        yield PromptView.of(Dossier(found), asked(*question), **chosen)
        return
    first = None
    for estimate in estimates(prompt, seed, model, steps, guidance, encoder, **hooks):
        yield long_view(estimate, asked(*question), first, **chosen)
        first = estimate
