"""Second opinions: the same words under other payoffs, or left out in other ways.

A share is the answer to one way of asking. Where another payoff, or another way to leave a word
out, puts the words into another order, that part of the answer is the way of asking's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

import numpy as np

from genlens.common.coalitions import all_coalitions
from genlens.common.records import UNWRITTEN, Record
from genlens.errors import InputError, ModelError
from genlens.models.contracts import Word
from genlens.prompts.again import ingredients_of, payoff_of
from genlens.prompts.drawings import to_tensor
from genlens.prompts.game import PromptGame, TableGame
from genlens.prompts.payoffs.payoff import Ingredients, Payoff
from genlens.prompts.payoffs.payoffs import PAYOFFS, payoffs_named
from genlens.prompts.payoffs.similarity import Similarity
from genlens.prompts.removal import REMOVALS, Removal, removal_named
from genlens.prompts.results import PromptExplanation, TokenAttribution
from genlens.prompts.shapley import require_exact, shapley
from genlens.prompts.trust.agreement import Agreement, agreement

About = Literal["payoff", "removal"]


@dataclass(frozen=True)
class Opinion(Record):
    """One way of asking: its exact Shapley values, and the ``payoffs`` (2**d,) they are made of."""

    name: str
    title: str
    attribution: TokenAttribution
    payoffs: np.ndarray
    unit: str = ""

    @classmethod
    def of(
        cls, name: str, title: str, payoffs: np.ndarray, words: tuple[Word, ...], unit: str = ""
    ) -> Opinion:
        """The opinion that a game's ``payoffs`` give."""
        return cls(name, title, shapley(TableGame(payoffs, words)), payoffs, unit)


@dataclass(frozen=True)
class Dispute(Record):
    """A word whose share depends on the way of asking: ``lowest`` by the opinion ``low``, and
    ``highest`` by the opinion ``high``."""

    word: str
    place: int
    lowest: float
    low: str
    highest: float
    high: str

    @property
    def spread(self) -> float:
        """From the lowest to the highest share."""
        return self.highest - self.lowest


@dataclass(frozen=True)
class Opinions(Record):
    """The ``opinions`` about one prompt, and how far they agree.

    ``about`` says what differs between them, "payoff" or "removal". ``agreements`` are of every
    pair. ``refused`` says, name by name, why another opinion could not be had. ``model_calls``
    counts the images that were drawn for it.
    """

    also_written = ("disputes",)

    about: About
    prompt: str
    words: tuple[Word, ...] = field(metadata=UNWRITTEN)
    opinions: tuple[Opinion, ...]
    agreements: tuple[Agreement, ...]
    refused: dict[str, str] = field(default_factory=dict)
    model_calls: int = 0

    @property
    def disputes(self) -> tuple[Dispute, ...]:
        """Each word's lowest and highest share, the widest apart first; none where fewer than two
        opinions have shares."""
        known = [o for o in self.opinions if np.isfinite(o.attribution.shares).all()]
        if len(known) < 2:
            return ()
        shares = np.stack([o.attribution.shares for o in known])  # (opinions, d)
        found = [
            Dispute(
                word.text,
                j,
                float(shares[:, j].min()),
                known[int(shares[:, j].argmin())].name,
                float(shares[:, j].max()),
                known[int(shares[:, j].argmax())].name,
            )
            for j, word in enumerate(self.words)
        ]
        return tuple(sorted(found, key=lambda dispute: -dispute.spread))


def opinions_of(
    about: About,
    prompt: str,
    words: tuple[Word, ...],
    opinions: Sequence[Opinion],
    refused: dict[str, str] | None = None,
    model_calls: int = 0,
) -> Opinions:
    """``opinions`` with the agreement of each pair.

    Raises:
        InputError: there is none.
    """
    if not opinions:
        why = "; ".join(f"{name}: {reason}" for name, reason in (refused or {}).items())
        raise InputError(f"no opinion could be had: {why or 'none was asked for'}")
    pairs = tuple(
        agreement((a.name, b.name), a.attribution.values, b.attribution.values)
        for a, b in combinations(opinions, 2)
    )
    return Opinions(about, prompt, words, tuple(opinions), pairs, refused or {}, model_calls)


