"""A pipeline that is quick and predictable: every cell that holds ink is an A."""

import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from ocrpipe import (
    BinaryPage,
    Box,
    CroppedPage,
    CropSpec,
    GrayPage,
    InputError,
    LinedPage,
    Page,
    Plugin,
    Reading,
    Region,
    Row,
    SegmentedPage,
    Source,
    hookimpl,
)

CELL = 8


class Lines(Plugin):
    """Loads text files that begin with `toy`: each further line is a page, each `#` in it a cell of ink."""

    @hookimpl
    def load(self, document) -> Iterator[GrayPage] | None:
        try:
            with document.open() as stream:
                lines = stream.read().decode("utf-8", "replace").split("\n")
        except OSError as error:
            raise InputError(f"{document.title}: {error.strerror}") from None
        return self.pages(document, lines[1:]) if lines[0] == "toy" else None

    def pages(self, document, lines) -> Iterator[GrayPage]:
        for number, line in enumerate(lines, 1):
            if not line or not document.wants(number):
                continue
            cells = np.array([[0 if letter == "#" else 255 for letter in line]], np.uint8)
            gray = cells.repeat(CELL, axis=0).repeat(CELL, axis=1)
            size = {"width": gray.shape[1], "height": CELL}
            source = Source(**size, path=document.name, page=number, sha256=document.sha256)
            yield GrayPage(source=source, gray=gray)


class Darker(Plugin):
    """Makes a page darker."""

    by: Annotated[int, Field(ge=0, le=255, description="grey values to take off")] = 10

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        return page.replace(gray=page.gray - np.minimum(page.gray, np.uint8(self.by)))


class Half(Plugin):
    """Ink is what is darker than a half."""

    half: Annotated[int, Field(ge=0, le=255, description="grey value from which it is ground")] = 128
    rule: Annotated[Literal["dark", "light"], Field(description="which side is ink")] = "dark"

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        dark = page.gray < self.half
        return page.grow(BinaryPage, ink=dark if self.rule == "dark" else ~dark)


class Cells(Plugin):
    """A region for each cell of ink."""

    finds: ClassVar[str] = "glyph"

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        columns = np.flatnonzero(page.ink[0, ::CELL]) * CELL
        return page.grow(SegmentedPage, regions=[Region(box=Box(x, 0, x + CELL, page.height)) for x in columns])


class Whole(Plugin):
    """One region, the whole page, taken for a line."""

    finds: ClassVar[str] = "line"

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        return page.grow(SegmentedPage, regions=[Region(box=Box(0, 0, page.width, page.height), level="line")])


class ReadsAtOnce(Plugin):
    """One region, the whole page, with what stands in it; or without, which it must not leave out."""

    finds: ClassVar[str] = "line"
    also_reads: ClassVar[bool] = True
    text: Annotated[str, Field(description="what it reads; empty to leave the reading out")] = "at once"

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        reading = Reading(text=self.text, confidence=0.5) if self.text else None
        box = Box(0, 0, page.width, page.height)
        return page.grow(SegmentedPage, regions=[Region(box=box, level="line", reading=reading)])


class One(Plugin):
    """One line of one word."""

    @hookimpl
    def line_cluster(self, page: SegmentedPage) -> LinedPage:
        return page.grow(LinedPage, blocks=[[Row(words=[page.regions])]] if page.regions else [])


class Ones(Plugin):
    """Crops that are all white."""

    @hookimpl
    def crop_normalize(self, page: LinedPage, spec: CropSpec) -> CroppedPage:
        number, width = len(page.crop_regions(spec.level)), spec.width or 4
        crops = np.ones((number, spec.height, width), np.float32)
        return page.grow(CroppedPage, spec=spec, crops=crops, widths=np.full(number, width, np.int32))


class AllA(Plugin):
    """Reads every glyph as A: the smallest classifier there is."""

    reads: ClassVar[CropSpec] = CropSpec(level="glyph", height=32, width=32)
    weights: Annotated[Path | None, Field(description="a file that is read with the first page")] = None

    @cached_property
    def engine(self) -> str:
        print("the engine is built", file=sys.stderr)
        return self.weights.read_text().strip() if self.weights else "A"

    def files(self) -> list[Path]:
        return [self.weights] if self.weights else []

    @hookimpl
    def classify(self, page: CroppedPage) -> Page:
        return page.read([Reading(text=self.engine, confidence=None) for _ in page.crops])


class ReadsLines(Plugin):
    """Reads a whole line as `a line`."""

    reads: ClassVar[CropSpec] = CropSpec(level="line", height=32)

    @hookimpl
    def classify(self, page: CroppedPage) -> Page:
        return page.read([Reading(text="a line", confidence=0.5) for _ in page.crops])


class Shout(Plugin):
    """Adds marks to every word."""

    marks: Annotated[int, Field(ge=1, description="how many")] = 1
    least: Annotated[int, Field(ge=0, description="letters that a word needs")] = 0
    most: Annotated[int, Field(ge=0, description="letters that a word has at most")] = 99

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least > self.most:
            raise ValueError("least must not be above most")
        return self

    @hookimpl
    def postprocess(self, page: Page) -> Page:
        return page.map_words(
            lambda word: word.model_copy(update={"glyphs": (), "reading": Reading(text=word.text + "!" * self.marks)})
        )


class Words(Plugin):
    """Reads a word list, which must be given."""

    path: Annotated[Path, Field(description="the word list")]

    @hookimpl
    def postprocess(self, page: Page) -> Page:
        return page


class Plain(Plugin):
    """The text, in one piece a page, form feeds between pages."""

    suffix: ClassVar[str] = "txt"
    per: ClassVar[str] = "document"
    joins: ClassVar[bool] = True

    @hookimpl
    def export(self, pages) -> Iterator[bytes]:
        for number, page in enumerate(pages):
            yield (("\f" if number else "") + f"{page.text}\n").encode()


class Pages(Plugin):
    """The text, a file a page."""

    suffix: ClassVar[str] = "page.txt"
    per: ClassVar[str] = "page"
    joins: ClassVar[bool] = True

    @hookimpl
    def export(self, pages) -> Iterator[bytes]:
        for page in pages:
            yield f"{page.text}\n".encode()


class Size(Plugin):
    """The size of the pixels that a page was read from."""

    suffix: ClassVar[str] = "size"
    per: ClassVar[str] = "document"
    joins: ClassVar[bool] = True

    @hookimpl
    def export(self, pages, image) -> Iterator[bytes]:
        for page in pages:
            pixels = image(page)
            yield f"{pixels.width} x {pixels.height}\n".encode()


class Diary(Plugin):
    """Notes every call, and reports them at the end."""

    _calls: list = PrivateAttr(default_factory=list)

    @hookimpl
    def observe(self, call) -> None:
        self._calls.append(call)

    def report(self) -> str:
        return "\n".join(f"diary: {call.stage} {'failed' if call.error else 'ok'}" for call in self._calls)
