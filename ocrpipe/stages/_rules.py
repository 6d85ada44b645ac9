"""Rules that run through letters (ruled and squared paper, underlines): taken out so that the letters come apart."""

from __future__ import annotations

import numpy as np

from ocrpipe.stages._ink import Bools, Ints, Parts, connect, find_parts, touching
from ocrpipe.stages._order import median

__all__ = ["without_rules"]

LONG = 10.0
"""A rule's runs are at least so many strokes long: those of slanted rules are shorter than those of level ones."""

SHADOW = 0.012
"""Parts with thicker strokes are shadows or frames; as a share of the page's shorter side."""

THICK = 4.0
"""A rule is at most so many strokes thick."""


def without_rules(ink: Bools, parts: Parts, letter: float) -> Bools:
    """Return the ink without level and upright rules that run through letters; the ink itself if it has none.

    Parameters
    ----------
    ink
        bool (height, width).
    parts
        Its parts.
    letter
        How high letters are, roughly: where rules hold everything together, this cannot be known. Pixels.
    """
    height, width = ink.shape
    thin = parts.stroke < SHADOW * min(ink.shape)
    level = parts.keep(thin & (parts.width > min(3 * letter, 0.3 * width)))
    upright = thin & (parts.height > min(3 * letter, 0.3 * height))
    if not len(level) and not upright.any():
        return ink
    cleared = ink.copy()
    _clear(cleared, level)
    if upright.any():
        x0, y0 = parts.boxes[upright, :2].min(axis=0)
        x1, y1 = parts.boxes[upright, 2:].max(axis=0)
        turned = cleared[y0:y1, x0:x1].T
        lying = find_parts(turned)
        _clear(turned, lying.keep(lying.width > min(3 * letter, 0.3 * height)))
    return cleared


def _clear(ink: Bools, parts: Parts) -> None:
    """Take level rules out of `ink`, but not where a stroke crosses them."""
    if not len(parts):
        return
    long = parts.x1 - parts.x0 > LONG * parts.stroke[parts.owner]
    runs = Parts(*(values[long] for values in (parts.owner, parts.y, parts.x0, parts.x1, parts.below)))
    if not len(runs.owner):
        return
    order = np.lexsort((runs.x0, runs.y))
    y, x0, x1, owner = runs.y[order], runs.x0[order], runs.x1[order], runs.owner[order]
    upper, lower = touching(y, x0, x1)
    root = connect(len(y), upper, lower)
    flat = Parts.group(root, y, x0, x1, np.zeros_like(y))
    # The part that each is of. (`np.unique` would do, but imports masked arrays, a fiftieth of a cold start.)
    home = owner[np.flatnonzero(root == np.arange(len(root)))]
    stroke, width = parts.stroke[home], parts.width[home]
    enough = np.where(width > 0.3 * ink.shape[1], 0.3, 0.75) * width
    rule = (flat.width > enough) & (flat.area < THICK * stroke * flat.width) & (flat.height < 0.2 * flat.width)
    for k in np.flatnonzero(rule).tolist():
        its = flat.of(k)
        _erase(ink, flat.y[its], flat.x0[its], flat.x1[its])


def _erase(ink: Bools, y: Ints, x0: Ints, x1: Ints) -> None:
    """Take one rule's runs out of `ink`, except the columns that have ink both right above and right below it."""
    left, right = int(x0.min()), int(x1.max())
    length = x1 - x0
    column = np.repeat(x0 - left - np.concatenate([[0], np.cumsum(length)[:-1]]), length) + np.arange(length.sum())
    row = np.repeat(y, length)
    top = np.full(right - left, ink.shape[0])
    bottom = np.full(right - left, -1)
    np.minimum.at(top, column, row)
    np.maximum.at(bottom, column, row)
    has = bottom >= 0
    columns = np.arange(left, right)
    above = has & (top > 0) & ink[np.clip(top - 1, 0, ink.shape[0] - 1), columns]
    below = has & (bottom + 1 < ink.shape[0]) & ink[np.clip(bottom + 1, 0, ink.shape[0] - 1), columns]
    reach = int(median((bottom - top + 1)[has]))
    crossed = _widened(above, reach) & _widened(below, reach)
    gone = ~crossed[column]
    ink[row[gone], column[gone] + left] = False


def _widened(mask: Bools, reach: int) -> Bools:
    """Return where `mask` is true within `reach` to either side."""
    total = np.cumsum(np.pad(mask, (reach + 1, reach)), dtype=np.intp)
    return total[2 * reach + 1 :] > total[: -2 * reach - 1]
