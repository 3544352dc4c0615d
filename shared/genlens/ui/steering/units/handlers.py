"""What the controls of the tab about units do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import torch

from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.figures.steering.units.painted import effect_table, painted_card, place_grid
from genlens.figures.steering.units.unit_table import RARE, unit_table
from genlens.steering.results import Units
from genlens.steering.units.concepts import OBJECTS, Concepts
from genlens.steering.units.effects import unit_effect
from genlens.steering.units.layers import unit_layers
from genlens.steering.units.paint import paint, places
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import whole_number
from genlens.ui.own_models import note_html
from genlens.ui.steering.live import looking
from genlens.ui.steering.shown import Shown, shown
from genlens.ui.steering.units import known

SIDE = 320
EFFECT_SAMPLES, FEW_EFFECTS = 100, 12
"""Pictures that effects are measured on: few where each has to be cut into objects."""
_OBJECTS = (
    f'<p class="gl-soft">Objects are cut out by {known.SEGMENTER}, a small SAM that was trained on '
    "emoji scenes, and grouped by colour, place and size: a kind may mix things that a reader "
    "would keep apart. Each picture takes about half a second.</p>"
)


@dataclass(frozen=True)
class Asked:
    """The face on screen, and the units of the chosen layer."""

    now: Shown
    concepts: Concepts
    units: Units


class Handlers:
    """Handlers of one page, whose work ``flags`` stop."""

    def __init__(self, flags: CancelFlags) -> None:
        self._flags = flags

    def open(
        self,
        model_id: str,
        face: str,
        assessor: str,
        layer: str | None,
        concepts: str | None,
        samples: float,
        concept: str | None,
        count: float,
        own: str,
    ) -> Iterator[dict[str, Any]]:
        """The tab as it opens: see ``compare``."""
        now = shown(model_id, face, assessor)

        def work(progress: Progress, cancel: Cancel) -> dict[str, Any]:
            hooks = {"progress": progress, "cancel": cancel}
            return self._opened(now, layer, concepts, samples, concept, count, own, hooks)

        for told in looking(
            f"Each unit is compared with each concept on {samples} pictures.", work
        ):
            yield {"table": told, "painted": ""} if isinstance(told, str) else told

    def compare(
        self,
        model_id: str,
        face: str,
        assessor: str,
        layer: str | None,
        concepts: str | None,
        samples: float,
        concept: str | None,
        count: float,
        own: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> dict[str, Any]:
        """The table, and the first painting: the best concept's units switched off."""
        return self._opened(
            shown(model_id, face, assessor), layer, concepts, samples, concept, count, own,
            self._flags.hooks(request, progress),
        )  # fmt: skip

    def _opened(
        self,
        now: Shown,
        layer: str | None,
        concepts: str | None,
        samples: float,
        concept: str | None,
        count: float,
        own: str,
        hooks: dict[str, Any],
    ) -> dict[str, Any]:
        try:
            layers = unit_layers(now.generator)
        except InputError as error:
            return {"table": note_html(str(error), warn=True), "painted": ""}
        titles = known.concept_titles(now.generator)
        layer = layer if layer in layers else known.middle_layer(now.generator)
        title = concepts if concepts in titles else titles[0]
        found = self._asked(now, layer, title, samples, hooks)
        units = found.units
        names = seen_concepts(units)
        chosen = concept if concept in names else first_concept(found, names)
        table = unit_table(units, now.image, known.places_on(now, units))
        picks = known.chosen_units(own, units, chosen, whole_number("Units", count))
        return {
            "layer": gr.Dropdown(choices=layer_choices(layers), value=layer),
            "concepts": gr.Dropdown(choices=titles, value=title),
            "table": f'<div class="gl">{table}{_OBJECTS if title == OBJECTS else ""}</div>',
            "concept": gr.Dropdown(choices=names, value=chosen),
            "editor": canvas(now.image),
            "painted": self._painted(found, chosen, picks, known.SEEN, None, on=False),
        }

    def paint(
        self,
        switch: str,
        region: str,
        editor: dict[str, Any] | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
        **which: Any,
    ) -> str:
        """The face with units switched."""
        hooks = self._flags.hooks(request, progress)
        found, concept, picks = self._chosen(hooks, **which)
        return self._painted(found, concept, picks, region, editor, on=switch == "on")

    def effect(
        self,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
        **which: Any,
    ) -> str:
        """Ablation and insertion on 100 pictures, with random units beside."""
        hooks = self._flags.hooks(request, progress)
        found, concept, picks = self._chosen(hooks, **which)
        effects = [
            unit_effect(found.now.generator, found.units, picks, concept, action, found.concepts,
                        n=FEW_EFFECTS if which["concepts"] == OBJECTS else EFFECT_SAMPLES, **hooks)
            for action in ("ablate", "insert")
        ]  # fmt: skip
        return f'<div class="gl">{effect_table(effects, concept)}</div>'

    def where(
        self,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
        **which: Any,
    ) -> str:
        """The raster of places that take the concept, and those that refuse it."""
        hooks = self._flags.hooks(request, progress)
        found, concept, picks = self._chosen(hooks, **which)
        tried = places(found.now.generator, found.units, picks, concept, found.concepts, **hooks)
        return f'<div class="gl">{place_grid(tried, found.now.image)}</div>'

    def _chosen(
        self,
        hooks: dict[str, Any],
        *,
        model_id: str,
        face: str,
        assessor: str,
        layer: str,
        concepts: str,
        samples: float,
        concept: str,
        count: float,
        own: str,
    ) -> tuple[Asked, str, list[int]]:
        """What was asked for, the concept, and the units that stand for it or were typed."""
        found = self._asked(shown(model_id, face, assessor), layer, concepts, samples, hooks)
        picks = known.chosen_units(own, found.units, concept, whole_number("Units", count))
        return found, concept, picks

    def _asked(
        self, now: Shown, layer: str, concepts: str, samples: float, hooks: dict[str, Any]
    ) -> Asked:
        which = known.concepts_named(now.generator, concepts, **hooks)
        n = whole_number("Pictures", samples)
        return Asked(now, which, known.units_of(now.generator, layer, which, n, **hooks))

    def _painted(
        self,
        found: Asked,
        concept: str,
        picks: list[int],
        region: str,
        editor: dict[str, Any] | None,
        *,
        on: bool,
    ) -> str:
        place = known.region_of(region, editor, found.now, concept, found.concepts)
        made = paint(
            found.now.generator, found.now.styles[None], found.units, picks, place, on=on,
            concept=concept, concepts=found.concepts,
        )  # fmt: skip
        return f'<div class="gl">{painted_card(made)}</div>'


