"""Pages that were read and hold what has broken exporters: every text here can come out of an engine."""

from __future__ import annotations

from collections.abc import Sequence

from ocrpipe.geometry import Box
from ocrpipe.page import Block, Glyph, Line, Page, Source, Step, Word
from ocrpipe.reading import Alternative, Reading

NASTY = (
    '<&"',
    "]]>",
    "<!--",
    "&amp;",
    "'",
    "A",
    "é",  # composed
    "e\u0301",  # and with a combining mark
    "\u0301",  # which may come alone
    "\u05e9\u05dc\u05d5\u05dd",  # right to left
    "\u0645\u0631\u062d\u0628\u0627",
    "\u202eabc\u202c",  # turned round by hand
    "\x00",
    "\x07\x1b[31m",
    "\x7f\x85",
    "\t",
    "\n",
    "\r\n",
    "\f",
    "\u2028",
    "\ufeff",
    "\ufffe",
    "\U0010ffff",
    "😀",
    "👩‍👩‍👧‍👦",
    "🇪🇺",
    "漢字",
    "ﬁ",
    "\\",
    "{}%s",
    "=1+1",
    "A" * 300,
)
"""Texts that have broken exporters."""

SURE = (None, 0.0, 1.0, 0.5, 1e-300)
"""Confidences unknown, at their bounds, and hard to write down."""

CELL = 20
"""Pixels of a made glyph's box."""


def hostile_pages() -> dict[str, Page]:
    """Return pages of nasty texts that were read as glyphs, as words and as lines, by their names.

    Examples
    --------
    >>> pages = hostile_pages()
    >>> len(pages["hostile glyphs"].glyphs) == len(pages["hostile words"].words) == len(NASTY)
    True
    """
    source = Source(width=CELL * len(NASTY), height=CELL, path='a "<&> é.png', sha256="0" * 64)
    words = [Word(id=f"p1-b1-l1-w{n}", box=box_of(n), reading=reading(n)) for n in range(len(NASTY))]
    glyphs = [Glyph(id=f"p1-b1-l1-w1-g{n}", box=box_of(n), reading=reading(n)) for n in range(len(NASTY))]
    spelt = Word(id="p1-b1-l1-w1", box=Box(0, 0, source.width, CELL), glyphs=tuple(glyphs))
    shared = [Word(id=word.id, box=word.box, reading=Reading(text=word.text), estimated=True) for word in words]
    whole = Reading(text=" ".join(NASTY), confidence=0.25)
    return {
        "hostile glyphs": page_with(source, [spelt]),
        "hostile words": page_with(source, words),
        "hostile lines": page_with(source.model_copy(update={"page": 2}), shared, whole),
    }


def reading(number: int) -> Reading:
    """Return a nasty text as a reading, with the next one as another that it may be."""
    text, other = NASTY[number], NASTY[(number + 1) % len(NASTY)]
    sure = SURE[number % len(SURE)]
    others = (Alternative(text=text, confidence=sure), Alternative(text=other), Alternative(text=""))
    return Reading(text=text, confidence=sure, alternatives=others)


def box_of(number: int) -> Box:
    """Return the box of the nasty text of that number: they stand side by side, and touch the page's edge."""
    return Box(number * CELL, 0, (number + 1) * CELL, CELL)


def page_with(source: Source, words: Sequence[Word], whole: Reading | None = None) -> Page:
    """Return a page of one line of `words`, turned a little, with hostile names and warnings."""
    box = Box(0, 0, source.width, source.height)
    outline = ((0.0, 0.5), (source.width - 1.0, 0.0), (source.width - 0.5, source.height - 1.0), (1.0, source.height))
    line = Line(id="p1-b1-l1", box=box, polygon=outline, words=tuple(words), reading=whole, baseline=outline[2:])
    step = Step(
        stage="load", plugin="<b>", package="a&b", version="1", options={"a": ["<", None, 0.1]}, files={"<": "&"}
    )
    block = Block(id="p1-b1", box=box, lines=(line,))
    return Page(source=source, blocks=(block,), warnings=NASTY, steps=(step,))
