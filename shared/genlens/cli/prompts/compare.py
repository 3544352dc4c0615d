"""``genlens compare``: two prompts side by side, from the same noises."""

from __future__ import annotations

import argparse
from pathlib import Path

from genlens.cli.output import check_suffix, check_writable, say, write_json
from genlens.cli.prompts.before import add_fast, settle_model
from genlens.cli.prompts.check import add_ways
from genlens.cli.prompts.question import add_drawing
from genlens.cli.terminal import terminal_progress
from genlens.common.tables import Table
from genlens.errors import InputError


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``compare``."""
    compare = commands.add_parser(
        "compare", help="two prompts side by side: which words' shares change beyond noise"
    )
    compare.add_argument("prompt", help="the first prompt, quoted: 'a cat next to a red car'")
    compare.add_argument("other", help="the second prompt: 'a cat next to a blue car'")
    add_drawing(compare)
    add_ways(compare)
    add_fast(compare)
    compare.add_argument(
        "--noises", type=int, default=5, help="starting noises, 2 to 30 (default 5)"
    )
    compare.add_argument(
        "--out", type=Path, metavar="FILE", help="draw it: a .html file with both images"
    )
    compare.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    compare.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    check_suffix(args.out, (".html",))
    check_writable(args.out, args.json)
    if not 2 <= args.noises <= 30:
        raise InputError(f"--noises is {args.noises}: take 2 to 30")
    from genlens.prompts.versus.compare import compare_prompts, images_of
    from genlens.prompts.versus.tables import versus_blocks

    settle_model(args, args.noises * images_of(args.prompt, args.other))
    with terminal_progress() as progress:
        found = compare_prompts(
            args.model,
            args.prompt,
            args.other,
            args.seed,
            noises=args.noises,
            encoder=args.encoder,
            payoff=args.payoff,
            removal=args.removal,
            steps=args.steps,
            guidance=args.guidance,
            progress=progress,
        )
    blocks = versus_blocks(found)
    print("\n\n".join(b.text() if isinstance(b, Table) else b.replace("**", "") for b in blocks))
    for note in found.notes:
        print(f"note: {note}")
    if args.json:
        write_json(args.json, found.to_dict())
    if args.out:
        found.plot().save(args.out)
        say(f"drawn in {args.out}")
