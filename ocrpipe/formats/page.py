"""Reads PAGE-XML, from 2009 to 2019, of any engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ocrpipe.document import Document
from ocrpipe.formats.build import Builder, alternatives, rectangle, share
from ocrpipe.formats.xml import Element, number_of, points_of, stream, text_of
from ocrpipe.geometry import Box, Point
from ocrpipe.page import Block, Glyph, Line, Page, Source, Step, Word
from ocrpipe.reading import Alternative, Reading

EXACT = 1e-4
"""By how much a word's confidence may differ from the mean of its letters' and be that mean, rounded."""

PER_INCH = {"PPI": 1.0, "PPCM": 2.54}
"""What a resolution in PAGE's units is to be multiplied by."""

OWN = "ocrpipe"


def read(document: Document) -> Iterator[Page]:
    """Yield the page of a file."""
    for element in stream(document, "PcGts"):
        page = element.find("{*}Page")
        if page is not None:
            yield page_of(page, element.find("{*}Metadata"))


def page_of(element: Element, metadata: Element | None) -> Page:
    """Return the page."""
    ends = [point for coords in element.iter("{*}Coords") for point in coords_points(coords)]
    width, height = (
        max(round(number_of(element, name) or max((end[axis] for end in ends), default=1)), 1)
        for axis, name in enumerate(("imageWidth", "imageHeight"))
    )
    items = {} if metadata is None else properties(metadata)
    number = max(int(items.get("page", "1")) if items.get("page", "1").isdecimal() else 1, 1)
    builder = Builder(width, height, f"p{number}")
    blocks = [block_of(region, builder) for region in in_order(element)]
    dpi = (number_of(element, "imageXResolution") or 0) * PER_INCH.get(element.get("imageResolutionUnit", ""), 0)
    return Page(
        source=Source(
            width=width,
            height=height,
            path=element.get("imageFilename") or None,
            page=number,
            sha256=items.get("sha256"),
        ),
        dpi=dpi if dpi > 0 else None,
        blocks=tuple(block for block in blocks if block.lines),
        warnings=(*comments(metadata), *builder.warnings),
        steps=tuple(steps(metadata)),
    )


def properties(metadata: Element) -> Mapping[str, str]:
    """Return what ocrpipe says of the image."""
    return {item.get("name", ""): item.get("value", "") for item in metadata.iterfind(item_of("imageProperties"))}


def item_of(kind: str) -> str:
    """Return the path to metadata of a kind."""
    return f"{{*}}MetadataItem[@type='{kind}']"


def comments(metadata: Element | None) -> list[str]:
    """Return the warnings, which ocrpipe writes as comments."""
    if metadata is None or text_of(metadata, "{*}Creator") != OWN:
        return []
    return [line for line in (text_of(metadata, "{*}Comments") or "").splitlines() if line.strip()]


def steps(metadata: Element | None) -> Iterator[Step]:
    """Yield the steps that were done: ocrpipe's own with their options, another engine's by its name."""
    if metadata is None:
        return
    creator = text_of(metadata, "{*}Creator")
    if creator not in (None, OWN):
        yield Step(stage="given", plugin=str(creator), package=str(creator), version="")
    for item in metadata.iterfind(item_of("processingStep")):
        software, options, files = (labels(item, name) for name in ("software", "options", "files"))
        package, version = next(iter(software.items()), ("", ""))
        try:
            values = {key: json.loads(value) for key, value in options.items()}
        except ValueError:  # which are not ours
            values = dict(options)
        stage, plugin = item.get("name", ""), item.get("value", "")
        yield Step(stage=stage, plugin=plugin, package=package, version=version, options=values, files=files)


def labels(item: Element, name: str) -> dict[str, str]:
    """Return the named values of a step."""
    found = item.iterfind(f"{{*}}Labels[@externalId='{name}']/{{*}}Label")
    return {label.get("type", ""): label.get("value", "") for label in found}


def in_order(page: Element) -> list[Element]:
    """Return the regions of text in reading order; those that the order leaves out follow as they come."""
    regions = list(page.iter("{*}TextRegion"))
    refs = page.iterfind("{*}ReadingOrder//*[@regionRef]")
    places = {ref.get("regionRef"): number for number, ref in reversed(list(enumerate(refs)))}
    return sorted(regions, key=lambda region: places.get(region.get("id"), len(places)))


def block_of(element: Element, builder: Builder) -> Block:
    """Return a block."""
    points = outline_of(element)
    place = builder.place(element.get("id"), points, builder.box, polygon(points))
    lines = [line_of(line, builder, place["box"]) for line in element.iterfind("{*}TextLine")]
    reading = reading_of(element) if element.find("{*}TextRegion") is None else None  # which say it themselves
    if not lines and reading is not None:
        lines = builder.lines_of(reading.text, place["box"])
    return builder.block(place, lines)


def line_of(element: Element, builder: Builder, inside: Box) -> Line:
    """Return a line."""
    points = outline_of(element)
    place = builder.place(element.get("id"), points, inside, polygon(points))
    words = [word_of(word, builder, place["box"]) for word in element.iterfind("{*}Word")]
    baseline = element.find("{*}Baseline")
    return builder.line(place, words, reading_of(element), [] if baseline is None else coords_points(baseline))


def word_of(element: Element, builder: Builder, inside: Box) -> Word:
    """Return a word."""
    points = outline_of(element)
    place = builder.place(element.get("id"), points, inside, polygon(points))
    glyphs = [glyph_of(glyph, builder, place["box"]) for glyph in element.iterfind("{*}Glyph")]
    estimated = not points or "estimated:true" in element.get("custom", "")
    return builder.word(place, reading_of(element), glyphs, exact=EXACT, estimated=estimated)


def glyph_of(element: Element, builder: Builder, inside: Box) -> Glyph:
    """Return a letter."""
    points = outline_of(element)
    place = builder.place(element.get("id"), points, inside, polygon(points))
    return Glyph(reading=reading_of(element) or Reading(text=""), **place)


def reading_of(element: Element) -> Reading | None:
    """Return what a piece was read as: the text of the lowest index, with the others as alternatives."""
    found = sorted(element.iterfind("{*}TextEquiv"), key=lambda equiv: number_of(equiv, "index") or 0)
    told = [
        Alternative(
            text=text_of(equiv, "{*}Unicode") or text_of(equiv, "{*}PlainText") or "",
            confidence=share(number_of(equiv, "conf")),
        )
        for equiv in found
    ]
    if not told:
        return None
    text, sure = told[0].text, told[0].confidence
    return Reading(text=text, confidence=sure, alternatives=alternatives(text, sure, told[1:]))


def outline_of(element: Element) -> list[Point]:
    """Return a piece's outline, none where it has none."""
    coords = element.find("{*}Coords")
    return [] if coords is None else coords_points(coords)


def coords_points(coords: Element) -> list[Point]:
    """Return points: of an attribute, or of elements as before 2013."""
    if coords.get("points") is not None:
        return points_of(coords.get("points"))
    return [(number_of(point, "x") or 0.0, number_of(point, "y") or 0.0) for point in coords.iterfind("{*}Point")]


def polygon(points: list[Point]) -> list[Point]:
    """Return an outline where it says more than the box around it."""
    return [] if rectangle(points) else points
