"""What the map tab says: the map in colours, its quality in sentences, places and groups."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.figures.attribution.facts import plain_number
from genlens.figures.latents.group_table import group_table
from genlens.figures.latents.latent_map import latent_map_svg
from genlens.figures.picture_strip import picture_img, picture_strip
from genlens.figures.style import percent
from genlens.latents.maps.neighbours import compare_groups, nearest
from genlens.latents.portrait import Portrait
from genlens.models.contracts import Conditional
from genlens.study.coder import Coder
from genlens.ui.latents.charts import PCA, TITLES, Chart, Projection
from genlens.ui.latents.map.find import found
from genlens.ui.latents.map.groups import NO_GROUPS, Groups
from genlens.ui.latents.map.widget import tools_html

if TYPE_CHECKING:
    from genlens.study.study import Study
    from genlens.ui.latents.opening import Opening

EMPTY = (
    '<div class="gl"><p class="gl-note gl-warn">No map was computed in advance for this copy: it '
    "is drawn when the model is loaded.</p></div>"
)
HOW = (
    '<div class="gl"><p class="gl-soft">Each mark is one picture: point at it to see it, click it '
    "to choose it (thick ring). Click empty ground to see what the model draws there. Draw around "
    "pictures for group A, with Shift held for group B. By keyboard: arrow keys move the cursor, "
    "Enter chooses the nearest picture, D decodes, + and − zoom.</p></div>"
)
CLASS, ERROR, PLAIN = "class", "reconstruction error", "nothing (one colour)"
NEIGHBOURS = 6
_TITLE_OF = {method: title for title, method in TITLES.items()}


def colourings(study: Study) -> list[str]:
    """What the pictures of ``study`` can be coloured by, the first is the page's choice."""
    known = [CLASS] if study.names else []
    return [*known, ERROR, *sorted(study.attributes), PLAIN]


def colours(study: Study, colour: str) -> dict[str, Any]:
    """Arguments of ``latent_map_svg`` for ``colour``; what the study does not know is one
    colour."""
    if colour == CLASS and study.names:
        return {"classes": study.labels, "names": study.names}
    if colour == ERROR:
        unit = "reconstruction error (mean squared pixel difference, 0 to 1)"
        return {"values": study.errors, "value_name": unit}
    if colour in study.attributes:
        has = np.asarray(study.attributes[colour]).astype(int)
        name = colour.replace("_", " ")
        return {"classes": has, "names": (f"not: {name}", name)}
    return {}


@dataclass(frozen=True)
class Look:
    """How a map is to look: ``colour`` of ``colourings``, ``groups`` ringed, the ``picture`` that
    is chosen, and the pictures that ``find`` names standing out."""

    colour: str = CLASS
    groups: Groups = NO_GROUPS
    picture: int | None = None
    find: str = ""

    @classmethod
    def of(cls, colour: str, groups: Groups, picture: float | None, find: str) -> Look:
        """The look that a page's components ask for; a picture that is no number is none."""
        known = picture is not None and picture == picture
        return cls(colour, groups, int(picture) if picture is not None and known else None, find)


def map_html(
    points: np.ndarray,
    facts: Mapping[str, Any],
    colour: Mapping[str, Any],
    *,
    data: str,
    model_id: str,
    projection: Projection = PCA,
    **marked: Any,
) -> str:
    """The map with its tools; ``facts`` are a ``Chart``'s, ``colour`` comes from ``colours``,
    ``marked`` are further arguments of ``latent_map_svg``. The map carries what it is of."""
    shares = [*facts["explained_variance"], 0.0, 0.0]
    axes = (
        tuple(f"principal component {i + 1}, {percent(shares[i])} of variance" for i in (0, 1))
        if projection.method == "pca"
        else (f"{projection.title}: axes have no unit", "")
    )
    drawn = latent_map_svg(
        points,
        axes=(axes[0], axes[1]),
        title=f"{projection.title} map of the codes of {data}",
        origin={"model": model_id, "projection": projection.key},
        **colour,
        **marked,
    )
    return tools_html() + drawn


def drawn_map(model_id: str, study: Study, chart: Chart, projection: Projection, look: Look) -> str:
    """``map_html`` of a chart of ``study``."""
    return map_html(
        chart.map.points,
        chart.facts(),
        colours(study, look.colour),
        data=study.data,
        model_id=model_id,
        projection=projection,
        group_a=look.groups[0],
        group_b=look.groups[1],
        chosen=look.picture,
        found=found(study, look.find),
    )


def first_map(first: Opening | None) -> str:
    """The map that the page opens with."""
    if first is None:
        return EMPTY
    named = {"classes": first.labels, "names": first.names} if first.names else {}
    return map_html(
        first.points, first.facts, named,
        data=first.data, model_id=first.model, chosen=first.picture,
    )  # fmt: skip


def facts_html(facts: Mapping[str, Any], *, note: str = "") -> str:
    """The map's quality, each number with the sentence that says what it means."""
    title = _TITLE_OF.get(facts["method"], facts["method"])
    badge = f' <span class="gl-badge">{html.escape(note)}</span>' if note else ""
    made = facts["made_by"].get("settings", {})
    k, measured = made.get("quality_neighbours", 15), made.get("quality_points", facts["n"])
    of = "all of them" if measured >= facts["n"] else f"{measured:,} of them, drawn by chance"
    drawn_with = _drawn_with(made)
    rows = [
        (
            "Trustworthiness",
            f"{facts['trustworthiness']:.2f}",
            f"Of a point’s {k} nearest on the map, few are strangers in latent space when this is "
            "near 1; about 0.5 is a random map.",
        ),
        (
            "Continuity",
            f"{facts['continuity']:.2f}",
            f"Of a code’s {k} nearest in latent space, few are torn away on the map when this is "
            "near 1; about 0.5 is a random map.",
        ),
        ("Explained variance", *_explained(facts)),
        ("From a place to a picture", *_way_back(facts)),
    ]
    body = "".join(
        f'<tr><th scope="row">{name}</th><td>{value}</td><td class="gl-says">{says}</td></tr>'
        for name, value, says in rows
    )
    return (
        f'<div class="gl"><div class="gl-scroll"><table class="gl-table gl-quality">'
        f"<caption>How far to trust this {html.escape(title)} map of {facts['n']:,} codes of "
        f"{facts['d']:,} numbers{drawn_with}. Trustworthiness and continuity are measured on {of}."
        f"{badge}</caption><tbody>{body}</tbody></table></div></div>"
    )


