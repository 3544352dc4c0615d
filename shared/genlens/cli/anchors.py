"""``genlens anchors``: what a generator knows, confuses and cannot make, on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genlens.cli.output import check_suffix, check_writable, say, write_json
from genlens.cli.terminal import terminal_progress
from genlens.common.tables import Table
from genlens.errors import InputError

if TYPE_CHECKING:
    from genlens.anchors.sets.anchor_set import AnchorSet
    from genlens.anchors.subject import Asked
    from genlens.common.progress import Progress
    from genlens.models.contracts import Autoencoder
    from genlens.ui.anchors.seen import Seen

OUT = (".html", ".csv", ".png", ".json")
"""What ``--out`` writes, by suffix; the command line starts without the writers."""
GROUPS = ("HIHE", "HILE", "LIHE", "LILE", "all")


def add_commands(commands: Any) -> None:
    """Add the command to the parser's ``commands``."""
    anchors = commands.add_parser(
        "anchors", help="which pictures a generator knows, confuses and cannot make (PXGen)"
    )
    anchors.add_argument(
        "model",
        help="id (zeros-vae), folder or hub name of an autoencoder, a generator (avatars-gan) or a "
        "diffusion model (emoji-diffusion); the last two are asked by inversion, picture by "
        "picture, which takes long: its cost is told first",
    )
    anchors.add_argument(
        "--ask-as",
        choices=("Autoencoder", "Generator", "Denoiser"),
        help="how to ask it, where there are several ways (a VAE's decoder is a Generator)",
    )
    anchors.add_argument(
        "--set",
        metavar="SET",
        help="the anchors: a set's name (digits, fashion, avatars, scenes, cifar10), a folder, a "
        "ZIP file or hub:owner/name (default: the pictures of the model's own world)",
    )
    anchors.add_argument(
        "--n",
        type=int,
        help="pictures at most (default: all of a set; 60 where each has to be inverted)",
    )
    anchors.add_argument(
        "--intrinsic",
        help="criterion of the code (default kld; inversion of a generator, noise-error of a "
        "diffusion model)",
    )
    anchors.add_argument("--extrinsic", default="mse", help="criterion of the picture (mse)")
    anchors.add_argument(
        "--criterion",
        action="append",
        default=[],
        metavar="NAME",
        help="score this one as well (repeatable)",
    )
    anchors.add_argument(
        "--samples",
        type=int,
        help="the thresholds are the expected maximum over so many pictures of the model's own "
        "(default 60000, as the paper; they are read off 6000, for zeros-vae's digits off 60000. "
        "Where each has to be inverted: 1000, read off 100)",
    )
    anchors.add_argument("--group", default="HILE", choices=GROUPS, help="default HILE")
    anchors.add_argument(
        "--k", type=int, help="representatives (default 10, or all of a smaller group)"
    )
    anchors.add_argument("--method", default="k-center", help="of choosing them (k-center)")
    anchors.add_argument(
        "--space",
        default="criteria",
        choices=("criteria", "latents", "clip"),
        help="default criteria",
    )
    anchors.add_argument("--seed", type=int, default=0, help="of all that is drawn (default 0)")
    anchors.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help=f"write the group: a {' or '.join(OUT)} file",
    )
    anchors.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    anchors.set_defaults(run=_anchors)


def _anchors(args: argparse.Namespace) -> None:
    check_writable(args.out, args.json)
    check_suffix(args.out, OUT)
    from genlens.anchors.scoring import notes_on
    from genlens.ui.anchors.selected import choose

    with terminal_progress() as progress:
        now = _asked(args, progress)
    members = now.members(args.group)
    print(_groups(now))
    for line in (now.grouping.intrinsic, now.grouping.extrinsic):
        print(
            f"threshold of {line.criterion}: {line.value:.4g} ({line.low:.4g} to {line.high:.4g}), "
            f"{line.form}, {line.samples:,} samples"
        )
    for note in notes_on(now.here.scores):
        print(f"note: {note}")
    if len(members):
        k = min(10, len(members)) if args.k is None else args.k
        found = choose(now, members, k, args.method, args.space, args.seed)
        ids = ", ".join(map(str, now.here.scores.ids[found.rows].tolist()))
        print(f"{k} representatives of {args.group}, by number in the set: {ids}")
        print(found.selection.guarantee)
    else:
        print(f"no anchor is in {args.group}: it has no representatives")
    if args.json:
        write_json(args.json, _all_numbers(now))
    if args.out:
        _write(args, now)


def _asked(args: argparse.Namespace, progress: Progress | None) -> Seen:
    """The anchors scored and grouped."""
    from genlens.anchors import subject
    from genlens.anchors.criteria.criteria import FIRST_CRITERIA
    from genlens.anchors.results import Threshold
    from genlens.anchors.scoring import score_anchors
    from genlens.anchors.thresholds import thresholds_of
    from genlens.figures.anchors.scatter import Axes
    from genlens.ui.anchors.scored import SAMPLES, Scored
    from genlens.ui.anchors.seen import Seen
    from genlens.ui.anchors.sources import shipped_source

    asked = args.ask_as or subject.asked_as(args.model)
    args.intrinsic = args.intrinsic or FIRST_CRITERIA[asked][0]
    if asked != "Autoencoder":
        return _by_inversion(args, asked, progress)
    args.samples = _samples(args, SAMPLES)
    names = tuple(dict.fromkeys([args.intrinsic, args.extrinsic, *args.criterion]))
    ready = shipped_source() if _ships(args) else None
    if ready is not None and ready.scores is not None and set(names) <= set(ready.scores.criteria):
        model, anchors, scores = ready.model, ready.anchors, ready.scores
    else:
        ready, (model, anchors) = None, _anchor_set(args, progress)
        scores = score_anchors(model, anchors, names, seed=args.seed, progress=progress)
    thresholds, latents = dict[str, Threshold](), None
    if ready is not None:
        latents = ready.latents
        if (args.samples, args.seed) == (SAMPLES, 0):
            thresholds = {name: ready.thresholds[name] for name in names}
    if not thresholds:
        thresholds = thresholds_of(
            model, names, samples=args.samples, iterations=10, seed=args.seed, progress=progress
        )
    here = Scored(
        args.model, args.set or "", model, anchors, scores, thresholds, ready is not None, latents
    )
    grouping = here.grouping(args.intrinsic, args.extrinsic)
    return Seen(here, Axes(args.intrinsic, args.extrinsic), grouping)


