"""``genlens train``: a small VAE on the user's own pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from genlens.cli.terminal import figures_table, terminal_progress
from genlens.errors import InputError

CHECKPOINT = "unfinished.safetensors"


def add_commands(commands: Any) -> None:
    """Add this module's commands to the parser's ``commands`` (what ``add_subparsers`` gives)."""
    train = commands.add_parser(
        "train",
        help="train a small VAE on your own pictures",
        description="Train a small VAE on 200 to 5,000 pictures. It can be stopped at any "
        "time (Ctrl-C); the same command resumes it.",
    )
    train.add_argument("pictures", type=Path, metavar="FOLDER_OR_ZIP")
    train.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the model's folder, a new one"
    )
    train.add_argument("--side", type=int, default=32, help="pixels a side, 32 (default) or 64")
    train.add_argument(
        "--latents", type=int, default=10, help="numbers for each picture (default 10)"
    )
    train.add_argument("--beta", type=float, default=1.0, help="weight of the KL term (default 1)")
    train.add_argument(
        "--epochs",
        type=int,
        default=0,
        help="rounds over all pictures (default: what makes about 1,500 steps)",
    )
    train.add_argument(
        "--seed", type=int, default=0, help="of weights, order and noise (default 0)"
    )
    train.set_defaults(run=_train)


def _train(args: argparse.Namespace) -> None:
    from genlens.training.settings import TrainingSettings

    settings = TrainingSettings(args.side, args.latents, args.beta, args.epochs, args.seed)
    _check_out(args.out)
    from genlens.models.pictures.sets import read_pictures
    from genlens.training.files import export_model, train_vae

    with terminal_progress() as progress:
        pictures = read_pictures(args.pictures, args.side, progress=progress)
    print(f"{len(pictures):,} pictures")
    for note in pictures.notes:
        print(f"note: {note}")
    args.out.mkdir(parents=True, exist_ok=True)
    with terminal_progress() as progress:
        training = train_vae(
            pictures, settings, checkpoint=args.out / CHECKPOINT, progress=progress
        )
    folder = export_model(training, args.out)
    print(f"{training.steps:,} steps in {training.seconds:.0f} s; on pictures held out:")
    print(figures_table(training.measured()))
    print(f"The model is in {folder}:  genlens.load({str(folder.absolute())!r})")


def _check_out(folder: Path) -> None:
    """Refuse a folder that holds something else, before minutes of work and not after."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a new folder for the model.")
    names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    if names and names != [CHECKPOINT]:
        raise InputError(
            f"{folder} holds {names[0]} already: name a new folder for the model, or the folder of "
            "a training that was stopped."
        )
