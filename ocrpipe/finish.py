"""From a page in work and its readings to the finished `Page`.

Rival cuts are settled, what holds no text is dropped, ids are given, and every box is mapped to the source image.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ocrpipe.geometry import Affine, Box, Point, enclosing
from ocrpipe.page import Block, Glyph, Line, Page, Word, mean
from ocrpipe.reading import CropSpec, Level, Reading, Span
from ocrpipe.rivals import settle
from ocrpipe.work import LinedPage, Region, Row

Readings = Mapping[Region, Reading]


def finish(page: LinedPage, level: Level, readings: Sequence[Reading], spec: CropSpec | None = None) -> Page:
    """Return the `Page` that `page` became by `readings`.

    Parameters
    ----------
    page
        The page.
    level
        What was read at once.
    readings
        One for each of ``page.crop_regions(level)``.
    spec
        What crops they were read from; None if the page itself was read, and spans are measured in its pixels.
    """
    read = list(zip(page.crop_regions(level), readings, strict=True))
    finisher = Finisher(page, level, spec, dict(read), iter(read))
    return Page(source=page.source, dpi=page.dpi, blocks=finisher.blocks(), warnings=page.warnings, steps=page.steps)


def settled(region: Region, readings: Readings) -> list[tuple[Region, Reading]]:
    """Return the regions of the cut of `region` that stands, each with its reading, without the empty ones."""
    cuts = [(region,), *region.rivals]
    best = cuts[settle([[readings[part].letterness for part in cut] for cut in cuts])] if region.rivals else cuts[0]
    return [(part, readings[part]) for part in best if readings[part].text]


@dataclass
class Finisher:
    """Walks down a page in work; `queue` gives words or lines with their readings in the order of their crops."""

    page: LinedPage
    level: Level
    spec: CropSpec | None
    readings: Readings
    queue: Iterator[tuple[Region, Reading]]

    @cached_property
    def is_source(self) -> bool:
        """Whether the page's pixels are the source image's own, so that boxes need no mapping."""
        source = self.page.source
        return self.page.frame == Affine() and (self.page.width, self.page.height) == (source.width, source.height)

    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks that hold text."""
        prefix = f"p{self.page.source.page}"
        numbered = Numbering()
        blocks = []
        for rows in self.page.blocks:
            name = numbered.peek(f"{prefix}-b")
            line_ids = Numbering()
            lines = [line for row in rows if (line := self.line(row, line_ids.peek(f"{name}-l"), line_ids))]
            if lines:
                numbered.take()
                blocks.append(Block(id=name, box=Box.union(line.box for line in lines), lines=tuple(lines)))
        return tuple(blocks)

    def line(self, row: Row, name: str, ids: Numbering) -> Line | None:
        """Return the line that `row` became, or None if nothing was read in it."""
        reading: Reading | None = None
        if self.level == "line":
            parts = []
            words: list[Word] = []
            for _ in row.pieces("line"):
                region, said = next(self.queue)
                if found := self.words_of_line(row, region, said, name, len(words) + 1):
                    words += found
                    parts.append((region, said))
            kept = [region for region, _ in parts]
            reading = together([said for _, said in parts])
        else:
            read = list(self.words_of_row(row, name))
            words = [word for word, _ in read]
            kept = [region for _, regions in read for region in regions]
        if not words:
            return None
        ids.take()
        baseline = tuple(map(self.page.frame.apply, row.baseline)) if row.baseline else None
        return Line(id=name, words=tuple(words), reading=reading, baseline=baseline, **self.around(kept))

    def words_of_row(self, row: Row, name: str) -> Iterator[tuple[Word, Sequence[Region]]]:
        """Yield the words of a row that was read by glyphs or by words, each with the regions that it was read from."""
        ids = Numbering()
        for group in row.words:
            word_id = ids.peek(f"{name}-w")
            regions: Sequence[Region] = group
            if self.level == "word":
                region, reading = next(self.queue)
                spelt = reading.spans if spell(reading.spans, reading.text) else ()
                fields = {"reading": reading, "glyphs": self.glyphs_of_spans(spelt, region, word_id)}
                text = reading.text
            else:
                letters = [letter for region in group for letter in settled(region, self.readings)]
                regions = [region for region, _ in letters]
                fields = {"glyphs": self.glyphs_of(letters, word_id)}
                text = "".join(reading.text for _, reading in letters)
            if text:
                ids.take()
                yield Word(id=word_id, **fields, **self.around(regions)), regions

    def glyphs_of(self, letters: Iterable[tuple[Region, Reading]], name: str) -> tuple[Glyph, ...]:
        """Return a glyph for each region and its reading."""
        return tuple(
            Glyph(id=f"{name}-g{n}", reading=reading, **self.place(region.box, region.polygon))
            for n, (region, reading) in enumerate(letters, 1)
        )

    def words_of_line(self, row: Row, region: Region, reading: Reading, name: str, first: int) -> list[Word]:
        """Return the words of a region that was read as a whole, numbered from `first`.

        They are placed by the reading's spans, else the region is shared out over them by length.
        """
        tokens = reading.text.split()
        groups = match_spans(tokens, reading.spans)
        if groups is None:
            return [
                Word(id=f"{name}-w{n}", reading=Reading(text=token), estimated=True, **place)
                for n, (token, place) in enumerate(zip(tokens, self.shared(tokens, row, region), strict=True), first)
            ]
        words = []
        for n, (token, spans) in enumerate(zip(tokens, groups, strict=True), first):
            place = self.place_in(region, min(span.x0 for span in spans), max(span.x1 for span in spans))
            known = [span.confidence for span in spans if span.confidence is not None]
            sure = sum(known) / len(known) if len(known) == len(spans) else None
            spelt = spans if spell(spans, token) else ()
            glyphs = self.glyphs_of_spans(spelt, region, f"{name}-w{n}")
            words.append(Word(id=f"{name}-w{n}", reading=Reading(text=token, confidence=sure), glyphs=glyphs, **place))
        return words

    def shared(self, tokens: Sequence[str], row: Row, region: Region) -> Iterator[Place]:
        """Yield a place for each token: the row's own words where there are as many, else by length."""
        if len(tokens) == len(row.words) and len(row.pieces("line")) == 1:
            yield from map(self.around, row.words)
            return
        ends = [0]
        for token in tokens:
            ends.append(ends[-1] + len(token) + 1)
        whole = max(ends[-1] - 1, 1)
        for start, end in pairwise(ends):
            yield self.place_part(region, start / whole, (end - 1) / whole)

    def place_in(self, region: Region, x0: float, x1: float) -> Place:
        """Return where the columns from `x0` to `x1` of a region's crop lie in the source image."""
        if self.spec is None:
            return self.place_part(region, x0 / region.box.width, x1 / region.box.width)
        scale = self.spec.height * (1 - 2 * self.spec.margin) / max(region.quad.height, 1.0)
        width = max(region.quad.width, 1.0) * scale
        border = self.spec.margin * self.spec.height
        return self.place_part(region, (x0 - border) / width, (x1 - border) / width)

    def place_part(self, region: Region, start: float, end: float) -> Place:
        """Return where the part of a region lies that reaches from one share of its width to another, 0..1."""
        start, end = min(max(start, 0.0), 1.0), min(max(end, 0.0), 1.0)
        if region.polygon is not None and len(region.polygon) == 4 and end > start:
            corners = region.quad.part(start, end).corners
            return self.place(enclosing(corners, self.page.width, self.page.height), corners)
        box = region.box
        x0 = min(box.x0 + round(start * box.width), box.x1 - 1)
        return self.place(Box(x0, box.y0, max(box.x0 + round(end * box.width), x0 + 1), box.y1))

    def glyphs_of_spans(self, spans: Iterable[Span], region: Region, name: str) -> tuple[Glyph, ...]:
        """Return a glyph for each character's span in the crop of `region`."""
        return tuple(
            Glyph(
                id=f"{name}-g{n}",
                reading=Reading(text=span.text, confidence=span.confidence),
                **self.place_in(region, span.x0, span.x1),
            )
            for n, span in enumerate(spans, 1)
        )

    def around(self, regions: Sequence[Region]) -> Place:
        """Return where the regions of a word or line lie together; a single one keeps its outline."""
        return self.place(
            Box.union(region.box for region in regions), regions[0].polygon if len(regions) == 1 else None
        )

    def place(self, box: Box, polygon: tuple[Point, ...] | None = None) -> Place:
        """Return where `box` lies in the source image, with its outline where that is no upright box."""
        frame, source = self.page.frame, self.page.source
        if polygon is None and self.is_source:
            return Place(box=box, polygon=None)
        outline = outline_of(box, polygon, frame)
        size = source.width, source.height
        return Place(box=enclosing(outline, *size) if outline else frame.box(box, *size), polygon=outline)


