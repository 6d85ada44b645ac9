"""Reads ALTO, version 1 to 4, of any engine."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import ValidationError

from ocrpipe.document import Document
from ocrpipe.formats.build import Builder, alternatives, share
from ocrpipe.formats.xml import Element, number_of, points_of, stream, text_of
from ocrpipe.geometry import Box, Point
from ocrpipe.page import Block, Glyph, Line, Page, Source, Step, Word
from ocrpipe.reading import Alternative, Reading

UNITS = {"mm10": 254.0, "inch1200": 1200.0}
"""Units of length but pixels, in units an inch: pages are read as if they were pixels of that resolution."""

EXACT = 1e-4
"""By how much a word's confidence may differ from the mean of its letters' and be that mean, rounded."""


@dataclass
class About:
    """What a file says of all its pages."""

    unit: str = "pixel"
    path: str | None = None
    sha256: str | None = None
    steps: list[Step] = field(default_factory=list)
    estimated: set[str] = field(default_factory=set)


def read(document: Document) -> Iterator[Page]:
    """Yield the pages of a file."""
    about, number = About(), 0
    for element in stream(document, "Description", "Tags", "Page"):
        match element.tag.rpartition("}")[2]:
            case "Description":
                describe(element, about)
            case "Tags":
                marks = element.iterfind("{*}OtherTag[@LABEL='estimated']")
                about.estimated = {mark.get("ID") for mark in marks}
            case _:
                number = max(round(number_of(element, "PHYSICAL_IMG_NR") or 0), number + 1)
                yield page_of(element, about, number)


def describe(element: Element, about: About) -> None:
    """Note what the description of a file says."""
    about.unit = text_of(element, "{*}MeasurementUnit") or about.unit
    about.path = text_of(element, "{*}sourceImageInformation/{*}fileName")
    about.sha256 = text_of(element, ".//{*}fileIdentifier[@fileIdentifierLocation='sha256']")
    for done in element.iter("{*}Processing", "{*}ocrProcessingStep", "{*}preProcessingStep", "{*}postProcessingStep"):
        if step := step_of(done):
            about.steps.append(step)


def step_of(element: Element) -> Step | None:
    """Return a step that was done: ocrpipe's own with all its options, another engine's by its name."""
    software = text_of(element, "{*}processingSoftware/{*}softwareName")
    if software is None:
        return None
    version = text_of(element, "{*}processingSoftware/{*}softwareVersion") or ""
    stage, slash, plugin = (text_of(element, "{*}processingStepDescription") or "").partition("/")
    try:
        settings = json.loads(text_of(element, "{*}processingStepSettings") or "{}")
        own = Step(stage=stage, plugin=plugin, package=software, version=version, **settings)
    except (TypeError, ValueError, ValidationError):
        slash = ""
    return own if slash else Step(stage="given", plugin=software, package=software, version=version)


def page_of(element: Element, about: About, number: int) -> Page:
    """Return a page."""
    corners = [corner for piece in element.iter("{*}String", "{*}TextLine", "{*}TextBlock") for corner in box_of(piece)]
    width, height = (
        max(math.ceil(number_of(element, name) or max((corner[axis] for corner in corners), default=1)), 1)
        for axis, name in enumerate(("WIDTH", "HEIGHT"))
    )
    builder = Builder(width, height, f"p{number}")
    blocks = [block_of(block, builder, about) for block in element.iter("{*}TextBlock")]
    warned = [line for line in (element.get("QUALITY_DETAIL") or "").splitlines() if line.strip()]
    if about.unit in UNITS:
        warned.append(f"places are not pixels, but {about.unit}: they do not fit the image")
    return Page(
        source=Source(width=width, height=height, path=about.path, page=number, sha256=about.sha256),
        dpi=UNITS.get(about.unit),
        blocks=tuple(block for block in blocks if block.lines),
        warnings=(*warned, *builder.warnings),
        steps=tuple(about.steps),
    )


def block_of(element: Element, builder: Builder, about: About) -> Block:
    """Return a block."""
    place = builder.place(element.get("ID"), box_of(element), builder.box, outline_of(element))
    lines = [line_of(line, builder, place["box"], about) for line in element.iterfind("{*}TextLine")]
    return builder.block(place, lines)


def line_of(element: Element, builder: Builder, inside: Box, about: About) -> Line:
    """Return a line."""
    place = builder.place(element.get("ID"), box_of(element), inside, outline_of(element))
    words = [word_of(word, builder, place["box"], about) for word in element.iterfind("{*}String")]
    hyphen = element.find("{*}HYP")
    if words and hyphen is not None:
        words[-1] = hyphened(words[-1], hyphen.get("CONTENT", ""))
    return builder.line(place, words, None, baseline_of(element, place["box"]))


def word_of(element: Element, builder: Builder, inside: Box, about: About) -> Word:
    """Return a word."""
    marks = set(element.get("TAGREFS", "").split())
    corners = box_of(element)
    place = builder.place(element.get("ID"), corners, inside, outline_of(element))
    text, sure = element.get("CONTENT", ""), share(number_of(element, "WC"))
    others = [Alternative(text="".join(other.itertext())) for other in element.iterfind("{*}ALTERNATIVE")]
    glyphs = [glyph_of(glyph, builder, place["box"]) for glyph in element.iterfind("{*}Glyph")]
    reading = Reading(text=text, confidence=sure, alternatives=alternatives(text, sure, others))
    return builder.word(place, reading, glyphs, exact=EXACT, estimated=not corners or bool(marks & about.estimated))


def glyph_of(element: Element, builder: Builder, inside: Box) -> Glyph:
    """Return a letter."""
    text, sure = element.get("CONTENT", ""), share(number_of(element, "GC"))
    others = [
        Alternative(text=other.get("CONTENT", ""), confidence=share(number_of(other, "VC")))
        for other in element.iterfind("{*}Variant")
    ]
    reading = Reading(text=text, confidence=sure, alternatives=alternatives(text, sure, others))
    place = builder.place(element.get("ID"), box_of(element), inside, outline_of(element))
    return Glyph(reading=reading, **place)


def hyphened(word: Word, hyphen: str) -> Word:
    """Return the last word of a line with the hyphen that ALTO keeps apart."""
    read = word.reading or Reading(text=word.text, confidence=word.confidence)
    return word.replace(reading=Reading(text=read.text + hyphen, confidence=read.confidence))


def box_of(element: Element) -> list[Point]:
    """Return two corners of a piece's box, none where it has no place."""
    x, y = number_of(element, "HPOS"), number_of(element, "VPOS")
    if x is None or y is None:
        return outline_of(element)
    return [(x, y), (x + (number_of(element, "WIDTH") or 0), y + (number_of(element, "HEIGHT") or 0))]


def outline_of(element: Element) -> list[Point]:
    """Return a piece's outline, none where it is a box."""
    shape = element.find("{*}Shape/{*}Polygon")
    return [] if shape is None else points_of(shape.get("POINTS"))


def baseline_of(element: Element, box: Box) -> list[Point]:
    """Return a line's baseline, none where it has none; before ALTO 4 it was only a height."""
    text = element.get("BASELINE", "")
    if (height := number_of(element, "BASELINE")) is not None:
        return [(box.x0, height), (box.x1, height)]
    return points_of(text)
