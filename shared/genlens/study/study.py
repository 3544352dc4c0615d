"""A model and the pictures it is studied on: what every page, table and command starts from.

``load_study("digits-vae")`` takes a shipped model with pictures of its own world, whose truth is
known; ``study_of(model, images)`` any autoencoder with any pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, InputError
from genlens.models.catalog import load
from genlens.models.contracts import Autoencoder, Conditional
from genlens.models.memory import MEMORY
from genlens.study.coder import Coder, Codes, as_images
from genlens.study.fitness import JUDGED, fitness_notes
from genlens.study.worlds import world_of

MAX_PICTURES = 10_000
LARGE = 128  # pixels a side from which a large model gets fewer pictures, for its time
STUDIED = 1_000  # pictures of the study that is made of a finished training
SPATIAL_PICTURES = 400  # of models whose code is a stack of maps, which take their time


@dataclass(frozen=True)
class Study:
    """``model`` and n pictures it is studied on.

    ``images`` (n, c, h, w) float32 in [0, 1]; ``codes`` what the encoder says of them; ``errors``
    (n,) the mean squared pixel error of decoding the mean code, 0 to 1. ``labels`` (n,) int64
    index ``names``, the classes (-1 each and () where there are none). ``attributes`` name -> (n,)
    bool, and ``masks`` part -> (n, h, w) bool, the pixels it was drawn with: known truth, where a
    world has it. ``factors`` name -> (n,) int64 are the independent choices the pictures were drawn
    from. ``data`` names the pictures in words. ``notes`` say in sentences what was changed to load
    the model, and where it does badly on these pictures (see ``study.fitness``): () for most.
    ``texts`` are n captions or file names, () where there are none.
    """

    model: Autoencoder
    images: np.ndarray
    codes: Codes
    errors: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...] = ()
    attributes: Mapping[str, np.ndarray] = field(default_factory=dict)
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    data: str = ""
    factors: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    @property
    def id(self) -> str:
        """The model's id."""
        return self.model.card.id

    @property
    def nbytes(self) -> int:
        """What pictures and masks take in memory."""
        return int(self.images.nbytes + sum(mask.nbytes for mask in self.masks.values()))

    @cached_property
    def content(self) -> str:
        """A sha256 over the model's card, the pictures and all that is known of them: two studies
        with the same one are alike, whichever objects they are."""
        digest = hashlib.sha256(repr((self.model.card, self.names, self.texts)).encode())
        arrays = {
            "images": self.images,
            "mean": self.codes.mean,
            "logvar": self.codes.logvar,
            "errors": self.errors,
            "labels": self.labels,
        }
        for known in (arrays, self.attributes, self.masks, self.factors):
            for name, values in known.items():
                digest.update(f"{name} {values.dtype} {values.shape}".encode())
                digest.update(np.ascontiguousarray(values).data)
        return digest.hexdigest()

    def picture(self, index: int) -> torch.Tensor:
        """(c, h, w) float32 in [0, 1].

        Raises:
            InputError: there is no such picture.
        """
        return torch.from_numpy(self.images[whole("picture", index, 0, len(self) - 1)])

    def take(self, rows: np.ndarray | Sequence[int]) -> Study:
        """The study of pictures ``rows`` (indices or a bool mask), all that is known included."""
        chosen = np.asarray(rows)

        def cut(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {name: values[chosen] for name, values in known.items()}

        return replace(
            self,
            images=self.images[chosen],
            codes=self.codes.take(chosen),
            errors=self.errors[chosen],
            labels=self.labels[chosen],
            attributes=cut(self.attributes),
            masks=cut(self.masks),
            factors=cut(self.factors),
            texts=tuple(np.array(self.texts, dtype=object)[chosen]) if self.texts else (),
        )

    def first(self, n: int) -> Study:
        """The study of the first ``n`` pictures, or this one where it has no more."""
        return self if n >= len(self) else self.take(np.arange(n))

    def at(self, index: int) -> tuple[Autoencoder, np.ndarray]:
        """The model and the code (d,) of a picture; a conditional VAE stands at its own label.

        Raises:
            InputError: there is no such picture.
        """
        picture = self.picture(index)
        label = int(self.labels[index])
        if not isinstance(self.model, Conditional) or label < 0:
            return self.model, self.codes.mean[index]
        model = self.model.given(label)
        return model, Coder(model).encode(picture[None]).mean[0]

    def label(self, index: int) -> str:
        """The class of a picture in words, "" where there are none."""
        at = int(self.labels[index])
        return self.names[at] if 0 <= at < len(self.names) else ""


def load_study(
    model: str = "digits-vae",
    n: int = 2000,
    seed: int = 0,
    *,
    cancel: Cancel | None = None,
) -> Study:
    """A model of the catalog, a folder or a hub name, on pictures of its own world.

    Digits for models of MNIST, faces for ``avatars-vae``, boats and lighthouses for
    ``maritime-vae``, photographs for ``autos-introvae``, emoji scenes for all others. None
    of these models was trained on these pictures. A study is kept (``models.memory``) by what its
    model's card says.

    Args:
        model: id, folder or hub name.
        n: pictures wanted, 20 to 10,000; fewer where a world ships fewer, and for models with
            spatial latents at most 400, in proportion to their pictures' size beyond 128 pixels
            (100 at 256).
        seed: of the choice of pictures.
        cancel: asked before the pictures are drawn and before each batch of them.

    Raises:
        InputError: a number out of range.
        ModelError: no such model, or it is not an autoencoder.
        Cancelled: ``cancel()`` said so.
    """
    n, seed = (
        whole("the number of pictures (n)", n, 20, MAX_PICTURES),
        whole("seed", seed, 0, MAX_SEED),
    )
    loaded = load(str(model), contract="Autoencoder")
    if len(loaded.latent_shape) > 1:
        side = max(loaded.image_shape[1:])
        n = min(n, max(20, round(400 / max(1, side / LARGE) ** 2)))
        n = min(n, SPATIAL_PICTURES)
    card = loaded.card
    key = ("study", card.id, card.source, card.revision, str(loaded.device), n, seed)
    return MEMORY.get(key, lambda: _on_its_world(loaded, n, seed, cancel))


def _on_its_world(model: Autoencoder, n: int, seed: int, cancel: Cancel | None) -> Study:
    if cancel is not None and cancel():
        raise Cancelled(f"stopped before the pictures of {model.card.id} were drawn")
    world = world_of(model, n, seed)
    return study_of(
        model,
        world.images,
        labels=world.labels,
        names=world.names,
        attributes=world.attributes,
        masks=world.masks,
        data=world.data,
        factors=world.factors,
        texts=world.texts,
        cancel=cancel,
    )


def study_of(
    model: Autoencoder,
    images: torch.Tensor | np.ndarray,
    *,
    labels: Sequence[int] | np.ndarray | None = None,
    names: Sequence[str] = (),
    attributes: Mapping[str, np.ndarray] | None = None,
    masks: Mapping[str, np.ndarray] | None = None,
    data: str = "your pictures",
    factors: Mapping[str, np.ndarray] | None = None,
    texts: Sequence[str] = (),
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Study:
    """Any autoencoder on any pictures (n, c, h, w) in [0, 1].

    Raises:
        InputError: the pictures, labels or attributes do not fit each other or the model.
        Cancelled: ``cancel()`` said so.
    """
    rows = as_images(images)
    coder = Coder(model, progress=progress, cancel=cancel)
    codes = coder.encode(rows)
    pictures = rows.numpy().astype(np.float32, copy=False)
    errors, drawn = np.empty(len(pictures)), []
    few = np.arange(0, len(pictures), max(1, len(pictures) // JUDGED))
    for i in range(0, len(pictures), 256):
        rebuilt = coder.decode(codes.mean[i : i + 256])
        errors[i : i + 256] = np.square(rebuilt - pictures[i : i + 256]).mean((1, 2, 3))
        drawn.append(rebuilt[few[(few >= i) & (few < i + 256)] - i])
    given = np.full(len(rows), -1) if labels is None else np.asarray(labels)
    known = (attributes or {}, masks or {}, factors or {})
    if len(texts) not in (0, len(rows)):
        raise InputError(f"texts: {len(texts)} entries for {len(rows)} pictures")
    for what, values in (("labels", given), *(pair for truth in known for pair in truth.items())):
        if len(values) != len(rows):
            raise InputError(f"{what}: {len(values)} entries for {len(rows)} pictures")
    return Study(
        model=model,
        images=pictures,
        codes=codes,
        errors=errors,
        labels=given.astype(np.int64),
        names=tuple(names),
        attributes=dict(attributes or {}),
        masks=dict(masks or {}),
        data=data,
        factors=dict(factors or {}),
        notes=(
            *model.card.notes,
            *fitness_notes(model, pictures[few], np.concatenate(drawn), given[few], data),
        ),
        texts=tuple(texts),
    )


def with_own_labels(study: Study) -> Study:
    """``study`` with the codes and errors of a conditional VAE that stands at each picture's own
    label; any other study as it is."""
    model = study.model
    if not isinstance(model, Conditional) or not len(study) or study.labels.min() < 0:
        return study
    codes, errors = study.codes, np.empty_like(study.errors)
    mean, logvar = np.empty_like(codes.mean), np.empty_like(codes.logvar)
    for label in np.unique(study.labels).tolist():
        rows = study.labels == label
        part = study_of(model.given(label), study.images[rows])
        mean[rows], logvar[rows], errors[rows] = part.codes.mean, part.codes.logvar, part.errors
    return replace(study, codes=replace(codes, mean=mean, logvar=logvar), errors=errors)
