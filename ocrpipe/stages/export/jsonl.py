"""`export/jsonl`: the whole page, without loss, a line a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

from ocrpipe import Page, Plugin, hookimpl


class JsonLines(Plugin):
    """All that is known of each page as JSON, a page a line, a document a file: what jq and pandas read as it is.

    Examples
    --------
    >>> from ocrpipe import Source
    >>> page = Page(source=Source(width=80, height=60), blocks=())
    >>> [Page.from_json(line) == page for line in JsonLines().export([page, page])]
    [True, True]
    """

    suffix: ClassVar[str] = "jsonl"
    per: ClassVar[Literal["page", "document"]] = "document"
    joins: ClassVar[bool] = True

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        """Write each page as soon as it is there."""
        for page in pages:
            yield page.to_json().encode() + b"\n"
