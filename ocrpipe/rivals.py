"""Rival cuts: which of several ways to cut the same ink into letters the classifier speaks for.

Letters that touch, and letters whose strokes do not, cannot be told by shape alone. So a segmenter offers rivals over
the same ink, the classifier reads them all, and the confidences decide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

LENGTH_PENALTY = 0.5
"""How a cut's length counts: 0 compares the mean confidence of its letters, 1 the product of them."""

FLOOR = 1e-4
"""The least confidence that counts, so that one impossible letter does not make all such cuts alike."""


def score(confidences: Sequence[float]) -> float:
    """Return how well a cut into letters of these confidences reads, as a logarithm; 0 is best.

    The sum of the log confidences is what a product of probabilities says, and it favours few letters; their mean
    favours none, but then two sure halves beat a whole letter that is nearly as sure. The rule between them divides
    the sum by ``length ** (1 - LENGTH_PENALTY)``.

    Examples
    --------
    >>> score([0.9]) > score([0.9, 0.9])            # at equal confidence, the fewer letters
    True
    >>> score([0.9, 0.95]) > score([0.6])           # but two sure letters beat one doubtful
    True
    """
    logs = [math.log(max(confidence, FLOOR)) for confidence in confidences]
    return sum(logs) / math.pow(len(logs), 1 - LENGTH_PENALTY)


def settle(cuts: Sequence[Sequence[float | None]]) -> int:
    """Return which cut stands: the one that scores best; the first of equals.

    Parameters
    ----------
    cuts
        For each cut, its letters' confidences. The first is the cut that stands if any confidence is unknown.

    Examples
    --------
    >>> settle([[0.5], [0.9, 0.8]])
    1
    >>> settle([[0.5], [0.9, None]])
    0
    """
    known = [[confidence for confidence in cut if confidence is not None] for cut in cuts]
    if any(len(kept) < len(cut) for kept, cut in zip(known, cuts, strict=True)):
        return 0
    scores = [score(cut) for cut in known]
    return scores.index(max(scores))
