"""What an autoencoder thinks of a crop: what it was not taught on comes back badly.

An autoencoder of letters has a narrow middle, through which only letters go well: it has learned what they have in
common. A blot, a scribble or a scrap of a line comes back as the letter that is nearest, or as grey.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["fidelity", "with_strange"]

PATCH = 5
"""The side of the place that is looked at, pixels: wider than the strokes of a crop."""

Floats = npt.NDArray[np.float32]


def fidelity(crops: Floats, back: Floats) -> Floats:
    """Return how well each crop came back where it came back worst: the least PSNR of any 5 x 5 pixels of it.

    What a letter loses, it loses at all its edges, a little everywhere; a blot loses its middle. So the worst place
    says more than the whole picture, whose PSNR falls with the length of a letter's strokes.

    Parameters
    ----------
    crops, back : ndarray of float32, shape (n, height, width)
        0..1.

    Returns
    -------
    ndarray of float32, shape (n,)
        Decibels: -10 log10 of the mean squared error; 10 is a third of the whole range off, 0 is all of it.

    Examples
    --------
    >>> crops = np.ones((2, 8, 8), np.float32)
    >>> fidelity(crops, crops * np.array([0.9, 0.5], np.float32)[:, None, None]).round(1).tolist()
    [20.0, 6.0]
    """
    error = np.square(crops - back)
    height, width = (min(PATCH, side) for side in error.shape[1:])
    patches = _means(_means(error, height), width)
    worst = patches.max(axis=(1, 2))
    decibels: Floats = -10 * np.log10(np.maximum(worst, np.float32(1e-10)))
    return decibels


def _means(maps: Floats, length: int) -> Floats:
    """Average maps (n, height, width) over `length` neighbouring rows; gives them turned: (n, width, places)."""
    places = maps.shape[1] - length + 1
    summed: Floats = np.add.reduce([maps[:, first : first + places] for first in range(length)])
    return summed.transpose(0, 2, 1) / np.float32(length)


def with_strange(
    probabilities: Floats, labels: tuple[str, ...], strange: npt.NDArray[np.bool_]
) -> tuple[Floats, tuple[str, ...]]:
    """Return probabilities in which the rows that are `strange` are no letter, and the labels, "" among them.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (n, labels)
    labels : tuple of str
    strange : ndarray of bool, shape (n,)

    Examples
    --------
    >>> rows = np.array([[0.75, 0.25], [0.5, 0.5]], np.float32)
    >>> found, labels = with_strange(rows, ("A", "B"), np.array([False, True]))
    >>> found.tolist(), labels
    ([[0.75, 0.25, 0.0], [0.0, 0.0, 1.0]], ('A', 'B', ''))
    """
    if "" not in labels:
        labels = (*labels, "")
        probabilities = np.pad(probabilities, ((0, 0), (0, 1)))
    found = np.where(strange[:, None], np.float32(0), probabilities)
    found[strange, labels.index("")] = 1
    return found, labels
