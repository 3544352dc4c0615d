"""``genlens attention``: where the model looks for each word of a prompt, step by step."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from genlens.cli.output import check_suffix, check_writable, say, write_json
from genlens.common.tables import Table
from genlens.errors import InputError

if TYPE_CHECKING:
    from genlens.prompts.attention.results import AttentionMaps

WAYS = ("daam", "fine", "guided", "plain")
"""Names of ``prompts.attention.ways``: the command line starts without them; a test keeps the lists
in step."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``attention``."""
    look = commands.add_parser(
        "attention", help="where the model looks for each word of a prompt (cross-attention)"
    )
    look.add_argument("prompt", help="the prompt, quoted: 'a cat next to a red car'")
    look.add_argument("--seed", type=int, default=0, help="of the starting noise (default 0)")
    look.add_argument("--model", default="emoji-diffusion", help="a text-to-image model")
    look.add_argument("--steps", type=int, help="sampling steps (default: the model's own)")
    look.add_argument("--guidance", type=float, help="guidance (default: the model's own)")
    look.add_argument(
        "--way",
        choices=WAYS,
        default="daam",
        help="how the maps of all layers become one (default daam; guided is the most exact)",
    )
    look.add_argument("--step", type=int, help="only this step, from 1 (default: all)")
    look.add_argument("--layer", type=int, help="only this layer, from 1 (default: as --way)")
    look.add_argument("--head", type=int, help="only this head, from 1 (default: all)")
    look.add_argument(
        "--out", type=Path, metavar="FILE", help="write the maps: a .html or .npz file"
    )
    look.add_argument("--json", type=Path, metavar="FILE", help="write the numbers as JSON")
    look.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    check_suffix(args.out, (".html", ".npz"))
    check_writable(args.out, args.json)
    for name in ("step", "layer", "head"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise InputError(f"--{name} is {value}: they are counted from 1")
    from genlens.prompts.attention.record import attention_of

    maps = attention_of(
        args.model, args.prompt, args.seed, steps=args.steps, guidance=args.guidance
    )
    chosen = {
        name: None if getattr(args, name) is None else getattr(args, name) - 1
        for name in ("step", "layer", "head")
    }
    print(attention_text(maps, args.way, **chosen))
    if args.json:
        write_json(args.json, {"way": args.way, **maps.to_dict()})
    if args.out and args.out.suffix.lower() == ".npz":
        from genlens.prompts.attention.storage import save

        save(maps, args.out)
        say(f"maps written to {args.out}")
    elif args.out:
        from genlens.figures.drawing import Drawing
        from genlens.figures.prompts.attention.heat_tiles import heat_tiles, steps_chart

        drawn = heat_tiles(maps, args.way, **chosen) + steps_chart(maps)
        Drawing(f"Where it looks: {maps.prompt}", drawn).save(args.out)
        say(f"drawn in {args.out}")


def attention_text(
    maps: AttentionMaps,
    way: str = "daam",
    *,
    step: int | None = None,
    layer: int | None = None,
    head: int | None = None,
) -> str:
    """A line for each word: how much attention it gets, and where most."""
    from genlens.figures.prompts.attention.heat_tiles import layer_name
    from genlens.prompts.attention.ways import WAYS as ABOUT

    heat = maps.heat(way, step=step, layer=layer, head=head)
    rows = []
    for j, word in enumerate(maps.words):
        top = float(heat[j].max())
        y, x = divmod(int(heat[j].argmax()), heat.shape[2])
        at = f"{x}, {y}" if top > 0 else "-"
        read = "" if maps.read[j] else "cut off, not read"
        rows.append([word.text, f"{maps.shares[j]:.1%}", f"{heat[j].mean():.1%}", f"{top:.1%}", at,
                     read])  # fmt: skip
    table = Table(
        ("word", "of all attention", "mean of the map", "at most", "at pixel x, y", ""),
        rows,
        align="lrrrrl",
    )
    layers = "; ".join(f"{i + 1}: {layer_name(maps, i)}" for i in range(len(maps.layers)))
    rest = 1 - float(maps.shares.sum())
    parts = [
        f"{ABOUT[way].title}. {ABOUT[way].help}",
        table.text(),
        f"{rest:.1%} of all attention goes to no word (start, end and padding of the text).",
        f"{len(maps.timesteps)} steps; layers {layers}; up to {maps.heads} heads.",
        f"When it misleads: {ABOUT[way].misleads}",
        *(f"note: {note}" for note in maps.notes),
    ]
    return "\n\n".join(parts)
