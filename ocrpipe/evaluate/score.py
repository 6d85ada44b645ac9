"""How well pages were read: error rates, their intervals, boxes, and where the errors come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ocrpipe.evaluate.align import distance
from ocrpipe.evaluate.folding import LINE, SPACE, Folding
from ocrpipe.evaluate.ledger import Ledger, ledger
from ocrpipe.evaluate.overlap import Overlap, overlap
from ocrpipe.evaluate.sheet import Sheet
from ocrpipe.reading import LEVELS, Level

RESAMPLES = 2000
"""How often pages are drawn anew for an interval."""

SEED = 0
"""Of the drawing, so that the same pages give the same interval."""

Interval = tuple[float, float]


@dataclass(frozen=True)
class Rate:
    """Edits, and the length of the truth that they are a share of."""

    edits: int = 0
    length: int = 0

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.edits + other.edits, self.length + other.length)

    @property
    def value(self) -> float | None:
        """Edits / length, which may exceed 1; 0 where both are empty, None where only the truth is."""
        return self.edits / self.length if self.length else None if self.edits else 0.0


@dataclass(frozen=True)
class PageScore:
    """How well one page was read.

    Parameters
    ----------
    name
        The page's.
    characters
        Edits of characters (grapheme clusters).
    words
        Edits of words, which are parted by spaces.
    bag
        The same where the words' order does not count: what no order could mend.
    boxes
        How well the boxes of a level were found, where both sides have some.
    ledger
        Where the edits of characters come from.
    note
        What a reader should know.
    """

    name: str
    characters: Rate
    words: Rate
    bag: Rate
    boxes: dict[Level, Overlap] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Counter)
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON holds it."""
        return {
            "name": self.name,
            "cer": self.characters.value,
            "wer": self.words.value,
            "bag_wer": self.bag.value,
            "characters": self.characters.length,
            "character_edits": self.characters.edits,
            "words": self.words.length,
            "word_edits": self.words.edits,
            "boxes": {level: box_figures(found) for level, found in self.boxes.items()},
            "errors": {str(cause): count for cause, count in self.ledger.most_common()},
            "note": self.note,
        }


def score_page(name: str, truth: Sheet, result: Sheet, folding: Folding | None = None, note: str = "") -> PageScore:
    """Return how well a page was read.

    Examples
    --------
    >>> score = score_page("note", Sheet("GOOD DAY"), Sheet("DAY G00D"))
    >>> score.words.value, score.bag.value
    (1.0, 0.5)
    """
    folding = folding or Folding()
    true, read = folding.fold(truth.text)[0], folding.fold(result.text)[0]
    words, found = "".join(true).split(), "".join(read).split()
    if folding.spaces:
        true, read = ([c for c in side if c not in (SPACE, LINE)] for side in (true, read))
    characters = Rate(distance(true, read), len(true))
    return PageScore(
        name,
        characters,
        Rate(distance(words, found), len(words)),
        Rate(bag_distance(words, found), len(words)),
        {level: overlap(*both) for level in LEVELS if all(both := (truth.boxes(level), result.boxes(level)))},
        ledger(truth, result, folding) if characters.edits else Counter(),
        note,
    )


def bag_distance(truth: Sequence[str], read: Sequence[str]) -> int:
    """Return the least distance that any order of the words read could have.

    Examples
    --------
    >>> bag_distance(["A", "A", "B"], ["B", "A"])
    1
    """
    return max(len(truth), len(read)) - (Counter(truth) & Counter(read)).total()


@dataclass(frozen=True)
class Report:
    """How well several pages were read."""

    pages: tuple[PageScore, ...]
    folding: Folding = field(default_factory=Folding)

    @cached_property
    def characters(self) -> Rate:
        """Edits of characters on all pages."""
        return sum((page.characters for page in self.pages), Rate())

    @cached_property
    def words(self) -> Rate:
        """Edits of words on all pages."""
        return sum((page.words for page in self.pages), Rate())

    @cached_property
    def bag(self) -> Rate:
        """Edits of words on all pages where their order on a page does not count."""
        return sum((page.bag for page in self.pages), Rate())

    @cached_property
    def boxes(self) -> dict[Level, Overlap]:
        """How well boxes were found, on the pages where both sides have some."""
        levels = [level for level in LEVELS if any(level in page.boxes for page in self.pages)]
        return {level: sum((page.boxes.get(level, Overlap()) for page in self.pages), Overlap()) for level in levels}

    @cached_property
    def ledger(self) -> Ledger:
        """Where the edits of characters come from."""
        return sum((page.ledger for page in self.pages), Counter())

    @cached_property
    def cer_interval(self) -> Interval | None:
        """Where the character error rate lies with 95% confidence, or None for fewer than two pages."""
        return interval([page.characters for page in self.pages])

    @cached_property
    def wer_interval(self) -> Interval | None:
        """Where the word error rate lies with 95% confidence, or None for fewer than two pages."""
        return interval([page.words for page in self.pages])

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON holds it."""
        return {
            "cer": self.characters.value,
            "cer_interval": self.cer_interval,
            "wer": self.words.value,
            "wer_interval": self.wer_interval,
            "bag_wer": self.bag.value,
            "characters": self.characters.length,
            "character_edits": self.characters.edits,
            "words": self.words.length,
            "word_edits": self.words.edits,
            "ignored": list(self.folding.names),
            "boxes": {level: box_figures(found) for level, found in self.boxes.items()},
            "errors": {str(cause): count for cause, count in self.ledger.most_common()},
            "pages": [page.to_dict() for page in self.pages],
        }


def box_figures(found: Overlap) -> dict[str, float | None]:
    """Return what is said of boxes."""
    return {"precision": found.precision, "recall": found.recall, "overlap": found.mean}


def interval(rates: Sequence[Rate]) -> Interval | None:
    """Return where the rate over all pages lies with 95% confidence: the percentile bootstrap over pages.

    Pages are drawn anew with replacement, as many as there are, `RESAMPLES` times (Efron & Tibshirani, An Introduction
    to the Bootstrap, 1993, ch. 13). It says how much the rate depends on which pages were taken, if they were taken at
    random. One page says nothing of that.
    """
    if len(rates) < 2:
        return None
    draws = resampled(rates)
    low, high = np.nanquantile(draws, (0.025, 0.975)) if np.isfinite(draws).any() else (np.nan, np.nan)
    return None if np.isnan(low) else (round(float(low), 6), round(float(high), 6))


def resampled(*pipelines: Sequence[Rate]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the rates of several pipelines over pages drawn anew, the same pages for each: (pipelines, resamples).

    What is drawn without a character of truth has no rate: NaN.
    """
    edits = np.array([[rate.edits for rate in rates] for rates in pipelines], float)
    lengths = np.array([[rate.length for rate in rates] for rates in pipelines], float)
    numbers = np.random.default_rng(SEED)
    rates = np.empty((len(pipelines), RESAMPLES))
    for n in range(RESAMPLES):
        drawn = numbers.integers(edits.shape[1], size=edits.shape[1])
        with np.errstate(invalid="ignore", divide="ignore"):
            rates[:, n] = edits[:, drawn].sum(axis=1) / lengths[:, drawn].sum(axis=1)
    rates[~np.isfinite(rates)] = np.nan
    return rates
