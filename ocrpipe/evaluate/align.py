"""What must be done to one text to make it another: Levenshtein's edits, by rapidfuzz.

Texts are sequences of anything that can be told apart: characters (grapheme clusters) or words.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

WHOLE = 20_000
"""Pieces of text up to this length are aligned as they are; above, lines that both hold once part them, because
the time of an alignment grows with the square of the length."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: `truth` and `read` are the places where it applies.

    Its kind is ``replace``, ``delete`` (a character of the truth was lost) or ``insert`` (one was read too many).
    """

    kind: str
    truth: int
    read: int


def distance(truth: Sequence[str], read: Sequence[str]) -> int:
    """Return how many edits make one text of the other.

    Examples
    --------
    >>> distance("KITTEN", "SITTING")
    3
    >>> distance(["A", "WORD"], ["A", "SWORD"])
    1
    """
    return sum(Levenshtein.distance(a, b) for _, _, a, b in pieces(truth, read))


def edits(truth: Sequence[str], read: Sequence[str]) -> list[Edit]:
    """Return the edits that make the read text of the truth, as many as their `distance`.

    Examples
    --------
    >>> [edit.kind for edit in edits("ABC", "XBCD")]
    ['replace', 'insert']
    """
    return [
        Edit(str(step[0]), start + int(step[1]), begin + int(step[2]))
        for start, begin, a, b in pieces(truth, read)
        for step in Levenshtein.editops(a, b).as_list()
    ]


def pieces(truth: Sequence[str], read: Sequence[str]) -> Iterator[tuple[int, int, str, str]]:
    """Yield the parts to align one by one: where each begins in both texts, and its characters as single code points.

    Long texts are parted before the lines that stand once in each, as far as these come in the same order (what
    `patience diff` does); so their distance may come out higher than the true one, never lower.
    """
    codes: dict[str, str] = {}
    a, b = ("".join([codes.setdefault(token, chr(len(codes))) for token in tokens]) for tokens in (truth, read))
    if max(len(a), len(b)) <= WHOLE or "\n" not in codes:
        yield 0, 0, a, b
        return
    anchors = [(0, 0), *common_lines(a, b, codes["\n"]), (len(a), len(b))]
    for (start, begin), (stop, end) in pairwise(anchors):
        yield start, begin, a[start:stop], b[begin:end]


def common_lines(a: str, b: str, end: str) -> list[tuple[int, int]]:
    """Return where the lines begin that stand once in both texts, the most of them that come in the same order."""
    once = [
        {line: at for line, at in lines if counts[line] == 1}
        for lines in ([*starts(a, end)], [*starts(b, end)])
        for counts in [Counter(line for line, _ in lines)]
    ]
    places = [(at, once[1][line]) for line, at in once[0].items() if line in once[1]]
    return rising(places)


def starts(text: str, end: str) -> Iterator[tuple[str, int]]:
    """Yield each line and where it begins."""
    at = 0
    for line in text.split(end):
        yield line, at
        at += len(line) + 1


def rising(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of `places`, whose first numbers rise, of which the second numbers rise too.

    Examples
    --------
    >>> rising([(0, 5), (1, 1), (2, 2), (3, 9), (4, 3)])
    [(1, 1), (2, 2), (4, 3)]
    """
    tails: list[int] = []  # the smallest second number that ends a rising part of each length
    ends: list[int] = []  # which place that is
    before: list[int] = []
    for number, (_, second) in enumerate(places):
        length = bisect_left(tails, second)
        tails[length : length + 1] = [second]
        ends[length : length + 1] = [number]
        before.append(ends[length - 1] if length else -1)
    found: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        found.append(places[number])
        number = before[number]
    return found[::-1]