class Place(dict[str, "Box | tuple[Point, ...] | None"]):
    """The two fields of `Placed` that say where."""


class Numbering:
    """Counts what is kept: `peek` names the next, `take` confirms that it was used."""

    def __init__(self) -> None:
        self.taken = 0

    def peek(self, prefix: str) -> str:
        """Return the next name."""
        return f"{prefix}{self.taken + 1}"

    def take(self) -> None:
        """Count the next name as used."""
        self.taken += 1


def outline_of(box: Box, polygon: tuple[Point, ...] | None, frame: Affine) -> tuple[Point, ...] | None:
    """Return the outline in the source image, or None where the box says it all."""
    if polygon is None and frame.keeps_boxes:
        return None
    points = polygon or box.corners
    return tuple(map(frame.apply, points))


def match_spans(tokens: Sequence[str], spans: Sequence[Span]) -> list[list[Span]] | None:
    """Return for each token the spans that spell it, or None where the spans do not spell the text."""
    left = list(spans)
    groups: list[list[Span]] = []
    for token in tokens:
        group: list[Span] = []
        spelt = ""
        while left and len(spelt) < len(token):
            group.append(left.pop(0))
            spelt += group[-1].text
        if spelt != token:
            return None
        groups.append(group)
    return None if left else groups


def together(readings: Sequence[Reading]) -> Reading | None:
    """Return the reading of a line that was read in pieces; spans belong to a piece's own crop, and so are left out."""
    if len(readings) < 2:
        return readings[0] if readings else None
    confidence = mean(reading.confidence for reading in readings)
    return Reading(text=" ".join(reading.text for reading in readings), confidence=confidence)


def spell(spans: Sequence[Span], text: str) -> bool:
    """Return whether `spans` are the characters of `text`, of which there is more than one."""
    return len(spans) == len(text) > 1
