"""A training on disk: its checkpoint, the pictures it needs, and the model that came of it.

Only safetensors, JSON and plain arrays: nothing here is ever pickled.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, GenlensError, InputError, ModelError
from genlens.models.pictures.sets import PictureSet
from genlens.training.settings import LossPoint, TrainingSettings
from genlens.training.vae import Training

if TYPE_CHECKING:
    import torch

FORMAT = "genlens-vae-training-1"
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what Adam keeps for each weight
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # in a ZIP, so that equal models make equal files
_CARD = """# {title}

A small variational autoencoder (VAE) trained with genlens on {pictures:,} pictures of {side} x
{side} pixels: {latents} numbers (latents) describe each picture.

| measured on {held_out} pictures it was not trained on | |
|---|---|
| mean squared error of a pixel value (0 to 1) | {mse:.4f} |
| the same as PSNR | {psnr_db:.1f} dB |
| information in the latents (KL from N(0, 1)) | {kl:.1f} nats a picture |
| latents in use | {active:.0f} of {latents} |

Settings: beta {beta:g}, {epochs:,} rounds over all pictures ({steps:,} of {of_steps:,} steps), seed
{seed}.{unfinished} The pictures themselves are not in this folder.

```python
import genlens

model = genlens.load("./{folder}")          # an Autoencoder
codes = model.encode(images).mean          # images (n, {channels}, {side}, {side}) in [0, 1]
```
"""


def save_checkpoint(training: Training, path: Path) -> None:
    """Write everything that ``training`` needs to resume, except its pictures: weights, Adam's
    moments, the loss curve. The file appears whole or not at all."""
    from safetensors.torch import save

    from genlens.models.download.records import atomic_write

    tensors = {f"vae.{k}": v.detach().cpu() for k, v in training.vae.state_dict().items()}
    for i, moments in training.optimizer.state_dict()["state"].items():
        for name in _MOMENTS:
            tensors[f"adam.{i}.{name}"] = moments[name].detach().cpu()
    about = {
        "settings": asdict(training.settings),
        "pictures": fingerprint(training.pictures),
        "step": training.step,
        "seconds": training.seconds,
        "sums": training.sums,
        "curve": [asdict(point) for point in training.curve],
    }
    held = {k: v.contiguous().clone() for k, v in tensors.items()}
    data = save(held, metadata={"format": FORMAT, "training": json.dumps(about)})
    with atomic_write(path) as stream:
        stream.write(data)


def load_checkpoint(
    path: Path,
    pictures: PictureSet,
    settings: TrainingSettings | None = None,
    *,
    device: str | None = None,
) -> Training:
    """The training that ``path`` holds the state of, on the same ``pictures``.

    Raises:
        ModelError: no checkpoint of genlens, or a damaged one.
        InputError: it was made with other pictures, or other settings than ``settings``.
    """
    about, tensors = _read(path)
    try:
        own = TrainingSettings(**about["settings"])
        if settings is not None and own != settings:
            raise InputError(
                f"{path} belongs to a training with other settings ({own}): use those, or delete "
                "it to start again"
            )
        if about["pictures"] != fingerprint(pictures):
            raise InputError(f"{path} belongs to other pictures: give those, or delete it")
        training = Training(pictures, own, device=device)
        _restore(training, about, tensors)
    except GenlensError:
        raise
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        first = " ".join(str(error).split())[:200]
        raise ModelError(f"{path} is a damaged checkpoint ({first}): delete it") from error
    return training


def _read(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """(what the file says of the training, its tensors)."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        about = json.loads(metadata["training"]) if metadata.get("format") == FORMAT else None
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path} is not a checkpoint, or is damaged: delete it") from error
    if not isinstance(about, dict):
        raise ModelError(f"{path} is not a checkpoint of a training by genlens: delete it")
    return about, tensors


def _restore(training: Training, about: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
    from genlens.models.loading.fitting import fill

    state = {k.removeprefix("vae."): v for k, v in tensors.items() if k.startswith("vae.")}
    fill(training.vae, state, "the checkpoint")
    if about["step"]:  # before its first step Adam has no moments
        moments = {
            i: {name: tensors[f"adam.{i}.{name}"] for name in _MOMENTS}
            for i, _ in enumerate(training.vae.parameters())
        }
        groups = training.optimizer.state_dict()["param_groups"]
        training.optimizer.load_state_dict({"state": moments, "param_groups": groups})
    training.step, training.seconds = int(about["step"]), float(about["seconds"])
    training.sums = [float(value) for value in about["sums"]]
    training.curve = [LossPoint(**point) for point in about["curve"]]


def fingerprint(pictures: PictureSet) -> str:
    """The hex sha256 of the pixels."""
    return hashlib.sha256(np.ascontiguousarray(pictures.images).tobytes()).hexdigest()


def save_pictures(pictures: PictureSet, path: Path) -> None:
    """Write ``pictures`` as plain arrays (.npz)."""
    with path.open("wb") as stream:
        np.savez(
            stream,
            images=pictures.images,
            names=np.array(pictures.names, dtype=np.str_),
            notes=np.array(pictures.notes, dtype=np.str_),
        )


def load_pictures(path: Path) -> PictureSet:
    """What :func:`save_pictures` wrote; ``skipped`` is not kept.

    Raises:
        InputError: the file is gone or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            names, notes = stored["names"].tolist(), stored["notes"].tolist()
            return PictureSet(stored["images"], tuple(names), (), tuple(notes))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError("the pictures of that training are gone: give them again") from error


def export_model(training: Training, folder: Path, *, title: str = "") -> Path:
    """Write ``config.json``, ``model.safetensors`` (float16) and a card, ``README.md``, to
    ``folder``: what ``genlens.load(folder)`` reads. Returns ``folder``."""
    about = training.about()
    training.vae.save(folder, about=about)
    numbers = {**about["training"], **about["measured"]}
    early = "" if training.finished else " **It was exported before its training was finished.**"
    card = _CARD.format(
        title=title or training.id,
        folder=folder.name,
        channels=training.pictures.images.shape[-1],
        unfinished=early,
        **numbers,
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
    return folder


def zip_model(folder: Path, file: Path) -> Path:
    """Pack the files of an exported ``folder`` into a ZIP ``file``, below the folder's name."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.iterdir() if p.is_file()):
            member = zipfile.ZipInfo(f"{folder.name}/{path.name}", _LONG_AGO)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, path.read_bytes())
    return file


def train_vae(
    pictures: PictureSet,
    settings: TrainingSettings | None = None,
    *,
    checkpoint: Path | None = None,
    device: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Training:
    """Train to the end. With a ``checkpoint`` file, a stopped training (by ``cancel``, Ctrl-C or an
    error) leaves its state there, and a state that is there already is resumed.

    Raises:
        InputError: the settings and pictures do not fit each other, or the checkpoint.
        Cancelled: ``cancel()`` said so; the message says how far it got.
    """
    if checkpoint is not None and checkpoint.is_file():
        training = load_checkpoint(checkpoint, pictures, settings, device=device)
    else:
        training = Training(pictures, settings, device=device)
    try:
        for _ in training.run(progress=progress, cancel=cancel):
            pass
    finally:
        if checkpoint is not None and not training.finished:
            save_checkpoint(training, checkpoint)
    if not training.finished:
        kept = f"; {checkpoint} has its state, to resume from" if checkpoint else ""
        raise Cancelled(f"stopped after step {training.step} of {training.steps}{kept}")
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return training
