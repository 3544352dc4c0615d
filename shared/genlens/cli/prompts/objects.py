"""``genlens objects``: the objects of any picture and the words of any prompt."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from genlens.cli.output import check_writable, write_json
from genlens.cli.terminal import terminal_progress


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``objects``."""
    objects = commands.add_parser(
        "objects", help="link the objects of a picture to the words of a prompt; nothing is drawn"
    )
    objects.add_argument("picture", type=Path, help="a picture file (PNG, JPEG, WebP …)")
    objects.add_argument("prompt", help="1 to 8 words, quoted: 'a dog wearing a hat'")
    objects.add_argument(
        "--encoder",
        default="emoji-clip",
        help="compares objects and words (default emoji-clip, which knows the emoji world only)",
    )
    objects.add_argument(
        "--segmenter",
        default="emoji-sam",
        help="cuts out objects (default emoji-sam; mobile-sam for photographs)",
    )
    objects.add_argument(
        "--most", type=int, default=10, help="objects that are kept, 1 to 10 (default 10)"
    )
    objects.add_argument(
        "--subsets",
        action="store_true",
        help="also compare all subsets of the objects with all sub-prompts; says the cost first",
    )
    objects.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    objects.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    check_writable(args.json)
    from genlens.common.checks import whole
    from genlens.figures.prompts.subsets.tables import best_fits, pair_values, picture_links_table
    from genlens.models.catalog import load
    from genlens.prompts.objects import MAX_OBJECTS
    from genlens.prompts.subsets.cost import cost_of
    from genlens.prompts.subsets.joint import objects_by_words
    from genlens.prompts.subsets.upload import link_picture

    most = whole("--most", args.most, 1, MAX_OBJECTS)
    encoder = load(args.encoder, contract="ImageTextEncoder")
    found = link_picture(args.picture, args.prompt, encoder, args.segmenter, most=most)
    if found.links.objects:
        print(picture_links_table(found).text())
    for note in found.notes:
        print(f"note: {note}")
    told: dict[str, Any] = found.to_dict()
    if args.subsets and found.links.objects:
        print(f"\n{cost_of(len(found.links.objects), len(found.words)).sentence()}", flush=True)
        with terminal_progress() as progress:
            joint = objects_by_words(
                found.image, found.links.objects, found.words, encoder, progress=progress
            )
        print(f"\n{pair_values(joint).text()}\n\n{best_fits(joint).text()}")
        told["subsets"] = joint.to_dict()
    if args.json:
        write_json(args.json, told)
