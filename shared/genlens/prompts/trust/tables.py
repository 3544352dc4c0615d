"""Tests of one explanation as tables and sentences, for terminals and pages."""

from __future__ import annotations

from genlens.common.tables import Table
from genlens.prompts.trust.axiom import Axiom, Finding
from genlens.prompts.trust.axioms import AXIOMS, AxiomReport
from genlens.prompts.trust.curves import Curve
from genlens.prompts.trust.fidelity import Fidelity, FidelityReport
from genlens.prompts.trust.noise import NoiseReport, signed_value

_TITLES = {"shapley": "Shapley values", "shapley-nonempty": "Shapley values, the paper’s variant",
           "lime": "LIME", "leave-one-out": "Leave one out"}  # fmt: skip


def axiom_blocks(report: AxiomReport) -> list[Table | str]:
    """Which axiom holds for which method, with the number behind it; then the prompt's own."""
    of_method = [axiom for axiom in AXIOMS.values() if not axiom.of_prompt]
    table = Table(
        ("axiom", *report.methods.values()),
        [
            [axiom.title, *(_verdict(report.of(axiom.name, name)) for name in report.methods)]
            for axiom in of_method
        ],
        caption="Which axioms hold on this prompt’s payoffs, and how far each is off at worst (in "
        f"units of the payoff, whose range here is {report.range:.3f})",
    )
    held = (
        f"An axiom holds where nothing is off by more than {report.tolerance:.1%} of that range. "
        f"Linearity is tested with “{report.second_payoff or 'another payoff'}” as the second "
        "payoff. The control, reading order, is no explanation: a word gets what it adds to the "
        "words before it, so symmetry has to fail wherever words repeat each other."
    )
    details = [_said(axiom, report) for axiom in of_method]
    own = [
        f"**{axiom.title}** ({axiom.equation}) is about the prompt, not the method. {axiom.help} "
        f"{_about_prompt(report.of(axiom.name))} {axiom.why}"
        for axiom in AXIOMS.values()
        if axiom.of_prompt
    ]
    return [table, held, "\n".join(details), *own]


def _verdict(found: Finding) -> str:
    if found.holds is None:
        return "cannot be tested"
    return f"{'holds' if found.holds else 'FAILS'} ({found.deviation:.4f})"


def _said(axiom: Axiom, report: AxiomReport) -> str:
    failing = [n for n in report.methods if report.of(axiom.name, n).holds is False]
    shown = failing or list(report.methods)[:1]
    cases = " ".join(
        f"{report.methods[name]}: {report.of(axiom.name, name).says}." for name in shown
    )
    return f"- **{axiom.title}** ({axiom.equation}). {axiom.help} {cases}" + (
        f" {axiom.why}" if failing else ""
    )


def _about_prompt(found: Finding) -> str:
    verdict = {None: "It cannot be tested", True: "It holds", False: "It fails"}[found.holds]
    return f"{verdict}: {found.says}."


def fidelity_blocks(report: FidelityReport) -> list[Table | str]:
    """The measures of every explanation and of the control."""
    rows = [_fidelity_row(trial) for trial in (*report.trials, report.control)]
    first = report.trials[0]
    count = len(first.insertion.random)
    orders = f"all {count} orders" if first.insertion.every_order else f"{count} random orders"
    table = Table(
        ("values", "insertion AUC", "deletion AUC", "p, insertion", "p, deletion",
         "words for 90 %", "infidelity", "typical error", "foretold", "leave-one-out r"),
        rows,
        align="l" + "r" * 9,
        caption="Do the values foretell what the model does?",
    )  # fmt: skip
    chance = _chance(first.insertion, first.deletion, orders)
    fails = {
        True: "The control does worse than chance, as it has to.",
        False: "**The control does not fail**: on this prompt the order of the words hardly "
        "matters, so these measures cannot tell a good explanation from a bad one.",
        None: "The control cannot differ here: the words’ values are alike, or nothing changes.",
    }[report.control_fails]
    return [table, chance, fails, "\n".join(_HOW)]


def _fidelity_row(trial: Fidelity) -> list[str]:
    def number(value: float, digits: int = 2) -> str:
        return "–" if value != value else f"{value:.{digits}f}".replace("-", "−")

    measured = trial.infidelity
    return [
        _TITLES.get(trial.method, trial.method),
        number(trial.insertion.auc),
        number(trial.deletion.auc),
        number(trial.insertion.p_value, 3),
        number(trial.deletion.p_value, 3),
        f"{number(trial.insertion.compact, 0)} ({number(trial.insertion.random_compact, 1)})",
        f"{measured.value.value:.2g}",
        number(measured.typical, 3),
        "–" if measured.explained != measured.explained else f"{measured.explained:.0%}",
        number(trial.correlation) if not trial.no_correlation else f"– ({trial.no_correlation})",
    ]


def _chance(insertion: Curve, deletion: Curve, orders: str) -> str:
    if insertion.auc != insertion.auc:
        return "The words change nothing here: there is no curve to measure."
    ends = [
        f"{c.kind} {c.random_auc:.2f} (the middle 95 %: {c.random_low:.2f} to "
        f"{c.random_high:.2f})".replace("-", "−")
        for c in (insertion, deletion)
    ]
    return f"For comparison, {orders} of the words: {', '.join(ends)}."


_HOW = (
    "- **Insertion**: words are added to an empty prompt, the most valuable first; the payoff "
    "should rise early. AUC: the area under the curve, more is better. (Petsiuk et al. 2018, "
    "arXiv:1806.07421)",
    "- **Deletion**: words are left out, the most valuable first; the payoff should fall early: "
    "less is better.",
    "- **p**: how often another order of the words does as well or better. Of few words there are "
    "few orders, so p cannot be small: 3 words have 6.",
    "- **Words for 90 %** (compactness): how many of the most valuable words, put in one after the "
    "other, make 90 % of the whole change; in brackets the mean of random orders. Fewer is more "
    "compact.",
    "- **Infidelity**: leave out any group of words and compare the sum of their values with what "
    "is lost; mean squared error over all groups, 0 is best. **Typical error** is its root, in "
    "units of the payoff. **Foretold** is the part of what is lost that the values foretell: 100 % "
    "is all, 0 % no more than values of zero. (Yeh et al. 2019, arXiv:1901.09392)",
    "- **Leave-one-out r**: correlation of the values with what is lost without each word alone.",
)


def noise_blocks(report: NoiseReport) -> list[Table | str]:
    """Each word's mean over noises with its interval, and which words cannot be told apart."""
    rows = [
        [
            word.text,
            signed_value(m.value),
            f"{signed_value(m.low)} to {signed_value(m.high)}",
            "yes" if m.low <= 0 <= m.high else "no",
        ]
        for word, m in zip(report.words, report.means, strict=True)
    ]
    table = Table(
        ("word", "mean value", "95 % interval", "may be 0"),
        rows,
        align="lrrl",
        caption=f"Shapley values over {len(report.seeds)} starting noises (seeds "
        f"{', '.join(map(str, report.seeds))}), in units of the payoff",
    )
    return [
        table,
        f"**{report.sentence}**",
        "The interval says where the mean over all noises lies, as far as these few show "
        "(Student’s t). Two words cannot be told apart where the interval of their difference, "
        "taken noise by noise, holds 0. Each interval is for itself: of 20 pairs of words that do "
        "not differ, one seems to by chance.",
    ]
