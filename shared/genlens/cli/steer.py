"""``genlens steer``: a direction that raises a score, and what else it changes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genlens.cli.output import check_suffix, check_writable, say, write_json
from genlens.cli.terminal import terminal_progress
from genlens.common.tables import Table
from genlens.errors import InputError

if TYPE_CHECKING:
    from genlens.common.measures import Measure
    from genlens.steering.walks.finding import Finding

OUT = (".png",)
METHODS = ("ganalyze", "logistic", "svm", "sefa", "pca", "random", "shuffled")
ROWS = 4
"""Faces on the sheet."""


def add_commands(commands: Any) -> None:
    """Add the command to the parser's ``commands``."""
    steer = commands.add_parser(
        "steer", help="find a direction that raises a score, and see what else it changes"
    )
    steer.add_argument("model", help="id (avatars-gan), folder or hub name of a generator")
    steer.add_argument(
        "assessor", help="what the direction shall raise: face-glasses, brightness …"
    )
    steer.add_argument("--method", default="svm", choices=METHODS, help="default svm")
    steer.add_argument(
        "--space", default="styles", choices=("styles", "latents"), help="default styles"
    )
    steer.add_argument("--layers", metavar="A-B", help="of styles: 0-3, or 5 (default: all)")
    steer.add_argument(
        "--hold", action="append", default=[], metavar="NAME",
        help="an assessor whose score shall stay (repeatable; logistic and svm)",
    )  # fmt: skip
    steer.add_argument(
        "--watch", action="append", default=[], metavar="NAME",
        help="measure what happens to this one, too (repeatable)",
    )  # fmt: skip
    steer.add_argument("--which", type=int, help="sefa and pca: which of their directions, from 1")
    steer.add_argument("--n", type=int, default=2000, help="pictures to learn from (default 2000)")
    steer.add_argument("--steps", type=int, help="ganalyze: of its training (default 150)")
    steer.add_argument("--faces", type=int, default=12, help="it is measured on (default 12)")
    steer.add_argument("--seed", type=int, default=0, help="of all that is drawn (default 0)")
    steer.add_argument(
        "--out", type=Path, metavar="FILE", help=f"write {ROWS} faces' strips: a .png file"
    )
    steer.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    steer.set_defaults(run=_steer)


def _steer(args: argparse.Namespace) -> None:
    check_writable(args.out, args.json)
    check_suffix(args.out, OUT)
    finding = _explored(args)
    print(report(finding))
    if args.json:
        write_json(args.json, finding.to_dict())
    if args.out:
        _write(args, finding)


def _explored(args: argparse.Namespace) -> Finding:
    from genlens.models.assessors.assessors import assessor
    from genlens.models.catalog import load
    from genlens.steering.walks.finding import FACES, explore

    if args.steps is not None and args.method != "ganalyze":
        raise InputError(f"--steps is of the training of ganalyze; {args.method} has none")
    if not 2 <= args.faces <= 500:
        raise InputError(f"--faces is {args.faces}: take 2 to 500")
    settings = {} if args.steps is None else {"steps": args.steps}
    with terminal_progress() as progress:
        return explore(
            load(args.model, contract="Generator"),
            args.method,
            assessor(args.assessor),
            others=[assessor(name) for name in args.watch],
            hold=[assessor(name) for name in args.hold],
            space=args.space,
            layers=layers_of(args.layers),
            order=None if args.which is None else args.which - 1,
            n=args.n,
            seed=args.seed,
            faces=range(FACES[0], FACES[0] + args.faces),
            progress=progress,
            **settings,
        )


def layers_of(text: str | None) -> list[int] | None:
    """The layers that "0-3" or "5" names; None for all.

    Raises:
        InputError: it names none.
    """
    if text is None:
        return None
    first, dash, last = text.partition("-")
    try:
        ends = int(first), int(last if dash else first)
    except ValueError:
        ends = (0, -1)
    if ends[0] > ends[1]:
        raise InputError(f"--layers is {text!r}: write 0-3, or 5")
    return list(range(ends[0], ends[1] + 1))


def report(finding: Finding) -> str:
    """What was found, as lines and tables."""
    curve, reach = finding.curve, finding.reach
    rows = [
        ("share of faces whose score never turns back", _figure(curve.monotone)),
        ("change of the score per alpha", _figure(curve.slope)),
        ("alpha ends at", f"{reach.low:.3g} ({reach.why_low})"),
        ("", f"{reach.high:.3g} ({reach.why_high})"),
        ("a step alpha = 1 is", finding.direction.unit),
        ("drift is measured in", finding.distance),
    ]
    if finding.search.held_out is not None:
        rows.insert(0, ("told apart when held out (AUC)", _figure(finding.search.held_out)))
    for name, cosine in finding.search.cosines.items():
        rows.insert(0, (f"cosine to that of {name}, before projecting", f"{cosine:.2f}"))
    parts = [Table(("measured", finding.direction.method), rows).text()]
    if finding.leakage is not None:
        leaks = finding.leakage.leaks.items()
        lines = [(name, _figure(leak)) for name, leak in leaks]
        parts.append(Table(("leaks into", "its SD per SD of the score"), lines).text())
    return "\n\n".join(parts)


def _figure(measure: Measure) -> str:
    return f"{measure.value:.3g} ({measure.low:.3g} to {measure.high:.3g}, n = {measure.n})"


def _write(args: argparse.Namespace, finding: Finding) -> None:
    """The strips of the first faces."""
    from genlens.figures.steering.directions.strip_sheet import strip_sheet
    from genlens.steering.walks.measures import strip_of

    walk = finding.walk
    assert walk is not None
    strips = [strip_of(walk, seed, finding.curve.assessor) for seed in walk.seeds[:ROWS]]
    title = f"{args.model}: {finding.direction.method} for {args.assessor}"
    strip_sheet(strips, title).save(args.out)
    say(f"{len(strips)} strips written to {args.out}")
