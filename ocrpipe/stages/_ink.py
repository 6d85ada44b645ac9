"""Connected pieces of ink, found and measured by their runs, without a label image.

A run is a stretch of ink in one row. A letter has a few hundred of them, so all work here is over some ten thousand
runs where a label image would have millions of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

__all__ = ["Parts", "connect", "find_parts", "near", "touching"]

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Parts:
    """Pieces of ink, each a set of runs.

    Parameters
    ----------
    owner
        For each run the number of its part, ascending.
    y, x0, x1
        Each run's row, and its half-open range of columns.
    below
        How many pixels of each run have ink of their own part right below them.
    """

    owner: Ints
    y: Ints
    x0: Ints
    x1: Ints
    below: Ints

    @classmethod
    def group(cls, owner: Ints, y: Ints, x0: Ints, x1: Ints, below: Ints) -> Parts:
        """Return the parts of runs in any order; `owner` may have gaps, the parts are numbered in its order."""
        order = np.argsort(owner, kind="stable")
        owner = owner[order]
        fresh = np.concatenate([[False], owner[1:] != owner[:-1]])[: len(owner)]
        return cls(np.cumsum(fresh), y[order], x0[order], x1[order], below[order])

    def __len__(self) -> int:
        return int(self.owner[-1]) + 1 if len(self.owner) else 0

    def keep(self, wanted: Bools) -> Parts:
        """Return only the parts that are `wanted`, a bool for each."""
        if wanted.all():
            return self
        runs = wanted[self.owner]
        return Parts.group(*(values[runs] for values in (self.owner, self.y, self.x0, self.x1, self.below)))

    def merge(self, group: Ints) -> Parts:
        """Return the parts with those made one whose `group` is the same."""
        return Parts.group(group[self.owner], self.y, self.x0, self.x1, self.below)

    @cached_property
    def first(self) -> Ints:
        """Each part's first run, and one past the last run of all."""
        return np.searchsorted(self.owner, np.arange(len(self) + 1))

    def of(self, part: int) -> slice:
        """Return where the runs of `part` are."""
        return slice(int(self.first[part]), int(self.first[part + 1]))

    @cached_property
    def boxes(self) -> Ints:
        """Each part's box: x0, y0, x1, y1."""
        if not len(self):
            return np.zeros((0, 4), np.intp)
        first = self.first[:-1]
        lows = [np.minimum.reduceat(values, first) for values in (self.x0, self.y)]
        highs = [np.maximum.reduceat(values, first) for values in (self.x1, self.y + 1)]
        return np.stack([*lows, *highs], axis=1)

    @cached_property
    def width(self) -> Ints:
        """Each box's width, pixels."""
        return self.boxes[:, 2] - self.boxes[:, 0]

    @cached_property
    def height(self) -> Ints:
        """Each box's height, pixels."""
        return self.boxes[:, 3] - self.boxes[:, 1]

    @cached_property
    def area(self) -> Floats:
        """Each part's ink, pixels."""
        return self.total(self.x1 - self.x0)

    @cached_property
    def perimeter(self) -> Floats:
        """Each part's outline, pixels: its pixels' outer edges, less what stairs overdo on the average (Crofton)."""
        edges = 2 * (1 + (self.x1 - self.x0) - self.below)
        return self.total(edges) * (np.pi / 4)

    @cached_property
    def stroke(self) -> Floats:
        """Each part's mean stroke width, pixels: a stroke is a long rectangle, so its area over half its outline."""
        return np.maximum(2 * self.area / np.maximum(self.perimeter, 1), 1)

    def total(self, values: npt.NDArray[np.generic]) -> Floats:
        """Return the sum over each part's runs of `values`, one a run."""
        return np.bincount(self.owner, weights=values, minlength=len(self)).astype(np.float64)


