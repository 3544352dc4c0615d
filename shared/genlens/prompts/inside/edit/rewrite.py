"""Edit what a word means to the keys and values of cross-attention, without touching the model.

::

    edit = edit_word("emoji-diffusion", "cat", "dog")
    with edited("emoji-diffusion", edit) as model:
        model.generate(["a cat on a blue background"], 0)     # draws a dog
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import CrossLayer, Openable, Opened, TextToImage, Word
from genlens.prompts.checks import clean_prompt
from genlens.prompts.inside.edit.solve import ridge
from genlens.prompts.inside.openable import openable
from genlens.worlds import vocabulary as V

LAMBDA, MU = 0.1, 0.1
"""Chosen on six pairs of words of another seed than ``genlens evaluate inside`` takes: a larger
lambda edits less, mu of 1 keeps the word too, mu of 0 (TIME) changes other nouns with it."""
LEAST, MOST = 1e-6, 1e6
"""Of lambda; and the most of mu."""
FRAMES = ("{}", "a {}", "the {}", "a red {}", "a {} and a tree")
"""Texts around the word by which it is edited; that an edit holds in others is for the evaluation
to say."""
KEYS_AND_VALUES, KEYS, VALUES = "both", "keys", "values"
_PARTS = {KEYS_AND_VALUES: ("to_k", "to_v"), KEYS: ("to_k",), VALUES: ("to_v",)}


@dataclass(frozen=True)
class WordEdit(Record):
    """New keys and values under which ``word`` is read as ``target``.

    ``weights`` are the new linear maps (out, d) float32 by name; ``change`` is, for each, the size
    of the change over the size of the map (Frobenius norms); ``layers`` are those edited. ``moved``
    is how far the edit brings the word's keys and values towards the target's, 0 to 1 (1 - left
    over distance / distance before, mean over maps; 0 where the model reads both words alike),
    ``kept`` the mean relative change of those of the texts that were to stay.
    """

    word: str
    target: str
    layers: tuple[CrossLayer, ...]
    weights: Mapping[str, np.ndarray] = field(metadata=UNWRITTEN)
    change: Mapping[str, float]
    moved: float
    kept: float
    lam: float
    mu: float
    made_by: MadeBy = field(default_factory=MadeBy)


def edit_word(
    model: TextToImage | str,
    word: str,
    target: str,
    *,
    lam: float = LAMBDA,
    mu: float = MU,
    keep: Sequence[str] | None = None,
    layers: Sequence[int] | None = None,
    parts: str = KEYS_AND_VALUES,
    shuffled: int | None = None,
) -> WordEdit:
    """Solve for the edit; nothing is drawn, and the model stays as it is. See ``solve.ridge``.

    Args:
        model: a text-to-image model with cross-attention, or its name.
        word, target: one to three words each, such as "cat" and "dog".
        lam: how dear a change of the weights is, 1e-6 to 1e6; large: nothing is edited.
        mu: how dear a change of the words in ``keep`` is, 0 to 1e6.
        keep: words that shall stay; None for the nouns of the emoji world.
        layers: numbers of the layers to edit, in the order in which they run; None for all
            (LocoEdit edits only those that carry the word).
        parts: "both", "keys" or "values".
        shuffled: a seed makes the control: the target's coordinates are shuffled, so that the edit
            is as large and means nothing.

    Raises:
        InputError: a word or a number cannot be used, or the model has not learned a word.
        ModelError: the model's keys and values are no linear maps of the text.
    """
    started = time.perf_counter()
    old, new = (clean_prompt(text, max_words=3) for text in (word, target))
    if old == new:
        raise InputError(f"the word and its target are both {old!r}: name another target")
    lam, mu = number("lambda", lam, LEAST, MOST), number("mu", mu, 0, MOST)
    if parts not in _PARTS:
        raise InputError(f"parts is {parts!r}: take {', '.join(_PARTS)}")
    painter = openable(model)
    _require_learned(painter, old, new)
    with painter.opened() as inside:
        chosen = _chosen(inside, layers)
        names = [f"{layer.name}.{part}" for layer in chosen for part in _PARTS[parts]]
        sources, targets = _aligned(painter, inside, old, new)
        stays = [n for n in (_nouns() if keep is None else keep) if n not in (old, new)]
        kept = _states(painter, inside, [f"a {n}" for n in stays], stays)
        maps = {name: weight for name, weight in inside.projections().items() if name in names}
    if shuffled is not None:
        order = np.random.default_rng(whole("shuffled", shuffled, 0, 2**31)).permutation(
            targets.shape[1]
        )
        targets = targets[:, order]
    weights, change, moved, lost = {}, {}, [], []
    for name, weight in maps.items():
        solved = ridge(weight, sources, targets, kept, lam, mu)
        weights[name] = solved.float().numpy()
        change[name] = float((solved - weight).norm() / weight.norm())
        before = ((sources - targets) @ weight.T).norm()
        after = (sources @ solved.T - targets @ weight.T).norm()
        moved.append(float(1 - after / before) if before > 0 else 0.0)
        if len(kept):
            lost.append(float((kept @ (solved - weight).T).norm() / (kept @ weight.T).norm()))
    made = painter.card.made_by(
        painter.device,
        seed=shuffled,
        settings={"lambda": lam, "mu": mu, "parts": parts, "kept": len(stays)},
        seconds=seconds_since(started),
    )
    return WordEdit(
        old, new, chosen, weights, change, float(np.mean(moved)),
        float(np.mean(lost)) if lost else 0.0, lam, mu, made,
    )  # fmt: skip


@contextmanager
def edited(model: TextToImage | str, edit: WordEdit) -> Iterator[Openable]:
    """The model as ``edit`` has it, inside the block and in this thread; others wait. Its weights
    are never written: hooks compute with the edit's instead."""
    painter = openable(model)
    weights = {name: torch.from_numpy(weight) for name, weight in edit.weights.items()}
    with painter.opened() as inside, inside.rewritten(weights):
        yield painter


