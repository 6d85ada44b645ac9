"""`export/text`: what was read, as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

from ocrpipe import Page, Plugin, hookimpl

PAGE_BREAK = "\f"
"""Parts pages, as in the output of pdftotext and tesseract."""


class Text(Plugin):
    r"""The text alone, in UTF-8: a line for each line, an empty line between blocks, a form feed between pages.

    A blank page is an empty text. A form feed that was read on a page becomes a space, so that pages can be counted.

    Examples
    --------
    >>> from ocrpipe import Source
    >>> blank = Page(source=Source(width=80, height=60), blocks=())
    >>> list(Text().export([blank, blank]))
    [b'', b'\x0c']
    """

    suffix: ClassVar[str] = "txt"
    per: ClassVar[Literal["page", "document"]] = "document"
    joins: ClassVar[bool] = True

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        """Write each page as soon as it is there."""
        for number, page in enumerate(pages):
            text = page.text.replace(PAGE_BREAK, " ")
            ended = f"{text}\n" if text else ""
            yield (PAGE_BREAK * (number > 0) + ended).encode()
