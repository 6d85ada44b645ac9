"""`export/csv`: a table of the letters."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

from ocrpipe import Glyph, Page, Plugin, Word, hookimpl

COLUMNS = ("source", "page", "block", "line", "word", "glyph", "x0", "y0", "x1", "y1", "text", "confidence")


class Csv(Plugin):
    """A table of the letters for spreadsheets and pandas: place, text, confidence and alternatives, a row each.

    Blocks, lines, words and glyphs are counted from 1. A word that was read as a whole is one row without a glyph's
    number. Alternatives are JSON: a list of texts with their confidences.
    """

    suffix: ClassVar[str] = "csv"
    per: ClassVar[Literal["page", "document"]] = "document"
    joins: ClassVar[bool] = True

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        """Write each page as soon as it is there."""
        yield written([(*COLUMNS, "alternatives")])
        for page in pages:
            yield written(rows(page))


END = "\r\n"
"""How RFC 4180 ends a row: with it, Python quotes both signs where they are part of a text."""


def written(table: Iterable[Iterable[object]]) -> bytes:
    """Return rows as CSV, each ended by a line feed alone, as programs on Unix want it."""
    return "".join(map(line, table)).encode()


def line(row: Iterable[object]) -> str:
    """Return one row."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=END).writerow(row)
    return text.getvalue().removesuffix(END) + "\n"


def rows(page: Page) -> Iterator[tuple[object, ...]]:
    """Yield a page's rows."""
    for b, block in enumerate(page.blocks, 1):
        for n, line in enumerate(block.lines, 1):
            for w, word in enumerate(line.words, 1):
                place = (page.source.path, page.source.page, b, n, w)
                if not word.glyphs:
                    yield (*place, None, *values(word))
                for g, glyph in enumerate(word.glyphs, 1):
                    yield (*place, g, *values(glyph))


def values(piece: Word | Glyph) -> tuple[object, ...]:
    """Return where a piece is and what it was read as."""
    box, reading = piece.box, piece.reading
    others = [[other.text, other.confidence] for other in reading.alternatives] if reading else []
    told = json.dumps(others, ensure_ascii=False) if others else None
    return box.x0, box.y0, box.x1, box.y1, piece.text, piece.confidence, told
