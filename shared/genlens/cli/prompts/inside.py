"""``genlens inside layers | edit | features | paint``: open the model that draws."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from genlens.cli.output import check_suffix, check_writable, say, write_json
from genlens.cli.terminal import terminal_progress
from genlens.common.tables import Table

if TYPE_CHECKING:
    from genlens.prompts.inside.features.learn import FeatureSet
    from genlens.prompts.inside.features.paint import PaintedFeature


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``inside`` with its own commands."""
    inside = commands.add_parser(
        "inside", help="open the model: which layer reads what, words rewritten, features"
    )
    kinds = inside.add_subparsers(title="commands", required=True, metavar="WHAT")
    layers = kinds.add_parser(
        "layers", help="exchange the text that single cross-attention layers read"
    )
    layers.add_argument("prompt", help="the prompt, quoted: 'a red cat on a pink background'")
    layers.add_argument("other", help="the same with a word changed: what the layers read instead")
    layers.add_argument(
        "--window", type=int, default=1, help="neighbouring layers exchanged together (default 1)"
    )
    _common(layers)
    layers.set_defaults(run=_layers)
    edit = kinds.add_parser(
        "edit", help="a word's keys and values rewritten in closed form; the model is not changed"
    )
    edit.add_argument("word", help="the word to edit: cat")
    edit.add_argument("target", help="what it shall draw: dog")
    edit.add_argument("captions", nargs="+", help="captions to draw before and after")
    edit.add_argument("--lam", type=float, default=0.1, help="how dear a change is (default 0.1)")
    edit.add_argument(
        "--mu", type=float, default=0.1, help="how dear other nouns' change is (default 0.1)"
    )
    _common(edit)
    edit.set_defaults(run=_edit)
    features = kinds.add_parser(
        "features", help="learn sparse features of one block (a minute or two), named by the world"
    )
    _learning(features)
    _common(features)
    features.set_defaults(run=_features)
    paint = kinds.add_parser("paint", help="paint a feature into a part of a picture")
    paint.add_argument("feature", type=int, help="its number, as genlens inside features tells")
    paint.add_argument("prompt", help="what to paint on, quoted: 'a tree'")
    paint.add_argument(
        "--region", default="right", help="left, right (default), top, bottom, middle, everywhere"
    )
    paint.add_argument(
        "--strength", type=float, help="times its usual value; below 0 takes it away"
    )
    paint.add_argument(
        "--together", action="store_true", help="with all features that stand for its noun"
    )
    paint.add_argument(
        "--shaped", action="store_true", help="in the shape of a true scene of its noun, not evenly"
    )
    _learning(paint)
    _common(paint)
    paint.set_defaults(run=_paint)


def _learning(command: argparse.ArgumentParser) -> None:
    command.add_argument("--layer", type=int, help="number of a layer, from 0 (default: usual one)")
    command.add_argument("--scenes", type=int, help="scenes to learn from")
    command.add_argument("--features", dest="size", type=int, help="how many features to learn")


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=int, default=0, help="of the starting noise (default 0)")
    command.add_argument("--model", default="emoji-diffusion", help="a text-to-image model")
    command.add_argument("--out", type=Path, metavar="FILE", help="draw it: a .html file")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the numbers as JSON")


def _checked(args: argparse.Namespace) -> None:
    check_suffix(args.out, (".html",))
    check_writable(args.out, args.json)


def _layers(args: argparse.Namespace) -> None:
    _checked(args)
    from genlens.prompts.inside.layers.exchange import exchange_layers

    with terminal_progress() as progress:
        found = exchange_layers(
            args.model, args.prompt, args.other, args.seed, window=args.window, progress=progress
        )
    rows = [
        [" + ".join(found.layers[i].title for i in window), f"{way:.1%}"]
        for window, way in zip(found.windows, found.towards, strict=True)
    ]
    rows.append(["all layers", f"{found.every:.1%}"])
    print(Table(["reads the other prompt", "way to its picture"], rows, "lr").text())
    for note in found.notes:
        print(f"note: {note}")
    _write(args, found.to_dict())
    if args.out:
        from genlens.figures.drawing import Drawing
        from genlens.figures.prompts.inside.layers import exchange_tiles

        Drawing(f"Which layer reads what: {found.prompt}", exchange_tiles(found)).save(args.out)
        say(f"drawn in {args.out}")


