"""Which true glyph is which of those that were read: told by their boxes alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from ocrpipe.evaluate.overlap import Floats, Ints, meeting
from ocrpipe.geometry import Box

MOSTLY = 0.5
"""The share of a glyph's box that lies in another's for it to be a part of that."""


class Fate(StrEnum):
    """What became of a glyph, or of a box that was taken for one."""

    SAME = "same"
    ALONE = "alone"
    SEVERAL_IN_ONE = "several in one"
    ONE_IN_SEVERAL = "one in several"


class Partner(NamedTuple):
    """What became of a glyph, and where it is the same as one of the other side, that one's number."""

    fate: Fate = Fate.ALONE
    glyph: int = -1


def partners(truth: Sequence[Box], read: Sequence[Box]) -> tuple[list[Partner], list[Partner]]:
    """Return what became of each true box, and of each that was read.

    Examples
    --------
    >>> truth = [Box(0, 0, 4, 9), Box(5, 0, 9, 9)]
    >>> [partner.fate.value for partner in partners(truth, [Box(0, 0, 9, 9)])[0]]
    ['several in one', 'several in one']
    """
    met = meeting(truth, read)
    true, found = Side(truth), Side(read)
    same = Fate.SAME
    for i, j, _ in met.pairs():
        true.partners[i], found.partners[j] = Partner(same, j), Partner(same, i)
    for whole, parts in lying(met.i, met.j, met.shared / met.first[met.i], true).items():
        join(found, whole, true, parts, Fate.SEVERAL_IN_ONE)
    for whole, parts in lying(met.j, met.i, met.shared / met.second[met.j], found).items():
        join(true, whole, found, parts, Fate.ONE_IN_SEVERAL)
    return true.partners, found.partners


class Side:
    """One page's boxes, and what is known of them so far."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self.boxes = boxes
        self.partners = [Partner()] * len(boxes)


def lying(inner: Ints, outer: Ints, share: Floats, parts: Side) -> dict[int, list[int]]:
    """Return which boxes that are still alone lie mostly in which box of the other side: each in one at most."""
    alone = np.array([partner.fate is Fate.ALONE for partner in parts.partners], bool)
    near = np.flatnonzero((share >= MOSTLY) & alone[inner])
    order = near[np.lexsort((outer[near], inner[near], -share[near]))]
    found: dict[int, list[int]] = defaultdict(list)
    placed: set[int] = set()
    for part, whole in zip(inner[order].tolist(), outer[order].tolist(), strict=True):
        if part not in placed:
            placed.add(part)
            found[whole].append(part)
    return found


def join(wholes: Side, whole: int, side: Side, parts: list[int], fate: Fate) -> None:
    """Settle what a box is whose `parts` lie in it: one of several, or where there is but one, the same as that.

    A box that was the same as another stays so, if with the parts they would not cover each other better.
    """
    partner = wholes.partners[whole]
    if partner.fate not in (Fate.SAME, Fate.ALONE):
        return
    own = [partner.glyph] if partner.fate is Fate.SAME else []
    if not own and len(parts) == 1:
        wholes.partners[whole], side.partners[parts[0]] = Partner(Fate.SAME, parts[0]), Partner(Fate.SAME, whole)
        return
    together = Box.union([side.boxes[part] for part in (*own, *parts)])
    if own and wholes.boxes[whole].iou(together) <= wholes.boxes[whole].iou(side.boxes[own[0]]):
        return
    wholes.partners[whole] = Partner(fate)
    for part in (*own, *parts):
        side.partners[part] = Partner(fate)