def _by_inversion(args: argparse.Namespace, asked: Asked, progress: Progress | None) -> Seen:
    """A generator or a diffusion model: the cost is told before it is begun."""
    from genlens.anchors import subject
    from genlens.anchors.criteria.criteria import chosen_criteria
    from genlens.anchors.scoring import score_anchors
    from genlens.anchors.sets.sets import anchor_set
    from genlens.anchors.thresholds import FEWER, LEAST_INVERTED, thresholds_of
    from genlens.figures.anchors.scatter import Axes
    from genlens.ui.anchors.scored import Scored
    from genlens.ui.anchors.seen import Seen
    from genlens.ui.serving.access import Access

    names = tuple(dict.fromkeys([args.intrinsic, args.extrinsic, *args.criterion]))
    model = subject.load_subject(args.model, asked)
    n = subject.ANCHORS if args.n is None else args.n
    chosen_criteria(names, asked)  # refuses in words, before anything is timed
    if args.set:
        anchors = anchor_set(args.set, model.image_shape, n=n, seed=args.seed, progress=progress)
    else:
        anchors = subject.world_anchors(model, n, args.seed)
    samples = _samples(args, subject.SAMPLES)
    drawn = max(LEAST_INVERTED, samples // FEWER)
    each = subject.seconds_each(model, anchors)
    say(
        f"{len(anchors):,} anchors and {drawn:,} pictures of its own × {each:.2g} s: about "
        f"{(len(anchors) + drawn) * each / 60:.0f} minutes"
    )
    allowed = Access.of_environment().on_own_machine((), False).most_seconds
    subject.require_affordable(args.model, len(anchors) + drawn, each, allowed)
    steps = subject.steps_of(model)
    scores = score_anchors(
        model, anchors, names, steps=steps, keep_rebuilt=True, seed=args.seed, progress=progress
    )
    thresholds = thresholds_of(
        model, names, samples=samples, iterations=1, steps=steps, seed=args.seed, progress=progress
    )
    here = Scored(args.model, args.set or "", model, anchors, scores, thresholds)
    axes = Axes(args.intrinsic, args.extrinsic)
    return Seen(here, axes, here.grouping(args.intrinsic, args.extrinsic))


def _samples(args: argparse.Namespace, usual: int) -> int:
    """``--samples``, checked before anything is scored; 0 is not "the default"."""
    from genlens.common.checks import whole  # numpy: the command line starts without it

    if args.samples is None:
        return usual
    return whole("the number of samples (--samples)", args.samples, 2, 10_000_000)


def _ships(args: argparse.Namespace) -> bool:
    """Whether the scores that are asked for may come with the package."""
    from genlens.anchors import shipped

    return args.model == shipped.MODEL and args.set == "digits" and args.n is None


def _anchor_set(
    args: argparse.Namespace, progress: Progress | None
) -> tuple[Autoencoder, AnchorSet]:
    from genlens.anchors.sets.own import of_study
    from genlens.anchors.sets.sets import anchor_set
    from genlens.models.catalog import load
    from genlens.study.study import load_study

    if not args.set:
        study = load_study(args.model, 2000 if args.n is None else args.n)
        return study.model, of_study(study)
    model = load(args.model, contract="Autoencoder")
    found = anchor_set(args.set, model.image_shape, n=args.n, seed=args.seed, progress=progress)
    return model, found


def _groups(now: Seen) -> str:
    from genlens.figures.anchors.group_words import group_title

    names = now.here.scores.names
    counts = now.grouping.counts
    shown = [c for c in range(counts.shape[1]) if c < len(names) or counts[:, c].any()]
    heads = [*names, "no class"]
    rows = [
        [group_title(g), f"{int(row.sum()):,}", f"{100 * row.sum() / counts.sum():.1f} %"]
        + [f"{int(row[c]):,}" for c in shown]
        for g, row in enumerate(counts)
    ]
    table = Table(("group", "anchors", "share", *(heads[c] for c in shown)), rows)
    title = f"{now.here.model_id} and {len(now.here.scores):,} anchors: {now.here.scores.data}"
    return f"{title}\n{table.text()}"


def _all_numbers(now: Seen) -> dict[str, Any]:
    from genlens.ui.anchors.files import as_json
    from genlens.ui.anchors.seen import ALL

    return as_json(now, now.members(ALL), ALL)


def _write(args: argparse.Namespace, now: Seen) -> None:
    """The group as one file of the kind that its name says."""
    from genlens.ui.anchors.files import write_one

    members = now.members(args.group)
    if not len(members):
        raise InputError(f"no anchor is in {args.group}: there is nothing to write to {args.out}")
    for note in write_one(now, members, args.group, min(args.k or 10, len(members)), args.out):
        say(f"note: {note}")
    say(f"{len(members):,} anchors written to {args.out}")
