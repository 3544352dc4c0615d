"""``genlens map``: a VAE's codes on a plane, on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genlens.cli.output import check_suffix, check_writable, say, write_json
from genlens.cli.terminal import figures_table, terminal_progress

if TYPE_CHECKING:
    from genlens.latents.maps.latent_map import LatentMap
    from genlens.study.study import Study

PICTURES = "look at the model with these pictures of yours (default: those of its own world)"


def add_commands(commands: Any) -> None:
    """Add the command to the parser's ``commands``."""
    chart = commands.add_parser("map", help="a flat map of a VAE's codes, and how far to trust it")
    chart.add_argument(
        "model",
        help="id (digits-vae), folder or hub name of an autoencoder, or of a generator "
        "(avatars-gan), whose styles are mapped",
    )
    chart.add_argument("--method", default="pca", choices=("pca", "tsne", "umap"))
    chart.add_argument("--pictures", type=Path, metavar="DIR|ZIP", help=PICTURES)
    chart.add_argument("--n", type=int, default=2000, help="pictures to encode (default 2000)")
    chart.add_argument(
        "--perplexity",
        type=float,
        default=30,
        help="t-SNE: about how many neighbours a point hears",
    )
    chart.add_argument(
        "--neighbours", type=int, default=15, help="UMAP: neighbours each point listens to"
    )
    chart.add_argument(
        "--min-dist", type=float, default=0.1, help="UMAP: how close points may lie, 0 to 1"
    )
    chart.add_argument("--seed", type=int, default=0, help="of t-SNE and UMAP (default 0)")
    chart.add_argument("--out", type=Path, metavar="FILE", help="draw it: an .svg or .html file")
    chart.add_argument("--json", type=Path, metavar="FILE", help="write points and numbers as JSON")
    chart.set_defaults(run=_map)


def read_study(model: str, pictures: Path | None, n: int = 2000) -> Study:
    """The model with ``pictures``, or with those of its own world; a stand-in is told. A generator
    comes with pictures that it draws itself."""
    from genlens.study.generated import study_named
    from genlens.study.own import study_of_pictures
    from genlens.study.worlds import STAND_IN

    if pictures is not None:
        with terminal_progress() as progress:
            return study_of_pictures(model, pictures, n, progress=progress)
    study = study_named(model, n)
    if STAND_IN in study.data:
        say(f"note: {model} is looked at with {study.data}; name yours with --pictures DIR|ZIP")
    return study


def _map(args: argparse.Namespace) -> None:
    check_writable(args.out, args.json)
    check_suffix(args.out, (".svg", ".html"))
    from genlens.latents.maps.latent_map import latent_map

    study = read_study(args.model, args.pictures, args.n)
    with terminal_progress() as progress:
        map_ = latent_map(
            study.codes,
            args.method,
            seed=args.seed,
            perplexity=args.perplexity,
            neighbours=args.neighbours,
            min_dist=args.min_dist,
            progress=progress,
        )
    numbers = map_.to_dict()
    shown = {
        "map": f"{args.method} of {len(map_.points):,} codes of {study.data}",
        "settings": ", ".join(f"{k} {v:g}" for k, v in map_.made_by.settings.items()),
        "trustworthiness": map_.trustworthiness,
        "continuity": map_.continuity,
        "variance on two axes": float(map_.explained_variance[:2].sum()) or "-",
        "inverse error": map_.inverse_error,
        "seconds": map_.made_by.seconds,
    }
    print(figures_table(shown))
    for note in study.notes:
        print(f"note: {note}")
    if args.json:
        known = {"labels": study.labels.tolist(), "names": study.names}
        write_json(args.json, numbers | known | {"data": study.data, "notes": study.notes})
    if args.out:
        _draw_map(args.out, map_, study)


def _draw_map(out: Path, map_: LatentMap, study: Study) -> None:
    from genlens.figures.latents.latent_map import latent_map_svg
    from genlens.figures.style import page, stylesheet

    shares = [f", {100 * s:.0f} % of variance" for s in map_.explained_variance[:2].tolist()]
    names = [f"{map_.method} {i + 1}{shares[i] if shares else ''}" for i in (0, 1)]
    title = f"{map_.method} map of the codes of {study.id}, {study.data}"
    drawn = latent_map_svg(
        map_.points,
        classes=study.labels if study.names else None,
        names=study.names,
        values=None if study.names else study.errors,
        value_name="reconstruction error",
        axes=(names[0], names[1]),
        title=title,
    )
    if out.suffix.lower() == ".html":
        text = page(title, f"<main>{drawn}</main>")
    else:
        svg = drawn[drawn.index("<svg") : drawn.index("</svg>")]
        style = f"<style><![CDATA[{stylesheet()}]]></style>"
        head, _, rest = svg.partition(">")
        space = ' xmlns="http://www.w3.org/2000/svg" width="1000" height="720"'
        text = f"{head}{space}>{style}{rest}</svg>\n"
    out.write_text(text, encoding="utf-8")
    say(f"drawn in {out}")
