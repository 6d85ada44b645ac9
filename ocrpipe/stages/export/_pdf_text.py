"""Text that is not seen but found: a font without shapes, and words stretched over their boxes.

The way of Tesseract and OCRmyPDF: a font of one blank letter stands for all of Unicode, and a table in the file says
what each code means. So any text can be searched for, and no font need have its letters.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocrpipe import Line, Page, Point, Word
from ocrpipe.stages.export._pdf_file import Name, PdfFile, Ref, decimal

FONT_FILE = Path(__file__).with_name("glyphless.ttf")
"""A TrueType font of one letter, as wide as it is high, that stands on its lower edge.

Its outline is two points at opposite corners: it paints nothing, but pdfium selects as large a place as it spans.
tests/formats/test_pdf.py says how it is made.
"""

EM = 1000
"""The letter's side, in the font's own units."""

CODES = 0xFFFF
"""How many characters the font can have: codes are of two bytes."""

A_BLOCK = 100
"""The most entries that one block of a table of characters may have (Adobe technical note 5014)."""

LEAST_GAP = 0.1
"""The width of a space where words touch or overlap, as a share of the height."""

TO_UNICODE = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{blocks}endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
"""What a table of characters consists of (ISO 32000-1, 9.10.3)."""


class Font:
    """The font of a document: it learns characters as they are used, and is written when all are known.

    Examples
    --------
    >>> font = Font()
    >>> font.codes("AbA").hex()
    '000100020001'
    """

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def codes(self, text: str) -> bytes:
        """Return the codes of a text; what no longer fits into the font becomes U+FFFD."""
        return b"".join(self.code(letter).to_bytes(2, "big") for letter in text)

    def code(self, letter: str) -> int:
        """Return a character's code."""
        if letter not in self.known and len(self.known) >= CODES - 1:
            letter = "\ufffd"
        return self.known.setdefault(letter, len(self.known) + 1)

    def write(self, pdf: PdfFile, number: Ref) -> None:
        """Write the font under a number that pages already refer to."""
        data = FONT_FILE.read_bytes()
        descriptor = {
            "Type": Name("FontDescriptor"),
            "FontName": Name("Glyphless"),
            "Flags": 5,  # of one width, and with characters of its own
            "FontBBox": [0, 0, EM, EM],
            "ItalicAngle": 0,
            "Ascent": EM,
            "Descent": -1,  # poppler takes 0 for unknown
            "CapHeight": EM,
            "StemV": 80,
            "FontFile2": pdf.stream(data, Length1=len(data)),
        }
        descendant = {
            "Type": Name("Font"),
            "Subtype": Name("CIDFontType2"),
            "BaseFont": Name("Glyphless"),
            "CIDSystemInfo": {"Registry": b"Adobe", "Ordering": b"Identity", "Supplement": 0},
            "FontDescriptor": pdf.put(descriptor),
            "DW": EM,
            "CIDToGIDMap": pdf.stream(b"\x00\x01" * (len(self.known) + 1)),  # every code shows the one letter
        }
        font = {
            "Type": Name("Font"),
            "Subtype": Name("Type0"),
            "BaseFont": Name("Glyphless"),
            "Encoding": Name("Identity-H"),
            "DescendantFonts": [pdf.put(descendant)],
            "ToUnicode": pdf.stream(self.to_unicode()),
        }
        pdf.put(font, number)

    def to_unicode(self) -> bytes:
        """Return the table that says what each code means."""
        lines = [f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>\n" for letter, code in self.known.items()]
        blocks = [lines[start : start + A_BLOCK] for start in range(0, len(lines), A_BLOCK)]
        told = (f"{len(block)} beginbfchar\n{''.join(block)}endbfchar\n" for block in blocks)
        return TO_UNICODE.format(blocks="".join(told)).encode("ascii")


@dataclass(frozen=True)
class Run:
    """A text and where it stands: its first letter's lower left corner, its direction, length and height in pixels."""

    text: str
    start: Point
    direction: Point
    length: float
    height: float


def content(page: Page, font: Font, scale: float) -> bytes:
    """Return the operators that write a page's text unseen; `scale` is the points of a pixel."""
    shown = [b"BT 3 Tr"]  # neither fill nor outline
    for line in page.lines:
        for run in runs(line):
            x, y = run.start[0] * scale, (page.source.height - run.start[1]) * scale
            (cos, down), mirror = run.direction, -1 if is_leftward(run.text) else 1
            if mirror < 0:  # the text runs from the box's right edge to its left one
                x, y = x + run.length * cos * scale, y - run.length * down * scale
            size = run.height * scale
            stretch = 100 * run.length / (run.height * len(run.text))
            matrix = b" ".join(map(decimal, (mirror * cos, -mirror * down, down, cos, x, y)))
            codes = font.codes(run.text).hex().encode()
            shown.append(b"/F %b Tf %b Tz %b Tm <%b> Tj" % (decimal(size), decimal(stretch), matrix, codes))
    return b"\n".join([*shown, b"ET"])


def runs(line: Line) -> Iterator[Run]:
    """Yield a line's words, and between them the spaces by which programs tell that they are words."""
    before: Run | None = None
    for word in line.words:
        run = run_of(word, line)
        if run is None:
            continue
        if before is not None:
            yield space(before, run)
        yield run
        before = run


def run_of(word: Word, line: Line) -> Run | None:
    """Return where a word stands; None if it holds nothing that can be shown."""
    text = "".join(letter if is_text(letter) else " " for letter in word.text).strip()
    if not text:
        return None
    if word.polygon is not None and len(word.polygon) == 4:
        first, _, third, fourth = word.polygon
        length, height = math.dist(fourth, third), math.dist(first, fourth)
        if length > 0 and height > 0:
            return Run(text, fourth, unit(fourth, third), length, height)
    box = word.box
    start, direction, length, height = {
        0: ((box.x0, box.y1), (1, 0), box.width, box.height),
        1: ((box.x0, box.y0), (0, 1), box.height, box.width),
        2: ((box.x1, box.y0), (-1, 0), box.width, box.height),
        3: ((box.x1, box.y1), (0, -1), box.height, box.width),
    }[quarters(line.baseline)]
    return Run(text, start, direction, length, height)


def space(before: Run, after: Run) -> Run:
    """Return the space between two words of a line."""
    (x, y), (cos, down) = before.start, before.direction
    end = x + before.length * cos, y + before.length * down
    gap = (after.start[0] - end[0]) * cos + (after.start[1] - end[1]) * down
    return Run(" ", end, before.direction, max(gap, LEAST_GAP * before.height), before.height)


def quarters(baseline: Sequence[Point] | None) -> int:
    """Return by how many quarter turns, clockwise, a line is turned.

    Examples
    --------
    >>> quarters([(0, 0), (9, 1)]), quarters([(0, 0), (1, 9)]), quarters(None)
    (0, 1, 0)
    """
    if not baseline:
        return 0
    (x0, y0), (x1, y1) = baseline[0], baseline[-1]
    return round(math.atan2(y1 - y0, x1 - x0) / (math.pi / 2)) % 4


def unit(start: Point, end: Point) -> Point:
    """Return the direction from one place to another, of length 1."""
    length = math.dist(start, end)
    return (end[0] - start[0]) / length, (end[1] - start[1]) / length


def is_text(letter: str) -> bool:
    """Return whether a character is no control character and no stray surrogate."""
    return unicodedata.category(letter) not in ("Cc", "Cs")


def is_leftward(text: str) -> bool:
    """Return whether a text runs from right to left: its first letter with a direction does (UAX 9, P2)."""
    strong = (kind for letter in text if (kind := unicodedata.bidirectional(letter)) in ("L", "R", "AL"))
    return next(strong, "L") != "L"
