"""``genlens attribute``: which pixels or latents decide a number of a VAE: one picture, or many."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genlens.cli.latents import PICTURES, read_study
from genlens.cli.output import check_suffix, check_writable, say, write_json
from genlens.cli.terminal import figures_table, terminal_progress
from genlens.common.tables import Table
from genlens.errors import InputError

if TYPE_CHECKING:
    from genlens.attribution.results import Attribution
    from genlens.latents.questions import Asked, Question
    from genlens.study.study import Study


class _Help(argparse.Action):
    """--help that also lists targets and methods: to import them at every start would be slow."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from genlens.attribution.methods import METHODS

        methods = [(f"  {method.name}", method.help) for method in METHODS.values()]
        targets = [f"  {example}" for example in _examples()]
        parser.epilog = "\n".join(["targets:", *targets, "", "methods:", Table((), methods).text()])
        parser.print_help()
        parser.exit()


def add_command(commands: Any) -> None:
    """Add the command to the parser's ``commands``."""
    ask = commands.add_parser(
        "attribute",
        add_help=False,
        help="which pixels or latents decide a VAE's number",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument("-h", "--help", action=_Help, nargs=0, help="show this, and what there is")
    ask.add_argument("model", help="id (digits-vae), folder or hub name of an autoencoder")
    ask.add_argument("--pictures", type=Path, metavar="DIR|ZIP", help=PICTURES)
    ask.add_argument("--picture", type=int, default=0, help="which of the model's pictures, from 0")
    ask.add_argument("--target", default="latent:0", help="what is explained (default latent:0)")
    ask.add_argument("--method", default="saliency", help="attribution method (default saliency)")
    ask.add_argument(
        "--by",
        choices=("pixels", "latents"),
        help="explain by pixels or by latents (default: pixels where the method can)",
    )
    ask.add_argument("--seed", type=int, default=0, help="of methods that draw samples (default 0)")
    ask.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="a setting of the method, such as steps=100; may be given several times",
    )
    ask.add_argument("--out", type=Path, metavar="FILE", help="draw it: a .png or .html file")
    ask.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    ask.set_defaults(run=_attribute)

    ask.add_argument(
        "--over",
        type=int,
        metavar="N",
        help="ask it of N pictures, and print the mean sizes of the values with 95 %% intervals",
    )


def _attribute(args: argparse.Namespace) -> None:
    check_writable(args.out, args.json)
    check_suffix(args.out, (".png", ".html"))
    from genlens.attribution.methods import attribute, method_named
    from genlens.latents.questions import ask
    from genlens.latents.settings import settings_for

    method = method_named(args.method)
    question = read_target(args.target, args.by or _by(method.kinds))
    chosen = read_settings(args.settings) | ({"seed": args.seed} if method.random else {})
    study = read_study(args.model, args.pictures)
    if args.over is not None:
        _summarise(args, study, question, chosen)
        return
    asked = ask(study, args.picture, question)
    settings = settings_for(study, args.picture, asked, method.name, chosen)
    attribution = attribute(method.name, asked.target, asked.x, **settings)
    print(attribution_text(attribution, study.data))
    for note in (*study.notes, *attribution.notes, *asked.notes):
        print(f"note: {note}")
    if args.json:
        write_json(args.json, {"picture": args.picture, **attribution.to_dict()})
    if args.out:
        _draw_attribution(args.out, attribution, asked, study.images[args.picture])


def _summarise(
    args: argparse.Namespace, study: Study, question: Question, chosen: Mapping[str, Any]
) -> None:
    """The question put to many pictures."""
    from genlens.figures.attribution.summary import summary_figure, summary_sentence
    from genlens.figures.style import page
    from genlens.latents.summary import summary_of

    if args.out is not None:
        check_suffix(args.out, (".html",))
    own = {name: value for name, value in chosen.items() if name != "seed"}
    with terminal_progress() as progress:
        summary = summary_of(
            study, question, args.method, settings=own, n=args.over, seed=args.seed,
            progress=progress,
        )  # fmt: skip
    if summary.kind == "latent":
        order = summary.mean.argsort(kind="stable")[::-1][:20]
        ends = (summary.mean, summary.low, summary.high)
        rows = [(summary.labels[j], *(f"{end[j]:.4g}" for end in ends)) for j in order]
        print(Table(("latent", "mean size", "low", "high"), rows).text())
    print(summary_sentence(summary))
    if args.json:
        write_json(args.json, summary.to_dict())
    if args.out:
        title = f"{args.method}: {summary.target}, {len(summary.indices)} pictures"
        body = summary_figure(summary, study.images.mean(axis=0))
        args.out.write_text(page(title, f"<main>{body}</main>"), encoding="utf-8")
        say(f"drawn in {args.out}")


