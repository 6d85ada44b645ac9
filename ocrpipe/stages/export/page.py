"""`export/page`: PAGE-XML of 2019-07-15, the XML of research on documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from lxml.builder import ElementMaker
from lxml.etree import tostring
from pydantic import AwareDatetime, Field

from ocrpipe import Block, Glyph, Line, Page, Plugin, Point, Reading, Step, Word, hookimpl
from ocrpipe.stages.export._xml import Ids, PageIds, clean, number, warnings_of

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
make = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


class PageXml(Plugin):
    """PAGE-XML 2019-07-15: regions, lines, words and letters with outlines, baselines, confidences and alternatives.

    A file a page, as the format asks for.
    """

    suffix: ClassVar[str] = "page.xml"
    per: ClassVar[Literal["page", "document"]] = "page"

    created: Annotated[
        AwareDatetime,
        Field(
            description="the date that the file bears; PAGE-XML must have one, and the clock's would make each run's "
            "file another, so the default stands for: unknown"
        ),
    ] = UNKNOWN

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        """Write a page in one piece."""
        for page in pages:
            document = make.PcGts(self.metadata(page), page_element(page))
            yield tostring(document, xml_declaration=True, encoding="utf-8", pretty_print=True)

    def metadata(self, page: Page) -> Any:
        """Return who made the page, and how."""
        date, source = self.created.isoformat(), page.source
        element = make.Metadata(make.Creator("ocrpipe"), make.Created(date), make.LastChange(date))
        if warnings := warnings_of(page):
            element.append(make.Comments(clean("\n".join(warnings))))
        element.append(make.MetadataItem(type="imageProperties", name="page", value=str(source.page)))
        if source.sha256 is not None:
            element.append(make.MetadataItem(type="imageProperties", name="sha256", value=clean(source.sha256)))
        element.extend(map(step_element, page.steps))
        return element


def step_element(step: Step) -> Any:
    """Return a step that was done, with its options and files as labels."""
    return make.MetadataItem(
        labels("software", {step.package: step.version}),
        labels("options", {key: json.dumps(value) for key, value in step.options.items()}),
        labels("files", step.files),
        type="processingStep",
        name=clean(step.stage),
        value=clean(step.plugin),
    )


def labels(name: str, values: dict[str, str]) -> Any:
    """Return named values."""
    found = [make.Label(type=clean(key), value=clean(value)) for key, value in values.items()]
    return make.Labels(*found, externalModel="ocrpipe", externalId=name)


def page_element(page: Page) -> Any:
    """Return the page, with the order of its blocks said."""
    ids, source = Ids(), page.source
    name = ids.of_page(page)
    element = make.Page(
        imageFilename=clean(source.path or ""), imageWidth=str(source.width), imageHeight=str(source.height)
    )
    if page.dpi is not None:
        dpi = number(page.dpi)
        element.attrib.update({"imageXResolution": dpi, "imageYResolution": dpi, "imageResolutionUnit": "PPI"})
    regions = [block_element(block, page, name) for block in page.blocks]
    if regions:
        refs = [make.RegionRefIndexed(index=str(n), regionRef=region.get("id")) for n, region in enumerate(regions)]
        element.append(make.ReadingOrder(make.OrderedGroup(*refs, id=name("order"))))
    element.extend(regions)
    return element


def block_element(block: Block, page: Page, name: PageIds) -> Any:
    """Return a block."""
    element = placed(make.TextRegion(type="paragraph"), block, page, name)
    element.extend(line_element(line, page, name) for line in block.lines)
    element.append(make.TextEquiv(make.Unicode(clean(block.text))))
    return element


def line_element(line: Line, page: Page, name: PageIds) -> Any:
    """Return a line."""
    element = placed(make.TextLine(), line, page, name)
    if line.baseline:
        element.append(make.Baseline(points=whole_points(line.baseline, page)))
    element.extend(word_element(word, page, name) for word in line.words)
    element.extend(equivalents(line.text, line.confidence, line.reading))
    return element


def word_element(word: Word, page: Page, name: PageIds) -> Any:
    """Return a word."""
    element = placed(make.Word(), word, page, name)
    if word.estimated:
        element.set("custom", "place {estimated:true;}")
    element.extend(glyph_element(glyph, page, name) for glyph in word.glyphs)
    element.extend(equivalents(word.text, word.confidence, word.reading))
    return element


def glyph_element(glyph: Glyph, page: Page, name: PageIds) -> Any:
    """Return a letter."""
    element = placed(make.Glyph(), glyph, page, name)
    element.extend(equivalents(glyph.text, glyph.confidence, glyph.reading))
    return element


def equivalents(text: str, confidence: float | None, reading: Reading | None) -> Iterator[Any]:
    """Yield what a piece was read as, and what else it may be."""
    others = [other for other in (reading.alternatives if reading else ()) if other.text != text]
    for index, (said, sure) in enumerate([(text, confidence), *((other.text, other.confidence) for other in others)]):
        element = make.TextEquiv(make.Unicode(clean(said)))
        if others:
            element.set("index", str(index))
        if sure is not None:
            element.set("conf", number(sure))
        yield element


def placed(element: Any, piece: Block | Line | Word | Glyph, page: Page, name: PageIds) -> Any:
    """Return `element` with the id and outline of a piece of the page."""
    element.set("id", name(piece.id))
    element.append(make.Coords(points=whole_points(piece.polygon or piece.box.corners, page)))
    return element


def whole_points(points: Sequence[Point], page: Page) -> str:
    """Return points as PAGE-XML takes them: whole numbers within the image, at least two."""
    width, height = page.source.width, page.source.height
    whole = [f"{min(max(round(x), 0), width)},{min(max(round(y), 0), height)}" for x, y in points]
    return " ".join(whole if len(whole) > 1 else whole * 2)
