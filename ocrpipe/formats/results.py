"""Tells by its content what a file is, and reads it page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from ocrpipe.document import Document
from ocrpipe.errors import InputError, OcrpipeError
from ocrpipe.page import Page

Kind = Literal["json", "alto", "page", "hocr"]

WITHIN = 65_536
"""Within how many bytes a file must show what it is: some hOCR has long style sheets, and all XML may have comments."""

ROOT = re.compile(rb"<(?:[\w.-]+:)?(alto|PcGts|html)[\s>]", re.IGNORECASE)
"""The first element of the formats, with whatever prefix."""

KINDS: dict[bytes, Kind] = {b"alto": "alto", b"pcgts": "page", b"html": "hocr"}

READABLE = "ocrpipe's JSON, ALTO, PAGE-XML or hOCR"


def read_results(thing: Path | str | Document) -> Iterator[Page]:
    """Yield the pages of a saved result, each read no sooner than asked for.

    Parameters
    ----------
    thing
        A file of ocrpipe's own JSON (a page, or a page a line), of ALTO 1 to 4, of PAGE-XML 2010 to 2019, or of hOCR.
        What it is shows by its content, not by its name.

    Raises
    ------
    InputError
        If it cannot be opened, is none of these, or is broken; the sentence says in which line.
    """
    from ocrpipe.formats import alto, hocr, json, page  # with lxml, which nobody pays for who only imports this

    document = Document.of(thing)
    readers = {"json": json.read, "alto": alto.read, "page": page.read, "hocr": hocr.read}
    try:
        kind = kind_of(document)
        pages = readers[kind](document)
        first = next(pages, None)
        if first is None:
            raise InputError(f"{document.title}: holds no page")
        yield first
        yield from pages
    except FileNotFoundError:
        raise InputError(f"{document.title}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{document.title}: is a directory; name the files in it") from None
    except OSError as error:
        raise InputError(f"{document.title}: cannot be read: {error.strerror or error}") from None
    except (OcrpipeError, MemoryError):
        raise
    except Exception as error:  # whatever no reader foresaw in a file: it is the file's, not that of who asks for pages
        said = " ".join(str(error).split())
        raise InputError(f"{document.title}: is broken: {type(error).__name__}: {said}") from error


def kind_of(document: Document) -> Kind:
    """Return what a file's content shows it to be.

    Raises
    ------
    InputError
        If that is nothing that holds results.
    """
    with document.open() as stream:
        start = stream.read(WITHIN)
    text = start.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe \t\r\n")  # UTF-16 looks alike
    if not text:
        raise InputError(f"{document.title}: is empty; it should hold {READABLE}")
    if text.startswith(b"{"):
        return "json"
    if text.startswith(b"<"):
        if found := ROOT.search(text):
            return KINDS[found[1].lower()]
        raise InputError(f"{document.title}: is XML of another kind; results can be read from {READABLE}")
    raise InputError(
        f"{document.title}: holds no result that can be read ({READABLE}); a picture is read by `ocrpipe run`"
    )