def _edit(args: argparse.Namespace) -> None:
    _checked(args)
    from genlens.prompts.inside.edit.pictures import draw_edited
    from genlens.prompts.inside.edit.rewrite import edit_word

    edit = edit_word(args.model, args.word, args.target, lam=args.lam, mu=args.mu)
    rows = [[name, f"{value:.3f}"] for name, value in edit.change.items()]
    print(Table(["keys and values", "change / size"], rows, "lr").text())
    print(
        f"\n“{edit.word}” went {edit.moved:.1%} of the way to “{edit.target}”; nouns that stay "
        f"changed by {edit.kept:.1%} of their size"
    )
    with terminal_progress() as progress:
        found = draw_edited(args.model, edit, args.captions, args.seed, progress=progress)
    _write(args, {"edit": edit.to_dict(), "pictures": found.to_dict()})
    if args.out:
        from genlens.figures.drawing import Drawing
        from genlens.figures.prompts.inside.edits import edit_tiles

        Drawing(f"{edit.word} drawn as {edit.target}", edit_tiles(found)).save(args.out)
        say(f"drawn in {args.out}")


def _learned(args: argparse.Namespace) -> FeatureSet:
    from genlens.prompts.inside.features.learn import learn_features

    asked = {"scenes": args.scenes, "features": args.size}
    given = {name: value for name, value in asked.items() if value is not None}
    with terminal_progress() as progress:
        return learn_features(args.model, layer=args.layer, progress=progress, **given)


def _features(args: argparse.Namespace) -> None:
    _checked(args)
    from genlens.figures.prompts.inside.features import features_table

    found = _learned(args)
    rows = [
        [str(f.number), f.noun, str(f.precision), f"{f.recall:.2f}", f"{f.fires:.2%}"]
        for f in found.features
    ]
    heads = ["feature", "noun", "precision (95 % interval)", "recall", "fires on"]
    print(Table(heads, rows, "rllrr").text())
    print(
        f"\n{found.blocks.title}: explains {found.explained:.1%} of the variance, {found.dead:.1%} "
        f"never fire; precision of 0.5 or more: {found.pure}"
    )
    _write(args, found.to_dict())
    if args.out:
        from genlens.figures.drawing import Drawing

        Drawing("Features", features_table(found.features, most=48).html()).save(args.out)
        say(f"drawn in {args.out}")


def _paint(args: argparse.Namespace) -> None:
    _checked(args)
    from genlens.prompts.inside.features.paint import paint_feature
    from genlens.prompts.inside.features.strokes import STRENGTH

    found = paint_feature(
        args.model, _learned(args), args.feature, args.prompt, region=args.region,
        strength=STRENGTH if args.strength is None else args.strength, seed=args.seed,
        together=args.together, shaped=args.shaped,
    )  # fmt: skip
    print(
        f"{_named(found)}: changed {found.changed:.1%} inside the region, "
        f"{found.changed_outside:.1%} outside; a direction by chance {found.by_chance:.1%} inside"
    )
    _write(args, found.to_dict())
    if args.out:
        from genlens.figures.drawing import Drawing
        from genlens.figures.prompts.inside.features import painted_tiles

        Drawing(f"Feature {found.feature} painted", painted_tiles(found)).save(args.out)
        say(f"drawn in {args.out}")


def _named(found: PaintedFeature) -> str:
    with_kin = f" with all {len(found.features)} of its noun" if len(found.features) > 1 else ""
    return f"feature {found.feature} ({found.noun}){with_kin}"


def _write(args: argparse.Namespace, values: dict[str, object]) -> None:
    if args.json:
        write_json(args.json, values)
