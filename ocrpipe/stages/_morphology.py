"""Bars and squares of pixels that slide over grey or boolean arrays: the largest value, the least, and what follows.

Serra, "Image Analysis and Mathematical Morphology", 1982. Beyond the array is nothing: there the bar is cut short.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Pixel = TypeVar("Pixel", np.uint8, np.bool_)


def dilated(pixels: NDArray[Pixel], radius: int) -> NDArray[Pixel]:
    """Return the largest value within `radius` of each pixel, in a square of side 2 radius + 1.

    Examples
    --------
    >>> dilated(np.array([[0, 0, 9, 0, 0, 0]], np.uint8), 1).tolist()
    [[0, 9, 9, 9, 0, 0]]
    """
    return _square(np.maximum, pixels, radius)


def eroded(pixels: NDArray[Pixel], radius: int) -> NDArray[Pixel]:
    """Return the least value within `radius` of each pixel, in a square of side 2 radius + 1."""
    return _square(np.minimum, pixels, radius)


def closed(pixels: NDArray[Pixel], radius: int) -> NDArray[Pixel]:
    """Lift what is lower than its surroundings and narrower than 2 radius + 1, in either direction, to their height."""
    return eroded(dilated(pixels, radius), radius)


def closed_along(pixels: NDArray[Pixel], radius: int) -> NDArray[Pixel]:
    """Do what `closed` does in each row by itself.

    Examples
    --------
    >>> closed_along(np.array([[9, 9, 2, 9, 9, 1, 1, 1, 1, 9]], np.uint8), 1).tolist()
    [[9, 9, 9, 9, 9, 1, 1, 1, 1, 9]]
    """
    return _slid(np.minimum, _slid(np.maximum, pixels, radius, 1), radius, 1)


def _square(extreme: Any, pixels: NDArray[Pixel], radius: int) -> NDArray[Pixel]:
    return _slid(extreme, _slid(extreme, pixels, radius, 0), radius, 1)


def _slid(extreme: Any, pixels: NDArray[Pixel], radius: int, axis: int) -> NDArray[Pixel]:
    """Slide a bar along an axis. Each pass doubles how far a pixel has seen, so a bar of n costs log2(n) passes."""
    if radius < 1 or not pixels.size:
        return pixels
    beyond = [(0, 0), (0, 0)]
    beyond[axis] = (radius, radius)
    slid = np.pad(pixels, beyond, mode="edge")
    seen, side = 1, 2 * radius + 1
    while seen < side:
        step = min(seen, side - seen)
        slid = extreme(slid[:-step], slid[step:]) if axis == 0 else extreme(slid[:, :-step], slid[:, step:])
        seen += step
    return slid
