from typing import ClassVar

from ocrpipe import BinaryPage, Box, Level, Plugin, Region, SegmentedPage, hookimpl


class Reaching(Plugin):
    """Finds one glyph where there is ink, a little larger than the page."""

    finds: ClassVar[Level] = "glyph"

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        found = [Region(box=Box(0, 0, page.width + 1, page.height))] if page.ink.any() else []
        return page.grow(SegmentedPage, regions=found)
