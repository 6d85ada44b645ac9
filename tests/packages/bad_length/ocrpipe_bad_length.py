from typing import ClassVar

from ocrpipe import CroppedPage, CropSpec, Page, Plugin, Reading, hookimpl


class Forgetful(Plugin):
    """Reads every glyph as F, but for the last."""

    reads: ClassVar[CropSpec] = CropSpec(level="glyph", height=8, width=8)

    @hookimpl
    def classify(self, page: CroppedPage) -> Page:
        return page.read([Reading(text="F") for _ in page.crops[1:]])
