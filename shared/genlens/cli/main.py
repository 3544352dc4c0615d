"""The command line: ``genlens explain | check | attention | inside | objects | compare |
attribute | map | anchors | steer | assess | classify | hypothesis | train | retrain | convert |
fetch | evaluate | deploy | demo | models``.

Exit status: 0 done, 2 refused (the message on stderr says why and what to do), 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from genlens import __version__
from genlens.cli import (
    anchors,
    assess,
    attribute,
    convert,
    evaluate,
    fetch,
    hypothesis,
    latents,
    retrain,
    steer,
    train,
)
from genlens.cli.output import check_suffix, check_writable, say, write_json
from genlens.cli.prompts import attention, before, check, compare, explain_by, inside, objects
from genlens.cli.prompts.question import add_question, question_of
from genlens.cli.terminal import explanation_table, terminal_progress
from genlens.common.limits import MAX_WORDS
from genlens.common.tables import Table
from genlens.errors import Cancelled, GenlensError

EXPLAIN_OUT = (".html", ".png", ".json", ".csv", ".npz")
"""What ``genlens explain --out`` writes, by suffix; the command line starts without the writers."""


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
    add_question(explain)
    explain.add_argument(
        "--precision",
        choices=("auto", "fast", "fp32", "bf16", "fp16"),
        help="of the text-to-image model (default: its own, or GENLENS_PRECISION)",
    )
    before.add_fast(explain)
    check.add_ways(explain)
    explain_by.add_arguments(explain)
    explain.add_argument(
        "--out", type=Path, metavar="FILE", help=f"write it: a {' or '.join(EXPLAIN_OUT)} file"
    )
    explain.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    explain.set_defaults(run=_explain)

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
    check.add_commands(commands)
    attention.add_commands(commands)
    inside.add_commands(commands)
    objects.add_commands(commands)
    compare.add_commands(commands)
    attribute.add_command(commands)
    evaluate.add_commands(commands)
    latents.add_commands(commands)
    anchors.add_commands(commands)
    assess.add_commands(commands)
    steer.add_commands(commands)
    hypothesis.add_commands(commands)
    train.add_commands(commands)
    retrain.add_commands(commands)
    convert.add_commands(commands)
    fetch.add_commands(commands)
    return parser


def _explain(args: argparse.Namespace) -> None:
    check_writable(args.out, args.json)
    before.settle_model(args, 2 ** min(len(args.prompt.split()), MAX_WORDS))
    if explain_by.asked(args):
        explain_by.run(args)
        return
    check_suffix(args.out, EXPLAIN_OUT)
    from genlens.prompts.explain import explain_prompt

    with terminal_progress() as progress:
        explanation = explain_prompt(
            **question_of(args), precision=args.precision, progress=progress
        )
    print(explanation_table(explanation))
    for note in explanation.notes:
        print(f"note: {note}")
    if args.json:
        write_json(args.json, explanation.to_dict())
    if args.out:
        from genlens.prompts.dossiers.dossier import Dossier
        from genlens.ui.prompts.export import write

        write(Dossier(explanation), args.out)
        say(f"explanation written to {args.out}")


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
