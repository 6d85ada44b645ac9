"""Seams: where ink that is too wide for one letter may be cut, along paths that cross as little ink as possible."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocrpipe.stages._ink import Bools, Floats, Ints, Parts

__all__ = ["Seam", "seams_of"]

ROWS = 32
"""Rows of the small picture in which a seam is sought."""

SIDESTEP = 0.15
"""What a seam pays for a step to the side, in fully inked cells: it should go down unless there is a reason."""

APART = 0.1
"""How far seams are from each other and from a part's ends at least, in letter heights."""

MOST = 4.0
"""How much ink a seam crosses at most, in stroke widths."""

RISE = 0.35
"""How much a seam's cost differs within one valley at most, in stroke widths."""

WIDE = 1.0
"""Wider parts may be several letters; in letter heights."""

INKY = 2.6
"""Parts with less ink are one letter, unless they are very wide; as a stroke's length, in letter heights."""

ONE = 1.25
"""Narrower parts are given two seams; in letter heights."""

LONGEST = 20.0
"""Wider parts are no word; in letter heights."""

BATCH = 200
"""So many parts are worked on at once, which bounds the memory."""

EACH = 0.2
"""For each such stretch of a wider part's width there is at most one seam; in letter heights."""

AIR = 0.01
"""What a seam pays for a cell without ink, so that of two free ways it takes the shorter."""


@dataclass(frozen=True, eq=False)
class Seam:
    """A way through a part from top to bottom.

    Parameters
    ----------
    x
        For each row of the part's box the first column on the seam's right, pixels of the page.
    cost
        How much ink it crosses, in stroke widths.
    """

    x: Ints
    cost: float


def seams_of(parts: Parts, local: Floats, stroke: float) -> dict[int, list[Seam]]:
    """Return the likely seams of the parts that may be several letters, each part's from left to right.

    Parameters
    ----------
    parts
        The parts.
    local
        For each part how high letters about it are, pixels.
    stroke
        The page's stroke width, pixels.
    """
    found: dict[int, list[Seam]] = {}
    which = np.flatnonzero(_maybe_several(parts, local, stroke))
    for start in range(0, len(which), BATCH):
        found |= _batch(parts, which[start : start + BATCH], local, stroke)
    return found


