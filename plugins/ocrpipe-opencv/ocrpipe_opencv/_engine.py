"""OpenCV itself, imported when a page first needs it."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Ink = NDArray[np.bool_]


@cache
def opencv() -> Any:
    """Return the module `cv2`, held to one thread: ocrpipe reads several pages at once in processes of its own.

    The import takes longer than a page, so whoever only lists plugins must not pay for it. It is `Any` because
    OpenCV's stubs change from version to version in what they say of arrays.

    Examples
    --------
    >>> opencv().getNumThreads()
    1
    """
    import cv2

    module: ModuleType = cv2
    cv2.setNumThreads(1)
    return module


def square(radius: int) -> Gray:
    """Return the square of side 2 radius + 1 that OpenCV slides over a page."""
    return np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)


def closed(pixels: Gray, radius: int) -> Gray:
    """Lift what is lower than its surroundings and narrower than 2 radius + 1, in either direction, to their height.

    Examples
    --------
    >>> closed(np.array([[9, 9, 2, 9, 9]], np.uint8), 1).tolist()
    [[9, 9, 9, 9, 9]]
    """
    if radius < 1:
        return pixels
    cv2 = opencv()
    lifted: Gray = cv2.morphologyEx(pixels, cv2.MORPH_CLOSE, square(radius))
    return lifted
