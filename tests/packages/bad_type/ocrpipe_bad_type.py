from typing import ClassVar

from ocrpipe import CroppedPage, CropSpec, Page, Plugin, Reading, hookimpl


class Lister(Plugin):
    """Reads every glyph as L, and forgets the page where there are any."""

    reads: ClassVar[CropSpec] = CropSpec(level="glyph", height=8, width=8)

    @hookimpl
    def classify(self, page: CroppedPage) -> Page:
        return [Reading(text="L") for _ in page.crops] or page.read([])
