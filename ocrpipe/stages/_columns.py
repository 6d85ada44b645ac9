"""Columns: where a gutter runs down through several rows, what is left of it is read first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocrpipe.stages._order import median, quantile
from ocrpipe.stages._rows import Floats, Ints, Layout, rows_of

__all__ = ["Block", "blocks_of"]

Rows = list[list[int]]

ROWS = 3
"""A column has at least so many rows."""

WIDTH = 3.0
"""A column's rows are at least so wide on the average, in letter heights: the numbers of a list are no column."""

ALIGNED = 1.2
"""How far from the gutter rows to its right start at most, in letter heights; most of them must."""

STRIPS = 8
"""So many empty strips are looked at, the widest."""

ACROSS = 2
"""At most so many rows above a gutter, and as many below it, run across it (a title, a footer)."""


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of boxes that are read one after the other, and the slope of most of them."""

    rows: Rows
    slope: float


@dataclass(frozen=True, eq=False)
class Levelled:
    """Boxes' left and right edges as if the page's rows were level and so its columns upright; and letters' height."""

    start: list[float]
    stop: list[float]
    size: float

    def width(self, row: list[int]) -> float:
        """Return how wide a row is, pixels."""
        return max(self.stop[item] for item in row) - min(self.start[item] for item in row)

    def gaps(self, row: list[int]) -> Floats:
        """Return the gaps between neighbours in a row, pixels; a row of one box counts as one without a gap."""
        start, stop = np.array([self.start[item] for item in row]), np.array([self.stop[item] for item in row])
        return np.append(start[1:] - np.maximum.accumulate(stop)[:-1], 0.0)


def blocks_of(layout: Layout, items: Ints, apart: bool = False) -> list[Block]:
    """Return some boxes in blocks of rows, in reading order.

    Parameters
    ----------
    layout
        All boxes.
    items
        Which of them to put in order.
    apart
        Whether each box is a line or a part of one.
    """
    rows, slope = rows_of(layout, items, apart)
    if not rows:
        return []
    inside = np.array([item for row in rows for item in row])
    shift = slope * layout.y
    start, stop = ((layout.boxes[:, edge] + shift).tolist() for edge in (0, 2))
    page = Levelled(start, stop, median(layout.height[inside]))
    for first, end in spans(len(rows)):
        gutter = gutter_of(page, rows[first:end])
        if gutter is not None:
            beside = np.array([item for row in rows[first:end] for item in row])
            left = np.array(start)[beside] < gutter
            sides = blocks_of(layout, beside[left], apart) + blocks_of(layout, beside[~left], apart)
            above, below = Block(rows[:first], slope), Block(rows[end:], slope)
            return [block for block in (above, *sides, below) if block.rows]
    return [Block(rows, slope)]


def spans(number: int) -> list[tuple[int, int]]:
    """Return which rows a gutter may run through, from the first up to the last: the longest stretches first.

    Examples
    --------
    >>> spans(4)
    [(0, 4), (0, 3), (1, 4)]
    """
    ends = [(first, number - below) for first in range(ACROSS + 1) for below in range(ACROSS + 1)]
    return sorted((span for span in ends if span[1] - span[0] >= ROWS), key=lambda span: span[0] - span[1])


def gutter_of(page: Levelled, rows: Rows) -> float | None:
    """Return where a gutter runs that parts all rows into two columns, None if there is none."""
    items = sorted((item for row in rows for item in row), key=page.start.__getitem__)
    reach = np.maximum.accumulate([page.stop[item] for item in items])[:-1]
    follows = np.array([page.start[item] for item in items[1:]])
    widest = np.argsort(reach - follows, kind="stable")[:STRIPS]
    for k in widest[follows[widest] - reach[widest] > page.size].tolist():
        x = float(reach[k] + follows[k]) / 2
        if parts_columns(page, rows, x, float(follows[k])):
            return x
    return None


def parts_columns(page: Levelled, rows: Rows, x: float, edge: float) -> bool:
    """Return whether an empty strip at `x`, which ends at `edge`, is a gutter and no mere gap between words.

    Both sides are columns of several rows, those on the right start in one line, and the strip is wider than the gaps
    between the words on either side.
    """
    left = [[item for item in row if page.start[item] < x] for row in rows]
    right = [[item for item in row if page.start[item] > x] for row in rows]
    sides = [[row for row in side if row] for side in (left, right)]
    if (
        min(len(side) for side in sides) < ROWS
        or min(np.mean([page.width(row) for row in side]) for side in sides) < WIDTH * page.size
    ):
        return False
    starts = [min(page.start[item] for item in row) for row in sides[1]]
    if np.mean([start - edge < ALIGNED * page.size for start in starts]) < 0.65:
        return False
    across = [
        min(page.start[item] for item in after) - max(page.stop[item] for item in before)
        for before, after in zip(left, right, strict=True)
        if before and after
    ]
    words = quantile(np.concatenate([page.gaps(row) for side in sides for row in side]), 0.9)
    return not across or median(across) > max(2.0 * words, ALIGNED * page.size)
