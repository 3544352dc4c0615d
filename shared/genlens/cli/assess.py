"""``genlens assess`` and ``genlens classify``: scores of pictures, and classifiers of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from genlens.cli.output import check_writable, say, write_json
from genlens.cli.terminal import terminal_progress
from genlens.common.tables import Table
from genlens.errors import InputError

SIDE = 256


def add_commands(commands: Any) -> None:
    """Add this module's commands to the parser's ``commands`` (what ``add_subparsers`` gives)."""
    assess = commands.add_parser(
        "assess",
        help="score pictures by classifiers and statistics",
        description="Score the pictures of a folder or ZIP file, or one picture, by one or more "
        "assessors, and print them, the highest score of the first assessor on top. Each picture "
        "is cut to its centre square. Without a place: the assessors there are.",
    )
    assess.add_argument("place", nargs="?", type=Path, metavar="PLACE")
    assess.add_argument(
        "--by", action="append", metavar="NAME", default=[],
        help="an assessor (repeatable; default brightness): a name of the list, a classifier's "
        "folder such as ./my-classifier, a question such as avatars-attributes:hair=bob|long, or "
        "any text such as 'text:a red car|a car'",
    )  # fmt: skip
    assess.add_argument("--side", type=int, default=SIDE, help=f"pixels (default {SIDE})")
    assess.add_argument("--json", type=Path, metavar="FILE", help="write all scores as JSON")
    assess.set_defaults(run=_assess)

    classify = commands.add_parser(
        "classify",
        help="train a classifier on folders of pictures",
        description="Train a classifier on two or more folders (or ZIP files) of pictures, one for "
        "each class, or on one that holds a folder a class; it becomes an assessor: genlens assess "
        "PLACE --by ./DIR. A quarter of the pictures is kept back to measure it with.",
    )
    classify.add_argument("places", nargs="+", type=Path, metavar="FOLDER")
    classify.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    classify.add_argument("--backbone", default="small", help="small (default), efficientnet-lite0 "
                          "or resnet18; genlens fetch brings the second")  # fmt: skip
    classify.add_argument("--centres", type=float, nargs="+", metavar="NUMBER", default=[],
                          help="a number for each class, where classes have an order (ages): the "
                          "score is then the expected value")  # fmt: skip
    classify.add_argument("--epochs", type=int, default=-1, help="rounds that train all layers")
    classify.add_argument(
        "--turn", type=float, default=0.0, metavar="DEGREES",
        help="show pictures turned by up to this, for things that lie any way up (default 0)",
    )  # fmt: skip
    classify.add_argument("--seed", type=int, default=0)
    classify.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")
    classify.set_defaults(run=_classify)


def _assess(args: argparse.Namespace) -> None:
    from genlens.models.assessors.assessors import assessor

    if args.place is None:
        print(_listed())
        return
    check_writable(args.json)
    chosen = [assessor(name) for name in dict.fromkeys(args.by or ["brightness"])]
    for each in chosen:
        if command := each.missing():
            raise InputError(f"{each.title} needs a network that is not here: {command}")
    names, images, skipped = _pictures(args.place, args.side)
    scores = {each.name: each.score(images).detach().tolist() for each in chosen}
    first = scores[chosen[0].name]
    order = sorted(range(len(names)), key=lambda i: (-first[i], names[i]))
    rows = [(names[i], *(f"{scores[each.name][i]:.4g}" for each in chosen)) for i in order]
    heads = ("picture", *(f"{each.name} ({each.unit})" for each in chosen))
    print(Table(heads, rows, align="l" + "r" * len(chosen)).text())
    for line in skipped:
        say(f"left out: {line}")
    if args.json:
        about = [
            {"name": e.name, "title": e.title, "unit": e.unit, "range": list(e.range)}
            for e in chosen
        ]
        found = [
            {"picture": names[i], "scores": {name: row[i] for name, row in scores.items()}}
            for i in order
        ]
        write_json(args.json, {"assessors": about, "pictures": found, "left_out": skipped})


def _listed() -> str:
    """The assessors there are, as a table."""
    from genlens.models.assessors.assessors import ASSESSORS

    rows = [
        (each.name, each.unit, "yes" if each.differentiable else "no", each.missing() or "")
        for each in ASSESSORS.values()
    ]
    return Table(("name", "its numbers", "gradient", "needs"), rows).text()


def _pictures(place: Path, side: int) -> tuple[list[str], Any, list[str]]:
    """Names, pictures (n, 3, side, side) in [0, 1], and what was left out."""
    import numpy as np
    import torch

    from genlens.common.checks import whole
    from genlens.models.pictures.picture import read_picture
    from genlens.models.pictures.sets import read_pictures

    whole("--side", side, 8, 512)
    if place.is_file() and place.suffix.lower() != ".zip":
        picture = read_picture(str(place), (3, side, side))
        return [place.name], torch.from_numpy(picture.image)[None], []
    with terminal_progress() as progress:
        found = read_pictures(place, side, least=2, progress=progress)
    images = np.repeat(found.floats(), 3 // found.images.shape[-1], axis=1)  # grey ones three times
    return list(found.names), torch.from_numpy(images), list(found.skipped)


def _classify(args: argparse.Namespace) -> None:
    from genlens.models.assessors.classifiers.files import save
    from genlens.training.classifiers.labelled import labelled_folders
    from genlens.training.classifiers.settings import ClassifierSettings
    from genlens.training.classifiers.training import train_classifier

    check_writable(args.json)
    if args.out.exists() and (not args.out.is_dir() or any(args.out.iterdir())):
        raise InputError(f"--out {args.out} is there already: name a new folder")
    settings = ClassifierSettings(
        args.backbone, unfrozen=args.epochs, turn=args.turn, seed=args.seed
    )
    sources = args.places[0] if len(args.places) == 1 else _named(args.places)
    with terminal_progress() as progress:
        pictures = labelled_folders(sources, centres=args.centres, progress=progress)
        classifier, report = train_classifier(
            pictures, settings, name=args.out.name, progress=progress
        )
    about = {"data": "own pictures", "measured": {"accuracy class": report.accuracy.value}}
    save(args.out, classifier.module, classifier.ask, about)
    found = report.accuracy
    print(
        f"{args.out.name}: names {100 * found.value:.1f} % of {found.n} pictures right that were "
        f"kept back ({100 * found.low:.1f} to {100 * found.high:.1f} %); always naming the "
        f"commonest class gets {100 * report.baseline:.1f} %"
    )
    heads = ("kept back as", *(f"named {name}" for name in report.names))
    confusion = [
        (name, *map(str, row))
        for name, row in zip(report.names, report.confusion.tolist(), strict=True)
    ]
    print(Table(heads, confusion, align="l" + "r" * len(report.names)).text())
    for note in report.notes:
        say(f"note: {note}")
    say(f"classifier written to {args.out}: genlens assess PLACE --by ./{args.out}")
    if args.json:
        write_json(args.json, report.to_dict())


def _named(places: list[Path]) -> dict[str, Path]:
    """The class of each folder: its own name."""
    named = {
        place.stem if place.suffix.lower() == ".zip" else place.name: place for place in places
    }
    if len(named) < len(places):
        raise InputError("two folders have the same name: classes are called by their folders")
    return named
