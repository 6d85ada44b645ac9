"""What the readers share: boxes kept within the image, ids kept unique, words made of text that has no places."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypedDict

from ocrpipe.geometry import Box, Point, enclosing
from ocrpipe.page import Block, Glyph, Line, Word
from ocrpipe.reading import Alternative, Reading


class Place(TypedDict):
    """The fields of a piece that say which and where it is."""

    id: str
    box: Box
    polygon: tuple[Point, ...] | None


@dataclass
class Builder:
    """Places pieces on one page.

    Parameters
    ----------
    width, height
        The image's size, pixels.
    prefix
        What ids begin with that are made up.
    """

    width: int
    height: int
    prefix: str
    ids: set[str] = field(default_factory=set)
    moved: int = 0
    unplaced: int = 0

    @property
    def box(self) -> Box:
        """The whole page."""
        return Box(0, 0, self.width, self.height)

    def name(self, given: str | None) -> str:
        """Return an id that is unique on the page: the given one, where it is."""
        count, name = len(self.ids), given or f"{self.prefix}-{len(self.ids) + 1}"
        while name in self.ids:
            count += 1
            name = f"{self.prefix}-{count}"
        self.ids.add(name)
        return name

    def place(self, given: str | None, points: Sequence[Point], inside: Box, outline: Sequence[Point] = ()) -> Place:
        """Return which and where a piece is.

        Parameters
        ----------
        given
            Its id, if it has one.
        points
            What its box is around; none if it is not known where it is, which then is: anywhere in `inside`.
        inside
            The box of what it is a part of.
        outline
            Its true outline, if that is known.
        """
        name = self.name(given)
        known = [point for point in points if all(map(math.isfinite, point))]
        if not known:
            self.unplaced += 1
            return Place(id=name, box=inside, polygon=None)
        xs, ys = zip(*known, strict=True)
        if min(xs) < 0 or min(ys) < 0 or max(xs) > self.width or max(ys) > self.height or not spread(xs, ys):
            self.moved += 1
        return Place(id=name, box=enclosing(known, self.width, self.height), polygon=tuple(outline) or None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the page should know."""
        said = []
        if self.moved:
            said.append(f"{self.moved} boxes were empty or reached out of the image, and were moved into it")
        if self.unplaced:
            said.append(f"{self.unplaced} pieces had no place, and were given that of what they are a part of")
        return tuple(said)

    def word(
        self, place: Place, reading: Reading | None, glyphs: Sequence[Glyph], *, exact: float, estimated: bool
    ) -> Word:
        """Return a word; what its letters say already is not said twice.

        Parameters
        ----------
        place
            Which and where it is.
        reading
            What the file says of the word as a whole, if anything.
        glyphs
            Its letters, if there are.
        exact
            By how much the file's confidence may differ from that of the letters, by its rounding.
        estimated
            Whether its place is an estimate.
        """
        derived = Word(glyphs=tuple(glyphs), **place)
        if reading is not None and glyphs and reading.text == derived.text and not reading.alternatives:
            one, other = reading.confidence, derived.confidence
            if one == other or (one is not None and other is not None and abs(one - other) <= exact):
                reading = None
        return derived.replace(reading=reading or (None if glyphs else Reading(text="")), estimated=estimated)

    def line(self, place: Place, words: Sequence[Word], reading: Reading | None, baseline: Sequence[Point]) -> Line:
        """Return a line; if it has a text but no words, they share it out by length."""
        line = Line(words=tuple(words), baseline=tuple(baseline) or None, **place)
        if reading is None:
            return line
        if not words and reading.text.split():
            words = self.words_of(reading.text, line.box)
        if words == list(line.words) and reading.text == line.text and reading.confidence in (None, line.confidence):
            return line
        return line.replace(words=tuple(words), reading=reading)

    def words_of(self, text: str, box: Box) -> list[Word]:
        """Return the words of a text whose places are not known, side by side in `box`."""
        tokens = text.split()
        whole = sum(map(len, tokens)) + len(tokens) - 1
        words, start = [], 0
        for token in tokens:
            x0 = min(box.x0 + round(box.width * start / whole), box.x1 - 1)
            x1 = max(box.x0 + round(box.width * (start + len(token)) / whole), x0 + 1)
            place = Place(id=self.name(None), box=Box(x0, box.y0, x1, box.y1), polygon=None)
            words.append(Word(reading=Reading(text=token), estimated=True, **place))
            start += len(token) + 1
        return words

    def lines_of(self, text: str, box: Box) -> list[Line]:
        """Return the lines of a text whose places are not known, one below the other in `box`."""
        told = [line for line in text.splitlines() if line.strip()]
        lines = []
        for number, line in enumerate(told):
            y0 = min(box.y0 + round(box.height * number / len(told)), box.y1 - 1)
            y1 = max(box.y0 + round(box.height * (number + 1) / len(told)), y0 + 1)
            strip = Box(box.x0, y0, box.x1, y1)
            lines.append(Line(id=self.name(None), box=strip, words=tuple(self.words_of(line, strip))))
        return lines

    def block(self, place: Place, lines: Sequence[Line]) -> Block:
        """Return a block."""
        return Block(lines=tuple(lines), **place)


def spread(xs: Sequence[float], ys: Sequence[float]) -> bool:
    """Return whether points span an area."""
    return min(xs) < max(xs) and min(ys) < max(ys)


def alternatives(text: str, confidence: float | None, others: Iterable[Alternative]) -> tuple[Alternative, ...]:
    """Return what a piece may be, as a `Reading` holds it: the text itself first; nothing where there is nothing else.

    Examples
    --------
    >>> [other.text for other in alternatives("O", 0.5, [Alternative(text="0")])]
    ['O', '0']
    """
    rest = [other for other in others if other.text != text]
    return (Alternative(text=text, confidence=confidence), *rest) if rest else ()


def rectangle(points: Sequence[Point]) -> bool:
    """Return whether points are the corners of an upright rectangle, so that its box says all.

    Examples
    --------
    >>> rectangle([(1, 1), (3, 1), (3, 2), (1, 2)]), rectangle([(1, 1), (3, 1), (3, 2)])
    (True, False)
    """
    xs, ys = {x for x, _ in points}, {y for _, y in points}
    return len(points) == 4 and set(points) == set(chain.from_iterable(((x, y) for x in xs) for y in ys))


DIGITS = 6
"""Decimals of a confidence that was given in percent."""


def share(value: float | None, whole: float = 1.0) -> float | None:
    """Return a confidence as a share of 1, None where it is none.

    Examples
    --------
    >>> share(96, whole=100), share(None), share(-1)
    (0.96, None, None)
    """
    if value is None or not 0 <= value <= whole:
        return None
    return round(value / whole, DIGITS) if whole != 1 else value