def _by(kinds: Sequence[str]) -> str:
    return "pixels" if "image" in kinds else "latents"


def read_target(text: str, by: str) -> Question:
    """The question that ``text`` ("latent:3", "error", "class:4", "region:0,0,9,9") asks, explained
    ``by`` "pixels" or "latents".

    Raises:
        InputError: an unknown target, or one that is not explained that way.
    """
    from genlens.latents.questions import CHOICES, Question

    word, _, what = text.partition(":")
    called = {_by((kind.kind,)): kind for kind in CHOICES.values() if kind.word == word}
    if not called:
        raise InputError(f"target {text!r} is not known: use {', '.join(_examples())}")
    if by not in called:
        other = next(iter(called))
        raise InputError(
            f"{word} is explained by {other}: add --by {other}, or take another method"
        )
    return Question(called[by].name, **_READ[called[by].needs](what))


def _examples() -> list[str]:
    """How each target is written."""
    from genlens.latents.questions import CHOICES

    return list(dict.fromkeys(kind.example for kind in CHOICES.values()))


def _nothing(what: str) -> dict[str, Any]:
    return {}


def _latent(what: str) -> dict[str, Any]:
    return {"latent": _numbers(what, 1, "latent:3")[0]}


def _label(what: str) -> dict[str, Any]:
    return {"label": what if "/" in what else f"class/{what}"}


def _region(what: str) -> dict[str, Any]:
    if not what:
        raise InputError("which region? write region:x0,y0,x1,y1 in pixels, or region:middle")
    if "," not in what:
        return {"region": what}
    from genlens.latents.questions import BOX

    return {"region": BOX, "box": tuple(_numbers(what, 4, "region:x0,y0,x1,y1"))}


# The fields of a question from what follows the target's name, by what the target needs.
_READ: dict[str, Callable[[str], dict[str, Any]]] = {
    "": _nothing,
    "latent": _latent,
    "label": _label,
    "region": _region,
}


def _numbers(text: str, count: int, form: str) -> list[int]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise InputError(f"{text!r} is not {count} whole numbers: write {form}")
    return numbers


def read_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """``key=value`` texts as a dictionary; values are read as JSON where they are (numbers, true),
    otherwise as words.

    Raises:
        InputError: a pair without "=".
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise InputError(f"--set {pair!r}: write a setting as key=value, such as steps=100")
        try:
            settings[key] = json.loads(value)
        except ValueError:
            settings[key] = value
    return settings


def attribution_text(attribution: Attribution, data: str = "") -> str:
    """What the terminal shows: the number, what adds up to it, and where it comes from; ``data``
    names the pictures."""
    import numpy as np

    from genlens.figures.attribution.facts import nothing_sentence, with_unit

    facts: dict[str, Any] = {
        "method": attribution.method,
        "target": f"{attribution.target} of {attribution.made_by.model}",
        "value": with_unit(attribution.output, attribution),
    }
    if attribution.base is not None:
        facts |= {
            "base": f"{attribution.base:.6g}",
            "sum of values": f"{attribution.values.sum():.6g}",
        }
    made = attribution.made_by
    facts |= {"seconds": f"{made.seconds:.3f}", "model calls": str(made.model_calls)}
    text = figures_table(facts)
    if attribution.nothing:
        return f"{text}\n\n{nothing_sentence(attribution)}"
    if attribution.values.ndim == 1:
        labels = attribution.labels or tuple(f"z{j}" for j in range(len(attribution.values)))
        order = np.argsort(-np.abs(attribution.values), kind="stable")[:20]
        rows = [(labels[j], f"{attribution.values[j]:+.5g}") for j in order]
        return f"{text}\n\n{Table(('latent', 'value'), rows).text()}"
    from genlens.figures.attribution.pixel_map import describe

    return f"{text}\n\n{describe(attribution)}"


def _draw_attribution(out: Path, attribution: Attribution, asked: Asked, picture: Any) -> None:
    if out.suffix.lower() == ".png":
        from genlens.figures.attribution.picture import attribution_picture

        attribution_picture(attribution, picture).save(out)
    else:
        from genlens.figures.attribution.bars import latent_bars
        from genlens.figures.attribution.facts import attribution_facts
        from genlens.figures.attribution.pixel_map import attribution_map
        from genlens.figures.style import page

        title = f"{attribution.method}: {attribution.target}"
        shown = (
            attribution_map(attribution, picture, title=title, region=asked.mask)
            if attribution.values.ndim > 1
            else latent_bars(attribution, title=title)
        )
        body = f'<main class="gl">{shown}{attribution_facts(attribution)}</main>'
        out.write_text(page(title, body), encoding="utf-8")
    say(f"drawn in {out}")
