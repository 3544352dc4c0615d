"""A number that is about one part of a face, and faces on which that part is known to decide it.

Cartoon faces are drawn from known parts, so what causes a number can be known by intervention: draw
the same face without the part, and see what the number does. For a fair test of maps the number has
to be *about* the part. A latent of a VAE is not, it mixes many things; the reconstruction error
inside the mask depends on the whole code; and a probe fitted on labels may use whatever goes along
with the part. So for each of "glasses", "mouth" and "hair" the number is a linear score of the code
that is fitted on interventions:

    f(x) = w . mu(x),    w = S^-1 m / (m . S^-1 m),

m being the mean of mu(face) - mu(the same face without the part), and S the covariance of mu among
faces with the part and among faces without, their mean. This is Fisher's linear discriminant
(1936) on pairs that differ in the part alone: of all linear scores of the code that rise by 1 on
average when the part is drawn, it varies least with everything else. It is linear in mu, so that
every method can explain it, LRP included.

It is still the model's number, and how far it is about the part is measured: ``effect``, what the
part does to f in standard deviations of f among faces without it; ``accuracy`` of telling with from
without by f; and the ``rival``, the other property of a face whose change moves f most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlens.attribution.target import Target
from genlens.errors import InputError
from genlens.latents.targets import flat_means, latent_mean
from genlens.models.contracts import Autoencoder
from genlens.study.coder import Coder

if TYPE_CHECKING:
    from genlens.worlds.avatars import Faces

# Part -> its factor, the value without the part, the values with it. A face always has a mouth:
# the part is the smile then, the property of a mouth that takes most pixels.
PARTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "glasses": ("glasses", "none", ("round", "square", "white", "sunglasses", "wayfarers")),
    "mouth": ("mouth", "serious", ("smile", "big_smile", "twinkle")),
    "hair": (
        "hair",
        "none",
        ("short", "waved", "short_curly", "dreads", "shaggy", "bun", "curly", "afro", "bob",
         "fringe", "long"),
    ),
}  # fmt: skip
WORDS = {"glasses": "wears glasses", "mouth": "smiles", "hair": "has hair"}
"""What a high score says of a face."""
LEAST_PIXELS = 8
"""Parts of which fewer pixels are seen (a mouth under a beard) are not asked about."""
LEAST_FACES = 4
LEAST_EFFECT = 0.5
"""Faces are used where removing the part moves f by this much of the mean effect: on others the
model does not see the part, so that no map of it could show it. How many these are is reported."""
HIDDEN = f"fewer than {LEAST_PIXELS} pixels of the part are seen"
UNMOVED = f"taking the part away moves the score by less than {LEAST_EFFECT:g} of its mean effect"
_ORDINARY = 10  # faces without the part, for methods with random starting points
_SHRINK = 0.01  # of the mean variance, added to the covariance: unused latents have none


@dataclass(frozen=True)
class PartScore:
    """The score: ``weights`` (d,) on latent means; ``effect``, in standard deviations; ``middle``,
    half way between the mean scores with and without the part. ``blank`` (3, h, w) is the mean face
    without the part, ``ordinary`` (m, 3, h, w) some single ones."""

    part: str
    weights: np.ndarray
    effect: float
    middle: float
    blank: np.ndarray
    ordinary: np.ndarray

    def target(self, model: Autoencoder) -> Target:
        """f of ``model``: kind "image", in mean effects of the part."""
        weights = self.weights

        def score(x: torch.Tensor) -> torch.Tensor:
            means = flat_means(model, x)
            return means @ means.new_tensor(weights)

        return replace(
            latent_mean(model, 0),  # whose chain of layers LRP walks: the same, weighed otherwise
            name=f"score: {WORDS[self.part]}",
            unit="mean effects of the part",
            function=score,
            weights=weights,
        )


@dataclass(frozen=True)
class PartFaces:
    """n faces on which the part is known to move the score: ``images`` and ``without`` (n, 3, h, w)
    float32, the same with the part removed; ``masks`` (n, h, w) bool, where the part is seen.

    They are the first of ``kept`` such faces; ``left_out`` says how many of those with the part are
    not such, by reason. ``right``: whether the score tells with from without, of every face on
    which the part is seen, with and without it.
    """

    images: np.ndarray
    without: np.ndarray
    masks: np.ndarray
    kept: int
    left_out: Mapping[str, int]
    right: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.images)


def fit_score(model: Autoencoder, part: str, faces: Faces) -> PartScore:
    """The score for ``part`` ("glasses", "mouth", "hair") from ``faces``, some of which have it.

    Raises:
        InputError: no such part, too few faces with it, or a code that does not depend on it.
    """
    own, without = _pairs(part, faces)
    if len(own) < LEAST_FACES:
        raise InputError(f"{len(own)} of {len(faces)} faces have the part {part}: draw more faces")
    coder = Coder(model)
    with_codes = coder.encode(own.tensor()).mean
    plain = without.tensor()
    without_codes = coder.encode(plain).mean
    change = (with_codes - without_codes).mean(axis=0)  # (d,)
    spread = (_covariance(with_codes) + _covariance(without_codes)) / 2
    spread += _SHRINK * max(float(np.trace(spread)) / len(spread), 1e-12) * np.eye(len(spread))
    weights = np.linalg.solve(spread, change)
    total = float(change @ weights)
    if not total > 1e-9:
        raise InputError(f"the code does not depend on {part}: no score of it is about {part}")
    weights = weights / total
    low, high = without_codes @ weights, with_codes @ weights
    return PartScore(
        part=part,
        weights=weights,
        effect=float(1.0 / max(low.std(), 1e-9)),  # the mean of high - low is 1
        middle=float((low.mean() + high.mean()) / 2),
        blank=plain.mean(dim=0).numpy(),
        ordinary=plain[:_ORDINARY].numpy(),
    )


def part_faces(model: Autoencoder, score: PartScore, faces: Faces, count: int) -> PartFaces:
    """The first ``count`` of ``faces`` whose part is seen and moves the score, by intervention.

    Raises:
        InputError: fewer than four are such.
    """
    own, without = _pairs(score.part, faces)
    images, plain = own.tensor().numpy(), without.tensor().numpy()
    coder = Coder(model)
    high = coder.encode(images).mean @ score.weights
    low = coder.encode(plain).mean @ score.weights
    masks = own.masks[score.part]
    seen = masks.sum(axis=(1, 2)) >= LEAST_PIXELS
    moved = high - low >= LEAST_EFFECT
    usable = np.flatnonzero(seen & moved)
    if len(usable) < LEAST_FACES:
        raise InputError(
            f"removing the part {score.part} moves its score on {len(usable)} of {len(own)} faces "
            "only: the model hardly encodes it, so that no map could show it"
        )
    rows = usable[:count]
    left_out = {HIDDEN: int((~seen).sum()), UNMOVED: int((seen & ~moved).sum())}
    right = np.concatenate([high[seen] > score.middle, low[seen] < score.middle])
    return PartFaces(
        images[rows],
        plain[rows],
        masks[rows],
        kept=len(usable),
        left_out={reason: count for reason, count in left_out.items() if count},
        right=tuple(right.tolist()),
    )


def rival_of(model: Autoencoder, score: PartScore, faces: Faces) -> tuple[str, float]:
    """The property drawn elsewhere whose change moves the score most, and by how much on average,
    in mean effects of the part. Each is set to its first and to its last value."""
    from genlens.worlds.avatars import CHOICES, redraw

    coder = Coder(model)
    before = coder.encode(faces.tensor()).mean @ score.weights
    own = {PARTS[score.part][0], *(("hair_colour",) if score.part == "hair" else ())}
    effects = {}
    for factor in [f for f in CHOICES if f not in own]:
        moves = []
        for value in (CHOICES[factor][0], CHOICES[factor][-1]):
            changed = redraw(faces, **{factor: value})
            rows = (changed.images != faces.images).any(axis=(1, 2, 3))
            after = coder.encode(changed.tensor()).mean @ score.weights
            moves += np.abs(after - before)[rows].tolist()
        effects[factor] = float(np.mean(moves)) if moves else 0.0
    rival = max(effects, key=lambda factor: effects[factor])
    return rival, effects[rival]


def _pairs(part: str, faces: Faces) -> tuple[Faces, Faces]:
    """Those of ``faces`` that have the part, and the same without it.

    Raises:
        InputError: no such part.
    """
    from genlens.worlds.avatars import CHOICES, redraw

    if part not in PARTS:
        raise InputError(f"part {part!r} is not one of {', '.join(PARTS)}")
    factor, none, values = PARTS[part]
    kinds = [CHOICES[factor].index(value) for value in values]
    own = _some(faces, np.flatnonzero(np.isin(faces.codes[factor], kinds)))
    return own, redraw(own, **{factor: none}) if len(own) else own


def _some(faces: Faces, rows: np.ndarray | Sequence[int]) -> Faces:
    return replace(
        faces,
        images=faces.images[rows],
        codes={name: values[rows] for name, values in faces.codes.items()},
        masks={name: values[rows] for name, values in faces.masks.items()},
    )


def _covariance(rows: np.ndarray) -> np.ndarray:
    """(d, d) of rows (n, d)."""
    away = rows - rows.mean(axis=0)
    covariance: np.ndarray = away.T @ away / len(rows)
    return covariance