def _drawn_with(settings: Mapping[str, Any]) -> str:
    if "perplexity" in settings:
        return f", perplexity {plain_number(settings['perplexity'])}"
    if "min_dist" in settings:
        return (
            f", {settings['neighbours']} neighbours, minimum distance "
            f"{plain_number(settings['min_dist'])}"
        )
    return ""


def _explained(facts: Mapping[str, Any]) -> tuple[str, str]:
    shares = facts["explained_variance"]
    if facts["method"] != "pca":
        return "none", (
            "This projection keeps neighbourhoods, not distances: gaps and sizes of groups on it "
            "mean nothing."
        )
    two = sum(shares[:2])
    return percent(two), (
        f"The two axes show {percent(two)} of how the codes differ ({percent(shares[0])} and "
        f"{percent(shares[1])}); the rest lies in directions that you do not see."
    )


def _way_back(facts: Mapping[str, Any]) -> tuple[str, str]:
    how = (
        "the point of the plane that you clicked, with all directions you do not see at their mean"
        if facts["method"] == "pca"
        else f"a mixture of the codes of the {facts['neighbours']} nearest pictures, the nearest "
        "counting most"
    )
    return f"± {plain_number(facts['inverse_error'])}", (
        f"A click on empty ground is turned into a code: {how}. Tested at the places of known "
        f"pictures, that code is {plain_number(facts['inverse_error'])} latent units off (root "
        f"mean square), and what is drawn from it is {plain_number(facts['picture_error'])} of "
        "full brightness a pixel off (0 to 1)."
    )


def ground_html(
    study: Study, chart: Chart, projection: Projection, place: tuple[float, float]
) -> str:
    """The decoded picture of a place on the map, with how far to believe it."""
    at = np.array([place])
    code = chart.map.invert(at)
    image = Coder(study.model).decode(code)[0]
    steps = float(chart.map.distance_to_data(at)[0])
    far = (
        "No picture lies near here, so this is a guess of the decoder"
        if steps > 5
        else "There is data close by"
    )
    x, y = (plain_number(v) for v in place)
    given = ""
    if isinstance(study.model, Conditional):
        given = f" This model decodes as class {study.model.label} here."
    return (
        '<div class="gl gl-ground" role="status"><h3>What the model draws at this place of '
        f"the {projection.title} map</h3>"
        f'<div class="gl-card-pair">'
        f"{picture_img(image, f'Decoded picture at {x}, {y} on the map', size=112)}<p>"
        f"Place ({x}, {y}). {far}: the nearest picture is {steps:.1f} steps away (1 step is the "
        "median distance between neighbours on the map). Its code is a guess, off by "
        f"± {plain_number(chart.map.inverse_error)} latent units and "
        f"{plain_number(chart.picture_error)} of full brightness a pixel where it can be tested."
        f"{given}</p></div></div>"
    )


def neighbours_html(study: Study, index: int) -> str:
    """Who is nearest to a picture, by codes and by pixels."""
    near = nearest(study.codes, study.images, index, k=min(NEIGHBOURS, len(study) - 1))

    def strip(title: str, rows: np.ndarray, distances: np.ndarray, unit: str) -> str:
        captions = [
            f"{study.label(int(i)) + ', ' if study.label(int(i)) else ''}{plain_number(float(d))}"
            for i, d in zip(rows, distances, strict=True)
        ]
        alts = [f"picture {i}, {c} {unit}" for i, c in zip(rows.tolist(), captions, strict=True)]
        return picture_strip(study.images[rows], captions, title=title, alts=alts, size=60)

    latent = strip(
        "Nearest in latent space (distance, latent units)",
        near.latent,
        near.latent_distance,
        "latent units away",
    )
    pixel = strip(
        "Nearest in pixels (root mean square difference, 0 to 1)",
        near.pixel,
        near.pixel_distance,
        "of brightness away",
    )
    return (
        f'<div class="gl gl-neighbours">{latent}{pixel}<p class="gl-soft">'
        f"{percent(near.shared)} of the two lists are the same pictures: the fewer, the more the "
        "model groups by something else than pixels.</p></div>"
    )


def comparison_html(
    study: Study, group_a: Sequence[int], group_b: Sequence[int], titles: tuple[str, str]
) -> str:
    """Two groups of pictures compared; InputError where a group is too small or shares one."""
    comparison = compare_groups(study.codes, np.array(group_a, int), np.array(group_b, int))
    middles = Coder(study.model).decode(np.stack([comparison.mean_a, comparison.mean_b]))
    names = [f"z{j}" for j in range(study.codes.mean.shape[1])]
    return group_table(comparison, names, middles, titles=titles)


def nobody_html(portrait: Portrait | None) -> str:
    """What stands where neighbours will, before a picture was chosen."""
    if portrait is None:
        return ""
    return (
        '<div class="gl"><p class="gl-soft">Click a point of the map, or type a picture’s number '
        "above: its neighbours in latent space and in pixels appear here.</p></div>"
    )
