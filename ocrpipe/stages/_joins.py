"""Which pieces of ink are one letter: surely (the dot of an i), or maybe (neighbours that nearly meet).

All limits are in heights of the letters nearby. They were found on made pages of real handwriting (pen strokes of
UNIPEN, broken and pushed together at random), by what the whole pipeline then read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ocrpipe.stages._debris import Sizes, local_heights
from ocrpipe.stages._ink import Bools, Floats, Ints, Parts, connect, near

__all__ = ["Pairs", "crumbs", "joined", "linked"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Parts that are near each other, pair by pair; all lengths are in heights of the letters about them.

    Parameters
    ----------
    parts
        All parts.
    local
        For each part how high letters about it are, pixels.
    first, second
        The pairs.
    """

    parts: Parts
    local: Floats
    first: Ints
    second: Ints

    @classmethod
    def of(cls, parts: Parts, sizes: Sizes) -> Pairs:
        """Return the pairs of parts that are near each other."""
        local = local_heights(parts, sizes)
        reach = float(local.max())
        return cls(parts, local, *near(parts.boxes, 0.25 * reach, 0.45 * reach))

    @cached_property
    def size(self) -> Floats:
        """How high letters about the pair are, pixels."""
        return np.maximum(self.local[self.first], self.local[self.second])

    def _apart(self, axis: int) -> Floats:
        a, b = self.parts.boxes[self.first], self.parts.boxes[self.second]
        return (np.maximum(a[:, axis], b[:, axis]) - np.minimum(a[:, axis + 2], b[:, axis + 2])) / self.size

    def _both(self, axis: int) -> Floats:
        a, b = self.parts.boxes[self.first], self.parts.boxes[self.second]
        return (np.maximum(a[:, axis + 2], b[:, axis + 2]) - np.minimum(a[:, axis], b[:, axis])) / self.size

    @cached_property
    def gap(self) -> Floats:
        """How far they are apart from left to right; below 0 where they overlap."""
        return self._apart(0)

    @cached_property
    def drop(self) -> Floats:
        """How far they are apart downwards; below 0 where they overlap."""
        return self._apart(1)

    @cached_property
    def distance(self) -> Floats:
        """How far their boxes are apart; 0 where they overlap."""
        return np.hypot(np.maximum(self.gap, 0), np.maximum(self.drop, 0))

    @cached_property
    def width(self) -> Floats:
        """How wide both are together."""
        return self._both(0)

    @cached_property
    def height(self) -> Floats:
        """How high both are together."""
        return self._both(1)

    @cached_property
    def share(self) -> Floats:
        """Which share of the narrower one's width is above or below the other."""
        width = self.parts.width
        return -self.gap * self.size / np.minimum(width[self.first], width[self.second])

    @cached_property
    def narrow(self) -> Floats:
        """How wide the wider of both is."""
        width = self.parts.width
        return np.maximum(width[self.first], width[self.second]) / self.size

    @cached_property
    def lower(self) -> Floats:
        """How high the lower of both is."""
        height = self.parts.height
        return np.minimum(height[self.first], height[self.second]) / self.size


def joined(parts: Parts, sizes: Sizes) -> Parts:
    """Return the parts with those made one that surely are pieces of one letter.

    These are strokes above each other (a T whose bar floats, both bars of =), a dot above a narrow stroke (i, j), and
    crumbs that all but touch.
    """
    pairs = Pairs.of(parts, sizes)
    crumb = crumbs(parts, pairs.local)
    tiny = crumb[pairs.first] | crumb[pairs.second]
    stacked = (pairs.share > 0.55) & (pairs.lower < 0.7)
    flat = (pairs.lower < 0.25) & (pairs.height < 1.15)  # the upper bar of an E may be far off
    bars = stacked & ~tiny & (pairs.drop < np.where(flat, 0.5, 0.4))
    dots = stacked & crumb[pairs.first] & (pairs.drop < 0.4) & (pairs.narrow < 0.4)
    pick = bars | dots | (tiny & (pairs.distance < 0.05))
    order = np.argsort(pairs.distance, kind="stable")
    order = order[pick[order]]
    return parts.merge(_greedy(parts.boxes, pairs.first[order], pairs.second[order], pairs.size[order]))


def _greedy(boxes: Ints, first: Ints, second: Ints, size: Floats) -> Ints:
    """Return each part's group, joining pair after pair as long as the whole stays as small as a letter."""
    group = list(range(len(boxes)))
    box = boxes.tolist()

    def root(part: int) -> int:
        while group[part] != part:
            part = group[part]
        return part

    for one, other, usual in zip(first.tolist(), second.tolist(), size.tolist(), strict=True):
        a, b = sorted((root(one), root(other)))
        if a == b:
            continue
        p, q = box[a], box[b]
        whole = [min(p[0], q[0]), min(p[1], q[1]), max(p[2], q[2]), max(p[3], q[3])]
        tallest = max(p[3] - p[1], q[3] - q[1])
        if whole[3] - whole[1] <= max(1.35 * usual, 1.05 * tallest):
            group[b] = a
            box[a] = whole
    return np.array([root(part) for part in range(len(boxes))], dtype=np.intp)


def crumbs(parts: Parts, local: Floats) -> Bools:
    """Return which parts are too small to be a letter by themselves."""
    return np.maximum(parts.width, parts.height) < 0.3 * local


def linked(pairs: Pairs, stroke: float) -> list[list[int]]:
    """Return the parts in chains, each from left to right: in a chain neighbours may be pieces of one letter.

    Parameters
    ----------
    pairs
        The parts that are near each other.
    stroke
        The page's stroke width, pixels.
    """
    parts, local = pairs.parts, pairs.local
    crumb = crumbs(parts, local)
    length = parts.area / stroke / local
    # A whole letter is high, wide and of more than one stroke; an I is not, and may be a piece of an H.
    partial = (parts.height < 0.75 * local) | (parts.width < 0.4 * local) | (length < 1.6)
    beside = (pairs.gap < 0.17) & (pairs.drop < 0.05)
    below = (pairs.gap < 0.05) & (pairs.drop < 0.2)
    small = (pairs.width < 1.35) & (pairs.height < 1.4)
    maybe = (partial[pairs.first] | partial[pairs.second]) & (beside | below) & small
    near_crumb = (crumb[pairs.first] | crumb[pairs.second]) & (pairs.distance < 0.2) & (pairs.height < 1.4)
    pick = maybe | near_crumb
    root = connect(len(parts), pairs.first[pick], pairs.second[pick])
    chains: dict[int, list[int]] = {}
    middle = parts.boxes[:, 0] + parts.boxes[:, 2]
    for part in np.argsort(middle, kind="stable").tolist():
        chains.setdefault(int(root[part]), []).append(part)
    return list(chains.values())
