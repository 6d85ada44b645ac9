"""A page as the viewer of `export/html` takes it: plain lists and numbers, ready for JSON.

The text comes as `pieces`: the letters, and of words that were read as a whole the words. `lines` says how pieces make
words and lines. What each stage did comes as `stops` of the slider (`_stops.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from ocrpipe import Glyph, GrayPage, Line, Page, Word
from ocrpipe.stages._draw import page_letter
from ocrpipe.stages._pictures import counted
from ocrpipe.stages._stops import Look, edges, rounded, stops_of, told

__all__ = ["Look", "island_of", "title_of"]


def island_of(page: Page, pixels: GrayPage, trail: Sequence[GrayPage | Page], look: Look) -> dict[str, Any]:
    """Return all that the viewer shows.

    Parameters
    ----------
    page
        What was read.
    pixels
        What it was read from.
    trail
        What each of its steps gave; empty where that is not known.
    look
        How the user wants it.
    """
    pieces = [piece for line in page.lines for word in line.words for piece in pieces_of(word)]
    return {
        "title": title_of(page),
        "summary": summary_of(page),
        "warnings": page.warnings,
        "size": [page.source.width, page.source.height],
        "letter": page_letter(page),
        "sure": look.sure,
        "doubtful": look.doubtful,
        "pieces": list(pieces_in(page)),
        "lines": lines_of(page),
        "stops": stops_of(page, [piece.id for piece in pieces], pixels, trail, look),
    }


def title_of(page: Page) -> str:
    """Return the page's name without its folders, which are nobody's business where a file is passed on.

    Examples
    --------
    >>> from ocrpipe import Source
    >>> title_of(Page(source=Source(width=9, height=9, path="/home/me/notes.tif", page=3), blocks=()))
    'notes.tif, page 3'
    """
    return re.split(r"[\\/]", page.source.name)[-1]


def summary_of(page: Page) -> str:
    """Return how much was read."""
    if not page.lines:
        return "no text"
    parts = [counted(len(page.glyphs), "letter")] if page.glyphs else []
    return " · ".join([*parts, counted(len(page.words), "word"), counted(len(page.lines), "line")])


def pieces_of(word: Word) -> Sequence[Glyph | Word]:
    """Return what the viewer shows of a word: its letters, or itself where it was read as a whole."""
    return word.glyphs or (word,)


def pieces_in(page: Page) -> Iterator[dict[str, Any]]:
    """Yield each piece: its text, how sure it is, its box, and what more there is to tell."""
    for line in page.lines:
        for word in line.words:
            for piece in pieces_of(word):
                yield piece_of(piece, line)


def piece_of(piece: Glyph | Word, line: Line) -> dict[str, Any]:
    """Return one piece; a word whose own confidence is unknown has its line's."""
    shown = told(piece) | {"box": edges(piece.box)}
    if piece.polygon:
        shown["outline"] = rounded(piece.polygon)
    if isinstance(piece, Word):
        if shown["sure"] is None and line.reading:
            shown["sure"] = line.reading.confidence
        if piece.estimated:
            shown["estimated"] = True
    return shown


def lines_of(page: Page) -> list[dict[str, Any]]:
    """Return each line: the number of its block, its baseline, and its words as numbers of pieces."""
    number = count()
    return [
        {
            "block": block,
            "baseline": line.baseline and rounded(line.baseline),
            "words": [[next(number) for _ in pieces_of(word)] for word in line.words],
        }
        for block, lines in enumerate(block.lines for block in page.blocks)
        for line in lines
    ]
