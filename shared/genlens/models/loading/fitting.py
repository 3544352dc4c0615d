"""Whether weights fit the network they are meant for: every name, shape and number.

A network that is only partly filled keeps random numbers in the rest, draws something, and is
explained as if it had learned that. So all of it has to fit, up to the wrappers that training tools
leave in front of names (torch.compile's ``_orig_mod.``, data parallel's ``module.``) and the names
of what the network was a part of (``vae.``, ``first_stage_model.``, ``model.``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from genlens.errors import ModelError

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
WRAPPERS = frozenset({"_orig_mod", "module"})
"""Parts of a name that a training tool adds, anywhere in it."""
OWNERS = frozenset({"model", "net", "vae", "autoencoder", "first_stage_model"})
"""What a network was a part of: the first words of a name."""
# Which of them a checkpoint of a whole model names its autoencoder by.
_PARTS = ("vae", "first_stage_model", "autoencoder")


def fill(model: torch.nn.Module, state: Mapping[str, torch.Tensor], what: str) -> tuple[str, ...]:
    """Load ``state`` into ``model``, called ``what`` in messages.

    Prefixes (``WRAPPERS``, ``OWNERS``) are taken off where that makes names fit.

    Returns:
        What was changed, in sentences for the model's card; () for weights that fit as they are.

    Raises:
        ModelError: names or shapes differ, or a weight is NaN or infinite; the message names it.
    """
    wanted = model.state_dict()
    state, notes = without_prefixes(state, wanted)
    shapes = {
        name: (tuple(tensor.shape), tuple(wanted[name].shape))
        for name, tensor in state.items()
        if name in wanted and tensor.shape != wanted[name].shape
    }
    # an integer counts something (EMA's n_averaged, position_ids): it is no weight
    other = [name for name in state.keys() - wanted.keys() if state[name].is_floating_point()]
    faults = differences(_missing(state, wanted), other, shapes)
    if faults:
        raise ModelError(f"the weights do not fit the config of {what}: {faults}")
    require_finite(state, what)
    model.load_state_dict(state, strict=False)  # what may be missing was checked above
    return notes


def _missing(state: Mapping[str, object], wanted: Mapping[str, torch.Tensor]) -> list[str]:
    """Names that nothing fills: a tied weight may stand under any of its names, and the counter of
    a batch norm changes nothing when it is evaluated."""
    filled = {wanted[name].data_ptr() for name in state if name in wanted}
    return [
        name
        for name, tensor in wanted.items()
        if name not in state
        and tensor.data_ptr() not in filled
        and not name.endswith("num_batches_tracked")
    ]


def without_prefixes(
    state: Mapping[str, T], wanted: Collection[str] | None = None
) -> tuple[dict[str, T], tuple[str, ...]]:
    """``state`` with its prefixes taken off, and sentences that say so.

    ``wanted`` are the network's own names: what is among them stays, and only what gets there
    changes. Without them, every prefix goes.
    """
    kept = _one_part(state, wanted)
    names = {name: _bare(name, wanted) for name in kept}
    if len(set(names.values())) < len(names):  # two would become one: these are no wrappers
        names = {name: name for name in kept}
    gone = {word for old, new in names.items() for word in _removed(old, new)}
    notes = []
    if gone:
        listed = ", ".join(f"{word}." for word in sorted(gone))
        notes.append(f"taken off the names of its weights: {listed}")
    if len(kept) < len(state):
        other = next(name for name in state if name not in kept)
        notes.append(
            f"left out of its file, because they belong to other networks: "
            f"{len(state) - len(kept)} tensors such as {other}"
        )
    return {names[name]: state[name] for name in kept}, tuple(notes)


def _one_part(state: Iterable[str], wanted: Collection[str] | None) -> list[str]:
    """The names to read: all, or those of the wanted network in a larger model's checkpoint."""
    names = list(state)
    for part in _PARTS if wanted is None else sorted(OWNERS):
        inside = [name for name in names if part in name.split(".")[:-1]]
        chosen = set(inside)
        fits = wanted is None or all((_bare(n, wanted) in wanted) == (n in chosen) for n in names)
        if inside and len(inside) < len(names) and fits:
            return inside
    return names


def _bare(name: str, wanted: Collection[str] | None) -> str:
    """``name`` without prefixes: the first shorter form that is wanted, or ``name`` itself; without
    ``wanted``, the shortest form."""
    last = name
    for last in _shorter(name):
        if wanted is not None and last in wanted:
            return last
    return last if wanted is None else name


def _shorter(name: str) -> Iterator[str]:
    """``name``, then without wrappers, then without one owner after the other."""
    yield name
    *path, leaf = name.split(".")
    words = path
    for wrappers in ({"_orig_mod"}, {"module"}, WRAPPERS):
        words = [word for word in path if word not in wrappers]
        yield ".".join([*words, leaf])
    while words and words[0] in OWNERS:
        words = words[1:]
        yield ".".join([*words, leaf])


def _removed(old: str, new: str) -> set[str]:
    """The words of ``old`` that ``new`` lacks."""
    rest = old.split(".")
    for word in new.split("."):
        rest.remove(word)
    return set(rest)


def differences(
    missing: Collection[str],
    unexpected: Collection[str],
    shapes: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]],
) -> str:
    """In words what does not fit, "" where all does; ``shapes`` are (in the file, wanted)."""
    faults = []
    for names, how in ((missing, "missing"), (unexpected, "not part of the network")):
        if names:
            verb = "are" if len(names) > 1 else "is"
            faults.append(f"{len(names)} {verb} {how}, such as {min(names)}")
    for name, (found, wanted) in sorted(shapes.items())[:1]:
        also = f" (and {len(shapes) - 1} more)" if len(shapes) > 1 else ""
        faults.append(f"{name} has shape {found} instead of {wanted}{also}")
    return "; ".join(faults)


def require_finite(state: Mapping[str, torch.Tensor], what: str) -> None:
    """Refuse NaN or infinite weights: everything computed from them would be NaN too.

    Raises:
        ModelError: naming the first such tensor.
    """
    for name, tensor in state.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ModelError(
                f"{what}: the weights {name} hold NaN or infinity, so its outputs are "
                "meaningless: train or download it again"
            )
