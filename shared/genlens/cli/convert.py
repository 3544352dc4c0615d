"""``genlens convert``: safetensors of pickled weights, which genlens does not load."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from genlens.cli.output import say


def add_commands(commands: Any) -> None:
    """Add this module's command to the parser's ``commands`` (what ``add_subparsers`` gives)."""
    convert = commands.add_parser(
        "convert",
        help="make safetensors of pickled weights (.ckpt, .pt, .bin, .pkl)",
        description="Make safetensors of pickled weights. Only tensors are read, which runs no "
        "code. For a whole pickled network, the command prints a short program that unpacks it.",
    )
    convert.add_argument("path", type=Path, metavar="FILE", help="a file, or a folder: all in it")
    convert.add_argument("--out", type=Path, metavar="FILE", help="default: beside the pickle")
    convert.add_argument("--key", default="", help="which weights in it, such as ema or model")
    convert.set_defaults(run=_convert)


def _convert(args: argparse.Namespace) -> None:
    from genlens.models.loading.conversion import convert

    done = convert(args.path, args.out, key=args.key)
    for one in done:
        say(f"{one.count} tensors written to {one.file}")
        for note in one.notes:
            say(f"note: {note}")
