"""A page that was read: its text, where each piece of it stands, and how it was found.

`Page` is what is kept and exported. JSON out and back in is the identity. The pages that stages pass on before there
is text are in `ocrpipe.work`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue

from ocrpipe.geometry import Box, Point
from ocrpipe.names import input_title
from ocrpipe.reading import Model, Reading, Text

SCHEMA_VERSION: Literal["1"] = "1"
"""The form of `Page` in JSON. It changes when a reader of the old form would misread the new one."""


class Source(Model):
    """Where a page's image came from.

    Parameters
    ----------
    width, height
        The image's full size, pixels, upright as EXIF says. All boxes of the finished page lie in it.
    path
        The file as it was named by the caller, `-` for standard input, None for an image in memory.
    page
        Which page of the document, from 1.
    sha256
        Checksum of the file's bytes, None for an image in memory.
    """

    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]
    path: Text | None = None
    page: Annotated[int, Field(ge=1)] = 1
    sha256: str | None = None

    @property
    def name(self) -> str:
        """What to call this page in a message.

        Examples
        --------
        >>> Source(width=9, height=9, path="notes.tif", page=3).name
        'notes.tif, page 3'
        """
        title = input_title(self.path)
        return f"{title}, page {self.page}" if self.page > 1 else title


class Step(Model):
    """One thing that was done to a page: who did it, and with which settings.

    Parameters
    ----------
    stage, plugin
        The stage, and the name that the plugin was chosen by.
    package, version
        The Python package that the plugin came from.
    options
        Every option's value, defaults included.
    files
        The sha256 of each file that the plugin used (weights, word lists), by the file's name.
    """

    stage: str
    plugin: str
    package: str
    version: str
    options: dict[str, JsonValue] = Field(default_factory=dict)
    files: dict[str, str] = Field(default_factory=dict)


class Placed(Model):
    """A piece of a page: it has an id and a place.

    Parameters
    ----------
    id
        Unique in the document.
    box
        The place in the source image.
    polygon
        The true outline in the source image where that is no upright box (the page was turned), else None.
    """

    id: Text
    box: Box
    polygon: tuple[Point, ...] | None = None


class Glyph(Placed):
    """A letter, digit or mark, and what it was read as."""

    reading: Reading

    @property
    def text(self) -> str:
        """The letter."""
        return self.reading.text

    @property
    def confidence(self) -> float | None:
        """How sure, 0..1, or None if unknown."""
        return self.reading.confidence


class Word(Placed):
    """A word: read as a whole (`reading`) or glyph by glyph (`glyphs`).

    Parameters
    ----------
    reading
        What a word engine read, else None.
    glyphs
        The letters, in reading order.
    estimated
        Whether its place was shared out by length, because its line's engine did not give one.
    """

    reading: Reading | None = None
    glyphs: tuple[Glyph, ...] = ()
    estimated: bool = False

    @property
    def text(self) -> str:
        """The word."""
        return self.reading.text if self.reading else "".join(glyph.text for glyph in self.glyphs)

    @property
    def confidence(self) -> float | None:
        """How sure, 0..1: the mean over its glyphs; None if unknown for the word or any glyph."""
        return self.reading.confidence if self.reading else mean(glyph.confidence for glyph in self.glyphs)


class Line(Placed):
    """A line of text.

    Parameters
    ----------
    words
        In reading order.
    reading
        What a line engine read, else None.
    baseline
        The points that the letters stand on, left to right, or None if unknown.
    """

    words: tuple[Word, ...]
    reading: Reading | None = None
    baseline: tuple[Point, ...] | None = None

    @property
    def text(self) -> str:
        """The line, its words parted by single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float | None:
        """How sure, 0..1: a line engine's own figure, else the mean over the words; None if unknown."""
        return self.reading.confidence if self.reading else mean(word.confidence for word in self.words)


class Block(Placed):
    """Lines that are read one after the other, such as a column."""

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The lines, each on its own."""
        return "\n".join(line.text for line in self.lines)


class Page(Model):
    """A page that was read.

    Parameters
    ----------
    source
        The image it was read from.
    blocks
        The text, in reading order.
    dpi
        Pixels per inch of the source image, or None if it does not say.
    steps
        What was done to read it, in order.
    warnings
        What a reader of the result should know.
    unrevised
        The blocks whose text `postprocess` changed, as they were read before it; their ids are those of `blocks`.
    schema_version
        The form of this model in JSON.

    Examples
    --------
    >>> page = Page(source=Source(width=80, height=60), blocks=())
    >>> page.text
    ''
    >>> Page.from_json(page.to_json()) == page
    True
    """

    schema_version: Literal["1"] = SCHEMA_VERSION
    source: Source
    dpi: Annotated[float, Field(gt=0)] | None = None
    blocks: tuple[Block, ...]
    warnings: tuple[Text, ...] = ()
    steps: tuple[Step, ...] = ()
    unrevised: tuple[Block, ...] = ()

    @property
    def text(self) -> str:
        """All text: a line each, an empty line between blocks."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines, in reading order."""
        return tuple(chain.from_iterable(block.lines for block in self.blocks))

    @property
    def words(self) -> tuple[Word, ...]:
        """All words, in reading order."""
        return tuple(chain.from_iterable(line.words for line in self.lines))

    @property
    def glyphs(self) -> tuple[Glyph, ...]:
        """All glyphs, in reading order; none where words or lines were read as a whole."""
        return tuple(chain.from_iterable(word.glyphs for word in self.words))

    def remember(self, read: Page) -> Self:
        """Return this page, which `postprocess` made of `read`, with the blocks of `read` that it changed."""
        revised = {block.id: block.text for block in self.blocks}
        return self.replace(unrevised=tuple(block for block in read.blocks if revised.get(block.id) != block.text))

    def as_read(self) -> Self:
        """Return this page as it was read, before `postprocess`.

        Examples
        --------
        >>> page = Page(source=Source(width=80, height=60), blocks=())
        >>> page.as_read() == page
        True
        """
        changed = {block.id: block for block in self.unrevised}
        blocks = [changed.pop(block.id, block) for block in self.blocks]
        return self.replace(blocks=(*blocks, *changed.values()), unrevised=())

    def warn(self, *warnings: str) -> Self:
        """Return this page with more warnings."""
        return self.replace(warnings=self.warnings + warnings)

    def map_words(self, change: Callable[[Word], Word]) -> Self:
        """Return this page with every word passed through `change`: what most of `postprocess` needs.

        Examples
        --------
        >>> page = Page(source=Source(width=80, height=60), blocks=())
        >>> page.map_words(lambda word: word) == page
        True
        """

        def of_line(line: Line) -> Line:
            return line.model_copy(update={"words": tuple(change(word) for word in line.words)})

        def of_block(block: Block) -> Block:
            return block.model_copy(update={"lines": tuple(of_line(line) for line in block.lines)})

        return self.replace(blocks=tuple(of_block(block) for block in self.blocks))

    def to_json(self, indent: int | None = None) -> str:
        """Return this page as JSON text, ended by a newline where it is indented."""
        return self.model_dump_json(indent=indent) + ("\n" if indent else "")

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the page that `text` holds; pydantic's ValidationError (a ValueError) if it holds none."""
        return cls.model_validate_json(text)


DIGITS = 4
"""Decimals of a mean confidence: those of the confidences that it is of."""


def mean(confidences: Iterator[float | None]) -> float | None:
    """Return the mean, or None if any is unknown or there is none."""
    known = list(confidences)
    numbers = [confidence for confidence in known if confidence is not None]
    return round(sum(numbers) / len(numbers), DIGITS) if numbers and len(numbers) == len(known) else None
