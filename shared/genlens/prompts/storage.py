"""An explanation as one ``.npz`` file, and back, without pickle.

Arrays are stored as arrays (masks packed to bits, pictures as uint8, equal pictures once), the
rest as one JSON text; loading never runs code from the file and needs no model.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from genlens.common.records import MadeBy
from genlens.errors import InputError
from genlens.models.contracts import ObjectMask, Word
from genlens.prompts.dossiers.dossier import Dossier, Trials
from genlens.prompts.dossiers.stored import rebuilt_trials, trial_arrays, trial_facts
from genlens.prompts.results import Links, PromptExplanation, TokenAttribution

FORMAT = "genlens prompt explanation 2"
OLD_FORMAT = "genlens prompt explanation 1"
"""The same but for ``made_by``, which had other keys."""


def save(explanation: PromptExplanation, path: str | Path, trials: Trials | None = None) -> Path:
    """Write ``explanation`` to ``path`` (".npz" is added where it is missing), and its ``trials``
    where there are any.

    Returns:
        The path written.

    Raises:
        InputError: ``made_by`` or ``links.settings`` holds something that is not JSON.
        OSError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".npz":
        path = path.with_name(path.name + ".npz")
    a, links = explanation.attribution, explanation.links
    h, w = explanation.image.shape[:2]
    masks = np.array([o.mask for o in links.objects], dtype=bool).reshape(-1, h * w)  # (k, h*w)
    pictures, index = np.unique(explanation.coalition_images, axis=0, return_inverse=True)
    arrays: dict[str, np.ndarray] = {
        "image": explanation.image,
        "coalitions": np.packbits(explanation.coalitions, axis=1),
        "payoffs": explanation.payoffs,
        "pictures": pictures,
        "picture_index": index.reshape(-1).astype(np.uint16),
        "values": a.values,
        "shares": a.shares,
        "masks": np.packbits(masks, axis=1),
        "scores": links.scores,
        "text_similarity": links.text_similarity,
        "image_similarity": links.image_similarity,
        "word_of": links.word_of,
        "noise_payoffs": explanation.noise_payoffs,
    }
    if links.image_evidence is not None:
        arrays["image_evidence"] = links.image_evidence
    arrays |= trial_arrays(trials or Trials())
    text = _to_json(
        {
            "format": FORMAT,
            "prompt": explanation.prompt,
            "words": [_written(word) for word in a.words],
            "base_value": float(a.base_value),
            "full_value": float(a.full_value),
            "method": a.method,
            "model_calls": int(a.model_calls),
            "objects": [[list(o.box), float(o.score), int(o.area)] for o in links.objects],
            "link_settings": links.settings,
            "notes": list(explanation.notes),
            "made_by": explanation.made_by.to_dict(),
            "trials": trial_facts(trials or Trials()),
        }
    )
    arrays["json"] = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return path


def load(path: str | Path) -> PromptExplanation:
    """The explanation that ``save`` wrote; arrays equal bit by bit.

    Raises:
        InputError: no such file, or not such a file.
    """
    return load_dossier(path).explanation


def load_dossier(path: str | Path) -> Dossier:
    """The explanation that ``save`` wrote with its trials; raises like ``load``."""
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        rest = json.loads(arrays["json"].tobytes().decode("utf-8"))
        if rest.get("format") == OLD_FORMAT:
            rest["made_by"] = _renamed(rest["made_by"])
        elif rest.get("format") != FORMAT:
            raise InputError(f"{path} has format {rest.get('format')!r}; this is for {FORMAT!r}")
        explanation = _rebuild(arrays, rest)
        return Dossier(explanation, rebuilt_trials(arrays, rest.get("trials", {}), explanation))
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}: save an explanation there first") from error
    except (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path} is not an explanation that genlens stored ({error}): make it again with "
            "genlens.prompts.storage.save"
        ) from error


def _rebuild(arrays: dict[str, np.ndarray], rest: dict[str, Any]) -> PromptExplanation:
    words = tuple(
        Word(t, tuple(ids), known, tuple(near), *read)  # files before words could be cut: no read
        for t, ids, known, near, *read in rest["words"]
    )
    image = arrays["image"]
    h, w = image.shape[:2]
    masks = np.unpackbits(arrays["masks"], axis=1, count=h * w).astype(bool).reshape(-1, h, w)
    objects = tuple(
        ObjectMask(mask=mask, box=(box[0], box[1], box[2], box[3]), score=score, area=area)
        for mask, (box, score, area) in zip(masks, rest["objects"], strict=True)
    )
    return PromptExplanation(
        prompt=rest["prompt"],
        image=image,
        attribution=TokenAttribution(
            words=words,
            values=arrays["values"],
            shares=arrays["shares"],
            base_value=rest["base_value"],
            full_value=rest["full_value"],
            method=rest["method"],
            model_calls=rest["model_calls"],
        ),
        links=Links(
            objects=objects,
            scores=arrays["scores"],
            text_similarity=arrays["text_similarity"],
            image_similarity=arrays["image_similarity"],
            word_of=arrays["word_of"],
            image_evidence=arrays.get("image_evidence"),
            settings=rest["link_settings"],
        ),
        coalitions=np.unpackbits(arrays["coalitions"], axis=1, count=len(words)).astype(bool),
        payoffs=arrays["payoffs"],
        coalition_images=arrays["pictures"][arrays["picture_index"]],
        made_by=MadeBy(**rest["made_by"]),
        noise_payoffs=arrays.get("noise_payoffs", np.zeros(0)),
        notes=tuple(rest.get("notes", ())),
    )


def _written(word: Word) -> list[Any]:
    return [word.text, list(word.token_ids), word.known, list(word.suggestions), word.read]


def _renamed(old: dict[str, Any]) -> dict[str, Any]:
    """``made_by`` of the old format under today's names."""
    about = {"model_revision": "revision", "model_source": "source", "model_licence": "licence"}
    made = {about.get(key, key): value for key, value in old.items()}
    versions = {key: made.pop(key) for key in ("genlens", "torch", "numpy") if key in made}
    known = {f.name for f in fields(MadeBy)}
    settings = {key: made.pop(key) for key in list(made) if key not in known}
    return {**made, "settings": settings, "versions": versions}


def _to_json(value: dict[str, Any]) -> str:
    def plain(item: Any) -> Any:
        if isinstance(item, np.generic):
            return item.item()
        raise InputError(f"{item!r} cannot be stored: made_by may hold only JSON values")

    return json.dumps(value, default=plain, ensure_ascii=False)
