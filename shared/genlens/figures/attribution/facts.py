"""What an attribution adds up to, what it cost, and its caveats."""

from __future__ import annotations

import html
import math
from typing import Any

import numpy as np

from genlens.attribution.gradients import SQUARES
from genlens.attribution.methods import METHODS
from genlens.attribution.results import Attribution
from genlens.common.tables import Table

LOG_ODDS = "log-odds"
"""The unit of a class's logit, beside which its probability is said."""
_WORDS = {
    "against": "compared with", "count": "superpixels asked for", "superpixels": "superpixels",
    "size": "patch size, pixels", "stride": "patch step, pixels", "kernel_width": "LIME’s radius",
    "r2": "fit", "absolute": "sizes only", "players": "players", "tolerance": "tolerated gap",
}  # fmt: skip


def attribution_facts(attribution: Attribution) -> str:
    """A small table (number, base, sum, seconds, model calls, settings), the sentence on whether
    values add up, and the notes, as HTML. Everything is escaped."""
    rows = [
        ("the number that is explained", with_unit(attribution.output, attribution)),
        ("time", f"{attribution.made_by.seconds:.2g} s"),
        ("model calls", f"{attribution.made_by.model_calls:,} (inputs put through the model)"),
        ("settings", _settings(attribution) or "none"),
    ]
    if attribution.base is not None:
        rows[1:1] = [
            ("base: what nothing is attributed to", with_unit(attribution.base, attribution)),
            ("sum of all values", plain_number(float(attribution.values.sum()))),
        ]
    fit = attribution.details.get("r2")
    if fit is not None:
        rows.append(("fit of LIME’s linear model, R²", f"{plain_number(fit)} (1 is perfect)"))
    good = adds_up(attribution)
    kind = "gl-note" if good in (True, None) else "gl-note gl-warn"
    notes = "".join(f'<p class="gl-note gl-warn">{html.escape(n)}</p>' for n in attribution.notes)
    return (
        f'<div class="gl gl-facts"><p class="{kind}">{html.escape(sum_sentence(attribution))}</p>'
        f'{notes}<div class="gl-scroll">{Table((), rows).html(css="gl-table gl-left")}</div></div>'
    )


def drawn_values(attribution: Attribution) -> np.ndarray:
    """The values as figures draw them: NaN as 0, and all of them 0 where they are rounding."""
    values = np.nan_to_num(np.asarray(attribution.values, dtype=np.float64))
    return np.zeros_like(values) if attribution.nothing else values


def nothing_sentence(attribution: Attribution) -> str:
    """Why nothing is drawn, and what to ask instead; "" where the attribution says something."""
    if not attribution.nothing:
        return ""
    part = "latent" if attribution.kind == "latent" else "pixel"
    if not np.any(attribution.values):
        said = f"All values are 0: by this method no {part} matters for this number here."
    else:
        said = (
            f"Nothing is drawn: by this method the {part}s change the number by "
            f"{plain_number(attribution.size)} at most, and its own rounding is about "
            f"{plain_number(attribution.resolution)}. Such values are noise."
        )
    if attribution.unit == "probability":
        said += " Explain the class’s logit instead: it changes where a probability cannot."
    return said


def adds_up(attribution: Attribution) -> bool | None:
    """Whether the values add up to 1 %; None for methods that do not claim it."""
    gap = attribution.relative_gap
    return None if gap is None or attribution.nothing else gap <= 0.01


def sum_sentence(attribution: Attribution) -> str:
    """Completeness or conservation in plain words, with the gap in per cent."""
    if attribution.nothing:
        return "There is nothing to share out here, so there is no sum to be checked."
    gap, method = attribution.relative_gap, METHODS.get(attribution.method)
    if gap is None or attribution.base is None:
        return method.sums if method and not method.complete else "The values need not add up."
    whole = attribution.output - attribution.base
    minus = "the number" if attribution.base == 0 else "the number minus its base"
    if math.isinf(gap):
        return (
            "There is nothing to share out here (the number equals its base), so the values have "
            "no sum to be checked against."
        )
    if gap <= 0.01:
        claim = method.sums if method and method.complete else "The shares are complete"
        return f"{claim}: the values add up to {minus}, {plain_number(whole)}, to {_gap(gap)}."
    missing = plain_number(abs(attribution.gap or 0.0))
    return (
        f"The values do not add up: their sum misses {minus}, {plain_number(whole)}, by {missing} "
        f"({_gap(gap)}). More steps or samples bring it nearer."
    )


def unit_of(attribution: Attribution) -> str:
    """The unit of the values: slopes are per unit of the input, Grad-CAM has none."""
    method = METHODS.get(attribution.method)
    unit = method.unit if method else "the number's"
    if unit == "none":
        return "no unit"
    if unit == "slope":
        of_code = attribution.kind == "latent"
        per = "unit of the latent" if of_code else "unit of brightness (0 to 1)"
        square = attribution.made_by.settings.get("kind") in SQUARES
        return f"{attribution.unit}{', squared,' if square else ''} per {per}"
    return attribution.unit


def method_title(name: str) -> str:
    """The method's name for readers."""
    return METHODS[name].title if name in METHODS else name


def plain_number(value: float | None) -> str:
    """Three significant digits with a true minus sign; "–" where there is no number."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:.3g}" if 1e-4 <= abs(value) < 1e5 or value == 0 else f"{value:.2e}"
    return text.replace("-", "−")


def with_unit(value: float, attribution: Attribution) -> str:
    """``value`` of the explained number; a logit also says its probability."""
    said = f"{plain_number(value)} {attribution.unit}".strip()
    if attribution.unit != LOG_ODDS:
        return said
    return f"{said}, a probability of {probability_of(value)}"


def probability_of(logit: float) -> str:
    """What a logit is as a probability, never rounded to the 0 % or 100 % that it is not."""
    if abs(logit) > math.log(1e4):
        return "over 99.99 %" if logit > 0 else "under 0.01 %"
    return f"{100 / (1 + math.exp(-logit)):.4g} %"


def _gap(gap: float) -> str:
    return "within 0.01 %" if gap < 1e-4 else f"{100 * gap:.2g} %"


def _settings(attribution: Attribution) -> str:
    parts = [f"{_WORDS.get(k, k)}: {_value(v)}" for k, v in attribution.made_by.settings.items()]
    method = METHODS.get(attribution.method)
    if method and method.random and attribution.made_by.seed is not None:
        parts.append(f"seed: {attribution.made_by.seed}")
    return "; ".join(parts)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain_number(value) if isinstance(value, float) else str(value)
