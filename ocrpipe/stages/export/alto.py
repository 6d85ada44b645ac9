"""`export/alto`: ALTO 4.3, the XML of libraries and archives."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, ClassVar, Literal

from lxml.builder import ElementMaker
from lxml.etree import QName

from ocrpipe import Block, Glyph, Line, Page, Plugin, Point, Step, Word, hookimpl
from ocrpipe.stages.export._xml import Ids, PageIds, Stream, clean, number, points_text, step_settings, warnings_of

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
make = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})

DIGITS = 2
"""Decimals of a point of an outline or baseline, pixels."""

CATEGORIES = {"load": "preOperation", "prepare": "preOperation", "postprocess": "postOperation"}
"""ALTO's name for what a stage does; all others make content."""

VARIANT_LENGTH = 3
"""ALTO's limit to the text of a variant, characters."""

ESTIMATED = "estimated"
"""The id of the tag that marks words whose place was shared out by length."""


class Alto(Plugin):
    """ALTO 4.3: blocks, lines, words and letters with places, outlines, baselines, confidences and alternatives.

    A document is one file, a `Page` element a page. How the first page was read stands in its `Processing` elements.
    """

    suffix: ClassVar[str] = "alto.xml"
    per: ClassVar[Literal["page", "document"]] = "document"

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        """Write each page as soon as it is there."""
        stream, ids, iterator = Stream(), Ids(), iter(pages)
        first = next(iterator, None)
        if first is None:
            return
        with stream.open() as xml, xml.element(QName(NAMESPACE, "alto"), nsmap={None: NAMESPACE}, SCHEMAVERSION="4.3"):
            xml.write(description(first), tags(), pretty_print=True)
            with xml.element(QName(NAMESPACE, "Layout")):
                for page in chain([first], iterator):
                    xml.write(page_element(page, ids), pretty_print=True)
                    yield stream.take(xml)
        yield stream.take()


def description(page: Page) -> Any:
    """Return what holds for the whole document, as far as its first page tells."""
    image = make.sourceImageInformation()
    if page.source.path is not None:
        image.append(make.fileName(clean(page.source.path)))
    if page.source.sha256 is not None:
        image.append(make.fileIdentifier(clean(page.source.sha256), fileIdentifierLocation="sha256"))
    steps = [processing(step, n) for n, step in enumerate(page.steps, 1)]
    return make.Description(make.MeasurementUnit("pixel"), image, *steps)


def processing(step: Step, number: int) -> Any:
    """Return a step that was done."""
    return make.Processing(
        make.processingCategory(CATEGORIES.get(step.stage, "contentGeneration")),
        make.processingStepDescription(clean(f"{step.stage}/{step.plugin}")),
        make.processingStepSettings(step_settings(step)),
        make.processingSoftware(make.softwareName(clean(step.package)), make.softwareVersion(clean(step.version))),
        ID=f"step{number}",
    )


def tags() -> Any:
    """Return the tags that words may bear; they stand before all pages, so before it is known whether they are used."""
    says = "The word's place was shared out by length, for its line was read as a whole."
    return make.Tags(make.OtherTag(ID=ESTIMATED, TYPE="place", LABEL=ESTIMATED, DESCRIPTION=says))


def page_element(page: Page, ids: Ids) -> Any:
    """Return a page."""
    name = ids.of_page(page)
    width, height = number(page.source.width), number(page.source.height)
    blocks = [block_element(block, name) for block in page.blocks]
    space = make.PrintSpace(*blocks, HPOS="0", VPOS="0", WIDTH=width, HEIGHT=height)
    element = make.Page(space, ID=ids.page, WIDTH=width, HEIGHT=height, PHYSICAL_IMG_NR=number(page.source.page))
    if warnings := warnings_of(page):
        element.set("QUALITY_DETAIL", clean("\n".join(warnings)))
    return element


def block_element(block: Block, name: PageIds) -> Any:
    """Return a block; a line without words cannot be written."""
    element = placed(make.TextBlock(), block, name)
    element.extend(line_element(line, name) for line in block.lines if line.words)
    return element


def line_element(line: Line, name: PageIds) -> Any:
    """Return a line."""
    element = placed(make.TextLine(), line, name)
    if line.baseline:
        element.set("BASELINE", points_text(line.baseline, DIGITS))
    element.append(word_element(line.words[0], name))
    for before, word in pairwise(line.words):
        element.append(space(before, word))
        element.append(word_element(word, name))
    return element


def space(before: Word, after: Word) -> Any:
    """Return the space between two words, with its place where there is a gap."""
    element = make.SP()
    if (width := after.box.x0 - before.box.x1) > 0:
        element.attrib.update({"HPOS": number(before.box.x1), "VPOS": number(after.box.y0), "WIDTH": number(width)})
    return element


def word_element(word: Word, name: PageIds) -> Any:
    """Return a word, with its letters where each is one character, as ALTO's must be."""
    element = placed(make.String(), word, name)
    element.set("CONTENT", clean(word.text))
    if word.confidence is not None:
        element.set("WC", number(word.confidence))
    if word.estimated:
        element.set("TAGREFS", ESTIMATED)
    for other in word.reading.alternatives if word.reading else ():
        if other.text != word.text:
            element.append(make.ALTERNATIVE(clean(other.text), PURPOSE="recognition"))
    letters = [unicodedata.normalize("NFC", glyph.text) for glyph in word.glyphs]
    if all(len(letter) == 1 for letter in letters):
        element.extend(glyph_element(*pair, name) for pair in zip(word.glyphs, letters, strict=True))
    return element


def glyph_element(glyph: Glyph, letter: str, name: PageIds) -> Any:
    """Return a letter and what else it may be."""
    element = placed(make.Glyph(), glyph, name)
    element.set("CONTENT", clean(letter))
    if glyph.confidence is not None:
        element.set("GC", number(glyph.confidence))
    for other in glyph.reading.alternatives:
        if other.text != glyph.text and len(other.text) <= VARIANT_LENGTH:
            variant = make.Variant(CONTENT=clean(other.text))
            if other.confidence is not None:
                variant.set("VC", number(other.confidence))
            element.append(variant)
    return element


def placed(element: Any, piece: Block | Line | Word | Glyph, name: PageIds) -> Any:
    """Return `element` with the id, box and outline of a piece of the page."""
    box = piece.box
    sides = {"HPOS": box.x0, "VPOS": box.y0, "WIDTH": box.width, "HEIGHT": box.height}
    element.attrib.update({"ID": name(piece.id), **{side: number(value) for side, value in sides.items()}})
    if piece.polygon:
        element.append(shape(piece.polygon))
    return element


def shape(polygon: Sequence[Point]) -> Any:
    """Return an outline."""
    return make.Shape(make.Polygon(POINTS=points_text(polygon, DIGITS)))
