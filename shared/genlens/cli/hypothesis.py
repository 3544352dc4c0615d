"""``genlens hypothesis``: put a claim about a classifier to the test, on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from genlens.cli.output import check_suffix, check_writable, say, write_json
from genlens.cli.terminal import terminal_progress
from genlens.common.tables import Table

OUT = (".html", ".csv", ".json")
"""What ``--out`` writes, by suffix."""
DEFAULT_ASSESSOR = "smile-planted"


def add_commands(commands: Any) -> None:
    """Add the command to the parser's ``commands``."""
    parser = commands.add_parser(
        "hypothesis", help="put a claim to the test: does a classifier react to glasses?"
    )
    parser.add_argument(
        "edit",
        help="what is done to each face: a ready case (mouth, glasses, hair, hair-colour, skin, "
        "colour, form), or property:glasses, redraw:hair_colour=silver, picture:blur@mouth=0.06, "
        "direction:face-glasses=2 or styles:0-3=17",
    )
    parser.add_argument(
        "--assessor", default=DEFAULT_ASSESSOR, help=f"what is judged (default {DEFAULT_ASSESSOR})"
    )
    parser.add_argument("--claim", default="", help="in words, for the log")
    parser.add_argument("--model", help="generator of directions, styles and pictures")
    parser.add_argument(
        "--expected", type=int, choices=(-1, 0, 1),
        help="1: the score rises, -1: it falls, 0: any change (default 0, or the case's)",
    )  # fmt: skip
    parser.add_argument(
        "--least", type=float, help="the smallest change that counts (default: 0.2 standard "
        "deviations of the scores)",
    )  # fmt: skip
    parser.add_argument("--n", type=int, default=100, help="faces (default 100)")
    parser.add_argument("--seed", type=int, default=0, help="of the faces (default 0)")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"write it: {' or '.join(OUT)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    parser.set_defaults(run=_hypothesis)


def _hypothesis(args: argparse.Namespace) -> None:
    check_writable(args.out, args.json)
    check_suffix(args.out, OUT)
    from genlens.steering.hypotheses.ask import ask
    from genlens.steering.hypotheses.log import HypothesisLog

    with terminal_progress() as progress:
        verdict = ask(
            args.edit, args.assessor, model=args.model or "", claim=args.claim,
            expected=args.expected, least=args.least, n=args.n, seed=args.seed, progress=progress,
        )  # fmt: skip
    log = HypothesisLog()
    entry = log.keep(verdict)
    print(f"“{verdict.hypothesis.claim}”: {verdict.answer}")
    print(f"{verdict.reason}.")
    rows = [
        ("the edit", verdict.hypothesis.edit, str(verdict.effect)),
        ("the control", str(verdict.made_by.settings["control"]), str(verdict.control)),
    ]
    print(Table(("", "what is done", "change of the score"), rows).text())
    for reason, count in verdict.effect.left_out.items():
        print(f"note: {count} faces left out: {reason}")
    for name, share in verdict.leaks.items():
        if share.low > 0.05:
            print(f"note: the edit is not pure: it also changes {name} on {share.value:.0%}")
    print(entry.cite())
    if args.json:
        write_json(args.json, entry.to_dict())
    if args.out:
        _write(args.out, log)


def _write(out: Path, log: Any) -> None:
    from genlens.figures.drawing import draw

    entry = log.entries[0]
    if out.suffix.lower() == ".html":
        draw(entry.verdict).save(out)
    elif out.suffix.lower() == ".csv":
        out.write_text(log.to_csv(), encoding="utf-8")
    else:
        write_json(out, log.to_dict())
        return
    say(f"verdict written to {out}")
