"""What the XML formats share: text that XML takes, unique ids, and documents that are written page by page."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from lxml import etree

from ocrpipe import Page, Point, Step

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document can hold, not even escaped (XML 1.0, fifth edition, production 2)."""

INSTEAD = "\ufffd"
"""What stands where such a character was: the replacement character."""

UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
"""What is escaped in an id: XML takes more, but not every program that reads it does."""


def clean(text: str) -> str:
    r"""Return `text` with U+FFFD for each character that XML forbids.

    Examples
    --------
    >>> clean("a\x00b\ud7ff") == "a\ufffdb\ud7ff"
    True
    """
    return FORBIDDEN.sub(INSTEAD, text)


def warnings_of(page: Page) -> tuple[str, ...]:
    """Return a page's warnings, and another where some of its text cannot be written as XML."""
    texts = (text for word in page.words for text in (word.text, *(glyph.text for glyph in word.glyphs)))
    if any(FORBIDDEN.search(text) for text in texts):
        return (*page.warnings, "characters that XML cannot hold were replaced by U+FFFD")
    return page.warnings


def number(value: float, digits: int | None = None) -> str:
    """Return a number as XML Schema reads it, to so many decimals, or in full.

    Examples
    --------
    >>> number(0.09), number(12.0), number(2 / 3, 2)
    ('0.09', '12', '0.67')
    """
    return repr(float(value if digits is None else round(value, digits))).removesuffix(".0")


def points_text(points: Iterable[Point], digits: int) -> str:
    """Return points as ``x,y x,y``, to so many decimals.

    Examples
    --------
    >>> points_text([(1.25, 2), (3, 4)], digits=1)
    '1.2,2 3,4'
    """
    return " ".join(f"{number(x, digits)},{number(y, digits)}" for x, y in points)


def step_settings(step: Step) -> str:
    """Return with what options and files a step was done, as JSON in ASCII: so XML takes it whatever it holds."""
    return json.dumps({"options": step.options, "files": step.files})


class Ids:
    """Gives ids that are XML names and unique in a document, whatever the ids of its pages are.

    An id of the built-in stages begins with its page's and stays as it is.

    Examples
    --------
    >>> from ocrpipe import Source
    >>> ids = Ids()
    >>> name = ids.of_page(Page(source=Source(width=8, height=8, page=2), blocks=()))
    >>> name("p2-b1"), name("a b"), name("a b"), ids.page
    ('p2-b1', 'p2-a_20_b', 'p2-a_20_b.2', 'p2')
    """

    def __init__(self) -> None:
        self.pages: set[str] = set()
        self.page = ""

    def of_page(self, page: Page) -> PageIds:
        """Return what names the parts of the next page; `page` is then that page's own id."""
        self.page = f"p{page.source.page}"
        while self.page in self.pages:
            self.page += "x"
        self.pages.add(self.page)
        return PageIds(self.page)


class PageIds:
    """Gives the ids of one page."""

    def __init__(self, prefix: str) -> None:
        self.prefix = f"{prefix}-"
        self.given: dict[str, int] = {}

    def __call__(self, wanted: str) -> str:
        """Return the id that stands for `wanted`."""
        safe = UNSAFE.sub(lambda match: f"_{ord(match.group()):X}_", wanted)
        name = safe if safe.startswith(self.prefix) else self.prefix + safe
        while (again := self.given.get(name, 0)) > 0:
            self.given[name] = again + 1
            name = f"{name}.{again + 1}"
        self.given[name] = 1
        return name


class Stream:
    """An XML document that is written in pieces."""

    def __init__(self) -> None:
        self.buffer = io.BytesIO()

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Yield lxml's incremental writer, which closes what is still open at the end."""
        with etree.xmlfile(self.buffer, encoding="utf-8") as xml:
            xml.write_declaration()
            yield xml

    def take(self, xml: Any = None) -> bytes:
        """Return what was written since this was last called; `xml`, while it is open, is asked for what it holds."""
        if xml is not None:
            xml.flush()
        data = self.buffer.getvalue()
        self.buffer.seek(0)
        self.buffer.truncate()
        return data
