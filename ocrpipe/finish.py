"""From a page in work and its readings to the finished `Page`.

Rival cuts are settled, what holds no text is dropped, ids are given, and every box is mapped to the source image.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ocrpipe.geometry import Affine, Box, Point, enclosing
from ocrpipe.page import Block, Glyph, Line, Page, Word
from ocrpipe.reading import CropSpec, Reading, Span
from ocrpipe.rivals import settle
from ocrpipe.work import CroppedPage, Region, Row

Readings = Mapping[Region, Reading]


def finish(page: CroppedPage, readings: Sequence[Reading]) -> Page:
    """Return the `Page` that `page` became by `readings`, one for each of its crops."""
    finisher = Finisher(page, dict(zip(page.crop_regions(page.spec.level), readings, strict=True)), iter(readings))
    return Page(source=page.source, dpi=page.dpi, blocks=finisher.blocks(), warnings=page.warnings, steps=page.steps)


def settled(region: Region, readings: Readings) -> list[tuple[Region, Reading]]:
    """Return the regions of the cut of `region` that stands, each with its reading, without the empty ones."""
    cuts = [(region,), *region.rivals]
    best = cuts[settle([[readings[part].letterness for part in cut] for cut in cuts])] if region.rivals else cuts[0]
    return [(part, readings[part]) for part in best if readings[part].text]


@dataclass
class Finisher:
    """Walks down a page in work; `queue` gives the readings of words or lines in the order of their crops."""

    page: CroppedPage
    readings: Readings
    queue: Iterator[Reading]

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
        kept: Sequence[Region] = row.regions
        if self.page.spec.level == "line":
            reading = next(self.queue)
            words = self.words_of_line(row, reading, name)
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
            if self.page.spec.level == "word":
                reading = next(self.queue)
                box = Box.union(region.box for region in group)
                fields = {"reading": reading, "glyphs": self.glyphs_of_spans(reading.spans, box, word_id)}
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

    def words_of_line(self, row: Row, reading: Reading, name: str) -> list[Word]:
        """Return the words of a line that was read as a whole: placed by its spans, else shared out by length."""
        tokens = reading.text.split()
        groups = match_spans(tokens, reading.spans)
        if groups is None:
            boxes = shared_boxes(tokens, row)
            return [
                Word(id=f"{name}-w{n}", reading=Reading(text=token), estimated=True, **self.place(box))
                for n, (token, box) in enumerate(zip(tokens, boxes, strict=True), 1)
            ]
        words = []
        for n, (token, spans) in enumerate(zip(tokens, groups, strict=True), 1):
            box = Box.union(span_box(span, row.box, self.page.spec) for span in spans)
            known = [span.confidence for span in spans if span.confidence is not None]
            sure = sum(known) / len(known) if len(known) == len(spans) else None
            glyphs = self.glyphs_of_spans(spans, row.box, f"{name}-w{n}") if len(spans) == len(token) > 1 else ()
            words.append(
                Word(id=f"{name}-w{n}", reading=Reading(text=token, confidence=sure), glyphs=glyphs, **self.place(box))
            )
        return words

    def glyphs_of_spans(self, spans: Iterable[Span], box: Box, name: str) -> tuple[Glyph, ...]:
        """Return a glyph for each character's span in the crop of `box`."""
        return tuple(
            Glyph(
                id=f"{name}-g{n}",
                reading=Reading(text=span.text, confidence=span.confidence),
                **self.place(span_box(span, box, self.page.spec)),
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


def span_box(span: Span, box: Box, spec: CropSpec) -> Box:
    """Return the part of `box` that a span of its crop covers: a crop is `box` at `spec.height`, less the margins."""
    margin = spec.margin * spec.height
    scale = box.height / (spec.height - 2 * margin)
    x0 = min(max(round(box.x0 + (span.x0 - margin) * scale), box.x0), box.x1 - 1)
    x1 = min(max(round(box.x0 + (span.x1 - margin) * scale), x0 + 1), box.x1)
    return Box(x0, box.y0, x1, box.y1)


def shared_boxes(tokens: Sequence[str], row: Row) -> list[Box]:
    """Return a box for each token: the row's own words where there are as many, else the row shared out by length."""
    if len(tokens) == len(row.words):
        return [Box.union(region.box for region in word) for word in row.words]
    ends = [0]
    for token in tokens:
        ends.append(ends[-1] + len(token) + 1)
    box, whole = row.box, max(ends[-1] - 1, 1)
    boxes = []
    for start, end in pairwise(ends):
        x0 = min(box.x0 + round(box.width * start / whole), box.x1 - 1)
        x1 = min(box.x0 + round(box.width * (end - 1) / whole), box.x1)
        boxes.append(Box(x0, box.y0, max(x1, x0 + 1), box.y1))
    return boxes
