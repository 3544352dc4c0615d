"""Make ``import torchvision`` work where its compiled operators do not fit the installed torch.

PyPI's torchvision wheel for Linux is built for CUDA. Beside a CPU build of torch (or any torch of
another version) its C++ library cannot be loaded, and ``import torchvision`` stops with
``RuntimeError: operator torchvision::nms does not exist``. diffusers, transformers, open_clip, timm
and segment_anything all probe for torchvision, so none of them can be imported either.

:func:`ensure` mends that, and leaves a sound torchvision alone. Call it before importing any of
those libraries.
"""

from __future__ import annotations

import importlib
import sys
import threading
from typing import TYPE_CHECKING, Any

from genlens.errors import ModelError

if TYPE_CHECKING:
    import torch

_lock = threading.RLock()
# The operators live as long as their torch.library.Library does, so it has to be kept; at most one.
_library: list[Any] = []

_MISSING_NMS = "torchvision::nms does not exist"
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def ensure() -> None:
    """Import torchvision, standing in for its missing operators where that is needed.

    Safe to call often and from several threads; only the first call does anything. Only
    non-maximum suppression is stood in for: the other operators (``roi_align``, ...) raise as soon
    as they are called, and nothing genlens uses calls them.

    Raises:
        ModelError: torch or torchvision is not installed, or torchvision is broken in another way.
    """
    with _lock:
        try:
            importlib.import_module("torchvision")
            return
        except ModuleNotFoundError as error:
            raise _not_installed(error) from error
        except RuntimeError as error:
            if _MISSING_NMS not in str(error):
                raise _broken(error) from error
        _drop_half_imported()
        _define_operators()
        try:
            importlib.import_module("torchvision")
        except (ImportError, RuntimeError) as error:
            raise _broken(error) from error
        # Asked by torchvision.ops before every call; from now on the answer is ours.
        sys.modules["torchvision.extension"]._has_ops = _has_ops  # type: ignore[attr-defined]


def nms(dets: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Non-maximum suppression in plain PyTorch, on any device.

    Goes through the boxes from the best score down (ties in their given order) and drops every
    box that overlaps a kept one by more than the threshold.

    Args:
        dets: (n, 4) boxes ``x0, y0, x1, y1``, in any unit and any real dtype.
        scores: (n,) one score a box, higher is better.
        iou_threshold: in [0, 1]; a box is dropped when its intersection over union with a kept
            box is strictly greater. Two boxes without area overlap by nothing.

    Returns:
        (k,) int64 indices of the kept boxes, best score first.
    """
    _check_boxes(dets, scores)
    # Half precision cannot tell areas above 2048 square pixels apart.
    boxes = dets if dets.dtype.is_floating_point and dets.element_size() >= 4 else dets.float()
    order = scores.argsort(descending=True, stable=True)  # (n,)
    kept: list[torch.Tensor] = []
    while order.numel():
        best, order = order[0], order[1:]
        kept.append(best)
        # A NaN (0 / 0, boxes without area) compares false, so such a box stays.
        order = order[~(_iou(boxes[best], boxes[order]) > iou_threshold)]
    if not kept:
        return dets.new_empty((0,), dtype=order.dtype)
    return order.new_tensor([int(index) for index in kept])


def _iou(box: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """Intersection over union of one box (4,) with many (n, 4): (n,)."""
    low = boxes[:, :2].maximum(box[:2])  # (n, 2)
    high = boxes[:, 2:].minimum(box[2:])  # (n, 2)
    shared = (high - low).clamp(min=0).prod(dim=1)  # (n,)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)  # (n,)
    return shared / (areas + (box[2:] - box[:2]).prod() - shared)


def _check_boxes(dets: torch.Tensor, scores: torch.Tensor) -> None:
    """The shape errors torchvision's own operator raises, as RuntimeError like there."""
    if dets.dim() != 2 or dets.shape[1] != 4:
        raise RuntimeError(f"boxes should have shape (n, 4), got {tuple(dets.shape)}")
    if scores.dim() != 1 or scores.shape[0] != dets.shape[0]:
        raise RuntimeError(
            f"scores should have shape ({dets.shape[0]},) like the boxes, got {tuple(scores.shape)}"
        )


def _drop_half_imported() -> None:
    """Forget what the failed import left in ``sys.modules``, so that the next one starts afresh."""
    for name in [m for m in sys.modules if m == "torchvision" or m.startswith("torchvision.")]:
        del sys.modules[name]


def _define_operators() -> None:
    """Define ``torchvision::nms`` and ``torchvision::qnms`` (``nms`` on quantized integers)."""
    import torch

    if _library:
        return
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(name + _SIGNATURE)
        for device in ("CPU", "CUDA", "MPS"):
            library.impl(name, nms, device)
    _library.append(library)


def _has_ops() -> bool:
    return True


def _not_installed(error: ModuleNotFoundError) -> ModelError:
    if error.name in ("torch", "torchvision"):
        return ModelError(
            f"{error.name} is not installed, and every model needs it. "
            "Install the pinned requirements: pip install -r requirements.txt"
        )
    return _broken(error)


def _broken(error: Exception) -> ModelError:
    return ModelError(
        f"torchvision cannot be imported: {error}. torch and torchvision have to come from one "
        "release; install the pinned pair again: pip install --force-reinstall -r requirements.txt"
    )
