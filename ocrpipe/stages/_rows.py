"""Rows of letters from their boxes alone: each row may slope in its own way, and letters jump up and down.

Letters that are each other's nearest neighbours to the right and left are linked; links make pieces of rows, about as
long as words; and pieces that continue each other's line are joined, the best fitting first.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ocrpipe.stages._ink import near
from ocrpipe.stages._order import median

__all__ = ["Layout", "Straight", "baseline", "rows_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

STIFFNESS = 25.0
"""How firmly a short row keeps to the page's slope: how much letters jump (a quarter of their height) over how much
rows' slopes differ (0.05), squared."""

SMALL = 0.45
"""What is smaller than this share of the letters about it makes no row of its own."""

JUMP = 0.7
"""How far neighbours in a row are from the same level at most, in letter heights."""

REACHES = (1.2, 2.5)
"""How far linked neighbours are apart at most, in letter heights: first closely, to learn the page's slope."""

FARTHEST = 14.0
"""How wide a gap within a row is at most, in letter heights."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Boxes to put into rows.

    Parameters
    ----------
    boxes
        intp (number, 4): x0, y0, x1, y1, pixels.
    slope
        How steeply the text falls to the right where that is known beforehand.
    """

    boxes: Ints
    slope: float = 0.0

    @cached_property
    def x(self) -> Floats:
        """The boxes' middles, from left to right."""
        return (self.boxes[:, 0] + self.boxes[:, 2]) / 2

    @cached_property
    def y(self) -> Floats:
        """The boxes' middles, downwards."""
        return (self.boxes[:, 1] + self.boxes[:, 3]) / 2

    @cached_property
    def height(self) -> Floats:
        """The boxes' heights."""
        return (self.boxes[:, 3] - self.boxes[:, 1]).astype(np.float64)

    @cached_property
    def side(self) -> Floats:
        """The boxes' longer sides."""
        return np.maximum(self.height, (self.boxes[:, 2] - self.boxes[:, 0]).astype(np.float64))

    @cached_property
    def usual(self) -> Floats:
        """For each box how high letters about it are: a mean of heights, where near and tall ones weigh most."""
        typical = median(self.height[self.height >= median(self.height)])
        first, second = near(self.boxes, 9 * typical, typical)
        dx, dy = (self.x[first] - self.x[second]) / (6 * typical), (self.y[first] - self.y[second]) / typical
        closeness: Floats = np.exp(-(dx * dx + dy * dy))
        weight = self.height**2
        total = weight + 0.25 * typical**2  # where a box has no neighbours, the page's usual letter has a say
        mean = weight * self.height + 0.25 * typical**3
        for one, other in ((first, second), (second, first)):
            total += np.bincount(one, closeness * weight[other], len(total))
            mean += np.bincount(one, closeness * weight[other] * self.height[other], len(total))
        usual: Floats = np.divide(mean, total)
        return usual


