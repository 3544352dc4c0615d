"""``genlens explain PROMPT --estimator NAME``: the words' values by one estimator."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from genlens.cli.attribute import read_settings
from genlens.cli.output import check_suffix, say, write_json
from genlens.cli.prompts.question import drawing_of
from genlens.cli.terminal import terminal_progress
from genlens.common.tables import Table
from genlens.errors import InputError

if TYPE_CHECKING:
    from genlens.prompts.estimators.results import Estimate


def add_arguments(explain: argparse.ArgumentParser) -> None:
    """Add --estimator, --images and --set."""
    explain.add_argument(
        "--estimator",
        metavar="NAME",
        help="only the words' values, by this estimator: shapley, budgeted (up to 20 words, with "
        "intervals), preview, lime, permutation, leave-one-out, similarity-sum, shapley-nonempty "
        "or k-sii (interactions)",
    )
    explain.add_argument(
        "--images",
        type=int,
        metavar="N",
        help="with --estimator: draw at most N sub-prompts (default 10 a word, where it has a say)",
    )
    explain.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="with --estimator: a setting of it, such as kernel_width=50; may be given several "
        "times",
    )


def asked(args: argparse.Namespace) -> bool:
    """Whether an estimator was asked for.

    Raises:
        InputError: settings of an estimator without an estimator.
    """
    if args.estimator is None and (args.images is not None or args.settings):
        raise InputError("--images and --set are for an estimator: add --estimator budgeted, say")
    return args.estimator is not None


def run(args: argparse.Namespace) -> None:
    """Estimate, print and write."""
    check_suffix(args.out, (".html",))
    if args.segmenter is not None:
        raise InputError("--segmenter does nothing with --estimator: no objects are looked for")
    if args.payoff != "clip" or args.removal != "delete":
        raise InputError("--payoff and --removal are not for --estimator: leave them out")
    from genlens.prompts.estimators.of_prompt import estimate_prompt

    settings = read_settings(args.settings)
    if args.images is not None:
        settings["images"] = args.images
    with terminal_progress() as progress:
        found = estimate_prompt(
            **drawing_of(args),
            estimator=args.estimator,
            precision=args.precision,
            progress=progress,
            **settings,
        )
    print(estimate_text(found))
    if args.json:
        write_json(args.json, found.to_dict())
    if args.out:
        draw(found, args.out)


def draw(found: Estimate, out: Path) -> None:
    """Write the figure of ``found`` as one HTML file."""
    found.plot().save(out)
    say(f"drawn in {out}")


def estimate_text(found: Estimate) -> str:
    """Words with their values and intervals, pairs, and what they mean."""
    from genlens.prompts.estimators.estimators import ESTIMATORS

    about = ESTIMATORS[found.method]
    sure = found.low is not None and found.high is not None
    heads = ["word", "value", *(["95 % interval"] if sure else []), "share"]
    rows = []
    for i, word in enumerate(found.words):
        ends = []
        if found.low is not None and found.high is not None:
            ends = [f"{found.low[i]:+.4f} to {found.high[i]:+.4f}"]
        share = float(found.shares[i])
        rows.append(
            [
                word.text,
                f"{found.values[i]:+.4f}",
                *ends,
                f"{share:.1%}" if math.isfinite(share) else "-",
            ]
        )
    parts = [f"{about.title}: {about.help}", Table(heads, rows).text()]
    if found.pairs is not None:
        names = [word.text for word in found.words]
        lines = [
            [name, *(f"{v:+.3f}" for v in row)]
            for name, row in zip(names, found.pairs.tolist(), strict=True)
        ]
        parts.append(Table(["pair", *names], lines).text())
    facts = [f"{found.images} sub-prompts", f"{found.model_calls} images made"]
    if found.r2 is not None:
        facts.append(f"R² {found.r2:.3f}: the part of the payoff that the linear model explains")
    parts.append("; ".join(facts) + f". {about.sums}")
    parts += [f"note: {note}" for note in found.notes]
    return "\n\n".join(parts)
