"""Pictures cut into regions of like colour, for methods that switch regions off."""

from __future__ import annotations

import numpy as np

from genlens.common.checks import whole
from genlens.errors import InputError

MAX_PARTS = 200


def superpixels(
    image: np.ndarray,
    segments: np.ndarray | int,
    *,
    compactness: float | None = None,
    most: int = MAX_PARTS,
) -> np.ndarray:
    """Region numbers (h, w), 0 to parts - 1 without holes, of ``image`` (c, h, w) in [0, 1].

    Achanta et al. 2012, "SLIC superpixels compared to state-of-the-art", by scikit-image.

    Args:
        image: one picture, 1 or 3 channels.
        segments: about how many regions to cut, or ready region numbers (h, w).
        compactness: small values follow edges, large ones give squares; None raises it until at
            least half of the regions asked for come out, and takes a regular grid where only one
            does.
        most: the largest number of regions allowed.

    Raises:
        InputError: a shape that does not fit, or a number of regions out of range.
    """
    height, width = image.shape[1:]
    if not isinstance(segments, (int, np.integer)):
        return _checked(np.asarray(segments), (height, width), most)
    if compactness is not None:
        return numbered(_slic(image, whole("count", segments, 1, most), compactness))
    count = whole("segments", segments, 2, most)
    start = 10.0 if image.shape[0] == 3 else 0.1  # Lab runs to 100, grey levels to 1
    for factor in (1, 10, 100):
        cut = _slic(image, count, factor * start)
        # In noisy pictures colour scatters the regions and SLIC merges the scraps into few: then
        # place has to count for more.
        if cut.max() + 1 >= count / 2:
            break
    if cut.max() == 0:
        cut = regular_grid((height, width), count)
    return _checked(cut, (height, width), most)


def regular_grid(shape: tuple[int, ...], count: int) -> np.ndarray:
    """Region numbers (h, w) of about ``count`` equal rectangles, which look at no picture."""
    height, width = shape
    rows = min(height, max(1, round((count * height / width) ** 0.5)))
    columns = min(width, max(1, round(count / rows)))
    row, column = (np.arange(n) * parts // n for n, parts in ((height, rows), (width, columns)))
    return np.asarray(row[:, None] * columns + column)


def numbered(cut: np.ndarray) -> np.ndarray:
    """Region numbers (h, w) of ``cut`` (h, w), renamed 0 to parts - 1 without holes."""
    return np.asarray(np.unique(cut, return_inverse=True)[1].reshape(cut.shape))


def _slic(image: np.ndarray, count: int, compactness: float) -> np.ndarray:
    # Labels from 0: lime reads them as positions, and with scikit-image's default of 1 it would
    # never switch off the last region.
    from skimage.segmentation import slic

    colour = image.shape[0] == 3
    cut: np.ndarray = slic(
        image.transpose(1, 2, 0) if colour else image[0],
        n_segments=count,
        compactness=compactness,
        channel_axis=-1 if colour else None,
        start_label=0,
    )
    return cut


def _checked(cut: np.ndarray, shape: tuple[int, int], most: int) -> np.ndarray:
    if cut.shape != shape or not np.issubdtype(cut.dtype, np.integer):
        raise InputError(
            f"segments are {cut.dtype} of shape {cut.shape}: pass whole numbers {shape}"
        )
    numbers = numbered(cut)
    if not 2 <= numbers.max() + 1 <= most:
        raise InputError(f"{numbers.max() + 1} superpixels: pass 2 to {most}")
    return numbers
