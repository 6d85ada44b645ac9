"""Drawing on pages: what the overlay and the kept pictures share.

A `Canvas` is a picture of a page that takes boxes, lines and labels in the page's own coordinates. Colours come from
a palette that stays apart for colour-blind eyes, and never carry a meaning alone: what is doubtful is also drawn
thicker and tinted.
"""

from __future__ import annotations

import io
import math
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from statistics import median

from PIL import Image, ImageDraw, ImageFont

from ocrpipe import Affine, Box, Glyph, Line, Page, Point, Word

Colour = tuple[int, int, int]
Outline = Sequence[Point]

# After the palette of Okabe and Ito (2008, "Color Universal Design"), darkened where thin lines on paper need it.
SURE: Colour = (0, 128, 96)
DOUBTFUL: Colour = (210, 126, 0)
POOR: Colour = (196, 0, 60)
UNKNOWN: Colour = (86, 90, 110)
CALM: Colour = (58, 110, 180)
MARKED: Colour = (150, 60, 170)
ROWS: tuple[Colour, ...] = ((0, 114, 178), (213, 94, 0), (0, 158, 115), (170, 80, 140), (150, 110, 0), (60, 150, 210))
INK: Colour = (40, 40, 46)
PAPER: Colour = (255, 255, 255)

FINE = 2
"""Lines are drawn at so many times the picture's size and then averaged, so that slopes come out smooth."""

LEGIBLE = 40.0
"""Letters lower than this, in pixels of the picture, make the picture larger than the page."""

LABEL = 0.5
"""A label's size, as a share of the height of the letters that it speaks of."""

SMALLEST, LARGEST = 9, 160
"""The least and greatest size of a label, pixels of the picture: smaller cannot be read on any screen."""

LONGEST = 80
"""Characters of a label that are drawn; what is longer ends in an ellipsis."""


def png(picture: Image.Image) -> bytes:
    """Return `picture` as the bytes of a PNG file; the same picture gives the same bytes."""
    stream = io.BytesIO()
    picture.save(stream, "png", compress_level=3)  # half the time of the default, a twentieth more bytes
    return stream.getvalue()


def faded(image: Image.Image, fade: float) -> Image.Image:
    """Return a grey image stretched to the full range and then drawn towards white.

    Parameters
    ----------
    image
        Mode L.
    fade
        How much of the way to white its black goes, 0..1.
    """
    low, high = tonal_range(image.histogram())
    steps = (min(max((grey - low) / (high - low), 0.0), 1.0) for grey in range(256))
    return image.point([round(255 * (fade + (1 - fade) * step)) for step in steps])


def tonal_range(histogram: Sequence[int], tail: float = 0.005, least: int = 64) -> tuple[int, int]:
    """Return the grey values that are to become black and white, at least `least` apart: noise is not stretched.

    The darkest and brightest `tail` of the pixels are left out. On a page that is mostly bright the middle grey is
    paper, and becomes white: shadows then darken only the half of the page that they lie on.

    Examples
    --------
    >>> tonal_range([0] * 20 + [10] + [0] * 179 + [100] + [0] * 55)
    (20, 200)
    >>> tonal_range([0] * 200 + [100] + [0] * 55)
    (136, 200)
    """
    whole = sum(histogram)
    running = list(accumulate(histogram))
    low, middle, high = (bisect_right(running, share * whole) for share in (tail, 0.5, 1 - tail))
    if middle - low > high - middle:
        high = middle
    high = min(high, 255)
    low = min(low, max(0, high - least))
    return low, max(high, low + least)


def letter_height(boxes: Iterable[Box], page_height: int) -> float:
    """Return the middle height of `boxes`; a twentieth of the page where there are none."""
    heights = [box.height for box in boxes]
    return float(median(heights)) if heights else max(page_height / 20, 1.0)


