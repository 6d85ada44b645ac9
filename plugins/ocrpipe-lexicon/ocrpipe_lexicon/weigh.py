"""Which word it was: what the classifier saw, weighed against how likely each word is (a noisy channel).

C. Shannon, "A mathematical theory of communication", 1948; for spelling M. Kernighan, K. Church and W. Gale, COLING
1990. What may stand for a letter are its own alternatives and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ocrpipe import Reading
from ocrpipe_lexicon.words import WordList

FLOOR = 1e-4
"""The least probability that is reckoned with: confidences have four decimals."""


@dataclass(frozen=True)
class Choice:
    """A text that a glyph may be, and how sure the classifier was of it."""

    text: str
    confidence: float


Choices = Mapping[str, Choice]
"""What a glyph may be, each by its small letter."""


def choices_of(reading: Reading) -> Choices:
    """Return what a reading may be: single characters, the surest for each letter; none where it knows no confidence.

    The text itself stands for its own letter, even where its other case is surer: only other letters are weighed.

    Examples
    --------
    >>> from ocrpipe import Alternative
    >>> others = (Alternative(text="0", confidence=0.5), Alternative(text="O", confidence=0.4))
    >>> reading = Reading(text="O", confidence=0.4, alternatives=others)
    >>> {small: choice.text for small, choice in choices_of(reading).items()}
    {'o': 'O', '0': '0'}
    """
    if reading.confidence is None:
        return {}
    found = {reading.text.lower(): Choice(reading.text, max(reading.confidence, FLOOR))}
    for other in sorted(reading.alternatives, key=lambda other: -(other.confidence or 0)):
        small = other.text.lower()
        if len(small) == len(other.text) == 1 and other.confidence is not None:
            found.setdefault(small, Choice(other.text, max(other.confidence, FLOOR)))
    return found


@dataclass(frozen=True)
class Verdict:
    """The likeliest word, and how likely it is: against all others, and against what was read."""

    word: str
    sure: float
    against_read: float


@dataclass(frozen=True, eq=False)
class Scale:
    """Weighs words.

    Parameters
    ----------
    words
        The words that there are.
    unlisted
        Which share of running words is in no list.

    Examples
    --------
    >>> scale = Scale(WordList({"house": 30, "mouse": 10, "use": 60}), unlisted=0.2)
    >>> sure, doubtful = [{x: Choice(x, 0.9)} for x in "ouse"], {"h": Choice("h", 0.4), "n": Choice("n", 0.6)}
    >>> scale.weigh("nouse", [doubtful, *sure]).word
    'house'
    """

    words: WordList
    unlisted: float

    def log_prior(self, word: str) -> float:
        """Return how likely a word is before anything is seen, as a logarithm; in a list or not."""
        share = self.words.share(word)
        if share:
            return math.log((1 - self.unlisted) * share)
        return math.log(self.unlisted) + self.words.spelling.log_probability(word)

    def weigh(self, read: str, choices: Sequence[Choices]) -> Verdict:
        """Return the likeliest of the list's words that `choices` may spell, and of what was read.

        Parameters
        ----------
        read
            What was read, in small letters.
        choices
            What each of its letters may be, that itself included.
        """
        logs = {
            word: self.log_prior(word)
            + sum(math.log(choice[letter].confidence) for letter, choice in zip(word, choices, strict=True))
            for word in {read, *self.words.spelt_by([choice.keys() for choice in choices])}
        }
        return verdict_of(read, logs)


def verdict_of(read: str, logs: Mapping[str, float]) -> Verdict:
    """Return the likeliest word by their log probabilities; what was read wins a tie, then the alphabet decides."""
    best = min(logs, key=lambda word: (-logs[word], word != read, word))
    total = sum(math.exp(log - logs[best]) for log in logs.values())
    return Verdict(best, 1 / total, 1 / (1 + math.exp(logs[read] - logs[best])))
