"""Reads ocrpipe's own JSON: a page, or a page a line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from pydantic import ValidationError

from ocrpipe.document import Document
from ocrpipe.errors import InputError
from ocrpipe.page import SCHEMA_VERSION, Page


def read(document: Document) -> Iterator[Page]:
    """Yield the pages of a file.

    Raises
    ------
    InputError
        If it holds something else, or is broken.
    """
    with document.open() as stream:
        first = stream.readline()
        if first.strip() and not first.rstrip().endswith(b"}"):  # indented for people: one page
            yield page_of(first + stream.read(), document.title)
            return
        for number, line in enumerate(chain([first], stream), 1):
            if line.strip():
                yield page_of(line, f"{document.title}, line {number}")


def page_of(data: bytes, title: str) -> Page:
    """Return the page that `data` holds; the error says where it is broken."""
    try:
        return Page.from_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        said = f"{place}: {first['msg']}" if place else first["msg"]
        if place == "schema_version":
            said += f" (this ocrpipe reads version {SCHEMA_VERSION}: use the one that wrote it, or a newer one)"
        raise InputError(f"{title}: is no page as `ocrpipe run --to json` writes it: {said}") from None
