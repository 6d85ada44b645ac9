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
_BLOCK = 64  # crops worked on at once: their copies stay in the processor's cache


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
    half = [_pooling(size, 2) * np.sqrt(np.float32(0.5)) for size in (height, width)]
    cells = [_pooling(size, CELL) * np.sqrt(np.float32(0.3)) for size in (height, width)]
    for first in range(0, n, _BLOCK):
        grey = np.asarray(crops[first : first + _BLOCK], np.float32)
        across, down = np.zeros_like(grey), np.zeros_like(grey)
        np.subtract(grey[:, :, 2:], grey[:, :, :-2], out=across[:, :, 1:-1])
        np.subtract(grey[:, 2:], grey[:, :-2], out=down[:, 1:-1])
        diagonal = across + down
        other = across - down
        maps = [_pool(grey, half), _pool(across, cells), _pool(down, cells)]
        maps += [_pool(np.abs(slope, out=slope), cells) for slope in (across, down)]
        maps += [_pool(np.abs(slope, out=slope), cells) * np.sqrt(np.float32(0.5)) for slope in (diagonal, other)]
        np.concatenate(maps, axis=1, out=out[first : first + _BLOCK])
    return out


def _pool(maps: Array, windows: list[Array]) -> Array:
    """Average (n, height, width) over windows; gives (n, cells)."""
    n, height, width = maps.shape
    narrow = maps.reshape(n * height, width) @ windows[1]
    pooled: Array = np.matmul(windows[0].T, narrow.reshape(n, height, -1)).reshape(n, -1)
    return pooled


FEATURES: dict[str, Callable[[Array], Array]] = {"pixels": pixels, "edges": edges}
"""By the name that a weights file bears."""
