"""Second opinions as tables and sentences, for terminals and pages."""

from __future__ import annotations

from genlens.common.tables import Cell, Table
from genlens.prompts.opinions import Opinion, Opinions
from genlens.prompts.payoffs.payoffs import PAYOFFS
from genlens.prompts.trust.agreement import Agreement

WIDE = 0.15
"""Shares further apart than this are a dispute worth a sentence."""
_WAYS = {"payoff": "payoff", "removal": "way to leave a word out"}


def opinion_blocks(found: Opinions) -> list[Table | str]:
    """Every opinion's shares side by side, how far the orders agree, and where they do not."""
    blocks: list[Table | str] = [_shares(found), _in_a_sentence(found)]
    if found.agreements:
        blocks.append(_agreements(found))
    refused = [f"- **{_title(found, name)}**: {why}" for name, why in found.refused.items()]
    if refused:
        blocks += ["Not to be had here:", "\n".join(refused)]
    return blocks


def _shares(found: Opinions) -> Table:
    rows: list[list[str | Cell]] = [
        [word.text, *(_share(opinion, j) for opinion in found.opinions)]
        for j, word in enumerate(found.words)
    ]
    ends = [
        (o.attribution.full_value, o.attribution.base_value, o.unit or "same unit")
        for o in found.opinions
    ]
    rows.append(["all words, v(D)", *(f"{full:.3f}".replace("-", "−") for full, _, _ in ends)])
    rows.append(["no word, v(∅)", *(f"{base:.3f}".replace("-", "−") for _, base, _ in ends)])
    if found.about == "payoff":
        rows.append(["unit", *(unit for _, _, unit in ends)])
    return Table(
        ("word", *(o.title for o in found.opinions)),
        rows,
        align="l" + "r" * len(found.opinions),
        caption=f"Each word’s share (its rank), by every {_WAYS[found.about]}",
    )


def _share(opinion: Opinion, j: int) -> str:
    shares, values = opinion.attribution.shares, opinion.attribution.values
    rank = int((values > values[j] + 1e-12).sum()) + 1
    if shares[j] != shares[j]:
        return f"{values[j]:+.3f} ({rank})".replace("-", "−")
    return f"{100 * shares[j]:.0f} % ({rank})".replace("-0 %", "0 %").replace("-", "−")


def _in_a_sentence(found: Opinions) -> str:
    way = _WAYS[found.about]
    if len(found.opinions) < 2:
        return f"There is only one {way} to show: nothing to compare with."
    wide = [d for d in found.disputes if d.spread >= WIDE]
    if not found.disputes:
        return "Shares cannot be compared: by one of them the words change nothing, or cancel."
    if not wide:
        return (
            f"**They agree**: no word’s share depends on the {way} by more than "
            f"{100 * WIDE:.0f} percentage points."
        )
    named = "; ".join(
        f"“{d.word}” gets {100 * d.lowest:.0f} % by {_title(found, d.low)}, "
        f"{100 * d.highest:.0f} % by {_title(found, d.high)}".replace(" -", " −")
        for d in wide[:3]
    )
    return (
        f"**They disagree**: {named}. What one {way} says alone is an answer to that way of "
        "asking, not a fact about the word."
    )


def _title(found: Opinions, name: str) -> str:
    titles = {o.name: o.title for o in found.opinions}
    if name in titles:
        return titles[name]
    from genlens.prompts.removal import REMOVALS

    known = PAYOFFS if found.about == "payoff" else REMOVALS
    return known[name].title if name in known else name


def _agreements(found: Opinions) -> Table:
    def row(pair: Agreement) -> list[str]:
        numbers = [
            f"{v:.2f}".replace("-", "−") if v == v else "–" for v in (pair.kendall, pair.spearman)
        ]
        both = f"{_title(found, pair.first)} and {_title(found, pair.second)}"
        top = "yes" if pair.same_top else "no"
        return [both, *numbers, top, pair.in_words.partition(" (τ")[0]]

    return Table(
        ("pair", "Kendall’s τ", "Spearman’s ρ", "same first word", "in words"),
        [row(pair) for pair in found.agreements],
        align="lrrll",
        caption="Do two of them put the words into the same order? 1: the same, 0: no order in "
        "common, −1: the reverse",
    )