@dataclass(frozen=True)
class Straight:
    """A straight line: it is at `y` where x is `x`, and falls by `slope` for each step to the right."""

    x: float
    y: float
    slope: float

    def at(self, x: float) -> float:
        """Return how far down the line is at `x`."""
        return self.y + self.slope * (x - self.x)


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a row.

    Parameters
    ----------
    items
        The numbers of its boxes.
    line
        The line through their middles.
    x0, x1
        Where it starts and ends.
    size
        How high its letters are.
    """

    items: list[int]
    line: Straight
    x0: float
    x1: float
    size: float


def rows_of(layout: Layout, items: Ints, apart: bool = False) -> tuple[list[list[int]], float]:
    """Return some boxes in rows, each from left to right, the rows from top to bottom; and the slope of most rows.

    Parameters
    ----------
    layout
        All boxes.
    items
        Which of them to put into rows. Small ones that lie in no row are left out.
    apart
        Whether each box is a line or a part of one, and no letter or word: such are in one row only where one goes on
        as the other does.
    """
    if apart or not len(items):
        slope = layout.slope
        pieces = merged([piece_of(layout, [item], slope) for item in items.tolist()], layout, slope)
    else:
        small = layout.side[items] < SMALL * layout.usual[items]
        pieces, slope = pieces_of(layout, items[~small])
        adopt(layout, pieces, items[small].tolist())
    return ordered(layout, pieces, slope), slope


def pieces_of(layout: Layout, items: Ints) -> tuple[list[Piece], float]:
    """Return the rows of boxes of letters, in any order, and the slope of most rows."""
    slope = 0.0
    follow: dict[int, int] = {}
    for reach in REACHES:
        follow = links(layout, items, slope, reach)
        slope = page_slope(layout, follow, slope)
    return merged([piece_of(layout, chain, slope) for chain in threads(items.tolist(), follow)], layout, slope), slope


def links(layout: Layout, items: Ints, slope: float, reach: float) -> dict[int, int]:
    """Return for boxes the next one to the right in their row, where each is the other's nearest."""
    usual = layout.usual
    largest = float(usual[items].max())
    first, second = (items[side] for side in near(layout.boxes[items], reach * largest, JUMP * largest))
    swap = layout.x[first] > layout.x[second]
    left, right = np.where(swap, second, first), np.where(swap, first, second)
    size = np.maximum(usual[left], usual[right])
    step = (layout.x[right] - layout.x[left]) / size
    gap = (layout.boxes[right, 0] - layout.boxes[left, 2]) / size
    drop = np.abs(layout.y[right] - layout.y[left] - slope * step * size) / size
    price = np.maximum(gap, -0.2) + 1.5 * drop + 0.2 * step
    order = np.argsort(-price, kind="stable")
    order = order[((step > 0) & (gap > -0.7) & (gap < reach) & (drop < JUMP))[order]]
    left, right = left[order], right[order]
    after, before = np.full(len(usual), -1), np.full(len(usual), -1)
    after[left], before[right] = right, left  # of several the last is kept: the nearest
    mutual = items[(after[items] >= 0) & (before[after[items]] == items)]
    return dict(zip(mutual.tolist(), after[mutual].tolist(), strict=True))


def page_slope(layout: Layout, follow: dict[int, int], slope: float) -> float:
    """Return the slope of most links, or the `slope` known so far where links are few."""
    if len(follow) < 3:
        return slope
    left, right = np.array(list(follow.items())).T
    return median((layout.y[right] - layout.y[left]) / np.maximum(layout.x[right] - layout.x[left], 1))


def threads(items: list[int], follow: dict[int, int]) -> list[list[int]]:
    """Return the chains of items that follow each other.

    Examples
    --------
    >>> threads([1, 2, 3, 4], {3: 1, 1: 4})
    [[2], [3, 1, 4]]
    """
    later = set(follow.values())
    chains = []
    for item in items:
        if item not in later:
            chain = [item]
            while chain[-1] in follow:
                chain.append(follow[chain[-1]])
            chains.append(chain)
    return chains


def piece_of(layout: Layout, items: list[int], slope: float) -> Piece:
    """Return the piece that some boxes make; tall ones tell most about its line."""
    size = float(layout.usual[items].mean())
    weight = np.minimum(layout.height[items] / size, 1.0) ** 2
    line = fit(layout.x[items], layout.y[items], weight, size, slope)
    return Piece(items, line, float(layout.boxes[items, 0].min()), float(layout.boxes[items, 2].max()), size)


def fit(x: Floats, y: Floats, weight: Floats, size: float, slope: float) -> Straight:
    """Return the line through points, held towards `slope` while they are few (ridge regression)."""
    total = float(weight.sum())
    middle_x, middle_y = float(weight @ x) / total, float(weight @ y) / total
    dx = x - middle_x
    spread, rise = float((weight * dx * dx).sum()), float((weight * dx * (y - middle_y)).sum())
    hold = STIFFNESS * size * size
    return Straight(middle_x, middle_y, (rise + hold * slope) / (spread + hold))


def merged(pieces: list[Piece], layout: Layout, slope: float) -> list[Piece]:
    """Return rows made of pieces that continue each other, the best fitting pair joined first."""
    known = dict(enumerate(pieces))
    beside: dict[int, set[int]] = {number: set() for number in known}
    queue: list[tuple[float, int, int]] = []

    def offer(one: int, other: int) -> None:
        price = mismatch(known[one], known[other])
        if price is not None:
            heapq.heappush(queue, (price, one, other))

    for one, other in zip(*(side.tolist() for side in near(strips(pieces), 0, 0)), strict=True):
        beside[one].add(other)
        beside[other].add(one)
        offer(one, other)
    while queue:
        _, one, other = heapq.heappop(queue)
        if one in known and other in known:
            fresh = max(known) + 1
            known[fresh] = piece_of(layout, known.pop(one).items + known.pop(other).items, slope)
            beside[fresh] = {number for number in beside.pop(one) | beside.pop(other) if number in known}
            for number in beside[fresh]:
                beside[number].add(fresh)
                offer(fresh, number)
    return list(known.values())


