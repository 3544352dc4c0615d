"""All subsets of at most 10 objects against all sub-prompts (source paper, section 3.2.2).

The paper proposes to compare every combination of masks with every sub-prompt, and says that the
cost is why few objects are taken; its code compares single masks only. With x_M the picture that
shows the objects M and white elsewhere, and t_S the text of the words S in their order, here

    v(M, S) = cos(e(x_M), e(t_S)),

for all 2^k subsets M, the empty one (plain white) too, and all 2^d sub-prompts S. What object o and
word j do together is their Shapley value on both sides,

    phi(o, j) = sum_M sum_S w_o(M) w_j(S) v(M, S),

with the weights w of the Shapley value (negative where the player is missing). Over all pairs phi
adds up to v(all, all) - v(all, none) - v(none, all) + v(none, none). It is our addition, and the
only linear one that treats objects alike, words alike, and gives nothing to what changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.coalitions import all_coalitions, shapley_weights
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import ImageTextEncoder, ObjectMask
from genlens.prompts.drawings import to_tensor
from genlens.prompts.subsets.cost import SubsetCost, cost_of

WHITE = 1.0
"""The source paper lays other objects over with white."""
LARGEST = 256
"""Pixels of the longer side of what the encoder is shown: more is more memory and no better."""
_BATCH = 32


@dataclass(frozen=True)
class ObjectsByWords(Record):
    """Every subset of k objects against every sub-prompt of d words.

    ``cosines`` (2**k, 2**d) in ``all_coalitions`` order: row M, column S, between -1 and 1.
    ``values`` (k, d) are the pairs' Shapley values, in units of the cosine. ``objects`` are the k
    masks, ``boxes`` their places in pixels. ``cost`` says what it took.
    """

    also_written = ("best_words", "best_objects", "boxes")

    words: tuple[str, ...]
    objects: tuple[ObjectMask, ...] = field(metadata=UNWRITTEN)
    cosines: np.ndarray = field(metadata=UNWRITTEN)
    values: np.ndarray
    cost: SubsetCost
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def boxes(self) -> list[tuple[int, int, int, int]]:
        """Of the objects: (x0, y0, x1, y1)."""
        return [o.box for o in self.objects]

    @property
    def best_words(self) -> list[tuple[int, ...]]:
        """For each object alone: the sub-prompt, as word numbers, that fits it best; of equally
        good ones the shortest. () means that the empty prompt does."""
        d = len(self.words)
        return [_members(_best(self.cosines[1 << o]), d) for o in range(len(self.objects))]

    @property
    def best_objects(self) -> list[tuple[int, ...]]:
        """For each word alone: the subset of objects, as numbers, that fits it best."""
        k = len(self.objects)
        return [_members(_best(self.cosines[:, 1 << j]), k) for j in range(len(self.words))]

    @property
    def best_of_all(self) -> tuple[int, ...]:
        """The subset of objects that fits the whole prompt best."""
        return _members(_best(self.cosines[:, -1]), len(self.objects))


def objects_by_words(
    image: np.ndarray,
    objects: Sequence[ObjectMask],
    words: Sequence[str],
    encoder: ImageTextEncoder,
    *,
    ground: float = WHITE,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ObjectsByWords:
    """Compare all subsets of ``objects`` with all sub-prompts of ``words``.

    Args:
        image: (h, w, 3) uint8.
        objects: at most 10 masks (h, w) on it.
        words: at most 8.
        encoder: compares pictures and texts.
        ground: grey, 0 to 1, of all that is not shown.
        progress: ``progress(done, total, text)`` in passes of the encoder.
        cancel: ``cancel() -> bool``, asked before each batch.

    Raises:
        InputError: too many objects or words, or masks of another size than the picture.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    cost = cost_of(len(objects), len(words))
    for o in objects:
        if o.mask.shape != image.shape[:2]:
            raise InputError(
                f"a mask is {o.mask.shape} on a picture of {image.shape[:2]}: both have to agree"
            )
    picture, masks = _small(image, [o.mask for o in objects])
    subsets, selections = all_coalitions(len(objects)), all_coalitions(len(words))
    seen = []
    for start in range(0, len(subsets), _BATCH):
        if progress is not None:
            progress(start, cost.pictures + cost.texts, f"{start} of {cost.pictures} subsets seen")
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {start} of {cost.pictures} subsets")
        seen.append(
            encoder.embed_images(_shown(picture, masks, subsets[start : start + _BATCH], ground))
        )
    texts = [
        " ".join(word for word, said in zip(words, row, strict=True) if said) for row in selections
    ]
    said = encoder.embed_texts(texts)  # (2**d, e)
    cosines = (torch.cat(seen).double() @ said.double().T).cpu().numpy()
    values = np.zeros((0, len(words)))
    if objects:
        values = shapley_weights(len(objects)) @ cosines @ shapley_weights(len(words)).T
    return ObjectsByWords(
        words=tuple(words),
        objects=tuple(objects),
        cosines=cosines,
        values=values,
        cost=cost,
        made_by=encoder.card.made_by(
            encoder.device,
            settings={"ground": ground, "largest": LARGEST},
            model_calls=cost.pictures + cost.texts,
            seconds=seconds_since(started),
        ),
    )


def _small(image: np.ndarray, masks: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    """The picture (3, h, w) in [0, 1] and masks (k, h, w) bool, with at most ``LARGEST`` a side."""
    from torch.nn.functional import interpolate

    picture = to_tensor(image[None])
    held = torch.from_numpy(np.array(masks, dtype=bool).reshape(-1, *image.shape[:2]))
    scale = LARGEST / max(image.shape[:2])
    if scale < 1:
        size = [max(1, round(side * scale)) for side in image.shape[:2]]
        picture = interpolate(picture, size, mode="bilinear", antialias=True).clamp(0, 1)
        small = [interpolate(m[None, None].float(), size, mode="nearest-exact") for m in held]
        held = torch.cat([m[0] for m in small]) > 0.5 if small else held[:, : size[0], : size[1]]
    return picture[0], held


def _shown(
    picture: torch.Tensor, masks: torch.Tensor, subsets: np.ndarray, ground: float
) -> torch.Tensor:
    """(m, 3, h, w): the picture where an object of the subset is, ``ground`` elsewhere."""
    chosen = torch.from_numpy(subsets)  # (m, k)
    inside = (chosen[:, :, None, None] & masks[None]).any(1)  # (m, h, w)
    return torch.where(inside[:, None], picture[None], torch.tensor(ground))


def _best(row: np.ndarray) -> int:
    """The number of the highest value; of equally high ones that with the fewest players."""
    ties = np.flatnonzero(row >= row.max() - 1e-9)
    return int(min(ties, key=lambda i: (bin(int(i)).count("1"), i)))


def _members(number: int, players: int) -> tuple[int, ...]:
    return tuple(i for i in range(players) if number >> i & 1)
