"""The tab "The generator": samples, truncation, and the three things asked of it, measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import gradio as gr

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.ui.jobs import CancelFlags, stopped
from genlens.ui.kit import LANE, RAW, Fill, html, on, seed_number, stop_button, whole_number
from genlens.ui.models import to_fetch_html
from genlens.ui.steering.generator.measured import measured
from genlens.ui.steering.generator.view import measured_html, samples_html
from genlens.ui.steering.generators import generator as generator_named
from genlens.ui.steering.head import Head
from genlens.ui.steering.link import Linked
from genlens.ui.steering.live import looking
from genlens.ui.steering.shown import shown

QUICK, MORE = 100, 500
_ABOUT = (
    '<div class="gl"><p>An explanation by edits is as good as the generator that makes them. Three '
    "things are asked of it (Kirchler et al. 2021): <b>quality</b>, so that the classifier sees "
    "pictures like those it was made for; <b>variety</b>, so that every hypothesis can be put to "
    "it; <b>editability</b>, so that one thing can be changed without the others.</p></div>"
)


def api_generator_quality(model: str, n: float = QUICK, seed: float = 0) -> dict[str, Any]:
    """How good a generator is to explain with: quality, variety, editability, measured.

    Args:
        model: id of the generator, for example "avatars-gan".
        n: pictures that are measured, 40 to 2000.
        seed: of these pictures.

    Returns:
        faces (figures by the judge of cartoon faces, with controls; empty for other generators),
        variety (how different its pictures are, as a share of how different true ones are) and
        halves (the same of true pictures against true ones), or none; editability (R squared of
        straight moves by assessor, the same for shuffled scores, size of the directions' cosines,
        and by chance). Every figure is {value, low, high, n, left_out}.
    """
    count = whole("the number of pictures", whole_number("the number of pictures", n), 40, 2000)
    found = measured(
        generator_named(model), count, seed_number("seed", seed), _untold, stopped, judge=True
    )
    return {
        "faces": {name: each.to_dict() for name, each in found.faces.items()},
        "variety": found.variety.to_dict() if found.variety else None,
        "halves": found.halves.to_dict() if found.halves else None,
        "editability": found.edits.to_dict(),
    }


class GeneratorTab:
    """Builds the tab where it is called; see ``ui.steering.page``."""

    name: ClassVar[str] = "generator"
    title: ClassVar[str] = "The generator"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = {
        "generator_quality": api_generator_quality
    }

    def __init__(self, head: Head) -> None:
        self.flags = CancelFlags()
        html(_ABOUT)
        html(to_fetch_html("Generator"))
        with gr.Row():
            self.seed = gr.Number(
                0, label="Samples no.", info="A seed; press Enter.", min_width=190, scale=0,
                elem_id="gl-samples-of",
            )  # fmt: skip
            more = gr.Button(
                f"Measure on {MORE} pictures", min_width=270, scale=0, size="md",
                elem_id="gl-measure-more",
            )  # fmt: skip
            stop_button(self.flags, scale=0, size="md")
        samples = html("", elem_id="gl-generator-samples")
        bar = html("", elem_classes="gl-bar")
        table = html("", elem_id="gl-generator-measured")
        drawn = {**head.asked, "seed": self.seed}
        on(self.seed.submit, _samples, drawn, samples, show_progress="minimal", **RAW, **LANE)
        about = {"model_id": head.model}
        on(more.click, self._more, about, table, show_progress_on=bar, **LANE)
        self.opened = [Fill(_samples, drawn, samples), Fill(_quick, about, table)]
        self.linked: dict[str, Linked] = {}

    def _more(
        self, model_id: str, request: gr.Request, progress: gr.Progress = gr.Progress()
    ) -> str:
        progress(0, desc="Starting")
        hooks = self.flags.hooks(request, progress, unit="pictures")
        return measured_html(measured(generator_named(model_id), MORE, 0, **hooks, judge=True))


def _quick(model_id: str) -> Iterator[str]:
    generator = generator_named(model_id)

    def work(progress: Progress, cancel: Cancel) -> str:
        return measured_html(measured(generator, QUICK, 0, progress, cancel, judge=False))

    yield from looking(f"Variety and editability are measured on {QUICK} pictures.", work)


def _samples(seed: Any, **head: Any) -> str:
    return samples_html(shown(**head), seed_number("the samples' number", seed))


def _untold(done: int, total: int, text: str) -> None:
    """A program is shown no progress."""
