"""Which boxes of one page lie on which of another, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocrpipe.geometry import Box

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NONE: Ints = np.empty(0, np.int64)
"""No numbers."""

SAME = 0.5
"""Boxes whose overlap is at least this much of their union are the same thing (PASCAL VOC's rule; Everingham et al.,
IJCV 88, 2010)."""


@dataclass(frozen=True)
class Overlap:
    """How well boxes were found.

    Parameters
    ----------
    truth, found, same
        How many there are, were found, and are both.
    shared
        The sum over those that are both of overlap by union.
    """

    truth: int = 0
    found: int = 0
    same: int = 0
    shared: float = 0.0

    def __add__(self, other: Overlap) -> Overlap:
        return Overlap(
            self.truth + other.truth, self.found + other.found, self.same + other.same, self.shared + other.shared
        )

    @property
    def precision(self) -> float | None:
        """The share of found boxes that are true ones; None where none was found."""
        return self.same / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """The share of true boxes that were found; None where there is none."""
        return self.same / self.truth if self.truth else None

    @property
    def mean(self) -> float | None:
        """The mean overlap by union of those that were found."""
        return self.shared / self.same if self.same else None


@dataclass(frozen=True)
class Meeting:
    """All pairs of boxes that share pixels: the boxes' numbers, and what they share.

    `shared`, `first` and `second` are areas in square pixels, `union` too.
    """

    i: Ints
    j: Ints
    shared: Floats
    first: Floats
    second: Floats

    @property
    def iou(self) -> Floats:
        """Overlap by union, 0..1."""
        union: Floats = self.first[self.i] + self.second[self.j] - self.shared
        return self.shared / union

    def pairs(self, least: float = SAME) -> list[tuple[int, int, float]]:
        """Return pairs of boxes that are the same thing, each box in one at most, the best first."""
        iou = self.iou
        near = np.flatnonzero(iou >= least)
        order = near[np.lexsort((self.j[near], self.i[near], -iou[near]))]
        taken_i: set[int] = set()
        taken_j: set[int] = set()
        found: list[tuple[int, int, float]] = []
        for i, j, value in zip(self.i[order].tolist(), self.j[order].tolist(), iou[order].tolist(), strict=True):
            if i not in taken_i and j not in taken_j:
                taken_i.add(i)
                taken_j.add(j)
                found.append((i, j, value))
        return found


def meeting(first: Sequence[Box], second: Sequence[Box]) -> Meeting:
    """Return which boxes share pixels, in time that grows with the boxes, not with their pairs.

    Examples
    --------
    >>> met = meeting([Box(0, 0, 4, 4)], [Box(2, 0, 6, 4), Box(8, 8, 9, 9)])
    >>> met.j.tolist(), met.shared.tolist()
    ([0], [8.0])
    """
    a, b = array_of(first), array_of(second)
    if not (len(a) and len(b)):
        return Meeting(NONE, NONE, NONE.astype(float), area(a), area(b))
    both = np.concatenate([a, b])
    side = max(int((both[:, 2:] - both[:, :2]).max(axis=1).mean()), 1)
    columns = int(both[:, 2].max()) // side + 1
    i, j, cell = neighbours(a, b, side, columns)
    left, top = np.maximum(a[i, 0], b[j, 0]), np.maximum(a[i, 1], b[j, 1])
    width, height = np.minimum(a[i, 2], b[j, 2]) - left, np.minimum(a[i, 3], b[j, 3]) - top
    once = cell == top // side * columns + left // side  # of the cells that both reach into, that where they meet
    met = (width > 0) & (height > 0) & once
    return Meeting(i[met], j[met], (width * height)[met].astype(float), area(a), area(b))


def overlap(truth: Sequence[Box], found: Sequence[Box]) -> Overlap:
    """Return how well boxes were found.

    Examples
    --------
    >>> overlap([Box(0, 0, 4, 4), Box(5, 0, 9, 4)], [Box(0, 0, 4, 3)]).recall
    0.5
    """
    pairs = meeting(truth, found).pairs()
    return Overlap(len(truth), len(found), len(pairs), sum(iou for _, _, iou in pairs))


def array_of(boxes: Sequence[Box]) -> Ints:
    """Return boxes as rows x0, y0, x1, y1."""
    edges = [edge for box in boxes for edge in (box.x0, box.y0, box.x1, box.y1)]
    return np.array(edges, np.int64).reshape(-1, 4)


def area(boxes: Ints) -> Floats:
    """Return the areas, square pixels."""
    sizes: Ints = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return sizes.astype(float)


def neighbours(a: Ints, b: Ints, side: int, columns: int) -> tuple[Ints, Ints, Ints]:
    """Return all pairs of rows that reach into one cell of a grid, and which cell: pairs come once a cell."""
    i, cell_a = cells(a, side, columns)
    j, cell_b = cells(b, side, columns)
    order = np.argsort(cell_b, kind="stable")
    j, cell_b = j[order], cell_b[order]
    low, high = np.searchsorted(cell_b, cell_a, "left"), np.searchsorted(cell_b, cell_a, "right")
    return np.repeat(i, high - low), j[ranges(low, high)], np.repeat(cell_a, high - low)


def cells(boxes: Ints, side: int, columns: int) -> tuple[Ints, Ints]:
    """Return which box reaches into which cell of a grid: the numbers of both, a row for each that it reaches."""
    low, high = boxes[:, :2] // side, (boxes[:, 2:] - 1) // side + 1
    wide, tall = (high - low).T
    box = np.repeat(np.arange(len(boxes)), wide * tall)
    within = ranges(np.zeros(len(boxes), np.int64), wide * tall)
    down, right = np.divmod(within, wide[box])
    return box, (low[box, 1] + down) * columns + low[box, 0] + right


def ranges(low: Ints, high: Ints) -> Ints:
    """Return the numbers from each `low` to below its `high`, one range after the other.

    Examples
    --------
    >>> ranges(np.array([0, 5]), np.array([2, 8])).tolist()
    [0, 1, 5, 6, 7]
    """
    sizes = high - low
    firsts = np.repeat(low - np.cumsum(sizes) + sizes, sizes)
    numbers: Ints = firsts + np.arange(int(sizes.sum()))
    return numbers
