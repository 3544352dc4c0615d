"""Every anchor set by name, and the one function that makes any of them::

anchors = anchor_set("digits", model.image_shape)
anchors = anchor_set("./my-pictures", model.image_shape)  # a folder or ZIP file
anchors = anchor_set(images, labels=labels, names=names)  # an array (n, c, h, w)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from genlens.anchors.sets import drawn, own, published
from genlens.anchors.sets.ask import AnchorKind, Ask
from genlens.anchors.sets.pictures import Pictures
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError

_MNIST = "CC BY-SA 3.0 (MNIST)"
_OWN = "MIT"
SETS: tuple[AnchorKind, ...] = (
    AnchorKind(
        "digits",
        "MNIST digits new to zeros-vae",
        _MNIST,
        "4,865 of 66,000 pictures",
        published.digits,
        fetched="digits",
    ),
    AnchorKind(
        "fashion", "Fashion-MNIST, clothes", "MIT", "nothing", published.fashion, fetched="fashion"
    ),
    AnchorKind(
        "avatars",
        "faces with and without glasses",
        _OWN,
        "all: drawn as they are asked for",
        drawn.faces,
        classes=drawn.FACE_CLASSES,
    ),
    AnchorKind("scenes", "emoji scenes", _OWN, "all: drawn as they are asked for", drawn.scenes),
    AnchorKind(
        "cifar10",
        "CIFAR-10, 300 pictures a class",
        "none stated (CIFAR-10)",
        "all 3,000, compressed with loss",
        published.cifar10,
        fetched="cifar10",
    ),
    AnchorKind(
        "cifar10-test",
        "CIFAR-10, 10,000 test pictures",
        "none stated (CIFAR-10)",
        "nothing",
        published.cifar10_test,
        fetched="cifar10",
    ),
)
"""The known sets; a new one is one entry."""


def anchor_set(
    source: str | Path | np.ndarray,
    image_shape: tuple[int, int, int] | None = None,
    *,
    n: int | None = None,
    seed: int = 0,
    classes: str = "",
    labels: Sequence[int] | np.ndarray | None = None,
    names: Sequence[str] = (),
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Pictures:
    """Pictures that a model can be asked about.

    Args:
        source: a name of ``SETS``; a folder or ZIP file of pictures; "hub:owner/name@revision", a
            data set of the hub; or an array (n, c, h, w), uint8 or float32 in [0, 1].
        image_shape: (c, h, w) that the model takes; None for the pictures' own. Pictures of
            another size are cut to their centre and resized, grey ones repeated for a model in
            colour, coloured ones turned to grey for a grey one; the title says so.
        n: so many of them, drawn by ``seed``; None for all (10,000 faces, 2,000 scenes).
        seed: of that choice, or of drawn pictures.
        classes: what the labels of "avatars" say: a property such as "beard", or a part such as
            "hair".
        labels, names: of an array's pictures.
        progress, cancel: of reading files.

    Raises:
        InputError: no such set, file or folder; pictures that are not here (the message says what
            to fetch); pictures or numbers that cannot be used.
        DownloadError: a fetched file is damaged, or the hub cannot be reached.
        Cancelled: ``cancel()`` said so.
    """
    ask = Ask(image_shape, n, seed, classes, progress, cancel)
    if isinstance(source, np.ndarray):
        return own.array(source, labels, names, ask=ask)
    if labels is not None or names:
        raise InputError("labels and names belong to an array: other sets bring their own")
    kind = next((kind for kind in SETS if kind.name == source), None)
    if kind is not None:
        return kind.make(ask)
    if classes:
        raise InputError(f"classes {classes!r} belong to the set avatars: leave them out here")
    if isinstance(source, str) and source.startswith("hub:"):
        from genlens.anchors.sets.hub import hub_set

        return hub_set(source.removeprefix("hub:"), ask)
    path = Path(source).expanduser()
    if not path.exists():
        known = ", ".join(kind.name for kind in SETS)
        raise InputError(
            f"{source} is no anchor set and no folder or ZIP file: take {known}, a path, or "
            "hub:owner/name"
        )
    return own.files(path, ask)
