"""``genlens evaluate zoo | prompts | estimators | paper | attention | inside | latents |
anchors | steering | hypotheses``: how good the shipped models and explainers are."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from genlens.cli.output import check_writable, write_json
from genlens.cli.terminal import terminal_progress
from genlens.common.progress import Progress
from genlens.errors import InputError

Measured = tuple[Mapping[str, Any], str]
"""The figures, for ``--json``, and the table to print."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``evaluate``."""
    evaluate = commands.add_parser("evaluate", help="measure the shipped models and explainers")
    evaluate.add_argument(
        "what",
        choices=tuple(_MEASURED),
    )
    evaluate.add_argument(
        "--n",
        type=int,
        help="how many cases (prompts 120, estimators 40 prompts, paper 200 captions, attention "
        "200 scenes, inside 24 of each kind, zoo 500, latents 2000 pictures, anchors 3000 digits, "
        "steering 30 faces a direction, hypotheses 200 faces a claim)",
    )
    evaluate.add_argument(
        "--seed", type=int, default=0, help="of the choice of cases, and of all chance (default 0)"
    )
    evaluate.add_argument(
        "--quick", action="store_true", help="under a minute: few cases, wide intervals"
    )
    evaluate.add_argument(
        "--processes",
        type=int,
        help="prompts, latents, steering: how many work side by side (default: one a core, at "
        "most 4)",
    )
    evaluate.add_argument(
        "--model",
        action="append",
        metavar="ID",
        help="zoo, latents: only this one (repeatable); prompts, estimators, paper, attention, "
        "inside: another text-to-image model that draws the emoji world; steering: another "
        "generator of faces",
    )
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    evaluate.set_defaults(run=_evaluate)


def _evaluate(args: argparse.Namespace) -> None:
    check_writable(args.json)
    if args.n is not None and args.n < 1:
        raise InputError(f"--n is {args.n}: measure at least 1 prompt, scene or picture.")
    if args.seed < 0:
        raise InputError(f"--seed is {args.seed}: take a whole number from 0.")
    measure = _MEASURED[args.what]
    with terminal_progress() as progress:
        figures, table = measure(args, progress)
    print(table)
    if args.json:
        write_json(args.json, figures)


def _zoo(args: argparse.Namespace, progress: Progress | None) -> Measured:
    from genlens.zoo.evaluate import evaluate_zoo
    from genlens.zoo.table import format_table

    figures = evaluate_zoo(
        args.n, seed=args.seed, quick=args.quick, models=args.model, progress=progress
    ).to_dict()
    return figures, format_table(figures)


def _prompts(args: argparse.Namespace, progress: Progress | None) -> Measured:
    from genlens.prompts.evaluation.evaluate import evaluate_prompts
    from genlens.prompts.evaluation.table import format_table

    figures = evaluate_prompts(
        args.n,
        model=_painter(args),
        seed=args.seed,
        quick=args.quick,
        processes=_processes(args),
        progress=progress,
    ).to_dict()
    return figures, format_table(figures)


def _estimators(args: argparse.Namespace, progress: Progress | None) -> Measured:
    from genlens.prompts.evaluation.estimators.evaluate import evaluate_estimators
    from genlens.prompts.evaluation.estimators.table import format_table

    figures = evaluate_estimators(
        args.n, seed=args.seed, quick=args.quick, model=_painter(args), progress=progress
    ).to_dict()
    return figures, format_table(figures)


def _paper(args: argparse.Namespace, progress: Progress | None) -> Measured:
    from genlens.prompts.evaluation.paper.evaluate import evaluate_paper
    from genlens.prompts.evaluation.paper.table import format_table

    figures = evaluate_paper(
        args.n, seed=args.seed, quick=args.quick, model=_painter(args), progress=progress
    ).to_dict()
    return figures, format_table(figures)


def _attention(args: argparse.Namespace, progress: Progress | None) -> Measured:
    from genlens.prompts.evaluation.attention.evaluate import evaluate_attention
    from genlens.prompts.evaluation.attention.table import format_table

    figures = evaluate_attention(
        args.n, seed=args.seed, quick=args.quick, model=_painter(args), progress=progress
    ).to_dict()
    return figures, format_table(figures)


def _inside(args: argparse.Namespace, progress: Progress | None) -> Measured:
    from genlens.prompts.evaluation.inside.evaluate import evaluate_inside
    from genlens.prompts.evaluation.inside.table import format_table

    figures = evaluate_inside(
        args.n, seed=args.seed, quick=args.quick, model=_painter(args), progress=progress
    ).to_dict()
    return figures, format_table(figures)


def _latents(args: argparse.Namespace, progress: Progress | None) -> Measured:
    from genlens.latents.evaluation.evaluate import evaluate_latents
    from genlens.latents.evaluation.table import format_table

    size: dict[str, Any] = {} if args.n is None else {"n": args.n}
    if args.model:
        size["models"] = args.model
    figures = evaluate_latents(
        **size,
        seed=args.seed,
        quick=args.quick,
        processes=_processes(args),
        progress=progress,
    ).to_dict()
    return figures, format_table(figures)


def _processes(args: argparse.Namespace) -> int:
    return int(args.processes or min(4, os.cpu_count() or 1))


def _one_model(args: argparse.Namespace) -> str | None:
    names = args.model or []
    if len(names) > 1:
        raise InputError(f"--model was given {len(names)} times: one is measured here.")
    return str(names[0]) if names else None


def _painter(args: argparse.Namespace) -> str:
    """The text-to-image model to measure; the prompts are of the emoji world."""
    return _one_model(args) or "emoji-diffusion"


def _anchors(args: argparse.Namespace, progress: Progress | None) -> Measured:
    from genlens.anchors.evaluation.evaluate import evaluate_anchors
    from genlens.anchors.evaluation.table import format_table

    if args.model:
        raise InputError("evaluate anchors takes no --model: it is measured on its own two.")
    figures = evaluate_anchors(
        args.n, seed=args.seed, quick=args.quick, progress=progress
    ).to_dict()
    return figures, format_table(figures)


def _steering(args: argparse.Namespace, progress: Progress | None) -> Measured:
    from genlens.models.catalog import load
    from genlens.steering.evaluation.evaluate import evaluate_steering
    from genlens.steering.evaluation.table import format_table

    name = _one_model(args)
    figures = evaluate_steering(
        args.n,
        seed=args.seed,
        quick=args.quick,
        generator=load(name, contract="Generator") if name else None,
        processes=1 if name or args.quick else _processes(args),
        progress=progress,
    ).to_dict()
    return figures, format_table(figures)


def _hypotheses(args: argparse.Namespace, progress: Progress | None) -> Measured:
    from genlens.steering.hypotheses.evaluation.evaluate import evaluate_hypotheses
    from genlens.steering.hypotheses.evaluation.table import format_table

    if args.model:
        raise InputError("evaluate hypotheses takes no --model: it trains its own classifiers.")
    figures = evaluate_hypotheses(
        args.n, seed=args.seed, quick=args.quick, progress=progress
    ).to_dict()
    return figures, format_table(figures)


_MEASURED: dict[str, Callable[[argparse.Namespace, Progress | None], Measured]] = {
    "zoo": _zoo,
    "prompts": _prompts,
    "estimators": _estimators,
    "paper": _paper,
    "attention": _attention,
    "inside": _inside,
    "latents": _latents,
    "anchors": _anchors,
    "steering": _steering,
    "hypotheses": _hypotheses,
}
