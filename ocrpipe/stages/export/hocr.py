"""`export/hocr`: hOCR 1.2, a web page whose elements bear places and confidences."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated, Any, ClassVar, Literal

from lxml.builder import ElementMaker
from lxml.etree import QName
from pydantic import Field

from ocrpipe import (
    Alternative,
    Block,
    Box,
    Glyph,
    Line,
    Page,
    Plugin,
    Point,
    Reading,
    Word,
    __version__,
    hookimpl,
)
from ocrpipe.stages.export._xml import Ids, PageIds, Stream, clean, number, warnings_of

NAMESPACE = "http://www.w3.org/1999/xhtml"
make = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})

CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrx_cinfo ocrp_wconf ocrp_poly"

BREAKS_OUT = re.compile(r'[\x00-\x1f";]|%(?=[0-9A-F]{2})')
"""What would end a text within a title, or be taken for the escape of it."""


class Hocr(Plugin):
    """hOCR 1.2 as XHTML: blocks, lines, words and letters, with places, baselines and confidences in percent.

    A document is one file. Browsers show its text, and ocrmypdf, hocr-tools and others read it. Most of them take
    alternatives for more text, so these are written only where they are asked for.
    """

    suffix: ClassVar[str] = "hocr"
    per: ClassVar[Literal["page", "document"]] = "document"

    alternatives: Annotated[
        bool, Field(description="write what else a letter or word may be; few programs know it from text")
    ] = False

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        """Write each page as soon as it is there."""
        stream, ids, iterator = Stream(), Ids(), iter(pages)
        first = next(iterator, None)
        if first is None:
            return
        with stream.open() as xml:
            xml.write_doctype("<!DOCTYPE html>")
            with xml.element(QName(NAMESPACE, "html"), nsmap={None: NAMESPACE}):
                xml.write(head(first), pretty_print=True)
                with xml.element(QName(NAMESPACE, "body")):
                    for page in chain([first], iterator):
                        xml.write("\n", page_element(page, ids, self.alternatives), "\n")
                        yield stream.take(xml)
        yield stream.take()


def head(page: Page) -> Any:
    """Return what holds for the whole document, as far as its first page tells."""
    metas = [("ocr-system", f"ocrpipe {__version__}"), ("ocr-capabilities", CAPABILITIES)]
    metas += [("ocrpipe-step", step.model_dump_json()) for step in page.steps]
    return make.head(
        make.meta(charset="utf-8"),
        make.title(clean(page.source.path or "")),
        *(make.meta(name=name, content=clean(content)) for name, content in metas),
    )


def page_element(page: Page, ids: Ids, others: bool) -> Any:
    """Return a page; `others`, whether with alternatives."""
    name, source = ids.of_page(page), page.source
    says = [
        f'image "{quotable(source.path or "")}"',
        bbox(Box(0, 0, source.width, source.height)),
        f"ppageno {source.page - 1}",
    ]
    if page.dpi is not None:
        says.append(f"scan_res {number(page.dpi)} {number(page.dpi)}")
    if source.sha256 is not None:
        says.append(f'x_sha256 "{quotable(source.sha256)}"')
    says += [f'x_warning "{quotable(warning)}"' for warning in warnings_of(page)]
    element = make.div(id=ids.page, title="; ".join(says), **{"class": "ocr_page"})
    return parted(element, [block_element(block, name, others) for block in page.blocks])


def block_element(block: Block, name: PageIds, others: bool) -> Any:
    """Return a block: an area of one paragraph."""
    area = make.div(id=name(block.id), title=title(block), **{"class": "ocr_carea"})
    paragraph = make.p(id=name(f"{block.id}-par"), title=title(block), **{"class": "ocr_par"})
    return parted(area, [parted(paragraph, [line_element(line, name, others) for line in block.lines])])


def line_element(line: Line, name: PageIds, others: bool) -> Any:
    """Return a line."""
    says = "; ".join([title(line), *baseline(line)])
    element = make.span(id=name(line.id), title=says, **{"class": "ocr_line"})
    return parted(element, [word_element(word, name, others) for word in line.words])


def word_element(word: Word, name: PageIds, others: bool) -> Any:
    """Return a word, with its letters where they spell it."""
    says = title(word)
    if word.confidence is not None:
        says += f"; x_wconf {round(100 * word.confidence)}"
    if word.estimated:
        says += "; x_estimated 1"
    element = make.span(id=name(word.id), title=says, **{"class": "ocrx_word"})
    if word.glyphs and "".join(glyph.text for glyph in word.glyphs) == word.text:
        element.extend(glyph_element(glyph, others) for glyph in word.glyphs)
        return element
    return telling(element, word.text, word.reading if others else None)


def glyph_element(glyph: Glyph, others: bool) -> Any:
    """Return a letter."""
    says = "x_bboxes" + bbox(glyph.box).removeprefix("bbox") + poly(glyph.polygon)
    if glyph.confidence is not None:
        says += f"; x_confs {number(100 * glyph.confidence, 2)}"
    element = make.span(title=says, **{"class": "ocrx_cinfo"})
    return telling(element, glyph.text, glyph.reading if others else None)


def telling(element: Any, text: str, reading: Reading | None) -> Any:
    """Return `element` with its text, or with all that `reading` says it may be, the text first."""
    others = [other for other in (reading.alternatives if reading else ()) if other.text != text]
    if not others:
        element.text = clean(text)
        return element
    first = next((other for other in reading.alternatives if other.text == text), None) if reading else None
    choices = [make("ins", clean(text), **choice(first))]
    choices += [make("del", clean(other.text), **choice(other)) for other in others]
    element.append(make.span(*choices, **{"class": "alternatives"}))
    return element


def choice(other: Alternative | None) -> dict[str, str]:
    """Return the attributes of an alternative: its confidence as a negative logarithm, as hOCR has it."""
    if other is None or not other.confidence:
        return {"class": "alt"}
    return {"class": "alt", "title": f"nlp {number(-math.log(other.confidence), 4)}"}


def title(piece: Block | Line | Word) -> str:
    """Return where a piece is."""
    return bbox(piece.box) + poly(piece.polygon)


def bbox(box: Box) -> str:
    """Return a box as hOCR says it.

    Examples
    --------
    >>> bbox(Box(1, 2, 3, 4))
    'bbox 1 2 3 4'
    """
    return f"bbox {box.x0} {box.y0} {box.x1} {box.y1}"


def poly(polygon: Iterable[Point] | None) -> str:
    """Return an outline as hOCR says it, to be added; empty where there is none."""
    return f"; poly {' '.join(str(round(place)) for point in polygon for place in point)}" if polygon else ""


def baseline(line: Line) -> list[str]:
    """Return a line's baseline, its slope and its height above the box's lower left corner; nothing if it is steep."""
    if not line.baseline:
        return []
    (x0, y0), (x1, y1) = line.baseline[0], line.baseline[-1]
    if abs(x1 - x0) < abs(y1 - y0) or x0 == x1:
        return [f"textangle {number(-math.degrees(math.atan2(y1 - y0, x1 - x0)), 2)}"]
    slope = (y1 - y0) / (x1 - x0)
    return [f"baseline {number(slope, 4)} {number(y0 - slope * (x0 - line.box.x0) - line.box.y1, 2)}"]


def parted(element: Any, parts: Iterable[Any]) -> Any:
    """Return `element` with `parts` in it, each on a line of its own."""
    element.text = "\n"
    for part in parts:
        part.tail = "\n"
        element.append(part)
    return element


def quotable(text: str) -> str:
    """Return `text` as it can stand between double quotes in a title, for which hOCR knows no escape.

    Examples
    --------
    >>> quotable('6"; 100%.png')
    '6%22%3B 100%.png'
    """
    return clean(BREAKS_OUT.sub(lambda match: f"%{ord(match.group()):02X}", text))
