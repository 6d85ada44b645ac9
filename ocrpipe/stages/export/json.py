"""`export/json`: the whole page, without loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ocrpipe import Page, Plugin, hookimpl


class Json(Plugin):
    """All that is known of a page (places, confidences, alternatives, how it was read) as JSON.

    ``Page.from_json`` gives back an equal page. Without indentation a page is one line, so that several pages on
    stdout are JSON Lines, which jq and pandas read as they are.

    Examples
    --------
    >>> from ocrpipe import Source
    >>> page = Page(source=Source(width=80, height=60), blocks=())
    >>> [written] = Json().export([page])
    >>> Page.from_json(written) == page
    True
    """

    suffix: ClassVar[str] = "json"
    per: ClassVar[Literal["page", "document"]] = "page"
    joins: ClassVar[bool] = True

    indent: Annotated[
        int, Field(ge=0, le=8, description="spaces to indent by, for people to read; 0 writes a page on one line")
    ] = 0

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        """Write a page in one piece."""
        for page in pages:
            yield page.model_dump_json(indent=self.indent or None).encode() + b"\n"
