"""Reads hOCR of any engine: Tesseract's, kraken's, OCRopus's, and our own."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from lxml import etree
from pydantic import ValidationError

from ocrpipe.document import Document
from ocrpipe.errors import InputError
from ocrpipe.formats.build import DIGITS, Builder, share
from ocrpipe.formats.xml import NUMBER, SAFE, Element, points_of
from ocrpipe.geometry import Box, Point
from ocrpipe.page import Block, Glyph, Line, Page, Source, Step, Word
from ocrpipe.reading import Alternative, Reading

LINES = ("ocr_line", "ocrx_line", "ocr_header", "ocr_footer", "ocr_textfloat", "ocr_caption")
"""Classes of what holds a line of text; the last four are Tesseract's names for lines that are no running text."""

BLOCKS = ("ocr_carea", "ocrx_block")
EXACT = 0.0051
"""By how much a word's confidence may differ from the mean of its letters' and be that mean, in whole percents."""

PROPERTY = re.compile(r'([A-Za-z_][\w-]*+)((?:\s++(?:"[^"]*+"|\'[^\']*+\'|[^\s;"\']++))*+)\s*+(?P<end>;|$)?')
"""A name and its values, up to the next semicolon that no quotes hold; without an end where a stray quote is before it.

Nothing in it is tried in two ways (`++`), so that no title, however long and broken, takes long.
"""

ESCAPED = re.compile(r"%([0-9A-F]{2})")
CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
HEAD = 4096


@dataclass
class About:
    """What a file says of all its pages."""

    system: str = ""
    steps: list[Step] = field(default_factory=list)

    @property
    def own(self) -> bool:
        """Whether ocrpipe wrote it, so that every space in it means one."""
        return self.system.startswith("ocrpipe ")


def read(document: Document) -> Iterator[Page]:
    """Yield the pages of a file: read as XML where it is that, else as HTML."""
    about, number = About(), 0
    for element in stream(document):
        if local(element) == "meta":
            note(element, about)
        elif "ocr_page" in classes(element):
            yield (page := page_of(element, about, number))
            number = page.source.page
            element.clear(keep_tail=True)
    if not number:
        raise InputError(f"{document.title}: is a web page, but no hOCR: nothing in it is of the class ocr_page")


def stream(document: Document) -> Iterator[Element]:
    """Yield each element when it is complete."""
    with document.open() as opened:
        head = opened.read(HEAD)
        opened.seek(0)
        options: dict[str, Any] = {**SAFE}
        if not is_xml(document):
            charset = CHARSET.search(head)
            options = {"html": True, "huge_tree": False, "encoding": charset[1].decode() if charset else "utf-8"}
        try:
            for _, element in etree.iterparse(opened, events=("end",), remove_comments=True, **options):
                yield element
        except (etree.XMLSyntaxError, LookupError) as error:
            raise InputError(f"{document.title}: the hOCR is damaged ({error}); write or download it again") from None


def is_xml(document: Document) -> bool:
    """Return whether a file is well-formed XML, as XHTML is."""
    with document.open() as opened:
        try:
            for _, element in etree.iterparse(opened, events=("end",), **SAFE):
                element.clear(keep_tail=True)
        except etree.XMLSyntaxError:
            return False
    return True


def note(meta: Element, about: About) -> None:
    """Note what the head of a file says of how it was made."""
    name, content = meta.get("name"), meta.get("content", "")
    if name == "ocr-system":
        about.system = content
        if not about.own:
            engine, _, version = content.partition(" ")
            about.steps.append(Step(stage="given", plugin=content, package=engine, version=version))
    elif name == "ocrpipe-step":
        try:
            about.steps.append(Step.model_validate_json(content))
        except ValidationError:
            return


def page_of(element: Element, about: About, before: int) -> Page:
    """Return a page; its number is at least one more than that of the page before."""
    says = title(element)
    size = box_of(says)
    corners = size[1:] or [corner for piece in element.iter("*") for corner in box_of(title(piece))]
    width, height = (max(math.ceil(max((corner[axis] for corner in corners), default=1)), 1) for axis in (0, 1))
    number = max(round((numbers(says, "ppageno") or [0])[0]) + 1, before + 1)
    builder = Builder(width, height, f"p{number}")
    found = [piece for piece in element.iter("*") if set(classes(piece)) & {*LINES, "ocrx_word", "ocr_word"}]
    lines = [piece for piece in found if not is_word(piece) or not within(piece, LINES)]  # stray words are lines too
    blocks = [
        block_of(area, list(held), builder, about) for area, held in groupby(lines, lambda one: area_of(one, element))
    ]
    resolution = numbers(says, "scan_res")
    return Page(
        source=Source(
            width=width, height=height, path=quoted(says, "image"), page=number, sha256=quoted(says, "x_sha256")
        ),
        dpi=resolution[0] if resolution and resolution[0] > 0 else None,
        blocks=tuple(block for block in blocks if block.lines),
        warnings=(*(unescaped(text) for text in says.get("x_warning", ())), *builder.warnings),
        steps=tuple(about.steps),
    )


def block_of(area: Element, lines: Sequence[Element], builder: Builder, about: About) -> Block:
    """Return a block of lines."""
    says = title(area)
    place = builder.place(area.get("id"), box_of(says), builder.box, points(says, "poly"))
    return builder.block(place, [line_of(line, builder, place["box"], about) for line in lines])


