"""How well pages were read: error rates, their intervals, boxes, and where the errors come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ocrpipe.evaluate.align import distance
from ocrpipe.evaluate.folding import Folding
from ocrpipe.evaluate.ledger import Ledger, ledger
from ocrpipe.evaluate.overlap import Floats, Overlap, overlap
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
    true, read = folding.counted(truth.text), folding.counted(result.text)
    words, found = ("".join(folding.fold(side.text)[0]).split() for side in (truth, result))
    characters = Rate(distance(true, read), len(true))
    return PageScore(
        name,
        characters,
        Rate(distance(words, found), len(words)),
        Rate(bag_distance(words, found), len(words)),
        boxes_found(truth, result),
        ledger(truth, result, folding) if characters.edits else Counter(),
        note,
    )


def boxes_found(truth: Sheet, result: Sheet) -> dict[Level, Overlap]:
    """Return how well the boxes of each level were found, where both sides have some, or one has and the other no text.

    A side that has text but not these boxes does not say where they are; one without any text found nothing.
    """
    found: dict[Level, Overlap] = {}
    for level in LEVELS:
        true, read = truth.boxes(level), result.boxes(level)
        if (true and (read or not result.text)) or (read and not truth.text and truth.page):
            found[level] = overlap(true, read)
    return found


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
        """How well the boxes of each level that the results know were found, on the pages that tell."""
        levels = [level for level in LEVELS if any(page.boxes.get(level, Overlap()).found for page in self.pages)]
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
    """Return where the rate over all pages lies with 95% confidence, by `bounds`; None for fewer than two pages.

    Where there is not one error, pages drawn anew have none either, which says nothing of others. Then the upper end is
    3 / length: what could still be, if errors were independent (Hanley & Lippman-Hand, JAMA 249, 1983).
    """
    if len(rates) < 2:
        return None
    total = sum(rates, Rate())
    if total.length and not total.edits:
        return 0.0, round(min(3 / total.length, 1.0), 6)
    return bounds(resampled(rates)[0], len(rates))


def bounds(draws: Floats, pages: int) -> Interval | None:
    """Return what holds 95% of what was drawn from so many pages; None where nothing drawn is a number.

    The bootstrap's percentiles alone are too narrow for few pages. So they are taken further out, as far as Student's t
    reaches beyond the normal distribution: the expanded percentile interval (Hesterberg, What Teachers Should Know
    About the Bootstrap, The American Statistician 69, 2015, sec. 4.3). `benchmarks/chance.py` tries how often it holds.
    """
    from scipy.special import ndtr, stdtrit

    known = draws[np.isfinite(draws)]
    if not len(known):
        return None
    tail = float(ndtr(np.sqrt(pages / (pages - 1)) * stdtrit(pages - 1, 0.025)))
    low, high = np.quantile(known, (tail, 1 - tail))
    return round(float(low), 6), round(float(high), 6)


def resampled(*pipelines: Sequence[Rate]) -> Floats:
    """Return the rates of several pipelines over pages drawn anew, the same pages for each: (pipelines, resamples).

    Pages are drawn with replacement, as many as there are, `RESAMPLES` times (Efron & Tibshirani, An Introduction to
    the Bootstrap, 1993, ch. 13). How the rates vary says how much they depend on which pages were taken, if these were
    taken at random. What is drawn without a character of truth has no rate: NaN.
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
