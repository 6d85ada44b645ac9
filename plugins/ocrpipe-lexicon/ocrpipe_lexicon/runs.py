"""What on a page is a word to look up, and what is none: numbers, names, abbreviations, halves of a parted word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ocrpipe import Line, Page, Word

APOSTROPHES = frozenset("'’")
"""They stand within words."""

HYPHENS = frozenset("-‐­¬")
"""At a line's end they part a word."""

STOPS = frozenset(".!?:")
"""Behind them a sentence begins, with a capital."""


@dataclass(frozen=True)
class Run:
    """A stretch of letters within a word's text: all of it but its punctuation."""

    start: int
    stop: int
    text: str


def words_to_weigh(page: Page) -> Iterator[tuple[Word, list[Run]]]:
    """Give the words that may be mended, each with its runs of letters."""
    small = writes_small(page)
    for block in page.blocks:
        goes_on = False
        for line in block.lines:
            for n, word in enumerate(line.words):
                is_half = (n == 0 and goes_on) or (word is line.words[-1] and is_parted(line))
                opens = n == 0 or line.words[n - 1].text[-1:] in STOPS
                runs = [run for run in runs_of(pieces(word)) if not (small and has_a_names_form(run.text, opens))]
                if runs and not is_half:
                    yield word, runs
            goes_on = is_parted(line)


def pieces(word: Word) -> list[str]:
    """Return a word's text, a piece for each reading: its glyphs' texts, or a word engine's characters."""
    return list(word.text) if word.reading else [glyph.text for glyph in word.glyphs]


def runs_of(texts: list[str]) -> list[Run]:
    """Return the runs of letters in a word that is read so; not those with as many digits as letters.

    Examples
    --------
    >>> [run.text for run in runs_of(list("(WELL-KN0WN,"))], runs_of(list("2026"))
    (['WELL', 'KN0WN'], [])
    """
    found = []
    start = 0
    for is_word, members in groupby(texts, key=lambda text: text.isalnum() or text in APOSTROPHES):
        run = list(members)
        stop = start + len(run)
        letters = sum(text.isalpha() for text in run)
        digits = sum(text.isdigit() for text in run)
        if is_word and letters > digits and all(len(text.lower()) == 1 for text in run):  # some small letters are two
            found.append(Run(start, stop, "".join(run)))
        start = stop
    return found


def writes_small(page: Page) -> bool:
    """Return whether a page is mostly in small letters, so that a capital means something."""
    text = page.text
    return sum(letter.islower() for letter in text) > sum(letter.isupper() for letter in text)


def has_a_names_form(text: str, opens: bool) -> bool:
    """Return whether a word is written like a name or an abbreviation; one that opens a sentence may begin large.

    Examples
    --------
    >>> [has_a_names_form(text, opens=False) for text in ("Smith", "NATO", "McCoy", "house", "A")]
    [True, True, True, False, True]
    >>> has_a_names_form("The", opens=True), has_a_names_form("NATO", opens=True)
    (False, True)
    """
    return any(letter.isupper() for letter in (text[1:] if opens else text))


def is_parted(line: Line) -> bool:
    """Return whether a line's last word goes on in the next line."""
    return line.text[-1:] in HYPHENS
