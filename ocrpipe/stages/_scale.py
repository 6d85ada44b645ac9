"""Sizes in proportion to the page, and the page at a smaller scale."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BROADEST = 1 / 25
"""The broadest stroke that is looked for, as a share of the page's mean side."""

LEAST_STROKE = 24
"""Pixels. On a page a share of its side is a stroke; but a picture of one word or letter is all strokes, and so small
that this many pixels are the broadest it can have."""


def mean_side(shape: tuple[int, ...]) -> float:
    """Return the side of a square as large as an image of that shape, pixels."""
    return math.sqrt(shape[0] * shape[1])


def stroke_size(shape: tuple[int, ...], share: float) -> float:
    """Return how broad a stroke may be, pixels: a share of the page's mean side, and more on a tiny picture.

    Examples
    --------
    >>> stroke_size((3000, 3000), share=0.05), stroke_size((60, 240), share=0.05)
    (150.0, 15.0)
    """
    return max(share * mean_side(shape), min(LEAST_STROKE, min(shape[:2]) / 4))


def cell_size(shape: tuple[int, ...], cells: int) -> int:
    """Return the side of a cell, pixels, so that there are about `cells` of them along the page's mean side."""
    return max(round(mean_side(shape) / cells), 1)


def reduced(gray: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Return the means of cells of `factor` x `factor` pixels."""
    return np.asarray(Image.fromarray(gray).reduce(factor)) if factor > 1 else gray
