"""XML from strangers: read as a stream, without entities, network or limits lifted."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from ocrpipe.document import Document
from ocrpipe.errors import InputError
from ocrpipe.geometry import Point

Element = Any
"""lxml's elements, whose types say less than these readers check by themselves."""

SAFE: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
"""No entity is replaced, nothing is fetched, and libxml2's own limits to depth and length hold."""

NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")


def stream(document: Document, *tags: str) -> Iterator[Element]:
    """Yield each element of these names, whatever its namespace, when it is complete.

    What is yielded is emptied afterwards, so that a long document does not fill the memory.

    Raises
    ------
    InputError
        If the file is no well-formed XML, with the line.
    """
    with document.open() as opened:
        events = etree.iterparse(
            opened, events=("end",), tag=[f"{{*}}{tag}" for tag in tags], remove_comments=True, remove_pis=True, **SAFE
        )
        try:
            for _, element in events:
                yield element
                element.clear(keep_tail=True)
        except etree.XMLSyntaxError as error:
            place = f"{document.title}, line {error.lineno}"
            said = f"the XML is cut off or damaged ({error.msg}); write or download it again"
            raise InputError(f"{place}: {said}") from None


def text_of(element: Element, path: str) -> str | None:
    """Return the text of the first element at `path`, None where there is none or it is empty."""
    found = element.find(path)
    return None if found is None else "".join(found.itertext()) or None


def number_of(element: Element, name: str) -> float | None:
    """Return the number that an attribute holds, None where it holds none, or one too large to be kept (`1e999`)."""
    found = NUMBER.fullmatch(element.get(name, "").strip())
    number = float(found.group()) if found else math.inf
    return number if math.isfinite(number) else None


def points_of(text: str | None) -> list[Point]:
    """Return the points of a list of numbers, however these are parted; without those that are nowhere (`1e999`).

    Examples
    --------
    >>> points_of("1,2 3.5,4"), points_of("1 2 3.5 4 9"), points_of("1,1e999 3.5,4")
    ([(1.0, 2.0), (3.5, 4.0)], [(1.0, 2.0), (3.5, 4.0)], [(3.5, 4.0)])
    """
    numbers = [float(found) for found in NUMBER.findall(text or "")]
    points = zip(numbers[::2], numbers[1::2], strict=False)
    return [point for point in points if all(map(math.isfinite, point))]
