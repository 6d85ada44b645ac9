"""Plugins that each break one rule of the kit: `breaks` says which, so that every rule is seen to catch something."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field, model_validator

from ocrpipe import (
    Affine,
    BinaryPage,
    Box,
    Call,
    CroppedPage,
    CropSpec,
    Document,
    GrayPage,
    InputError,
    Level,
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

CALLS = count()
"""State that outlives a call, as no plugin may have."""


class Base(Plugin):
    """Leaves a page as it is."""

    breaks: ClassVar[str]


class Preparer(Base):
    """Leaves a page as it is."""

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        return page


class Undescribed(Preparer):
    __doc__ = None
    breaks = "described"


class Untyped(Preparer):
    """Has an option of any type."""

    breaks = "options-typed"
    what: Annotated[Any, Field(description="whatever you like")] = None


class Unbounded(Preparer):
    """Has a list of numbers without bounds."""

    breaks = "options-bounded"
    sides: Annotated[tuple[int, ...], Field(description="sides, pixels")] = (1, 2)


class Demanding(Preparer):
    """Has an option that must be given."""

    breaks = "options-default"
    path: Annotated[str, Field(description="where something is")]


class Silent(Preparer):
    """Does not say what its option means."""

    breaks = "options-described"
    side: Annotated[int, Field(ge=1)] = 3


class Changing(Preparer):
    """Adds to its option each time that it is built."""

    breaks = "options-saved"
    side: Annotated[int, Field(ge=1, description="a side, pixels")] = 3

    @model_validator(mode="before")
    @classmethod
    def _more(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {"side": given["side"] + 1} if isinstance(given.get("side"), int) else given


class Unmarked(Base):
    """Has no mark above its hook."""

    breaks = "hook"

    def prepare(self, page: GrayPage) -> GrayPage:
        return page


class Heavy(Preparer):
    """Imports an engine when it is made."""

    breaks = "built-late"

    def model_post_init(self, _context: Any) -> None:
        sys.modules.pop("tflite_runtime", None)
        sys.modules["tflite_runtime"] = sys


class Rebuilding(Preparer):
    """Builds its engine whenever it is asked for."""

    breaks = "built-once"

    @property
    def engine(self) -> float:
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass
        return end


class Fileless(Preparer):
    """Names a file that is not there."""

    breaks = "files-there"

    def files(self) -> list[Path]:
        return [Path("no/such/weights.bin")]


class Ending(Preparer):
    """Wants to stop."""

    breaks = "stays-alive"

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        raise SystemExit(4)


class Cropping(Preparer):
    """Cuts a margin off and forgets to say so."""

    breaks = "frame-follows"

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        return page.replace(gray=page.gray[page.height // 4 :])


class Shifting(Preparer):
    """Cuts a margin off and says so: it breaks nothing."""

    breaks = ""

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        top = page.height // 4
        return page.replace(gray=page.gray[top:], frame=page.frame @ Affine.shift(0, top))


class Renaming(Preparer):
    """Changes where a page came from."""

    breaks = "page-kept"

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        return page.replace(source=page.source.replace(path="other.png"))


class Counting(Preparer):
    """Gives another page each time."""

    breaks = "same-again"

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        return page.replace(gray=np.full_like(page.gray, next(CALLS) % 256))


class Unlocking(Preparer):
    """Makes the array that it is given writeable."""

    breaks = "input-unchanged"

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        page.gray.flags.writeable = True
        return page


class Cythonic(Preparer):
    """Calls what refuses read-only arrays."""

    breaks = "read-only-arrays"

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        raise ValueError("buffer source array is read-only")


class Float(Base):
    """Gives ink as numbers."""

    breaks = "result-fits"

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        return page.grow(BinaryPage, ink=page.gray / 255)


class Repainting(Base):
    """Changes the grey page while it looks for ink."""

    breaks = "page-kept"

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        return page.grow(BinaryPage, ink=page.gray < 128, gray=255 - page.gray)


class Undeclared(Base):
    """Does not say what it finds."""

    breaks = "declares"

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        return page.grow(SegmentedPage, regions=())


class Whole(Base):
    """Takes every page for one line, whatever it is given."""

    breaks = "cuts-within"
    finds: ClassVar[Level] = "line"

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        return page.grow(SegmentedPage, regions=[Region(box=Box(0, 0, page.width, page.height), level="line")])


class Twice(Base):
    """Puts every region into two words."""

    breaks = "regions-once"

    @hookimpl
    def line_cluster(self, page: SegmentedPage) -> LinedPage:
        words = (page.regions, page.regions)
        return page.grow(LinedPage, blocks=[[Row(words=words)]] if page.regions else [])


class Loud(Base):
    """Gives crops of grey values."""

    breaks = "result-fits"

    @hookimpl
    def crop_normalize(self, page: LinedPage, spec: CropSpec) -> CroppedPage:
        number, width = len(page.crop_regions(spec.level)), spec.width or 40
        crops = np.full((number, spec.height, width), 255, np.float32)
        return page.grow(CroppedPage, spec=spec, crops=crops, widths=np.full(number, width, np.int32))


class Sure(Base):
    """Is sure of everything."""

    breaks = "confidence-honest"
    reads: ClassVar[CropSpec] = CropSpec(level="glyph", height=8, width=8)

    @hookimpl
    def classify(self, page: CroppedPage) -> Page:
        return page.read([Reading(text="S", confidence=1) for _ in page.crops])


class Alike(Base):
    """Gives all glyphs one id."""

    breaks = "ids-unique"
    reads: ClassVar[CropSpec] = CropSpec(level="glyph", height=8, width=8)

    @hookimpl
    def classify(self, page: CroppedPage) -> Page:
        read = page.read([Reading(text="A") for _ in page.crops])
        return read.map_words(lambda word: word.replace(glyphs=[glyph.replace(id="g") for glyph in word.glyphs]))


class Outside(Base):
    """Moves words out of the image."""

    breaks = "boxes-inside"

    @hookimpl
    def postprocess(self, page: Page) -> Page:
        return page.map_words(lambda word: word.replace(box=Box(0, 0, page.source.width + 1, 1)))


class Forgetting(Base):
    """Writes stars, and forgets what was read."""

    breaks = "reading-kept"

    @hookimpl
    def postprocess(self, page: Page) -> Page:
        return page.map_words(lambda word: word.replace(reading=Reading(text="*"), glyphs=()))


class Exporter(Base):
    """Writes XML, its text escaped by hand: it breaks nothing but what its children break."""

    suffix: ClassVar[str] = "txt"
    per: ClassVar[str] = "document"


class Unescaped(Exporter):
    """Writes XML by a template."""

    breaks = "well-formed"
    suffix: ClassVar[str] = "small.xml"

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        yield b"<pages>"
        for page in pages:
            yield f"<page>{page.text}</page>".encode()
        yield b"</pages>"


class Hungry(Exporter):
    """Takes all pages before it writes the first."""

    breaks = "export-lazy"

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        for page in list(pages):
            yield page.text.encode()


class Dotted(Exporter):
    """Begins its suffix with a dot."""

    breaks = "declares"
    suffix: ClassVar[str] = ".txt"

    @hookimpl
    def export(self, pages: Iterable[Page], image: Callable[[Page], GrayPage]) -> Iterator[bytes]:
        for page in pages:
            yield f"{page.text} {image(page).width}".encode()


class Textual(Exporter):
    """Gives text and no bytes."""

    breaks = "result-kind"

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        for page in pages:
            yield page.text  # type: ignore[misc]


class Answering(Base):
    """Watches, and answers."""

    breaks = "result-kind"

    @hookimpl
    def observe(self, call: Call) -> None:
        return call.title  # type: ignore[return-value]


class Assuming(Base):
    """Takes it that every call has a result."""

    breaks = "raises-nothing"

    @hookimpl
    def observe(self, call: Call) -> None:
        assert call.result is not None


class Loader(Base):
    """Makes three pages of any file that begins as a TIFF does."""

    def pages(self, document: Document) -> Iterator[GrayPage]:
        for number in range(1, 4):
            if document.wants(number):
                source = Source(width=9, height=9, path=document.name, page=number)
                yield GrayPage(source=source, gray=np.zeros((9, 9), np.uint8))

    def is_mine(self, document: Document) -> bool:
        if not document.is_file:
            return False
        with document.open() as stream:
            return stream.read(2) == b"II"


class TakesAll(Loader):
    """Takes whatever comes."""

    breaks = "load-declines"

    @hookimpl
    def load(self, document: Document) -> Iterator[GrayPage] | None:
        return self.pages(document)


class Complains(Loader):
    """Complains of what is not its own."""

    breaks = "load-declines"

    @hookimpl
    def load(self, document: Document) -> Iterator[GrayPage] | None:
        if document.is_file and not self.is_mine(document):
            raise InputError("this is no TIFF")
        return self.pages(document) if self.is_mine(document) else None


class Lists(Loader):
    """Gives all pages at once."""

    breaks = "load-lazy"

    @hookimpl
    def load(self, document: Document) -> Iterator[GrayPage] | None:
        return list(self.pages(document)) if self.is_mine(document) else None  # type: ignore[return-value]


class Generous(Loader):
    """Gives every page, wanted or not."""

    breaks = "load-wants"

    @hookimpl
    def load(self, document: Document) -> Iterator[GrayPage] | None:
        return self.pages(Document(data=b"II", name=document.name)) if self.is_mine(document) else None


class Astray(Loader):
    """Maps its pixels to somewhere else."""

    breaks = "frame-follows"

    @hookimpl
    def load(self, document: Document) -> Iterator[GrayPage] | None:
        if not self.is_mine(document):
            return None
        return (page.replace(frame=Affine.shift(500, 0)) for page in self.pages(document))


class Honest(Loader):
    """Does as a loader should: it breaks nothing."""

    breaks = ""

    @hookimpl
    def load(self, document: Document) -> Iterator[GrayPage] | None:
        return self.pages(document) if self.is_mine(document) else None
