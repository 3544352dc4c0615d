"""A training as HTML: how far it is, its loss curve, and held-out pictures with their copies."""

from __future__ import annotations

import html

import numpy as np

from genlens.figures.line_chart import line_chart
from genlens.figures.picture_strip import picture_grid
from genlens.training.vae import Training

SHOWN = 8
RUNNING, STOPPED, DONE = "running", "stopped", "done"
_READING = (
    "Both halves of the loss, in nats for each picture (1 nat = 1.44 bits). Reconstruction: what "
    "copies get wrong; 0 is a perfect copy. KL: how much the latents say of a picture; 0 is "
    "nothing. “Held out” are pictures the model is never trained on: when their line rises while "
    "the other falls, it learns by heart, and fewer rounds or more pictures are better."
)


def status_html(training: Training, state: str) -> str:
    """Where the training is, in a sentence or two, and what is to know of the pictures."""
    done, of = training.step, training.steps
    took = f"{_seconds(training.seconds)} of work"
    if state == RUNNING:
        left = training.seconds / max(done, 1) * (of - done)
        said = f"Training: step {done:,} of {of:,}, about {_seconds(left)} to go."
    elif state == STOPPED:
        said = (
            f"Stopped at step {done:,} of {of:,}, after {took}. Resume goes on from there and ends "
            "where an unbroken training ends; the download is the model as it is now."
        )
    else:
        said = f"Done: {of:,} steps in {took}. {_measured(training)}"
    pictures = training.pictures
    what = f"{len(pictures):,} pictures of {pictures.side} x {pictures.side} pixels"
    grey = " in grey" if pictures.images.shape[-1] == 1 else ""
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in pictures.notes)
    listed = f"<ul>{notes}</ul>" if notes else ""
    return (
        f'<div class="gl" role="status"><p><b>{html.escape(said)}</b></p>'
        f'<p class="gl-note">{what}{grey}, {training.settings.latents} latents.</p>{listed}</div>'
    )


def _measured(training: Training) -> str:
    measures = training.measured()
    return (
        f"On pictures it never saw: mean squared error {measures['mse']:.4f} a pixel value "
        f"(PSNR {measures['psnr_db']:.1f} dB), KL {measures['kl']:.1f} nats a picture, "
        f"{measures['active']:.0f} of {training.settings.latents} latents in use."
    )


def curve_html(training: Training) -> str:
    """The loss curve, its two halves apart; "" before the first point."""
    points = training.curve
    if not points:
        return ""
    at = [float(point.step) for point in points]
    charts = []
    for title, name in (("Reconstruction", "reconstruction"), ("KL", "kl")):
        lines = {
            "trained on": (at, [getattr(point, name) for point in points]),
            "held out": (at, [getattr(point, f"held_{name}") for point in points]),
        }
        charts.append(line_chart(lines, x="step", y="nats a picture", title=title))
    return f'<div class="gl">{"".join(charts)}<p class="gl-note">{_READING}</p></div>'


def samples_html(training: Training) -> str:
    """Held-out pictures above what the model makes of them now."""
    shown, copies = training.reconstructions(SHOWN)
    columns = [f"picture {i + 1}" for i in range(len(shown))]
    grid = picture_grid(
        np.stack([shown, copies]),
        ["held out", "copy"],
        [columns, columns],
        title=f"Pictures it is not trained on, and their copies after {training.step:,} steps",
        size=64,
    )
    return f'<div class="gl">{grid}</div>'


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} minutes"
