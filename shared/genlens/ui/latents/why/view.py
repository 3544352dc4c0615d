"""One explanation of one picture as HTML and files, and the comparison of all methods."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from genlens.attribution.methods import METHODS, attribute
from genlens.attribution.results import Attribution
from genlens.attribution.run import watched
from genlens.errors import InputError
from genlens.figures.attribution.bars import latent_bars
from genlens.figures.attribution.facts import attribution_facts, method_title, plain_number
from genlens.figures.attribution.method_grid import method_grid
from genlens.figures.attribution.pixel_map import attribution_map, picture_panels
from genlens.figures.attribution.waterfall import latent_waterfall
from genlens.figures.latents.layer_cosines import layer_cosines
from genlens.figures.picture_strip import picture_strip
from genlens.figures.sentences import sentence_case
from genlens.latents.questions import CHOICES, Asked, Question, ask
from genlens.latents.settings import offered, settings_for
from genlens.latents.targets import decode_flat
from genlens.latents.targets.kind import TargetKind
from genlens.models.contracts import Conditional
from genlens.ui.latents.why import link
from genlens.ui.latents.why.files import export_attribution, export_comparison

if TYPE_CHECKING:
    from genlens.common.progress import Cancel, Progress
    from genlens.study.study import Study

REPEATS = 2
_PICTURES = 500  # for layer activations


@dataclass(frozen=True)
class WhyView:
    """``html`` of a result, ``files`` (format -> path), and the ``attribution`` if there is one."""

    html: str
    files: dict[str, str]
    attribution: Attribution | None = None


def explained(
    study: Study,
    index: int,
    question: Question,
    method: str,
    settings: Mapping[str, Any] | None = None,
    *,
    calls: Callable[[int], None] | None = None,
    cancel: Cancel | None = None,
) -> tuple[Asked, Attribution]:
    """The question, put to picture ``index``, and its attribution by ``method``.

    Args:
        settings: any of ``Method.defaults()``; the rest stays as it is.
        calls: gets the number of inputs put through the model so far.
        cancel: asked before every batch.

    Raises:
        InputError: a question, method or setting that does not fit.
        Cancelled: ``cancel()`` said so.
    """
    asked = ask(study, index, question)
    given = settings_for(study, index, asked, method, settings)
    target = watched(asked.target, cancel=cancel, progress=calls)
    attribution = attribute(method, target, asked.x, **given)
    word = (settings or {}).get("against")
    if word:
        shown = {**_without_arrays(attribution.made_by.settings), "against": word}
        attribution = replace(attribution, made_by=replace(attribution.made_by, settings=shown))
    if len(asked.model.latent_shape) > 1 and attribution.values.ndim == 1:
        attribution = replace(attribution, labels=_places(asked.model.latent_shape))
    return asked, attribution


def why_view(
    study: Study, index: int, asked: Asked, attribution: Attribution, model: str = ""
) -> WhyView:
    """The result as the page shows it, with its files and a link; ``model`` is the page's name of
    the model."""
    picture = study.images[index]
    here = html.escape(link.address(model, index, asked.question, attribution.method))
    linked = f'<p class="gl-soft"><a href="{here}">Link to this explanation</a></p>' if here else ""
    own = labels_html(study, asked) if asked.target.kind == "latent" else ""
    shown = f'{result_html(asked, attribution, picture)}<div class="gl">{own}{linked}</div>'
    return WhyView(
        html=shown,
        files=export_attribution(
            attribution, picture, index, asked.question, drawn=grouped(attribution)
        ),
        attribution=attribution,
    )


def labels_html(study: Study, asked: Asked) -> str:
    """Of a model whose code is a label and latents: the same latents under every label, and the
    number there. A label is a category, so it is moved as one: a whole label at a time."""
    if not isinstance(asked.model, Conditional):
        return ""
    pictures, captions = [], []
    for label in asked.model.labels:
        other = asked.model.given(label)
        with torch.no_grad():
            drawn = decode_flat(other, asked.x[None])
            number = float(asked.make(other).function(asked.x[None])[0])
        pictures.append(drawn[0].float().cpu().numpy())
        name = study.names[label] if label < len(study.names) else f"label {label}"
        captions.append(f"{name}: {plain_number(number)}")
    strip = picture_strip(
        pictures,
        captions,
        title=f"The same latents under each label, and the {asked.target.name} there",
        marked=[asked.model.label],
    )
    return (
        f'{strip}<p class="gl-soft">Framed: the picture’s own label, at which the number was '
        "shared out. A label is only ever changed to another whole one: nothing lies between "
        "two.</p>"
    )


def heading(attribution: Attribution, choice: TargetKind) -> str:
    """The method, the number, and what both mean."""
    title = f"{method_title(attribution.method)}: {attribution.target}"
    return (
        f"<h2>{html.escape(title)}</h2>"
        f'<p class="gl-soft">{html.escape(choice.help)} {_help(attribution.method)}</p>'
    )


def result_html(asked: Asked, attribution: Attribution, picture: np.ndarray) -> str:
    """Heading, figure, whether values add up, the facts, and notes on the question."""
    head = heading(attribution, CHOICES[asked.question.target])
    notes = "".join(f'<p class="gl-note">{html.escape(sentence_case(n))}.</p>' for n in asked.notes)
    if attribution.values.ndim > 1:
        figure = attribution_map(attribution, picture, uid="gl-why", region=asked.mask)
    else:
        figure = _latent_figure(asked, attribution, picture)
    return f'<div class="gl gl-why">{head}{figure}{attribution_facts(attribution)}{notes}</div>'


def comparison_view(
    study: Study,
    index: int,
    question: Question,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> WhyView:
    """All methods that explain this question, each with its tests; see ``compare_methods``.

    Raises:
        InputError: the question does not fit. Cancelled: ``cancel()`` said so.
    """
    from genlens.attribution.comparison import compare_methods

    asked = ask(study, index, question)
    methods, sentences = offered(asked)
    comparison = compare_methods(
        asked.make,
        asked.model,
        asked.x,
        methods=[m.name for m in methods],
        # with fewer samples: two shuffles of the weights explain everything thrice
        settings={
            m.name: settings_for(study, index, asked, m.name) | dict(m.quick) for m in methods
        },
        repeats=REPEATS,
        seed=seed,
        progress=progress,
        cancel=cancel,
    )
    left_out = "".join(f'<p class="gl-note">{html.escape(text)}</p>' for text in sentences)
    fewer = ", ".join(html.escape(m.title) for m in methods if m.quick)
    return WhyView(
        html=f"{method_grid(comparison, study.images[index], uid='gl-all')}"
        f'<div class="gl">{left_out}<p class="gl-note">Every method with its own first settings '
        f"(with fewer samples: {fewer}); deleted parts become black pixels or latents of 0; "
        "weights were shuffled twice.</p></div>",
        files=export_comparison(comparison, index, question),
    )


def layers_html(study: Study, *, centre: bool = True) -> str:
    """How alike layers answer within and between the study's classes, as a figure.

    Raises:
        InputError: the pictures have no classes.
    """
    from genlens.latents.activations import layer_activations

    known = np.flatnonzero(study.labels >= 0)[:_PICTURES]
    if len(np.unique(study.labels[known])) < 2:
        raise InputError(
            "the pictures of this model have no known classes to compare: choose a model whose "
            "pictures do (digits, avatars, maritime)"
        )
    report = layer_activations(
        study.model,
        torch.from_numpy(study.images[known]).to(study.model.device),
        [study.names[k] for k in study.labels[known]],
        centre=centre,
    )
    return layer_cosines(report)


def _latent_figure(asked: Asked, attribution: Attribution, picture: np.ndarray) -> str:
    """Bars beside the picture and what is decoded from its code; for maps of latents also where."""
    with torch.no_grad():
        decoded = decode_flat(asked.model, asked.x[None])[0].float().cpu().numpy()
    shown = picture_panels(
        [picture, decoded], ["the picture", "decoded from its code"], region=asked.mask
    )
    shares = grouped(attribution)
    code = asked.x.detach().double().cpu().numpy().reshape(-1)
    own = code if shares is attribution else None
    if shares.base is None or shares.nothing:
        bars = latent_bars(shares, code=own, uid="gl-why")
    else:
        bars = latent_waterfall(shares, code=own)
    shape = tuple(asked.model.latent_shape)
    if len(shape) == 1:
        return f'<div class="gl-beside">{bars}{shown}</div>'
    where = replace(attribution, values=attribution.values.reshape(shape))
    title = "Where on the map of latents (channels put together)"
    return bars + attribution_map(where, picture, title=title, uid="gl-where", region=asked.mask)


def grouped(attribution: Attribution) -> Attribution:
    """Of an attribution of groups of latents (blocks of a map), the groups' own values; any other
    as it is."""
    values = attribution.details.get("group_values")
    if values is None:
        return attribution
    side = math.isqrt(len(values))
    labels = tuple(f"block row {k // side}, column {k % side}" for k in range(len(values)))
    return replace(attribution, values=np.asarray(values, dtype=np.float64), labels=labels)


def _help(method: str) -> str:
    return html.escape(METHODS[method].help) if method in METHODS else ""


def _without_arrays(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Without the entries that "against" says in words."""
    return {k: v for k, v in settings.items() if k not in ("baseline", "baselines", "background")}


def _places(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Names of the latents of a map (c, h, w), in flat order."""
    channels, height, width = shape
    return tuple(
        f"map {c}, row {y}, column {x}"
        for c in range(channels)
        for y in range(height)
        for x in range(width)
    )
