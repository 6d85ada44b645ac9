"""How words are spelt: which letter follows which. A name looks like a word so far, and noise does not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

END = "\n"
"""What stands before a word and behind it."""

STRANGE = math.log(1e-3)
"""How likely a letter is that no word of the list has, a digit say, wherever it stands; as a logarithm."""

SEEN_BESIDES = 1.0
"""How often each pair of letters is taken to have been seen besides: what is in no list has pairs that no word has."""


@dataclass(frozen=True, eq=False)
class Spelling:
    """A chain of letters, each by the one before it (A. A. Markov, 1913).

    Parameters
    ----------
    place
        Where each letter's row and column are.
    log
        The logarithm of how likely the column's letter follows the row's.

    Examples
    --------
    >>> spelling = Spelling.of(["house", "mouse", "hose", "muse"])
    >>> spelling.log_probability("hous") > spelling.log_probability("hsou")
    True
    """

    place: dict[str, int]
    log: NDArray[np.float64]

    @classmethod
    def of(cls, words: Iterable[str]) -> Spelling:
        """Return how these words are spelt, each counted once: new words are like the rare ones, not like `the`."""
        codes = np.frombuffer(END.join(["", *words, ""]).encode("utf-32-le"), np.uint32)
        letters = np.flatnonzero(np.bincount(codes))
        row = np.zeros(letters[-1] + 1, np.intp)
        row[letters] = np.arange(len(letters))
        chain = row[codes]
        pairs = np.bincount(chain[:-1] * len(letters) + chain[1:], minlength=len(letters) ** 2)
        seen = pairs.reshape(len(letters), len(letters)) + SEEN_BESIDES
        return cls({chr(code): n for n, code in enumerate(letters)}, np.log(seen / seen.sum(axis=1, keepdims=True)))

    def log_probability(self, word: str) -> float:
        """Return how likely a word is to be spelt so, as a logarithm."""
        places = [self.place.get(letter) for letter in (END, *word, END)]
        return sum(STRANGE if None in pair else float(self.log[pair]) for pair in pairwise(places))
