"""The command line: ``genlens explain | attribute | map | train | convert | evaluate | deploy |
demo | models``.

Exit status: 0 done, 2 refused (the message on stderr says why and what to do), 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from genlens import __version__
from genlens.cli import attribute, convert, latents, train
from genlens.cli.output import check_writable, say, write_json
from genlens.cli.terminal import explanation_table, figures_table, terminal_progress
from genlens.common.tables import Table
from genlens.errors import Cancelled, GenlensError, InputError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a prompt may hold what the terminal cannot show
            stream.reconfigure(errors="replace")
    args = _parser().parse_args(argv)
    try:
        args.run(args)
        sys.stdout.flush()
    except (KeyboardInterrupt, Cancelled):
        print("\ninterrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, say) has seen enough. Python would complain once more while closing.
        sys.stdout = None
        return 0
    except GenlensError as error:
        print(f"genlens: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="genlens",
        description="See how image generators work, and check that the explanation is true.",
    )
    parser.add_argument("--version", action="version", version=f"genlens {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    explain = commands.add_parser("explain", help="which word of a prompt drew what")
    explain.add_argument("prompt", help="the prompt, quoted: 'a cat next to a red car'")
    explain.add_argument("--seed", type=int, default=0, help="of the starting noise (default 0)")
    explain.add_argument(
        "--model",
        default="emoji-diffusion",
        help="id, folder or hub name of a text-to-image model (default emoji-diffusion)",
    )
    explain.add_argument("--encoder", default="emoji-clip", help="compares (default emoji-clip)")
    explain.add_argument("--segmenter", default="emoji-sam", help="cuts out (default emoji-sam)")
    explain.add_argument("--steps", type=int, help="sampling steps (default: the model's own)")
    explain.add_argument("--guidance", type=float, help="guidance (default: the model's own)")
    explain.add_argument(
        "--precision",
        choices=("auto", "fast", "fp32", "bf16", "fp16"),
        help="of the text-to-image model (default: its own, or GENLENS_PRECISION)",
    )
    explain.add_argument("--out", type=Path, metavar="HTML", help="write a one-file report")
    explain.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    explain.set_defaults(run=_explain)

    evaluate = commands.add_parser("evaluate", help="measure the shipped models and explainers")
    evaluate.add_argument("what", choices=("zoo", "prompts", "latents"))
    evaluate.add_argument(
        "--n", type=int, help="how many cases (prompts 200, zoo 500, latents 2000 pictures)"
    )
    evaluate.add_argument(
        "--model", action="append", metavar="ID", help="zoo, latents: only this one (repeatable)"
    )
    evaluate.add_argument("--seed", type=int, default=0, help="of all that is drawn (default 0)")
    evaluate.add_argument(
        "--quick", action="store_true", help="under a minute, with the wide intervals of few cases"
    )
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    evaluate.set_defaults(run=_evaluate)

    deploy = commands.add_parser("deploy", help="stage a Space that stands alone")
    deploy.add_argument("app", help="a folder name below spaces/, such as prompt_attribution")
    deploy.add_argument(
        "--dry-run", type=Path, metavar="DIR", required=True, help="stage into DIR, upload nothing"
    )
    deploy.add_argument("--force", action="store_true", help="allow a DIR that is not empty")
    deploy.set_defaults(run=_deploy)

    demo = commands.add_parser("demo", help="open the pages in the browser")
    demo.add_argument("--port", type=int, help="default: the first free one from 7860 on")
    demo.add_argument("--no-browser", action="store_true", help="only serve")
    demo.add_argument(
        "--allow-folders",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="pages may open models below DIR (repeatable; default: the current folder)",
    )
    demo.add_argument(
        "--allow-hub",
        action="store_true",
        help="pages may download any model of the hub, not only those in the list",
    )
    demo.set_defaults(run=_demo)

    models = commands.add_parser("models", help="list the models that can be loaded by id")
    models.set_defaults(run=_models)
    attribute.add_command(commands)
    latents.add_commands(commands)
    train.add_commands(commands)
    convert.add_commands(commands)
    return parser


def _explain(args: argparse.Namespace) -> None:
    check_writable(args.out, args.json)
    from genlens.models.catalog import load
    from genlens.prompts.explain import explain_prompt

    with terminal_progress() as progress:
        explanation = explain_prompt(
            args.model,
            args.prompt,
            args.seed,
            encoder=args.encoder,
            segmenter=args.segmenter,
            steps=args.steps,
            guidance=args.guidance,
            precision=args.precision,
            progress=progress,
        )
    print(explanation_table(explanation))
    for note in load(args.model, contract="TextToImage").card.notes:
        print(f"note: {note}")
    if args.json:
        write_json(args.json, explanation.to_dict())
    if args.out:
        from genlens.ui.prompts.report import html_report

        args.out.write_text(html_report(explanation), encoding="utf-8")
        say(f"report written to {args.out}")


def _evaluate(args: argparse.Namespace) -> None:
    check_writable(args.json)
    if args.n is not None and args.n < 1:
        raise InputError(f"--n is {args.n}: measure at least 1 prompt, scene or picture.")
    size: dict[str, Any] = {} if args.n is None else {"n": args.n}
    if args.model and args.what == "prompts":
        raise InputError("--model is for zoo and latents; prompts are measured on emoji-diffusion.")
    if args.model:
        size["models"] = args.model
    with terminal_progress() as progress:
        if args.what == "zoo":
            from genlens.zoo.evaluate import evaluate_zoo, format_table

            figures = evaluate_zoo(progress=progress, **size)
            table = format_table(figures)
        elif args.what == "latents":
            from genlens.latents.evaluation.evaluate import evaluate_latents
            from genlens.latents.evaluation.table import format_table as latents_table

            figures = evaluate_latents(
                **size, seed=args.seed, quick=args.quick, progress=progress
            ).to_dict()
            table = latents_table(figures)
        else:
            from genlens.prompts.evaluation import evaluate_prompts

            figures = evaluate_prompts(**size, progress=progress).to_dict()
            table = figures_table(figures)
    print(table)
    if args.json:
        write_json(args.json, figures)


def _deploy(args: argparse.Namespace) -> None:
    from genlens.hosting.deploy import stage

    staged = stage(args.app, args.dry_run, force=args.force)
    print(
        f"{staged.app}: {len(staged.files)} files, {staged.bytes / 1e6:.1f} MB in {staged.folder}"
    )
    for note in staged.notes:
        print(f"note: {note}")
    print(f"Try it from there alone:  cd {staged.folder} && python app.py")


def _demo(args: argparse.Namespace) -> None:
    from genlens.hosting.suite import serve

    serve(
        port=args.port,
        browser=not args.no_browser,
        folders=args.allow_folders or [Path.cwd()],
        any_repository=args.allow_hub,
    )


def _models(args: argparse.Namespace) -> None:
    from genlens.models.catalog import entries, weights_folder

    rows = []
    for entry in entries():
        held = entry.bytes
        if entry.source == "embedded":
            held = sum(f.stat().st_size for f in weights_folder(entry.id).rglob("*") if f.is_file())
        size = f"{held / 1e6:.1f} MB" if held else "missing"
        rows.append((entry.id, entry.contract, entry.source, size, entry.licence))
    print(Table(("id", "contract", "source", "size", "licence"), rows).text())


if __name__ == "__main__":
    sys.exit(main())
