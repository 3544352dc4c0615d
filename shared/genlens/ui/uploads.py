"""Explain my own picture: one uploaded file becomes the chosen picture of a study."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from genlens.errors import InputError
from genlens.models.pictures.picture import Picture, read_picture
from genlens.study.coder import Codes
from genlens.study.study import Study, study_of
from genlens.ui import studies
from genlens.ui.own_models import Entries, OwnModels, note_html

YOURS = "your picture"


def shape_of(study: Study) -> tuple[int, int, int]:
    """(c, h, w) of the study's pictures."""
    channels, height, width = study.images.shape[1:]
    return int(channels), int(height), int(width)


def with_picture(study: Study, picture: Picture) -> Study:
    """``study`` with one more picture, of the size that its others have."""
    one = study_of(study.model, picture.image[None])
    joined = np.concatenate
    return replace(
        study,
        images=joined([study.images, one.images]),
        codes=Codes(
            joined([study.codes.mean, one.codes.mean]),
            joined([study.codes.logvar, one.codes.logvar]),
            study.codes.latent_shape,
            study.codes.made_by,
        ),
        errors=joined([study.errors, one.errors]),
        labels=joined([study.labels, np.full(1, -1, np.int64)]),
        attributes={k: np.append(v, False) for k, v in study.attributes.items()},
        masks={k: joined([v, np.zeros_like(v[:1])]) for k, v in study.masks.items()},
        texts=(*study.texts, YOURS) if study.texts else (),
    )


def upload(file: str | None, model_id: str, entries: Entries, own: OwnModels) -> dict[str, Any]:
    """What an upload button does: ``entries`` of the visitor get one more (the chosen model with
    the picture added), the picker ``model`` chooses it, ``picture`` is its number, and ``said`` is
    a note on what was done to the file.

    Raises:
        InputError: no file, or no usable picture; nothing changes then.
    """
    if not file:
        raise InputError("no picture was given: choose a picture file")
    before = studies.study(model_id)
    picture = read_picture(file, shape_of(before))
    after = with_picture(before, picture)
    added_id = studies.register(before.id, after, studies.age(model_id))
    shown = next((label for label, known in [*own.base, *entries] if known == model_id), before.id)
    label = shown if YOURS in shown else f"{shown.removesuffix(' (included)')} + {YOURS}"
    added = own.added(entries, label, added_id)
    index = len(after) - 1
    done = ", ".join(picture.notes)
    said = f"Your picture is no. {index} of this model now" + (f"; it was {done}." if done else ".")
    return {
        "entries": added,
        "model": own.picker(added, choose=added_id),
        "picture": index,
        "said": note_html(said),
    }
