"""Rival cuts: which of several ways to cut the same ink into letters the classifier speaks for.

Letters that touch, and letters whose strokes do not, cannot be told by shape alone. So a segmenter offers rivals over
the same ink, the classifier reads them all, and the confidences decide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

FLOOR = 1e-4
"""The least that counts, so that one impossible letter does not make all such cuts alike."""


def score(letterness: Sequence[float]) -> float:
    """Return how likely a cut is, as a logarithm; 0 is best.

    A cut is right if each of its regions shows a letter, so their probabilities are multiplied. That favours few
    letters: where one whole letter and its two halves are equally sure, the whole stands.

    Examples
    --------
    >>> score([0.9]) > score([0.9, 0.9])
    True
    >>> score([0.9, 0.95]) > score([0.6])           # but two sure letters beat one doubtful
    True
    """
    return sum(math.log(max(sure, FLOOR)) for sure in letterness)


def settle(cuts: Sequence[Sequence[float | None]]) -> int:
    """Return which cut stands: the one that scores best; the first of equals.

    Parameters
    ----------
    cuts
        For each cut, how sure each of its regions shows a letter. The first stands if any of these is unknown.

    Examples
    --------
    >>> settle([[0.5], [0.9, 0.8]])
    1
    >>> settle([[0.5], [0.9, None]])
    0
    """
    scores = []
    for cut in cuts:
        known = [sure for sure in cut if sure is not None]
        if len(known) < len(cut):
            return 0
        scores.append(score(known))
    return scores.index(max(scores))