def unlearned(painter: TextToImage, *texts: str) -> list[Word]:
    """The words of ``texts`` that mean nothing to the model: an edit to or from one would come with
    a number all the same."""
    return [word for text in texts for word in painter.tokenize(text) if not word.known]


def _require_learned(painter: TextToImage, *texts: str) -> None:
    for word in unlearned(painter, *texts):
        near = ", ".join(word.suggestions[:3])
        raise InputError(
            f"{painter.card.id} has not learned {word.text!r}: take a word that it knows"
            + (f", such as {near}" if near else "")
        )


def _chosen(inside: Opened, layers: Sequence[int] | None) -> tuple[CrossLayer, ...]:
    if layers is None:
        return inside.layers
    last = len(inside.layers) - 1
    wanted = sorted({whole("a layer", layer, 0, last) for layer in layers})
    if not wanted:
        raise InputError("no layer is to be edited: name at least one, or leave layers out")
    return tuple(inside.layers[i] for i in wanted)


def _nouns() -> list[str]:
    return sorted(V.NOUNS)


def _aligned(
    painter: Openable, inside: Opened, old: str, new: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, d) twice: encoded tokens of texts with the word and with the target, from the last token
    of either on, as TIME aligns them."""
    sources, targets = [], []
    texts = [frame.format(word) for frame in FRAMES for word in (old, new)]
    states = inside.encode(texts).double().cpu()
    for k, frame in enumerate(FRAMES):
        starts = [_last_token(painter, frame, word) for word in (old, new)]
        count = states.shape[1] - max(starts)
        sources.append(states[2 * k, starts[0] : starts[0] + count])
        targets.append(states[2 * k + 1, starts[1] : starts[1] + count])
    return torch.cat(sources), torch.cat(targets)


def _last_token(painter: Openable, frame: str, word: str) -> int:
    """The place of the word's last token in the encoded text, after the start token."""
    words = painter.tokenize(frame.format(word))
    before = len(frame.partition("{}")[0].split()) + len(word.split())
    return sum(len(each.token_ids) for each in words[:before])


def _states(
    painter: Openable, inside: Opened, texts: Sequence[str], words: Sequence[str]
) -> torch.Tensor:
    """(m, d): the encoded tokens of ``texts`` ("a " before each of ``words``) from the word's last
    token on."""
    if not texts:
        return torch.zeros(0, inside.encode([""]).shape[-1], dtype=torch.float64)
    states = inside.encode(list(texts)).double().cpu()
    return torch.cat(
        [one[_last_token(painter, "a {}", word) :] for one, word in zip(states, words, strict=True)]
    )
