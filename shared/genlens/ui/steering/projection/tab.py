"""The tab "Your picture": an uploaded picture is found again among what the generator can draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import gradio as gr
import torch

from genlens.common.progress import Cancel, Progress
from genlens.common.records import plain
from genlens.errors import InputError
from genlens.figures.picture_strip import picture_uri
from genlens.figures.steering.projection.projection_card import projection_card, verdict
from genlens.models.contracts import Generator
from genlens.models.pictures.picture import read_picture
from genlens.steering.projection.example import example_picture, is_drawn, stored_example
from genlens.steering.projection.project import project
from genlens.steering.projection.search import Search
from genlens.steering.results import Projection
from genlens.ui.jobs import stopped
from genlens.ui.kit import LANE, Fill, html, on, whole_number
from genlens.ui.messages import as_toasts
from genlens.ui.steering import faces, generators
from genlens.ui.steering.head import Head
from genlens.ui.steering.link import Linked
from genlens.ui.steering.live import looking

STEPS = 100
SHARED, EACH = "one for all layers", "one for each layer"
_ABOUT = (
    '<div class="gl"><p>A generator edits only what it can draw. So your picture is searched for '
    "among its pictures first: from the encoder’s guess, or the nearest of its own pictures, "
    "gradient descent on the style lowers the error (Kirchler et al. 2021). One style for all "
    "layers can be edited best; one for each layer comes nearer to the picture. Your file is not "
    "kept, and no link holds it.</p></div>"
)


class ProjectionTab:
    """Builds the tab where it is called."""

    name: ClassVar[str] = "picture"
    title: ClassVar[str] = "Your picture"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    def __init__(self, head: Head) -> None:
        self.head = head
        html(_ABOUT)
        with gr.Row():
            self.file = gr.File(
                label="A picture of your own", file_types=["image"],
                type="filepath", height=170, min_width=220, elem_id="gl-own-picture",
            )  # fmt: skip
            with gr.Column(min_width=240):
                self.layers = gr.Radio([SHARED, EACH], value=SHARED, label="Styles")
                self.steps = gr.Slider(
                    20, 400, STEPS, step=20, label="Steps",
                    info="Of gradient descent; more come nearer and take longer.",
                )  # fmt: skip
        with gr.Row():
            self.search = gr.Button("Search", variant="primary", elem_id="gl-search")
            self.use = gr.Button("Use the face that was found", elem_id="gl-use-found")
        self.result = html("", elem_id="gl-projection")
        self.kept = gr.State("")
        asked = {
            "model_id": head.model, "file": self.file, "layers": self.layers, "steps": self.steps,
        }  # fmt: skip
        found = {"result": self.result, "kept": self.kept}
        options: dict[str, Any] = {"show_progress_on": self.result, **LANE}
        on(self.search.click, self.find, asked, found, **options)
        on(self.file.upload, self.find, asked, found, **options)
        on(self.use.click, use, {"kept": self.kept}, head.face, queue=False)
        self.opened = [Fill(opened, asked, found)]
        self.linked: dict[str, Linked] = {}
        _endpoint()

    def find(
        self,
        model_id: str,
        file: str | None,
        layers: str,
        steps: float,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> dict[str, Any]:
        """Search for the uploaded picture, or for an example where there is none."""
        hooks = self.head.flags.hooks(request, progress)
        return found_in(model_id, file, layers, steps, **hooks)


def found_in(
    model_id: str, file: str | None, layers: str, steps: float, **hooks: Any
) -> dict[str, Any]:
    """What the tab shows of a search; ``hooks`` are the arguments ``progress`` and ``cancel``."""
    generator, count = generators.generator(model_id), whole_number("Steps", steps)
    image, notes = picture_of(file, generator)
    search = Search(generator, shared=layers != EACH, steps=count)
    found = None if file else stored_example(search)
    if found is None:
        found = project(generator, image, shared=search.shared, steps=count, **hooks)
    card = f'<div class="gl">{projection_card(found, notes)}</div>'
    return {"result": card, "kept": faces.keep(torch.from_numpy(found.styles))}


def opened(model_id: str, file: str | None, layers: str, steps: float) -> Iterator[dict[str, Any]]:
    """The same when the tab is opened."""

    def work(progress: Progress, cancel: Cancel) -> dict[str, Any]:
        return found_in(model_id, file, layers, steps, progress=progress, cancel=cancel)

    for told in looking("The picture is searched for among what the generator can draw.", work):
        yield {"result": told, "kept": ""} if isinstance(told, str) else told


def picture_of(file: str | None, generator: Generator) -> tuple[torch.Tensor, str]:
    """The picture to search for, (c, h, w), and what was done to its file, in a sentence.

    Raises:
        InputError: no usable picture.
    """
    if file:
        picture = read_picture(file, generator.image_shape, name="your picture")
        done = f"Your picture was {', '.join(picture.notes)}." if picture.notes else ""
        return torch.from_numpy(picture.image), done
    kind = "a cartoon face that no model drew" if is_drawn(generator) else "the generator’s own"
    return example_picture(generator), f"An example: {kind}. Upload a picture of yours."


def use(kept: str) -> str:
    """The face that was found becomes the page's."""
    if not kept:
        raise InputError("nothing was found yet: search first")
    gr.Info("The face is on the left now: mix, steer or paint it in the other tabs.")
    return kept


def api_invert_picture(
    picture: str | None, model: str, shared: bool = True, steps: float = STEPS
) -> dict[str, Any]:
    """Find a picture again in a generator.

    Args:
        picture: a picture file.
        model: id of the generator, for example "avatars-gan" (see /steering_choices).
        shared: one style for all layers (true), or one for each.
        steps: of gradient descent, 1 to 1000.

    Returns:
        error, usual, limit, foreign (the picture is unlike anything the generator draws), verdict,
        losses, notes, face (its address, for /draw_faces, for an hour), picture (PNG data address).
    """
    if not picture:
        raise InputError("no picture was given: pass a picture file")
    count = whole_number("steps", steps)
    if count > 1000:
        raise InputError(f"steps is {count}: take at most 1000")
    generator = generators.generator(model)
    image, notes = picture_of(picture, generator)
    found = project(generator, image, shared=bool(shared), steps=count, cancel=stopped)
    return _written(found, notes)


def _written(found: Projection, notes: str) -> dict[str, Any]:
    return {
        **found.to_dict(),
        "verdict": verdict(found),
        "notes": notes,
        "losses": plain(found.losses),
        "face": faces.keep(torch.from_numpy(found.styles)),
        "picture": picture_uri(found.image),
    }


def _endpoint() -> None:
    """``/invert_picture``: a file goes through components, which take it in."""
    unseen: dict[str, Any] = {"visible": False}
    asked = {
        "picture": gr.File(label="picture", type="filepath", **unseen),
        "model": gr.Textbox("avatars-gan", label="model", **unseen),
        "shared": gr.Checkbox(True, label="shared", **unseen),
        "steps": gr.Number(STEPS, label="steps", **unseen),
    }
    gr.Button(**unseen).click(
        as_toasts(api_invert_picture), None, gr.JSON(label="found", **unseen),
        inputs_kwargs=asked, api_name="invert_picture", **LANE,
    )  # fmt: skip
