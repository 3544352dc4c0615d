"""``genlens retrain``: does a model need the training pictures that PXGen calls representative?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from genlens.cli.output import check_writable, write_json
from genlens.cli.terminal import terminal_progress


def add_commands(commands: Any) -> None:
    """Add this module's commands to the parser's ``commands`` (what ``add_subparsers`` gives)."""
    retrain = commands.add_parser(
        "retrain",
        help="train PXGen's model again without some of its pictures",
        description="PXGen's section 4.4: train its VAE of the digit zero again on fewer pictures "
        "(only the most representative, without them, at random, as VAE-TracIn ranks them) and "
        "without one group of them, and measure how far what it draws moves. About two hours on "
        "one core with the default sizes. It can be stopped at any time (Ctrl-C); the same line "
        "resumes it.",
    )
    retrain.add_argument(
        "folder", type=Path, metavar="DIR", help="a new folder, or a stopped job's"
    )
    retrain.add_argument("--json", type=Path, metavar="FILE", help="write all rows as JSON")
    retrain.add_argument(
        "--seeds", type=int, nargs="+", help="of the trainings (default 1 2 3)", metavar="SEED"
    )
    retrain.add_argument("--epochs", type=int, help="of each training (default 35, the paper's)")
    retrain.add_argument("--groups", type=int, help="left out in turn (default 8; 0 for none)")
    retrain.add_argument(
        "--inception",
        type=int,
        metavar="N",
        help="compare N pictures of each model in Inception's features as well (genlens fetch "
        "inception; 1000 add about eight minutes to each training on one core)",
    )
    retrain.set_defaults(run=_retrain)


def _retrain(args: argparse.Namespace) -> None:
    check_writable(args.json)
    from genlens.anchors.evaluation.retrained import rescored
    from genlens.anchors.evaluation.table import markdown, retraining_tables
    from genlens.anchors.retraining.job import RetrainingJob
    from genlens.anchors.retraining.settings import RetrainSettings
    from genlens.zoo.recipes.vaes.digits_data import mnist

    given: dict[str, Any] = {}
    if args.seeds is not None:
        given["seeds"] = tuple(args.seeds)
    for name in ("epochs", "groups", "inception"):
        if getattr(args, name) is not None:
            given[name] = getattr(args, name)
    if args.epochs is not None:
        given["checkpoints"] = min(args.epochs, RetrainSettings.checkpoints)
    settings = RetrainSettings(**given)
    digits = mnist()
    job = RetrainingJob(digits["train"], digits["test"], args.folder, settings)
    with terminal_progress() as progress:
        done = job.run(progress=progress)
    print(markdown(retraining_tables(rescored(done).to_dict())))
    if args.json:
        write_json(args.json, done.to_dict())