def confidence_colour(confidence: float | None, sure: float, doubtful: float) -> Colour:
    """Return the colour of a reading: from `sure` on it is sure, below `doubtful` poor."""
    if confidence is None:
        return UNKNOWN
    return SURE if confidence >= sure else DOUBTFUL if confidence >= doubtful else POOR


@lru_cache(maxsize=256)
def font_of(name: str | None, size: int) -> ImageFont.FreeTypeFont:
    """Return the font of that file at `size` pixels; Pillow's own where `name` is None."""
    if name is not None:
        return ImageFont.truetype(name, size)
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):  # Pillow was built without FreeType
        raise RuntimeError("drawing needs a Pillow with FreeType: reinstall it from a wheel (pip install Pillow)")
    return font


@lru_cache(maxsize=4096)
def has_picture(character: str, name: str | None) -> bool:
    """Return whether a font has a picture of `character`, that is, draws another than for what no font has."""
    font = font_of(name, 16)
    mask, missing = font.getmask(character), font.getmask("\U0010ffff")
    return character == " " or mask.size != missing.size or bytes(mask) != bytes(missing)


def drawable(text: str, font: str | None) -> str:
    r"""Return `text` such that a font can draw it: what it has no picture of becomes its code, as in `U+2713`.

    Examples
    --------
    >>> drawable("A\u2713", None)
    'AU+2713'
    """
    composed = unicodedata.normalize("NFC", text)
    short = composed if len(composed) <= LONGEST else composed[: LONGEST - 1] + "…"
    return "".join(c if c.isprintable() and has_picture(c, font) else f"U+{ord(c):04X}" for c in short)


@dataclass(frozen=True)
class Label:
    """Text to be drawn: its foot's middle, its height and colour, and how wide it may be, in picture pixels."""

    text: str
    foot: Point
    size: float
    colour: Colour
    widest: float = math.inf


class Canvas:
    """A picture of a page that is drawn on in the coordinates that `frame` leads to.

    Parameters
    ----------
    ground
        The page's pixels.
    frame
        How the ground's pixels map to the coordinates that boxes are given in.
    letter
        How high letters are, in those coordinates; sets the width of lines.
    side
        The picture's longer side at most, pixels.
    font
        A font file to draw labels in, None for Pillow's own.
    """

    def __init__(self, ground: Image.Image, frame: Affine, letter: float, side: int, font: str | None = None) -> None:
        inward = frame.inverse
        own = letter * math.sqrt(abs(inward.determinant))
        scale = min(side / max(ground.size), max(1.0, LEGIBLE / own))
        width, height = (max(1, round(length * scale)) for length in ground.size)
        picture = ground.resize((width, height), Image.Resampling.BICUBIC).convert("RGB")
        self.letter = own * scale
        self.pen = min(max(self.letter / 28, 0.8), 2.5)
        self._font = font
        self._map = Affine.scale(width / ground.width, height / ground.height) @ inward
        self._fine = picture.resize((width * FINE, height * FINE), Image.Resampling.NEAREST)
        self._draw = ImageDraw.Draw(self._fine, "RGBA")
        self._labels: list[Label] = []

    @property
    def scale(self) -> float:
        """Pixels of the picture to one of the coordinates."""
        return math.sqrt(abs(self._map.determinant))

    def outline(
        self,
        outline: Outline,
        colour: Colour,
        width: float = 1.0,
        *,
        strength: float = 1.0,
        tint: float = 0.0,
        dashed: bool = False,
    ) -> None:
        """Draw a closed outline `width` pens wide, its inside tinted; `strength` and `tint` are opacities, 0..1."""
        points = self._points(outline, width)
        if tint:
            self._draw.polygon(points, fill=(*colour, round(255 * tint)))
        self._stroke([*points, points[0]], colour, width, strength, dashed)

    def path(self, points: Outline, colour: Colour, width: float = 1.0, *, strength: float = 1.0) -> None:
        """Draw a line through `points`."""
        self._stroke(self._points(points, width), colour, width, strength, dashed=False)

    def label_above(self, text: str, outline: Outline, letter: float, colour: Colour) -> None:
        """Write `text` above an outline, sized for letters `letter` high, and hardly wider than the outline."""
        xs, ys = zip(*map(self._map.apply, outline), strict=True)
        gap = 1.5 * self.pen
        size = LABEL * letter * self.scale
        widest = 1.2 * max(max(xs) - min(xs), letter * self.scale)
        self._labels.append(Label(text, ((min(xs) + max(xs)) / 2, min(ys) - gap), size, colour, widest))

    def label_before(self, text: str, outline: Outline, letter: float, colour: Colour) -> None:
        """Write `text` left of an outline, at half its height."""
        xs, ys = zip(*map(self._map.apply, outline), strict=True)
        size = 0.8 * LABEL * letter * self.scale
        self._labels.append(Label(text, (min(xs) - 0.9 * size, (min(ys) + max(ys) + 0.7 * size) / 2), size, colour))

    def finish(self) -> Image.Image:
        """Return the picture with its labels."""
        picture = self._fine.reduce(FINE)
        draw = ImageDraw.Draw(picture)
        for label in self._labels:
            write(draw, label, picture.size, self._font)
        return picture

    def _points(self, points: Outline, width: float) -> list[Point]:
        """Return points on the fine picture, so far inside it that a pen set there is seen whole."""
        half = FINE * self.pen * width / 2
        right, bottom = self._fine.width - half, self._fine.height - half
        mapped = (self._map.apply(point) for point in points)
        return [(max(min(FINE * x, right), half) - 0.5, max(min(FINE * y, bottom), half) - 0.5) for x, y in mapped]

    def _stroke(self, points: list[Point], colour: Colour, width: float, strength: float, dashed: bool) -> None:
        pen = max(1, round(FINE * self.pen * width))
        fill = (*colour, round(255 * strength))
        for piece in dashes(points, 4.0 * FINE * self.pen) if dashed else [points]:
            self._draw.line(piece, fill=fill, width=pen, joint="curve")


