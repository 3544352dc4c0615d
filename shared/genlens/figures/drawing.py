"""Any result as a picture: which figure shows which result, for scripts and notebooks.

``result.plot()`` of every ``common.records.Record`` comes here. A result without a figure of its
own is shown as a table of its fields. To add one: a function below, and its line in ``FIGURES``.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from genlens.anchors.results import Grouping
from genlens.attribution.comparison import Comparison
from genlens.attribution.results import Attribution
from genlens.common.records import Record, brief
from genlens.common.tables import Table
from genlens.errors import InputError
from genlens.figures import style
from genlens.figures.anchors.count_table import count_table
from genlens.figures.attribution.bars import latent_bars
from genlens.figures.attribution.facts import attribution_facts
from genlens.figures.attribution.method_grid import method_grid
from genlens.figures.attribution.pixel_map import attribution_map
from genlens.figures.latents.latent_map import latent_map_svg
from genlens.figures.latents.layer_cosines import layer_cosines
from genlens.figures.latents.rebuild_status import rebuild_status
from genlens.figures.picture_strip import picture_grid, picture_strip
from genlens.figures.prompts.annotated_image import annotated_image
from genlens.figures.prompts.attention.heat_tiles import heat_tiles, steps_chart
from genlens.figures.prompts.estimators.compared import estimate_figure
from genlens.figures.prompts.object_matrix import object_matrix
from genlens.figures.prompts.shapley_bar import shapley_table
from genlens.figures.prompts.versus.figure import versus_figure
from genlens.figures.prompts.word_chips import word_chips
from genlens.figures.prompts.word_map import word_map_grid
from genlens.figures.steering.hypotheses.verdict_card import verdict_card
from genlens.figures.steering.projection.projection_card import projection_card
from genlens.figures.steering.units.painted import painted_card
from genlens.figures.steering.units.unit_table import unit_table
from genlens.latents.activations import ActivationReport
from genlens.latents.examples.contrast import Contrast
from genlens.latents.maps.latent_map import LatentMap
from genlens.latents.rebuild.game import Game
from genlens.latents.traversals.traversal import Traversal
from genlens.prompts.attention.results import AttentionMaps
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.results import PromptExplanation, TokenAttribution
from genlens.prompts.versus.results import PromptComparison
from genlens.steering.results import Projection, Units, Verdict
from genlens.steering.units.paint import Painted

Options: TypeAlias = dict[str, Any]
"""What a figure needs beside its result: ``picture``, the one that an attribution explains."""


@dataclass(frozen=True)
class Drawing:
    """A figure as HTML. A notebook shows it by itself; ``save`` writes it as one file."""

    title: str
    html: str

    def page(self) -> str:
        """A complete HTML document."""
        return style.page(self.title, f'<main><div class="gl">{self.html}</div></main>')

    def save(self, path: str | Path) -> Path:
        """Write ``page()`` to ``path``, which ends in ".html".

        Raises:
            InputError: another suffix.
        """
        path = Path(path)
        if path.suffix.lower() != ".html":
            raise InputError(f"{path} ends in {path.suffix!r}: name a file that ends in .html")
        path.write_text(self.page(), "utf-8")
        return path

    def __repr__(self) -> str:
        return f"Drawing({self.title!r}): a notebook shows it, .save('figure.html') writes it"

    def _repr_html_(self) -> str:
        # In a frame of its own, so that neither style sheet touches the other.
        grow = "this.style.height=this.contentDocument.documentElement.scrollHeight+'px'"
        return (
            f'<iframe srcdoc="{html.escape(self.page())}" title="{html.escape(self.title)}" '
            f'onload="{grow}" style="width:100%;height:24rem;border:0"></iframe>'
        )


def draw(result: Record, **options: Any) -> Drawing:
    """``result`` as its figure.

    Args:
        result: any result of genlens.
        options: ``picture`` (1 or 3, h, w) in [0, 1], which maps of pixels are drawn beside.

    Raises:
        InputError: the figure needs an option that was not given, or knows no such option.
    """
    unknown = set(options) - {"picture"}
    if unknown:
        raise InputError(f"there is no option {', '.join(sorted(unknown))}: pass picture or none")
    for kind, figure in FIGURES.items():
        if isinstance(result, kind):
            return Drawing(_title(result), figure(result, options))
    return Drawing(_title(result), _fields(result))


def _title(result: Record) -> str:
    return f"{result.prompt}" if isinstance(result, PromptExplanation) else type(result).__name__


def _fields(result: Record) -> str:
    rows = [[each.name, brief(getattr(result, each.name), 300)] for each in fields(result)]
    return Table((), rows, caption=type(result).__name__).html(css="gl-table gl-left")


def _prompt(result: PromptExplanation, options: Options) -> str:
    return (
        f'<div class="gl-linked"><div>{annotated_image(result)}</div><div>{word_chips(result)}'
        f"{shapley_table(result.attribution)}</div></div><h3>What each word did to each pixel</h3>"
        f"{word_map_grid(result)}<h3>Which object belongs to which word</h3>{object_matrix(result)}"
    )


def _words(result: TokenAttribution, options: Options) -> str:
    return shapley_table(result)


def _attribution(result: Attribution, options: Options) -> str:
    if result.map().ndim == 1:
        return latent_bars(result) + attribution_facts(result)
    picture = options.get("picture")
    if picture is None:
        picture = np.full((1, *result.map().shape), 0.5)
    return attribution_map(result, picture) + attribution_facts(result)


def _comparison(result: Comparison, options: Options) -> str:
    if options.get("picture") is None:
        raise InputError("a comparison is drawn beside its picture: plot(picture=study.picture(3))")
    return method_grid(result, options["picture"])


def _map(result: LatentMap, options: Options) -> str:
    return latent_map_svg(result.points)


def _contrast(result: Contrast, options: Options) -> str:
    return picture_strip([result.image_before, result.image_after], ["before", "after"], size=160)


def _traversal(result: Traversal, options: Options) -> str:
    names = [f"latent {j}" for j in result.latents]
    values = [[f"{v:.2f}" for v in row] for row in result.values]
    return picture_grid(result.images, names, values, title="One latent moved at a time")


FIGURES: dict[type[Record], Callable[[Any, Options], str]] = {
    PromptExplanation: _prompt,
    Estimate: lambda found, options: estimate_figure(found),  # before what it is a kind of
    TokenAttribution: _words,
    PromptComparison: lambda found, options: versus_figure(found),
    AttentionMaps: lambda maps, options: heat_tiles(maps) + steps_chart(maps),
    Attribution: _attribution,
    Comparison: _comparison,
    LatentMap: _map,
    Contrast: _contrast,
    Traversal: _traversal,
    ActivationReport: lambda report, options: layer_cosines(report),
    Game: lambda game, options: rebuild_status(game),
    Grouping: lambda grouping, options: count_table(grouping.counts, grouping.names),
    Verdict: lambda verdict, options: verdict_card(verdict),
    Projection: lambda found, options: projection_card(found),
    Units: lambda units, options: unit_table(units),
    Painted: lambda made, options: painted_card(made),
}
"""Kind of result -> its figure as an HTML fragment."""
