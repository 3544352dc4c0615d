"""The tab "Your pictures": a ZIP file becomes a small VAE that the whole page can look into."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from genlens.errors import Cancelled, GenlensError
from genlens.study.own import study_of_training
from genlens.training.settings import WIDTHS
from genlens.training.vae import Training
from genlens.ui import studies as vae_studies
from genlens.ui.jobs import CancelFlags, stopped
from genlens.ui.kit import Fill, html, on, stop_button
from genlens.ui.own_models import Entries, OwnModels, note_html
from genlens.ui.serving.lifetimes import store
from genlens.ui.training import steps as training_steps
from genlens.ui.training import view as training_view
from genlens.ui.uploads import YOURS

LABEL = "my pictures (trained here)"
LANE: dict[str, Any] = {"concurrency_id": "training", "concurrency_limit": 1}
INTRO = """<div class="gl"><p>Give a ZIP file of 200 to 5,000 pictures: a small VAE is trained on
them here, in 1 to 2 minutes for 1,000 pictures, and then every tab of this page can look into it.
Folders in the ZIP become classes. The pictures stay on this server for an hour at most and are not
in the download. Only this browser tab shows them: no link opens them.</p></div>"""
_READ = "Reading the pictures …"


class TrainingTab:
    """Builds the tab where it is called, inside a ``gr.Blocks``.

    ``opened`` is empty: nothing here depends on the chosen model. ``own`` is the visitor's list of
    models, to be shared with other parts of the page that add some; ``tabs`` are the page's, to
    turn to the tab ``opens`` with a trained model, at the first ``picture`` where there is such a
    field.
    """

    def __init__(
        self,
        model: gr.Dropdown,
        picture: gr.Number | None,
        *,
        own: OwnModels | None = None,
        tabs: gr.Tabs | None = None,
        opens: str = "map",
    ) -> None:
        self.flags = CancelFlags()
        self.own = own or OwnModels(model)
        self.opened: list[Fill] = []
        self._tabs, self._picture, self._opens = tabs, picture, opens
        html(INTRO)
        with gr.Row():
            with gr.Column(min_width=280, scale=2):
                self._controls()
            with gr.Column(min_width=280, scale=3):
                self.bar = html("", elem_id="gl-training-progress", elem_classes="gl-bar")
                self.status = html("", elem_id="gl-training-status")
                with gr.Row():
                    self.download = gr.DownloadButton(
                        "Download the model (ZIP)", interactive=False, elem_id="gl-training-file"
                    )
                    self.explore = gr.Button(
                        "Look into this model", interactive=False, elem_id="gl-training-explore"
                    )
                self.samples = html("", elem_id="gl-training-samples")
                self.curve = html("", elem_id="gl-training-curve")
        self._wire(model)

    def _controls(self) -> None:
        self.archive = gr.File(
            label="ZIP file of pictures (PNG, JPEG, WebP, GIF, BMP, TIFF)",
            file_types=[".zip"],
            type="filepath",
            height=140,
            elem_id="gl-training-zip",
        )
        with gr.Row():
            self.train = gr.Button("Train", variant="primary", elem_id="gl-train", min_width=90)
            stop_button(
                self.flags,
                "Stopping; what is learned so far is kept.",
                elem_id="gl-training-cancel",
            )
            self.resume = gr.Button("Resume", elem_id="gl-training-resume", min_width=90)
        info = "Each picture is cut to its centre and resized; 64 takes about 3 times as long."
        self.side = gr.Radio(list(WIDTHS), value=32, label="Side, pixels", info=info)
        info = "Numbers that describe a picture; more copy better, fewer are easier to read."
        self.latents = gr.Slider(2, 32, 10, step=1, label="Latents", info=info)
        info = "Weight of the KL term: above 1 latents become tidier and copies blurrier."
        self.beta = gr.Slider(0.1, 10, 1, step=0.1, label="Beta", info=info)
        info = "How often each picture is seen; 0: as many rounds as make about 1,500 steps."
        self.epochs = gr.Slider(0, 300, 0, step=1, label="Rounds (epochs)", info=info)
        info = "Of weights, order and held-out pictures: a whole number. Same seed, same model."
        self.seed = gr.Number(0, label="Seed", info=info)

    def _wire(self, model: gr.Dropdown) -> None:
        asked = {
            "archive": self.archive,
            "side": self.side,
            "latents": self.latents,
            "beta": self.beta,
            "epochs": self.epochs,
            "seed": self.seed,
        }
        fills = {
            "status": self.status,
            "samples": self.samples,
            "curve": self.curve,
            "download": self.download,
            "explore": self.explore,
            "entries": self.own.state,
            "model": model,
        }
        own = {"entries": self.own.state}
        shows: dict[str, Any] = {"show_progress_on": self.bar, **LANE}
        on(self.train.click, self.begin, asked | own, fills, **shows)
        on(self.resume.click, self.go_on, own, fills, **shows)
        chosen: dict[str, Any] = {"model": model}
        chosen |= {"picture": self._picture} if self._picture else {}
        chosen |= {"tabs": self._tabs} if self._tabs else {}
        on(self.explore.click, self.look, own, chosen)

    def begin(
        self,
        archive: str | None,
        side: int,
        latents: float,
        beta: float,
        epochs: float,
        seed: float,
        entries: Entries,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> Iterator[dict[str, Any]]:
        """Read the ZIP file and train, showing each new point of the curve."""
        settings = training_steps.page_settings(side, latents, beta, epochs, seed)
        hooks = self.flags.hooks(request, progress)
        progress(0, desc=_READ)
        yield {"status": note_html(_READ)}
        try:
            training = training_steps.begin(archive, settings, **hooks)
        except GenlensError as error:  # the last result, or stopped training, is still there
            yield {"status": note_html(f"Not trained: {error}.", warn=True)}
            raise
        folder = store().new(request.session_hash)
        yield from self._trained(training, folder, entries, hooks)

    def go_on(
        self,
        entries: Entries,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> Iterator[dict[str, Any]]:
        """Go on with this visitor's stopped training."""
        folder = store().find(request.session_hash)
        training = training_steps.again(folder)
        assert folder is not None  # again() refuses None
        yield from self._trained(training, folder, entries, self.flags.hooks(request, progress))

    def _trained(
        self, training: Training, folder: Path, entries: Entries, hooks: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """What the page shows after each point, and at the end."""
        off = gr.update(interactive=False)
        yield _shown(training, training_view.RUNNING) | {"download": off, "explore": off}
        for _ in training_steps.steps(training, folder, **hooks):
            yield _shown(training, training_view.RUNNING)
        file = gr.update(value=str(training_steps.packed(training, folder)), interactive=True)
        if not training.finished:
            yield _shown(training, training_view.STOPPED) | {"download": file}
            return
        study = study_of_training(training)
        model_id = vae_studies.register("my-pictures", study, store().age(folder))
        added = self.own.added(entries, LABEL, model_id)
        yield {
            **_shown(training, training_view.DONE),
            "download": file,
            "explore": gr.update(interactive=True),
            "entries": added,
            "model": self.own.picker(added),
        }

    def look(self, entries: Entries) -> dict[str, Any]:
        """Choose the newest of this visitor's trained models, at its first picture."""
        trained = [
            model_id
            for label, model_id in entries or []
            if label.startswith(LABEL) and YOURS not in label
        ]
        if not trained:
            gr.Info("Train a model first.")
            return {}
        found = {"model": self.own.picker(entries, choose=trained[-1])}
        found |= {"picture": 0} if self._picture else {}
        return found | ({"tabs": gr.Tabs(selected=self._opens)} if self._tabs else {})


def api_train(
    archive: str,
    side: float = 32,
    latents: float = 10,
    beta: float = 1,
    epochs: float = 0,
    seed: float = 0,
) -> tuple[str, dict[str, Any]]:
    """Train a small variational autoencoder (VAE) on a ZIP file of pictures.

    Args:
        archive: ZIP file of 200 to 5,000 pictures (PNG, JPEG, WebP, GIF, BMP, TIFF).
        side: pixels of the pictures along each side, 32 or 64.
        latents: numbers that describe each picture, 2 to 64.
        beta: weight of the KL term, 0.01 to 50; 1 is the plain VAE.
        epochs: rounds over all pictures; 0 takes as many as make about 1,500 steps.
        seed: whole number from 0; the same seed gives the same model.

    Returns:
        The model as a ZIP file (config.json, model.safetensors, a card; read by genlens.load), and
        what is known of it: settings, measures on held-out pictures, the loss curve, notes.
    """
    settings = training_steps.page_settings(side, latents, beta, epochs, seed)
    training = training_steps.begin(archive, settings, cancel=stopped)
    folder = store().new(f"program-{secrets.token_hex(8)}")
    for _ in training_steps.steps(training, folder, cancel=stopped):
        pass
    if not training.finished:
        raise Cancelled(f"stopped after {training.step} of {training.steps} steps")
    about = training.about()
    curve = [vars(point) for point in training.curve]
    pictures = training.pictures
    known = {**about, "curve": curve, "notes": list(pictures.notes), "seconds": training.seconds}
    return str(training_steps.packed(training, folder)), known


def _shown(training: Training, state: str) -> dict[str, Any]:
    return {
        "status": training_view.status_html(training, state),
        "samples": training_view.samples_html(training),
        "curve": training_view.curve_html(training),
    }
