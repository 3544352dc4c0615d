"""What is said before a model of the hub is downloaded and loaded, and its faster twin."""

from __future__ import annotations

import argparse

from genlens.cli.output import say
from genlens.errors import InputError


def add_fast(command: argparse.ArgumentParser) -> None:
    """Add --fast-decoder."""
    command.add_argument(
        "--fast-decoder",
        action="store_true",
        help="decode by TAESD, a small network in place of the model's own decoder: the "
        "catalogue's model of that name with +taesd behind it",
    )


def settle_model(args: argparse.Namespace, images: int) -> None:
    """Put the faster twin into ``args.model`` where it is asked for, and say what the model takes.

    Raises:
        InputError: the model has no such twin.
    """
    from genlens.models.catalog import entries, find

    if args.fast_decoder:
        entry = find(args.model)
        twins = {e.repo: e.id for e in entries() if e.decoder}
        if entry is not None and entry.decoder:
            pass
        elif entry is None or entry.id not in twins:
            raise InputError(
                f"--fast-decoder: there is no small decoder for {args.model}; there is one for "
                f"{', '.join(twins)}"
            )
        else:
            args.model = twins[entry.id]
    entry = find(args.model)
    if entry is None or entry.source != "hub":
        return
    from genlens.models.needs import needs_of, said

    needs = needs_of(args.model)
    if needs is not None:
        steps = args.steps or int(entry.settings.get("steps", 1))
        guidance = entry.settings.get("guidance", 1) if args.guidance is None else args.guidance
        say(said(needs, images, steps, float(guidance)))
