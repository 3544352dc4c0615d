"""An anchor rule in words: what was certified, and where nothing was, that there is no rule."""

from __future__ import annotations

import html

from genlens.common.tables import Table
from genlens.figures.style import percent
from genlens.latents.examples.rules import AnchorRule


def rule_title(rule: AnchorRule) -> str:
    """A heading for the rule's picture."""
    if rule.is_rule:
        return "The rule: the bright parts" if rule.anchor else "The rule needs no part"
    return "No rule: the best attempt" if len(rule.anchor) < rule.parts else "No rule"


def rule_sentence(rule: AnchorRule) -> str:
    """What was found: a certified rule with its precision, that precision's lower bound and its
    coverage; or that there is no rule, and why."""
    settings = rule.made_by.settings
    asked = percent(float(settings["tau"]))
    k, n = len(rule.anchor), rule.parts
    measured = (
        f"in {_share(rule.precision)} of {rule.samples:,} altered pictures (the true share is at "
        f"least {_share(rule.lower)}, with {percent(1 - float(settings['delta']))} certainty)"
    )
    if not rule.is_rule and k == n:
        return (
            f"No rule was found: only with all {n} parts in place {rule.says} in {asked} of the "
            "altered pictures, and that is the picture itself. Cut it into more parts, or ask for "
            "less precision."
        )
    if not rule.is_rule:
        kept = f"its {_count(k)} in place" if k else "any part replaced"
        return (
            f"No rule was found: {asked} precision was asked for, and the best attempt, with "
            f"{kept}, has {_share(rule.precision)} (between {_share(rule.lower)} and "
            f"{_share(rule.upper)}): these parts are not shown to be enough. Ask for less "
            "precision, or cut the picture into other parts."
        )
    if not k:
        return (
            f"No part is needed: whatever other pictures of this model’s world stand in their "
            f"place, {rule.says} {measured}."
        )
    return (
        f"With the {_count(k)} of {n} in place, {rule.says} {measured}, while every other part "
        "shows, or does not show, a piece of another picture of this model’s world. "
        f"{_share(rule.coverage)} of pictures altered at random meet the rule (its coverage)."
    )


def rule_html(rule: AnchorRule) -> str:
    """The sentence, and the numbers as a table."""
    rows = (
        ("precision", _share(rule.precision), "of such pictures stay what the picture is"),
        (
            "true precision",
            f"{_share(rule.lower)} to {_share(rule.upper)}",
            f"with {percent(1 - float(rule.made_by.settings['delta']))} certainty, from "
            f"{rule.samples:,} pictures",
        ),
        ("asked for", percent(float(rule.made_by.settings["tau"])), "precision"),
        ("coverage", _share(rule.coverage), "of pictures altered at random meet the rule"),
        ("without a rule", _share(rule.base_rate), "stay what they are anyway"),
    )
    made = rule.made_by
    kind = "gl-reading" if rule.is_rule else "gl-reading gl-warn"
    return (
        f'<p class="{kind}">{html.escape(rule_sentence(rule))}</p>'
        f'<div class="gl-scroll">{Table((), rows).html(css="gl-table gl-left")}</div>'
        f'<p class="gl-soft">{made.model_calls:,} pictures looked at in {made.seconds:.1f} s.</p>'
    )


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"


def _count(k: int) -> str:
    return "one bright part" if k == 1 else f"{k} bright parts"