def layer_choices(layers: Sequence[str]) -> list[tuple[str, str]]:
    """(label, name) of each layer: names are those of the program's modules."""
    return [(f"{i + 1} of {len(layers)}", name) for i, name in enumerate(layers)]


def seen_concepts(units: Units) -> list[str]:
    """Concepts that are seen at all, by how well a unit stands for them."""
    top = np.nan_to_num(units.iou).max(0)
    order = np.argsort(-top, kind="stable")
    return [units.concepts[c] for c in order if units.seen[c] >= RARE]


def first_concept(found: Asked, names: list[str]) -> str:
    """The concept to open with: the best one that this face shows, other than the background."""
    masks = found.concepts.masks(torch.from_numpy(found.now.image)[None])[0]
    here = {name for name, mask in zip(found.concepts.names, masks, strict=True) if mask.any()}
    for name in names:
        if name in here and name != "background":
            return name
    return names[0]


def canvas(image: np.ndarray) -> dict[str, Any]:
    """``image`` (c, h, w) as the editor's ground, large enough to brush on."""
    pixels = (np.repeat(image, 3 // len(image), axis=0) * 255).round().astype(np.uint8)
    times = max(1, SIDE // pixels.shape[1])
    large = pixels.transpose(1, 2, 0).repeat(times, axis=0).repeat(times, axis=1)
    return {"background": large, "layers": [], "composite": large}
