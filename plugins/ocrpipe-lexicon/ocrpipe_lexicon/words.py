"""A list of words with their counts: how likely each is, and which of them some choices of letters may spell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocrpipe_lexicon.spelling import Spelling

ENGLISH, SYMSPELL = "english", "frequency_dictionary_en_82_765.txt"
"""The name of the English list, and its file in the package symspellpy: words with how often each stands in books."""


def list_path(words: str) -> Path:
    """Return the file of a word list: of `english`, or of a path.

    The package symspellpy is only looked up for its list; none of its code is imported.

    Raises
    ------
    ValueError
        If there is no such file.
    """
    if words != ENGLISH:
        if not Path(words).is_file():
            raise ValueError(f"there is no word list {words}: give the path of a text file, or say {ENGLISH}")
        return Path(words)
    spec = find_spec("symspellpy")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(place, SYMSPELL)).is_file():
            return path
    raise ValueError(f"the list {ENGLISH} comes with the package symspellpy, which is not here: pip install symspellpy")


@dataclass(frozen=True, eq=False)
class WordList:
    """Words in small letters, each with how often it comes.

    Parameters
    ----------
    counts
        The words with their counts, each above 0.

    Examples
    --------
    >>> words = WordList({"house": 30, "mouse": 10})
    >>> words.share("house"), words.share("houfe")
    (0.75, 0.0)
    >>> words.spelt_by([{"h", "m"}, {"o"}, {"u"}, {"s", "5"}, {"e"}]), words.spelt_by([{"h"}])
    (['house', 'mouse'], [])
    """

    counts: dict[str, int]

    @classmethod
    def read(cls, path: Path) -> WordList:
        """Return the list in a UTF-8 text file: a word a line, and its count behind it, which is 1 where there is none.

        Empty lines and lines that open with ``#`` are skipped. A word that comes twice, or in large and small letters,
        has the sum of its counts.

        Raises
        ------
        ValueError
            If a line is anything else, or there is no word, saying which file and line.
        OSError
            If the file cannot be read.
        """
        try:
            lines = path.read_text(encoding="utf-8-sig").lower().splitlines()
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is no text in UTF-8 ({error.reason}): save it as UTF-8") from None
        counts: dict[str, int] = {}
        for number, line in enumerate(lines, 1):
            parts = line.split()
            if not parts or parts[0].startswith("#"):
                continue
            word, count = parts[0], 1 if len(parts) == 1 else int(parts[1]) if parts[1].isdecimal() else 0
            if not count or len(parts) > 2:
                raise ValueError(f"{path}, line {number}: {line!r} must be a word, or a word and its count (1 or more)")
            counts[word] = counts.get(word, 0) + count
        if not counts:
            raise ValueError(f"{path} holds no word: write a word a line, each with its count behind it if you know it")
        return cls(counts)

    @cached_property
    def total(self) -> int:
        """The sum of all counts."""
        return sum(self.counts.values())

    def share(self, word: str) -> float:
        """Return which share of running words is this one; 0 if it is not in the list."""
        return self.counts.get(word, 0) / self.total

    @cached_property
    def by_length(self) -> dict[int, list[str]]:
        """The words by how long they are."""
        groups: dict[int, list[str]] = defaultdict(list)
        for word in self.counts:
            groups[len(word)].append(word)
        return groups

    @cached_property
    def tables(self) -> dict[int, NDArray[np.uint32]]:
        """The letters of the words of each length that was asked for, a word a column."""
        return {}

    def spelt_by(self, choices: Sequence[AbstractSet[str]]) -> list[str]:
        """Return the words whose first letter is one of the first choices, and so on; as long as `choices`."""
        length = len(choices)
        words = self.by_length.get(length, [])
        if not words or not all(choices):
            return []
        if length not in self.tables:
            letters = np.array(words, f"U{length}").view(np.uint32).reshape(-1, length)
            self.tables[length] = np.ascontiguousarray(letters.T)
        rows = np.arange(len(words))
        for place in sorted(range(length), key=lambda place: len(choices[place])):  # few choices leave few words
            here = self.tables[length][place][rows]
            rows = rows[np.logical_or.reduce([here == ord(choice) for choice in choices[place]])]
        return [words[row] for row in rows]

    @cached_property
    def spelling(self) -> Spelling:
        """How the list's words are spelt."""
        return Spelling.of(self.counts)