def find_parts(ink: Bools) -> Parts:
    """Return the connected pieces of ink; pixels that touch by a corner are connected.

    Parameters
    ----------
    ink
        bool (height, width).

    Examples
    --------
    >>> ink = np.array([[1, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0], [1, 1, 0, 0]], dtype=bool)
    >>> parts = find_parts(ink)
    >>> parts.boxes.tolist(), parts.area.tolist()
    ([[0, 0, 4, 2], [0, 3, 2, 4]], [4.0, 2.0])
    """
    start, stop = _runs(ink)
    if not len(start):
        return Parts(*(np.zeros(0, np.intp) for _ in range(5)))
    y = start // ink.shape[1]
    x0, x1 = start - y * ink.shape[1], stop - y * ink.shape[1]
    upper, lower = touching(y, x0, x1)
    shared = np.minimum(x1[upper], x1[lower]) - np.maximum(x0[upper], x0[lower])
    below = np.bincount(upper, weights=shared, minlength=len(y)).astype(np.intp)
    return Parts.group(connect(len(y), upper, lower), y, x0, x1, below)


def touching(y: Ints, x0: Ints, x1: Ints) -> tuple[Ints, Ints]:
    """Return the pairs of runs that touch, the upper and the lower one; the runs come row by row, left to right."""
    width = int(x1.max()) + 1 if len(x1) else 1
    start, stop = y * width + x0, y * width + x1
    # Run i touches the runs [low, high) of the next row: those that neither end before it nor start after it.
    low = np.searchsorted(stop, start + width, "left")
    high = np.searchsorted(start, stop + width, "right")
    count = high - low
    upper = np.repeat(np.arange(len(y)), count)
    lower = np.arange(len(upper)) + np.repeat(low - (np.cumsum(count) - count), count)
    return upper, lower


def _runs(ink: Bools) -> tuple[Ints, Ints]:
    """Return where the runs of ink start and stop, in the flat page."""
    flat = ink.ravel()
    change = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    # What goes on from a row's end to the next row's start is two runs.
    wrapped = (np.flatnonzero(ink[:-1, -1] & ink[1:, 0]) + 1) * ink.shape[1]
    ends = [np.flatnonzero(flat[:1]), change, np.flatnonzero(flat[-1:]) + flat.size]
    change = np.concatenate(ends)
    if len(wrapped):
        change = np.sort(np.concatenate([change, wrapped, wrapped]))
    return change[0::2], change[1::2]


def connect(number: int, first: Ints, second: Ints) -> Ints:
    """Return for each of `number` things the least one that it is connected with, over any number of steps.

    Parameters
    ----------
    number
        How many things there are.
    first, second
        Which of them are connected, pair by pair.

    Notes
    -----
    Hooking and pointer jumping: Shiloach and Vishkin, "An O(log n) parallel connectivity algorithm", 1982.

    Examples
    --------
    >>> connect(5, np.array([0, 3]), np.array([3, 4])).tolist()
    [0, 1, 2, 0, 0]
    """
    root = np.arange(number)
    while len(first):
        low, high = np.minimum(first, second), np.maximum(first, second)
        root[high] = low  # of several the last wins; the others come again in the next round
        root = _jump(root)
        first, second = root[first], root[second]
        apart = first != second
        first, second = first[apart], second[apart]
    return root


def _jump(root: Ints) -> Ints:
    """Return each thing's last root."""
    while True:
        beyond = root[root]
        if np.array_equal(beyond, root):
            return root
        root = beyond


def near(boxes: Ints, reach_x: float, reach_y: float) -> tuple[Ints, Ints]:
    """Return the pairs of boxes that are no further apart than `reach_x` columns and `reach_y` rows.

    Parameters
    ----------
    boxes
        x0, y0, x1, y1 of each.

    Returns
    -------
    The pairs' first and second, each pair once, the one whose box starts higher first.

    Examples
    --------
    >>> boxes = np.array([[0, 0, 9, 9], [12, 2, 15, 9], [90, 0, 99, 9]])
    >>> [side.tolist() for side in near(boxes, 5, 5)]
    [[0], [1]]
    """
    order = np.argsort(boxes[:, 1], kind="stable")
    x0, y0, x1, y1 = boxes[order].T
    high = np.searchsorted(y0, y1 + reach_y, "right")
    count = np.maximum(high - np.arange(len(order)) - 1, 0)
    first = np.repeat(np.arange(len(order)), count)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    close = np.maximum(x0[first], x0[second]) - np.minimum(x1[first], x1[second]) <= reach_x
    return order[first[close]], order[second[close]]