def dashes(points: Sequence[Point], length: float) -> Iterable[list[Point]]:
    """Cut a path into dashes `length` long, with gaps as long between them; each side starts with a dash."""
    for (x0, y0), (x1, y1) in pairwise(points):
        whole = math.hypot(x1 - x0, y1 - y0)
        count = max(1, round((whole / length + 1) / 2))
        step = whole / (2 * count - 1)
        for n in range(count):
            start, end = (2 * n * step / (whole or 1), (2 * n + 1) * step / (whole or 1))
            yield [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t) for t in (start, end)]


def write(draw: ImageDraw.ImageDraw, label: Label, picture: tuple[int, int], name: str | None) -> None:
    """Draw a label with a halo that parts it from what is below, moved inside the picture where it would reach out."""
    text = drawable(label.text, name)
    if not text:
        return
    size = min(max(round(label.size), SMALLEST), LARGEST)
    length = font_of(name, size).getlength(text)
    if length > label.widest:
        size = max(int(size * label.widest / length), SMALLEST)
    font, halo = font_of(name, size), max(1, size // 10)
    x, y = label.foot
    left, top, right, bottom = draw.textbbox((x, y), text, font, "ms", stroke_width=halo)
    x += max(-left, 0) or min(picture[0] - right, 0)
    y += max(-top, 0) or min(picture[1] - bottom, 0)
    draw.text((x, y), text, label.colour, font, "ms", stroke_width=halo, stroke_fill=PAPER)


def captioned(picture: Image.Image, entries: Sequence[tuple[Colour, str]]) -> Image.Image:
    """Return `picture` above a strip that says what each colour means; unchanged where there is no room for one."""
    size = max(picture.width // 80, 11)
    font = font_of(None, size)
    lengths = [font.getlength(text) for _, text in entries]
    if sum(lengths) + 2.5 * size * len(entries) > picture.width:
        return picture
    height = round(2.4 * size)
    whole = Image.new("RGB", (picture.width, picture.height + height), PAPER)
    whole.paste(picture)
    draw = ImageDraw.Draw(whole)
    x, middle = float(size), picture.height + height / 2
    for (colour, text), length in zip(entries, lengths, strict=True):
        draw.rectangle((x, middle - 0.4 * size, x + 0.8 * size, middle + 0.4 * size), fill=colour)
        draw.text((x + 1.2 * size, middle), text, INK, font, "lm")
        x += length + 2.5 * size
    return whole


def around(box: Box, pad: float = 0.0, before: float = 0.0) -> Outline:
    """Return the corners of `box`, moved outwards by `pad`, and by `before` more to the left."""
    x0, y0, x1, y1 = box.x0 - pad - before, box.y0 - pad, box.x1 + pad, box.y1 + pad
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def where(placed: Glyph | Word | Line, pad: float = 0.0) -> Outline:
    """Return the outline of a piece of a page: its polygon where it has one, else its box, `pad` wider all around."""
    return placed.polygon or around(placed.box, pad)


@dataclass(frozen=True)
class PageStyle:
    """How a page's text is drawn: the confidences that part the colours, and the ids of what is to stand out."""

    sure: float = 0.9
    doubtful: float = 0.6
    marked: frozenset[str] = frozenset()

    @property
    def legend(self) -> list[tuple[Colour, str]]:
        """What the colours mean."""
        return [
            (SURE, f"sure, from {self.sure:g}"),
            (DOUBTFUL, "doubtful"),
            (POOR, f"poor, below {self.doubtful:g}"),
            (UNKNOWN, "confidence unknown"),
            (CALM, "words and baselines"),
            *([(MARKED, "changed")] if self.marked else []),
        ]


def page_letter(page: Page) -> float:
    """Return how high the letters of `page` are: of its glyphs, else of its words."""
    boxes = [glyph.box for glyph in page.glyphs] or [word.box for word in page.words]
    return letter_height(boxes, page.source.height)


def draw_page(canvas: Canvas, page: Page, style: PageStyle) -> None:
    """Draw lines, words and glyphs of a page in the source image's coordinates, with what was read above each."""
    for number, line in enumerate(page.lines, 1):
        letters = [glyph.box for word in line.words for glyph in word.glyphs] or [word.box for word in line.words]
        letter = letter_height(letters, line.box.height)
        if line.baseline:
            canvas.path(line.baseline, CALM, 1.2, strength=0.8)
        for word in line.words:
            draw_word(canvas, word, line, letter, style)
        canvas.label_before(str(number), where(line, pad=0.1 * letter), letter, CALM)


def draw_word(canvas: Canvas, word: Word, line: Line, letter: float, style: PageStyle) -> None:
    """Draw a word around its glyphs; a word without glyphs is drawn as if it were one."""
    if not word.glyphs:
        confidence = word.confidence
        if confidence is None and line.reading:
            confidence = line.reading.confidence
        draw_reading(canvas, word, confidence, letter, style, dashed=word.estimated)
        return
    canvas.outline(where(word, pad=0.12 * letter), CALM, 0.8, strength=0.6, tint=0.07)
    for glyph in word.glyphs:
        draw_reading(canvas, glyph, glyph.confidence, letter, style)


def draw_reading(
    canvas: Canvas,
    placed: Glyph | Word,
    confidence: float | None,
    letter: float,
    style: PageStyle,
    dashed: bool = False,
) -> None:
    """Draw a box in the colour of its confidence and the text above it: the less sure, the heavier."""
    colour = confidence_colour(confidence, style.sure, style.doubtful)
    width, tint = {DOUBTFUL: (1.5, 0.12), POOR: (2.2, 0.22)}.get(colour, (0.9, 0.0))
    if placed.id in style.marked:
        canvas.outline(where(placed, pad=0.1 * letter), MARKED, 2.4, tint=0.15)
    canvas.outline(where(placed), colour, width, tint=tint, dashed=dashed)
    canvas.label_above(placed.text, where(placed), letter, colour)
