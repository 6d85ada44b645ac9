"""Where words end: gaps between letters, and how wide one must be on this page to part two words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocrpipe.stages._order import median
from ocrpipe.stages._rows import Floats, Layout

__all__ = ["gaps_of", "threshold", "words_of"]

USUAL = 0.65
"""Letter heights that part two words where the page's own gaps don't say."""

CLEARER, WIDER = 1.6, 0.25
"""Gaps between words are on the average so many times as wide as those between letters, and so much wider."""

WIDEST = 0.95
"""Gaps that are all alike part words only if they are wider than this, in letter heights."""


def words_of(layout: Layout, rows: Sequence[Sequence[int]], alone: npt.NDArray[np.bool_]) -> list[list[list[int]]]:
    """Return each row's words.

    Parameters
    ----------
    layout
        The boxes.
    rows
        Each row's boxes from left to right.
    alone
        For each box whether it is a word by itself.
    """
    gaps = [gaps_of(layout, row) for row in rows]
    least = threshold(np.concatenate(gaps)) if gaps else USUAL
    words = []
    for row, gap in zip(rows, gaps, strict=True):
        lone = alone[list(row)]
        ends = np.flatnonzero((gap > least) | lone[1:] | lone[:-1]) + 1
        words.append([word.tolist() for word in np.split(np.array(row), ends)])
    return words


def gaps_of(layout: Layout, row: Sequence[int]) -> Floats:
    """Return the gaps between neighbours in a row from left to right, in letter heights; below 0 where they overlap."""
    boxes = layout.boxes[list(row)]
    size = float(layout.usual[list(row)].mean())
    return (boxes[1:, 0] - np.maximum.accumulate(boxes[:, 2])[:-1]) / size


def threshold(gaps: Floats) -> float:
    """Return how wide a gap must be to part two words, in letter heights.

    The sorted gaps are cut in two where the classes are furthest apart for their spread (Otsu, 1979, on logarithms,
    because wide gaps vary more than narrow ones). A cut far from what the gaps between letters promise must be the
    clearer for it. Gaps that form no two classes are all between letters, unless they are very wide.

    Examples
    --------
    >>> 0.4 < threshold(np.array([0.2, 0.3, 1.2, 0.25, 0.2, 1.0, 0.35])) < 1.0
    True
    """
    gaps = np.sort(np.maximum(gaps, 0.02))
    number = len(gaps)
    if number < 3:
        return USUAL
    logs = np.log(gaps + 0.15)  # below that, gaps differ by chance
    below = np.arange(1, number)
    share = below / number
    low, low_spread = _running(logs, below)
    high, high_spread = (values[::-1] for values in _running(logs[::-1], below))
    cut = (gaps[:-1] + gaps[1:]) / 2
    spread = share * low_spread + (1 - share) * high_spread + 0.01
    promised = 0.3 + 1.4 * median(gaps)
    score = share * (1 - share) * (high - low) ** 2 / spread - 0.5 * np.abs(np.log(cut / promised))
    score += 0.3 * np.diff(logs)  # best where no gap is near the cut
    score[(np.exp(high) < CLEARER * np.exp(low)) | (np.exp(high) - np.exp(low) < WIDER) | (share < 0.4)] = -1
    if score.max() < 0:
        middle = median(gaps)
        return WIDEST if middle > WIDEST else max(WIDEST, 2 * middle)
    return float(cut[np.argmax(score)])


def _running(values: Floats, number: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return the mean and the variance of the first 1, 2, ... values, all but the last."""
    mean = np.cumsum(values)[:-1] / number
    return mean, np.maximum(np.cumsum(values**2)[:-1] / number - mean**2, 0)