def strips(pieces: list[Piece]) -> Ints:
    """Return for each piece a box around where its row may go on; the boxes of pieces of one row overlap."""
    boxes = []
    for piece in pieces:
        x0, x1 = piece.x0 - FARTHEST / 2 * piece.size, piece.x1 + FARTHEST / 2 * piece.size
        ends = piece.line.at(x0), piece.line.at(x1)
        boxes.append((x0, min(ends) - piece.size / 2, x1, max(ends) + piece.size / 2))
    return np.array(boxes).reshape(-1, 4).astype(np.intp)


def mismatch(one: Piece, other: Piece) -> float | None:
    """Return how badly two pieces continue each other, None if they are of different rows."""
    left, right = (one, other) if one.x0 + one.x1 < other.x0 + other.x1 else (other, one)
    size = max(left.size, right.size)
    gap = (right.x0 - left.x1) / size
    shorter = min(left.x1 - left.x0, right.x1 - right.x0) / size
    middle = (left.x1 + right.x0) / 2
    step = abs(left.line.at(middle) - right.line.at(middle)) / size
    if not -0.5 - 0.2 * shorter <= gap <= FARTHEST or step > 0.6:
        return None
    return step + 0.06 * max(gap, 0.0)


def adopt(layout: Layout, pieces: list[Piece], small: list[int]) -> None:
    """Give small boxes to the rows that they lie in; those that lie in none are left out."""
    for item in small:
        x, y = float(layout.x[item]), float(layout.y[item])
        rows = [row for row in pieces if row.x0 - 1.5 * row.size < x < row.x1 + 1.5 * row.size]
        rows = [row for row in rows if abs(row.line.at(x) - y) < 0.8 * row.size]
        if rows:
            min(rows, key=lambda row: abs(row.line.at(x) - y)).items.append(item)


def ordered(layout: Layout, rows: list[Piece], slope: float) -> list[list[int]]:
    """Return the rows' boxes, from left to right, the rows from top to bottom.

    Rows are sorted by their middles as if the page were level; then neighbours that stand above each other are put
    right by where they meet, because a row's own slope may differ.
    """
    rows = sorted(rows, key=lambda row: row.line.y - slope * row.line.x)
    for _ in rows:
        swapped = False
        for k in range(len(rows) - 1):
            upper, lower = rows[k], rows[k + 1]
            x0, x1 = max(upper.x0, lower.x0), min(upper.x1, lower.x1)
            if x0 < x1 and upper.line.at((x0 + x1) / 2) > lower.line.at((x0 + x1) / 2):
                rows[k], rows[k + 1] = lower, upper
                swapped = True
        if not swapped:
            break
    return [sorted(row.items, key=lambda item: float(layout.x[item])) for row in rows]


def baseline(layout: Layout, row: list[int], slope: float) -> tuple[tuple[float, float], ...]:
    """Return points that the letters of a row stand on, from left to right; they bend as gently as the row does."""
    boxes = layout.boxes[row]
    size = float(layout.usual[row].mean())
    weight = np.minimum(layout.height[row] / size, 1.0) ** 4  # small signs float
    line = fit(layout.x[row], boxes[:, 3].astype(float), weight, size, slope)
    beyond = boxes[:, 3] - (line.y + line.slope * (layout.x[row] - line.x))
    weight = weight * (np.abs(beyond) < 0.3 * size) + 1e-6  # so do not tails
    x0, x1 = float(boxes[:, 0].min()), float(boxes[:, 2].max())
    places = np.linspace(x0, x1, 2 + int((x1 - x0) / (6 * size)))
    closeness = weight * np.exp(-(((layout.x[row] - places[:, None]) / (4 * size)) ** 2)) + 1e-9
    feet = closeness @ beyond / closeness.sum(axis=1)
    return tuple((x, line.at(x) + foot) for x, foot in zip(places.tolist(), feet.tolist(), strict=True))
