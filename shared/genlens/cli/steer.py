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
    from genlens.models.contracts import Generator
    from genlens.steering.walks.finding import Finding

OUT = (".png",)
METHODS = ("ganalyze", "logistic", "svm", "sefa", "pca", "random", "shuffled")
ROWS = 4
"""Faces on the sheet."""
WHOLE = ""
"""What a generator without classes is called."""


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
    steer.add_argument(
        "--classes", type=int, nargs="+", metavar="LABEL",
        help="ganalyze: a direction for each of these classes (a BigGAN has 0 to 999, "
        "digits-cvae 0 to 9)",
    )  # fmt: skip
    steer.add_argument("--faces", type=int, default=12, help="it is measured on (default 12)")
    steer.add_argument("--seed", type=int, default=0, help="of all that is drawn (default 0)")
    steer.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help=f"write {ROWS} faces' strips: a .png file (one for each of --classes)",
    )
    steer.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    steer.set_defaults(run=_steer)


def _steer(args: argparse.Namespace) -> None:
    check_writable(args.out, args.json)
    check_suffix(args.out, OUT)
    if args.steps is not None and args.method != "ganalyze":
        raise InputError(f"--steps is of the training of ganalyze; {args.method} has none")
    if not 2 <= args.faces <= 500:
        raise InputError(f"--faces is {args.faces}: take 2 to 500")
    generators = _generators(args)
    found = {name: _explored(args, generator) for name, generator in generators.items()}
    print("\n\n".join(f"{name}\n{report(f)}".lstrip() for name, f in found.items()))
    if args.json:
        told = {name: finding.to_dict() for name, finding in found.items()}
        write_json(args.json, {"classes": told} if args.classes else told[WHOLE])
    if args.out:
        _write(args, found)


def _generators(args: argparse.Namespace) -> dict[str, Generator]:
    """The generator, or the same at each class that was asked for, by what it is called."""
    from genlens.models.catalog import load
    from genlens.models.contracts import Classed

    generator = load(args.model, contract="Generator")
    if args.classes is None:
        return {WHOLE: generator}
    if args.method != "ganalyze":
        raise InputError(f"--classes is for ganalyze, which has a form by class; not {args.method}")
    if not isinstance(generator, Classed):
        raise InputError(f"{args.model} has no classes: leave --classes out")
    wrong = [label for label in args.classes if label not in generator.labels]
    if wrong:
        raise InputError(
            f"--classes is {wrong[0]}: {args.model} has {generator.labels[0]} to "
            f"{generator.labels[-1]}"
        )
    return {f"class {label}": generator.given(label) for label in args.classes}


def _explored(args: argparse.Namespace, generator: Generator) -> Finding:
    from genlens.models.assessors.assessors import assessor
    from genlens.steering.walks.finding import FACES, explore

    settings = {} if args.steps is None else {"steps": args.steps}
    with terminal_progress() as progress:
        return explore(
            generator,
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


def _write(args: argparse.Namespace, found: dict[str, Finding]) -> None:
    """The strips of the first faces; of classes a file each, "strip-class-3.png"."""
    from genlens.figures.steering.directions.strip_sheet import strip_sheet
    from genlens.steering.walks.measures import strip_of

    for name, finding in found.items():
        walk = finding.walk
        assert walk is not None
        strips = [strip_of(walk, seed, finding.curve.assessor) for seed in walk.seeds[:ROWS]]
        of, suffix = (f", {name}", f"-{name.replace(' ', '-')}") if name else ("", "")
        path = args.out.with_name(f"{args.out.stem}{suffix}{args.out.suffix}")
        strip_sheet(strips, f"{args.model}{of}: {args.method} for {args.assessor}").save(path)
        say(f"{len(strips)} strips written to {path}")
