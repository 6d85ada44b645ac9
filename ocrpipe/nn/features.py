"""What a network is shown of a crop: its pixels, or its edges. Fixed; nothing here is learned.

A fully connected layer has to learn anew at every place what a slanting edge is. Telling it beforehand where which
edges run, and leaving out where exactly, is the oldest remedy in the reading of handwriting.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["FEATURES", "edges", "pixels"]

Array = npt.NDArray[np.float32]

CELL = 4
_BLOCK = 32  # crops worked on at once: their copies stay in the processor's cache


def pixels(crops: Array) -> Array:
    """Give the pixels themselves, row by row: (n, height, width) becomes (n, height * width).

    Examples
    --------
    >>> pixels(np.zeros((2, 32, 32), np.float32)).shape
    (2, 1024)
    """
    return np.asarray(crops, np.float32).reshape(len(crops), -1)


def _pooling(count: int, cell: int) -> Array:
    """Weights (count, count / cell) of overlapping windows: 1 in a cell's middle, falling to 0 in its neighbours'."""
    place = np.arange(count)[:, None] + 0.5
    middle = (np.arange(count // cell)[None] + 0.5) * cell
    weights: Array = np.maximum(0, 1 - np.abs(place - middle) / cell).astype(np.float32)
    weights /= np.sqrt(np.float32(cell))
    return weights


def edges(crops: Array) -> Array:
    """Give a coarse picture, and how much edge of each direction every cell of 4 x 4 pixels holds.

    Parameters
    ----------
    crops : ndarray of float, shape (n, height, width)
        Height and width are multiples of 4.

    Returns
    -------
    ndarray of float32, shape (n, height * width * 5 / 8)
        First the picture at half size; then, at a quarter of the size, six maps: the grey's slope to the right and
        downwards with its sign, and without sign to the right, downwards and along both diagonals. Cells overlap: a
        pixel is shared out over the nearest four, so that a stroke that shifts a little changes little.

    References
    ----------
    C.-L. Liu, K. Nakashima, H. Sako and H. Fujisawa, "Handwritten digit recognition: benchmarking of state-of-the-art
    techniques", Pattern Recognition 36 (2003) 2271-2285: direction features; there, too, they beat the pixels.

    Examples
    --------
    >>> edges(np.zeros((2, 32, 32), np.float32)).shape
    (2, 640)
    """
    n, height, width = crops.shape
    if height % CELL or width % CELL:
        raise ValueError(f"edges wants a height and width that are multiples of {CELL}, not {height} x {width}")
    out = np.empty((n, height * width * 5 // 8), np.float32)
    coarse, maps = out[:, : height * width // 4], out[:, height * width // 4 :]
    half = [_pooling(size, 2) * np.sqrt(np.float32(0.5)) for size in (height, width)]
    cells = [_pooling(size, CELL) * np.sqrt(np.float32(0.3)) for size in (height, width)]
    for first in range(0, n, _BLOCK):
        some = slice(first, first + _BLOCK)
        grey = np.array(crops[some].transpose(1, 0, 2), np.float32)
        coarse[some] = _pool(grey[None], half)
        maps[some] = _pool(_slopes(grey), cells)
    maps[:, -height * width // 8 :] *= np.sqrt(np.float32(0.5))  # both diagonals: a step along them is longer
    return out


def _slopes(grey: Array) -> Array:
    """Give the grey's slopes, shape (6, height, n, width), of crops that lie row by row: (height, n, width)."""
    maps = np.empty((6, *grey.shape), np.float32)
    across, down = maps[0], maps[1]
    # One row after the other, as if all were one: that is fast, and what comes of two rows' ends is put right.
    np.subtract(grey.ravel()[2:], grey.ravel()[:-2], out=across.reshape(-1)[1:-1])
    across[:, :, 0] = across[:, :, -1] = 0
    np.subtract(grey[2:], grey[:-2], out=down[1:-1])
    down[0] = down[-1] = 0
    np.abs(maps[:2], out=maps[2:4])
    np.add(across, down, out=maps[4])
    np.subtract(across, down, out=maps[5])
    np.abs(maps[4:], out=maps[4:])
    return maps


def _pool(maps: Array, windows: list[Array]) -> Array:
    """Average maps (maps, height, n, width) over windows; gives (n, maps * cells).

    All crops' first rows lie together, then all their second rows: so two products do all crops at once.
    """
    count, height, n, width = maps.shape
    low = np.matmul(windows[0].T, maps.reshape(count, height, n * width))
    small = low.reshape(-1, width) @ windows[1]
    pooled: Array = small.reshape(count, -1, n, small.shape[1]).transpose(2, 0, 1, 3).reshape(n, -1)
    return pooled


FEATURES: dict[str, Callable[[Array], Array]] = {"pixels": pixels, "edges": edges}
"""By the name that a weights file bears."""