def _batch(parts: Parts, which: Ints, local: Floats, stroke: float) -> dict[int, list[Seam]]:
    """Return the likely seams of the parts `which`, all sought at once."""
    scale = np.maximum(parts.height[which] / ROWS, 1.0)
    cost = _shrunk(parts, which, scale) + AIR
    above = _cheapest(cost)
    below = _cheapest(cost[:, ::-1])[:, ::-1]
    through = (above + below - cost)[:, ROWS // 2]
    chosen = [
        (picture, column)
        for picture, part in enumerate(which.tolist())
        for column in _columns(
            through[picture], parts.width[part] / scale[picture], local[part] / scale[picture], stroke / scale[picture]
        )
    ]
    if not chosen:
        return {}
    picture, column = np.array(chosen).T
    found: dict[int, list[Seam]] = {}
    for k, price, way in zip(
        picture.tolist(), through[picture, column].tolist(), _paths(above, below, picture, column), strict=True
    ):
        part = int(which[k])
        row = (np.arange(parts.height[part]) + 0.5) / scale[k] - 0.5
        x = parts.boxes[part, 0] + np.round((np.interp(row, np.arange(ROWS), way) + 0.5) * scale[k]).astype(np.intp)
        found.setdefault(part, []).append(Seam(x, price * float(scale[k]) / stroke))
    return found


def _maybe_several(parts: Parts, local: Floats, stroke: float) -> Bools:
    """Return which parts are wide enough, and hold strokes enough, to be several letters."""
    width = parts.width / local
    length = parts.area / (stroke * local)
    return (width > WIDE) & (width < LONGEST) & ((width > ONE) | (length > INKY))


def _shrunk(parts: Parts, which: Ints, scale: Floats) -> npt.NDArray[np.float32]:
    """Return small pictures of parts, float32 (number, ROWS, columns): each cell's share of ink; beyond a part it is 1.

    A cell is `scale` pixels wide and high. A run adds to its cells what it covers of them: the sum from the left of
    its start, spread over two cells, less the same for its stop.
    """
    place = np.full(len(parts), -1)
    place[which] = np.arange(len(which))
    runs = np.flatnonzero(place[parts.owner] >= 0)
    owner = parts.owner[runs]
    k = place[owner]
    row = np.minimum(((parts.y[runs] - parts.boxes[owner, 1]) / scale[k]).astype(np.intp), ROWS - 1)
    columns = int(np.ceil(parts.width[which] / scale).max()) + 2
    flat = np.zeros(len(which) * ROWS * columns)
    for edge, sign in ((parts.x0, 1.0), (parts.x1, -1.0)):
        at = (edge[runs] - parts.boxes[owner, 0]) / scale[k]
        cell = at.astype(np.intp)
        share = at - cell
        index = (k * ROWS + row) * columns + cell
        flat += np.bincount(index, weights=sign * (1 - share) / scale[k], minlength=len(flat))
        flat += np.bincount(index + 1, weights=sign * share / scale[k], minlength=len(flat))[: len(flat)]
    picture = np.cumsum(flat.reshape(len(which), ROWS, columns), axis=2)
    beyond = np.arange(columns) >= np.ceil(parts.width[which] / scale)[:, None]
    picture[np.broadcast_to(beyond[:, None], picture.shape)] = 1
    return picture.astype(np.float32)


def _cheapest(cost: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return for each cell the cost of the cheapest way to it from the top, its own included (dynamic programming)."""
    total = cost.copy()
    for row in range(1, cost.shape[1]):
        before = total[:, row - 1]
        best = before.copy()
        np.minimum(best[:, 1:], before[:, :-1] + SIDESTEP, out=best[:, 1:])
        np.minimum(best[:, :-1], before[:, 1:] + SIDESTEP, out=best[:, :-1])
        total[:, row] += best
    return total


def _columns(cost: npt.NDArray[np.float32], width: float, letter: float, stroke: float) -> list[int]:
    """Return the columns at which a part is best cut, left to right; all lengths are in columns.

    Parameters
    ----------
    cost
        What the cheapest seam through each column crosses.
    width, letter, stroke
        The part's width, how high letters about it are, and how wide a stroke is.
    """
    apart = max(APART * letter, 1.0)
    first, last = int(apart), int(width - apart)
    places = _valleys(cost[: last + 1].tolist(), first, apart, MOST * stroke, RISE * stroke)
    number = 2 if width < ONE * letter else math.ceil(width / (EACH * letter))
    chosen: list[int] = []
    for _, column in sorted(places):
        if len(chosen) < number and all(abs(column - other) >= apart for other in chosen):
            chosen.append(column)
    return sorted(chosen)


def _valleys(cost: list[float], first: int, apart: float, most: float, rise: float) -> list[tuple[float, int]]:
    """Return the low places of `cost` from `first` on, each with what it costs.

    A seam through a broad valley (the inside of an O) is as cheap in its middle, but where it is wanted is along the
    strokes on either side, of which the neighbouring letter may have its part. So a broad valley counts with both ends.
    """
    places = []
    start = first
    while start < len(cost):
        if cost[start] > most:
            start += 1
            continue
        low = high = cost[start]
        stop = start + 1
        while stop < len(cost) and max(high, cost[stop]) - min(low, cost[stop]) <= rise:
            low, high = min(low, cost[stop]), max(high, cost[stop])
            stop += 1
        if stop - start > 2 * apart:
            inset = max(int(apart / 4), 1)
            places += [(cost[column], column) for column in (start + inset, stop - 1 - inset)]
        else:
            places.append(min((cost[column], column) for column in range(start, stop)))
        start = stop
    return places


def _paths(above: npt.NDArray[np.float32], below: npt.NDArray[np.float32], picture: Ints, column: Ints) -> Ints:
    """Return for each chosen middle column the cheapest way through it: the column in each of the rows."""
    path = np.empty((len(column), ROWS), np.intp)
    middle = ROWS // 2
    path[:, middle] = column
    for total, rows in ((above, range(middle - 1, -1, -1)), (below, range(middle + 1, ROWS))):
        at = column
        for row in rows:
            at = _step(total[:, row], picture, at)
            path[:, row] = at
    return path


def _step(total: npt.NDArray[np.float32], picture: Ints, at: Ints) -> Ints:
    """Return the column in the next row that a way goes on to."""
    last = total.shape[1] - 1
    ways = np.stack([at, np.maximum(at - 1, 0), np.minimum(at + 1, last)])
    price = total[picture, ways] + np.array([[0.0], [SIDESTEP], [SIDESTEP]], np.float32)
    step: Ints = ways[np.argmin(price, axis=0), np.arange(len(at))]
    return step