def compare_payoffs(
    game: PromptGame,
    payoffs: Sequence[str] = tuple(PAYOFFS),
    ingredients: Ingredients | None = None,
) -> Opinions:
    """The words of ``game`` under several payoffs, from the same pictures.

    Args:
        game: its pictures are drawn where they are not yet; each serves all payoffs.
        payoffs: names of ``payoffs.PAYOFFS``. What cannot be worked out here is refused with the
            reason, and does not stop the others.
        ingredients: the models that payoffs may use; default those that match the game's.

    Raises:
        InputError: an unknown name, a name twice, or not one payoff that works here.
        Cancelled, ModelError: as the game's pictures raise them.
    """
    require_exact(game.d)
    made = ingredients or Ingredients(game.prompt, game.model)
    before = game.model_calls
    rows = all_coalitions(game.d)
    game.images(rows)

    def payoffs_of(similarity: Similarity) -> np.ndarray:
        return game.under(similarity)(rows)

    found, refused = _each(payoffs_named(payoffs), made, payoffs_of, game.words)
    calls = game.model_calls - before
    return opinions_of("payoff", game.prompt, game.words, found, refused, calls)


def compare_payoffs_of(
    explanation: PromptExplanation,
    payoffs: Sequence[str] = tuple(PAYOFFS),
    ingredients: Ingredients | None = None,
) -> Opinions:
    """As ``compare_payoffs``, from the pictures that an explanation holds: nothing is drawn. A
    payoff of latents, which are not among them, is refused. Without ``ingredients`` its own payoffs
    are taken as they are, and others are worked out by the models it was made with."""
    made = ingredients or ingredients_of(explanation)
    own = {} if ingredients else {payoff_of(explanation): explanation.payoffs}
    chosen, refused = [], {}
    for payoff in payoffs_named(payoffs):
        if "latents" in payoff.needs:
            refused[payoff.name] = "the latents are not kept with an explanation: draw it anew"
        else:
            chosen.append(payoff)
    words = explanation.attribution.words

    def payoffs_of(similarity: Similarity) -> np.ndarray:
        return payoffs_of_pictures(explanation.coalition_images, similarity)

    found, more = _each(chosen, made, payoffs_of, words, own)
    return opinions_of("payoff", explanation.prompt, words, found, refused | more)


def payoffs_of_pictures(images: np.ndarray, similarity: Similarity, batch: int = 64) -> np.ndarray:
    """Payoffs (m,) float64 of pictures (m, h, w, 3) uint8, the last of which is the reference.

    Raises:
        InputError: the similarity looks at latents.
        ModelError: it gave NaN or infinity.
    """
    if similarity.sees != "images":
        raise InputError(f"{similarity.name} looks at latents, and there are only pictures")
    bound = similarity.prepare(to_tensor(images[-1:])[0])
    parts = [
        bound(to_tensor(images[start : start + batch])) for start in range(0, len(images), batch)
    ]
    found: np.ndarray = np.concatenate(parts)
    if not np.isfinite(found).all():
        raise ModelError(f"the similarity {similarity.name} gave a value that is NaN")
    return found


def compare_removals(
    game: PromptGame,
    removals: Sequence[str | Removal] = tuple(REMOVALS),
    known: Mapping[str, np.ndarray] | None = None,
) -> Opinions:
    """The words of ``game`` left out in several ways, with its payoff.

    Draws 2**d - 1 images for each removal, and once that of the whole prompt. A removal that the
    model cannot do is refused with the reason, and does not stop the others. ``known`` holds the
    payoffs (2**d,) of removals that need not be drawn again, by name.

    Raises:
        InputError: an unknown name, a name twice, or not one removal that works here.
        Cancelled, ModelError: as the game's pictures raise them.
    """
    require_exact(game.d)
    chosen = [removal_named(removal) for removal in removals]
    names = [removal.name for removal in chosen]
    if len(set(names)) < len(names):
        raise InputError(f"removals {', '.join(names)} have a name twice: name each once")
    before, rows = game.model_calls, all_coalitions(game.d)
    found, refused = [], {}
    for removal in chosen:
        told = (known or {}).get(removal.name)
        if told is None:
            reason = removal.reason_against(game.words, game.model)
            if reason:
                refused[removal.name] = reason
                continue
            told = game.under(removal=removal)(rows)
        found.append(Opinion.of(removal.name, removal.title, told, game.words))
    calls = game.model_calls - before
    return opinions_of("removal", game.prompt, game.words, found, refused, calls)


def _each(
    chosen: Sequence[Payoff],
    ingredients: Ingredients,
    payoffs_of: Callable[[Similarity], np.ndarray],
    words: tuple[Word, ...],
    known: Mapping[str, np.ndarray] | None = None,
) -> tuple[list[Opinion], dict[str, str]]:
    """The opinion of each payoff, and why some have none; ``known`` are told already."""
    found, refused = [], {}
    for payoff in chosen:
        told = (known or {}).get(payoff.name)
        if told is None:
            reason = payoff.reason_against(ingredients)
            if reason:
                refused[payoff.name] = reason
                continue
            told = payoffs_of(payoff.make(ingredients))
        found.append(Opinion.of(payoff.name, payoff.title, told, words, payoff.unit))
    return found, refused
