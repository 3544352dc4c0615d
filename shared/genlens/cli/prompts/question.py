"""The prompt on the command line: what every command about one prompt asks for."""

from __future__ import annotations

import argparse
from typing import Any


def add_question(command: argparse.ArgumentParser) -> None:
    """Add the prompt, and what its pictures and objects depend on."""
    command.add_argument("prompt", help="the prompt, quoted: 'a cat next to a red car'")
    add_drawing(command)
    command.add_argument(
        "--segmenter",
        help="cuts out objects (default emoji-sam for emoji-diffusion, else mobile-sam, a download "
        "of 0.04 GB)",
    )


def add_drawing(command: argparse.ArgumentParser) -> None:
    """Add what pictures and their likeness depend on."""
    command.add_argument("--seed", type=int, default=0, help="of the starting noise (default 0)")
    command.add_argument(
        "--model",
        default="emoji-diffusion",
        help="id, folder or hub name of a text-to-image model (default emoji-diffusion)",
    )
    command.add_argument(
        "--encoder",
        help="compares images and words (default emoji-clip for emoji-diffusion, else open_clip's "
        "ViT-B-32, a download of 0.6 GB)",
    )
    command.add_argument("--steps", type=int, help="sampling steps (default: the model's own)")
    command.add_argument("--guidance", type=float, help="guidance (default: the model's own)")


def drawing_of(args: argparse.Namespace) -> dict[str, Any]:
    """What pictures depend on, as ``explain_prompt`` and ``estimate_prompt`` call it."""
    names = ("model", "prompt", "seed", "encoder", "steps", "guidance")
    return {name: vars(args)[name] for name in names}


def question_of(args: argparse.Namespace) -> dict[str, Any]:
    """All that an explanation depends on, as ``explain_prompt`` calls it."""
    ways = {"similarity": args.payoff, "removal": args.removal}
    return {**drawing_of(args), "segmenter": args.segmenter, **ways}
