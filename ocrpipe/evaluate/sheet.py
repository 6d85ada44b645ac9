"""One page to compare: its text, and where known, which glyph each character of it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from ocrpipe.geometry import Box
from ocrpipe.page import Page
from ocrpipe.reading import Level

NOBODY = -1
"""The owner of a character that is no glyph's: a space, a line break, a letter of a word that was read as a whole."""


@dataclass(frozen=True)
class Sheet:
    """A page's text, and the page itself where there is one.

    Examples
    --------
    >>> Sheet("GOOD DAY").page is None
    True
    """

    text: str
    page: Page | None = None

    @classmethod
    def of(cls, page: Page) -> Sheet:
        """Return a page as a sheet."""
        return cls(page.text, page)

    def boxes(self, level: Level) -> tuple[Box, ...]:
        """Return the boxes of all glyphs, words or lines; none where they are unknown."""
        if self.page is None:
            return ()
        placed = {"glyph": self.page.glyphs, "word": self.page.words, "line": self.page.lines}[level]
        return tuple(some.box for some in placed)

    @cached_property
    def owners(self) -> list[int]:
        """For each code point of the text, the number of its glyph among the page's, or `NOBODY`."""
        if self.page is None:
            return [NOBODY] * len(self.text)
        return list(chain.from_iterable(parted(self.page)))


def parted(page: Page) -> Iterator[list[int]]:
    """Yield the owners of a page's text piece by piece, put together as ``Page.text`` is."""
    number = 0
    for b, block in enumerate(page.blocks):
        yield [NOBODY] * 2 if b else []
        for n, line in enumerate(block.lines):
            yield [NOBODY] if n else []
            for w, word in enumerate(line.words):
                yield [NOBODY] if w else []
                if word.reading:
                    yield [NOBODY] * len(word.text)
                else:
                    for at, glyph in enumerate(word.glyphs, number):
                        yield [at] * len(glyph.text)
                number += len(word.glyphs)
