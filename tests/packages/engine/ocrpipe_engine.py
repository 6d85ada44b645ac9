from collections.abc import Iterable, Iterator
from typing import ClassVar

import heavy_engine

from ocrpipe import (
    BinaryPage,
    Box,
    CroppedPage,
    CropSpec,
    Level,
    Page,
    Plugin,
    Reading,
    Region,
    SegmentedPage,
    hookimpl,
)


class Finds(Plugin):
    """Takes the whole page for one letter."""

    finds: ClassVar[Level] = "glyph"

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        return page.grow(SegmentedPage, regions=(Region(box=Box(0, 0, page.width, page.height)),))


class Reads(Plugin):
    """Reads every letter alike."""

    reads: ClassVar[CropSpec] = CropSpec(level="glyph", height=8, width=8)

    @hookimpl
    def classify(self, page: CroppedPage) -> Page:
        return page.read([Reading(text=heavy_engine.LETTER) for _ in page.crops])


class Writes(Plugin):
    """Writes next to nothing."""

    suffix: ClassVar[str] = "engine"
    per: ClassVar[str] = "page"

    @hookimpl
    def export(self, pages: Iterable[Page]) -> Iterator[bytes]:
        for page in pages:
            yield page.text.encode()
