"""Medians and quantiles, as NumPy's: but those import masked arrays when first called, a fiftieth of a cold start."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def median(values: npt.ArrayLike) -> float:
    """Return the middle value; the mean of the two where their number is even.

    Examples
    --------
    >>> median([3, 1, 2]), median([4, 1, 2, 3])
    (2.0, 2.5)
    """
    return quantile(values, 0.5)


def quantile(values: npt.ArrayLike, share: float) -> float:
    """Return the value below which lies that share of `values`, at least one; between two it is interpolated.

    Examples
    --------
    >>> quantile([10, 20, 30, 40, 50], 0.9)
    46.0
    """
    ordered = np.sort(np.asarray(values, np.float64), axis=None)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