def line_of(element: Element, builder: Builder, inside: Box, about: About) -> Line:
    """Return a line."""
    says = title(element)
    if is_word(element):
        word = word_of(element, builder, inside, about)
        return Line(id=builder.name(None), box=word.box, words=(word,))
    place = builder.place(element.get("id"), box_of(says), inside, points(says, "poly"))
    held = [piece for piece in element.iter("*") if is_word(piece)]
    words = [word_of(word, builder, place["box"], about) for word in held]
    reading = None if words else Reading(text=" ".join("".join(element.itertext()).split()))
    return builder.line(place, words, reading, baseline_of(says, place["box"]))


def word_of(element: Element, builder: Builder, inside: Box, about: About) -> Word:
    """Return a word."""
    says = title(element)
    place = builder.place(element.get("id"), box_of(says), inside, points(says, "poly"))
    letters = [piece for piece in element.iter("*") if "ocrx_cinfo" in classes(piece) and "x_bboxes" in title(piece)]
    glyphs = [glyph_of(letter, builder, place["box"]) for letter in letters]
    sure = share(next(iter(numbers(says, "x_wconf")), None), 100)
    others = [] if glyphs else choices(element)
    text = "".join(glyph.text for glyph in glyphs) if glyphs else others[0].text if others else own_text(element)
    reading = Reading(text=text if about.own else text.strip(), confidence=sure, alternatives=tuple(others))
    estimated = "bbox" not in says or "x_estimated" in says
    return builder.word(place, reading, glyphs, exact=EXACT, estimated=estimated)


def glyph_of(element: Element, builder: Builder, inside: Box) -> Glyph:
    """Return a letter."""
    says = title(element)
    sure = next(iter(numbers(says, "x_confs") or numbers(says, "x_conf")), None)
    place = builder.place(element.get("id"), box_of(says, "x_bboxes"), inside, points(says, "poly"))
    others = choices(element)
    text = others[0].text if others else "".join(element.itertext())
    return Glyph(reading=Reading(text=text, confidence=share(sure, 100), alternatives=tuple(others)), **place)


def choices(element: Element) -> list[Alternative]:
    """Return what a piece may be, the text first, where the file names alternatives."""
    return [
        Alternative(text="".join(one.itertext()), confidence=likely(numbers(title(one), "nlp")))
        for one in element.iterfind(".//{*}span[@class='alternatives']/*[@class='alt']")
    ]


def likely(costs: Sequence[float]) -> float | None:
    """Return the confidence that negative logarithms say, None where there are none."""
    return share(round(math.exp(min(-sum(costs), 1)), DIGITS)) if costs else None


def own_text(element: Element) -> str:
    """Return a word's text, without the choices that Tesseract adds to it (`lstm_choice_mode`)."""
    told = [element.text or ""]
    for child in element:
        if "ocrx_cinfo" not in classes(child):
            told.append(own_text(child))
        told.append(child.tail or "")
    return "".join(told)


def area_of(line: Element, page: Element) -> Element:
    """Return the block that a line is in: its area, else its paragraph, else the page."""
    above = []
    for parent in line.iterancestors():
        if parent is page:
            break
        above.append(parent)
    for kinds in (BLOCKS, ("ocr_par",)):
        for parent in above:
            if set(classes(parent)) & set(kinds):
                return parent
    return page


def within(element: Element, kinds: Sequence[str]) -> bool:
    """Return whether an element is in one of these classes."""
    return any(set(classes(parent)) & set(kinds) for parent in element.iterancestors())


def is_word(element: Element) -> bool:
    """Return whether an element is a word."""
    return bool({"ocrx_word", "ocr_word"} & set(classes(element)))


def classes(element: Element) -> list[str]:
    """Return an element's classes."""
    return str(element.get("class", "")).split()


def local(element: Element) -> str:
    """Return an element's name without its namespace; empty for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def title(element: Element) -> dict[str, list[str]]:
    """Return the properties of an element, each with the values of all times that it is named.

    Examples
    --------
    >>> properties_of('image "a;b.png"; bbox 0 0 9 9; x_wconf 90')
    {'image': ['"a;b.png"'], 'bbox': ['0 0 9 9'], 'x_wconf': ['90']}
    """
    return properties_of(element.get("title", ""))


def properties_of(text: str) -> dict[str, list[str]]:
    """Return the properties that a title holds."""
    found: dict[str, list[str]] = {}
    for match in PROPERTY.finditer(text):
        if match["end"] is not None:
            found.setdefault(match[1], []).append(match[2].strip())
    return found


def numbers(says: dict[str, list[str]], name: str) -> list[float]:
    """Return the numbers of a property, without those too large to be kept (`1e999`)."""
    found = map(float, NUMBER.findall((says.get(name) or [""])[0]))
    return [number for number in found if math.isfinite(number)]


def points(says: dict[str, list[str]], name: str) -> list[Point]:
    """Return the points of a property."""
    return points_of((says.get(name) or [""])[0])


def box_of(says: dict[str, list[str]], name: str = "bbox") -> list[Point]:
    """Return two corners of a box, none where it is not named."""
    found = points(says, name)
    return found if len(found) == 2 else []


def quoted(says: dict[str, list[str]], name: str) -> str | None:
    """Return the text of a property, None where there is none."""
    return unescaped((says.get(name) or [""])[0]) or None


def unescaped(text: str) -> str:
    """Return a text without its quotes and with what ocrpipe had to escape."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text.strip("\"' "))


def baseline_of(says: dict[str, list[str]], box: Box) -> list[Point]:
    """Return the baseline as points: hOCR gives it as slope and height from the box's lower left corner."""
    found = numbers(says, "baseline")
    if len(found) != 2:
        return []
    slope, height = found
    return [(box.x0, box.y1 + height), (box.x1, box.y1 + height + slope * box.width)]
