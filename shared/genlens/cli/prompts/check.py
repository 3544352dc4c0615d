"""``genlens check``: can the explanation of a prompt be trusted?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from genlens.cli.output import check_writable, write_json
from genlens.cli.prompts.before import add_fast, settle_model
from genlens.cli.prompts.question import add_question, question_of
from genlens.cli.terminal import explanation_table, terminal_progress
from genlens.common.limits import MAX_WORDS
from genlens.common.tables import Table
from genlens.errors import InputError

PAYOFFS = ("clip", "clip-text", "vae", "diffusion", "ssim", "lpips", "pixels")
REMOVALS = ("delete", "blank", "neutral")
"""Names of ``prompts.payoffs`` and ``prompts.removal``: the command line starts without them; a
test keeps the lists in step."""


def add_ways(command: argparse.ArgumentParser) -> None:
    """Add the two choices that an explanation depends on."""
    command.add_argument(
        "--payoff",
        choices=PAYOFFS,
        default="clip",
        help="what an image is worth (default clip: likeness to the whole prompt's image)",
    )
    command.add_argument(
        "--removal",
        choices=REMOVALS,
        default="delete",
        help="how a word is left out: deleted (default), padding in its place, or a neutral word",
    )


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``check``."""
    check = commands.add_parser(
        "check", help="put the explanation of a prompt to the test: axioms, fidelity, other ways"
    )
    add_question(check)
    add_ways(check)
    add_fast(check)
    check.add_argument(
        "--payoffs",
        nargs="+",
        choices=PAYOFFS,
        default=("clip", "clip-text", "ssim", "pixels"),
        help="second opinions on the same images (default: clip clip-text ssim pixels; diffusion "
        "draws all images anew)",
    )
    check.add_argument(
        "--removals",
        nargs="+",
        choices=REMOVALS,
        default=(),
        help="compare ways to leave a word out; each draws all 2^words images again",
    )
    check.add_argument(
        "--noises",
        type=int,
        default=0,
        help="explain from so many starting noises, 2 to 30; each draws all 2^words images "
        "(default: none)",
    )
    check.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    check.set_defaults(run=_check)


def _check(args: argparse.Namespace) -> None:
    check_writable(args.json)
    if args.noises != 0 and not 2 <= args.noises <= 30:
        raise InputError(f"--noises is {args.noises}: take 2 to 30, or leave it out")
    settle_model(args, 2 ** min(len(args.prompt.split()), MAX_WORDS))
    from genlens.prompts.again import game_again, ingredients_of
    from genlens.prompts.explain import explain_prompt
    from genlens.prompts.opinion_tables import opinion_blocks
    from genlens.prompts.opinions import compare_payoffs, compare_payoffs_of, compare_removals
    from genlens.prompts.trust.axioms import axioms_of
    from genlens.prompts.trust.fidelity import fidelity_of
    from genlens.prompts.trust.noise import explain_over_noises
    from genlens.prompts.trust.tables import axiom_blocks, fidelity_blocks, noise_blocks

    with terminal_progress() as progress:
        explanation = explain_prompt(**question_of(args), progress=progress)
        made = ingredients_of(explanation)
        axioms, fidelity = axioms_of(explanation), fidelity_of(explanation)
        if "diffusion" in args.payoffs:
            payoffs = compare_payoffs(
                game_again(explanation, progress=progress), args.payoffs, made
            )
        else:
            payoffs = compare_payoffs_of(explanation, args.payoffs, made)
        removals = noises = None
        if args.removals:
            removals = compare_removals(
                game_again(explanation, progress=progress),
                args.removals,
                {args.removal: explanation.payoffs},
            )
        if args.noises:
            noises = explain_over_noises(
                lambda seed: game_again(explanation, seed=seed, progress=progress),
                seed=args.seed,
                noises=args.noises,
                known=explanation.payoffs,
            )
    print(explanation_table(explanation))
    print(_text("Axioms", axiom_blocks(axioms)))
    print(_text("Fidelity", fidelity_blocks(fidelity)))
    print(_text("Other payoffs", opinion_blocks(payoffs)))
    results: dict[str, Any] = {"axioms": axioms, "fidelity": fidelity, "payoffs": payoffs}
    if removals is not None:
        print(_text("Other ways to leave a word out", opinion_blocks(removals)))
        results["removals"] = removals
    if noises is not None:
        print(_text("Other noises", noise_blocks(noises)))
        results["noises"] = noises
    if args.json:
        write_json(args.json, {"explanation": explanation.to_dict(), **results})


def _text(title: str, blocks: list[Table | str]) -> str:
    parts = [b.text() if isinstance(b, Table) else b.replace("**", "") for b in blocks]
    return "\n\n".join([f"\n{title.upper()}", *parts])
