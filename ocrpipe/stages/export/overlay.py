"""`export/overlay`: a picture of the page with what was found and read drawn on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, ClassVar, Literal, Self

from PIL import Image
from pydantic import Field, field_validator, model_validator

from ocrpipe import GrayPage, Page, Plugin, hookimpl
from ocrpipe.stages import _draw as draw


class Overlay(Plugin):
    """The page, faded, with every letter's box and reading: people look before they read.

    Boxes and letters are green where the reading is sure, amber and heavier where it is doubtful, red and heavier
    still where it is poor, grey where the engine does not say. Words and baselines are blue; lines bear their number
    in reading order. A word without letters of its own is drawn as a whole, dashed where its place is an estimate.
    What the font cannot draw is written as its code (`U+00E4`).
    """

    suffix: ClassVar[str] = "overlay.png"
    per: ClassVar[Literal["page", "document"]] = "page"

    side: Annotated[int, Field(ge=16, le=20_000, description="longer side of the picture at most, pixels")] = 2000
    fade: Annotated[float, Field(ge=0, le=1, description="how far the page fades: 0 not at all, 1 to white")] = 0.35
    sure: Annotated[float, Field(ge=0, le=1, description="confidence from which a reading is drawn as sure")] = 0.9
    doubtful: Annotated[float, Field(ge=0, le=1, description="confidence below which a reading is drawn as poor")] = 0.6
    legend: Annotated[bool, Field(description="say below the picture what the colours mean")] = True
    font: Annotated[
        str | None, Field(description="font file for what was read, for scripts that the built-in font lacks")
    ] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.doubtful > self.sure:
            raise ValueError(f"doubtful = {self.doubtful:g} must not be above sure = {self.sure:g}")
        return self

    @field_validator("font")
    @classmethod
    def _opens(cls, font: str | None) -> str | None:
        if font is not None:
            try:
                draw.font_of(font, draw.SMALLEST)
            except OSError as error:
                raise ValueError(f"no font file {font!r} can be opened ({error})") from error
        return font

    @hookimpl
    def export(self, pages: Iterable[Page], image: Callable[[Page], GrayPage]) -> Iterator[bytes]:
        """Draw a page and write it in one piece."""
        for page in pages:
            yield draw.png(self.picture(page, image(page)))

    def picture(self, page: Page, pixels: GrayPage) -> Image.Image:
        """Return `pixels` with `page` drawn on it."""
        ground = draw.faded(Image.fromarray(pixels.gray), self.fade)
        canvas = draw.Canvas(ground, pixels.frame, draw.page_letter(page), self.side, self.font)
        style = draw.PageStyle(sure=self.sure, doubtful=self.doubtful)
        draw.draw_page(canvas, page, style)
        picture = canvas.finish()
        return draw.captioned(picture, style.legend) if self.legend else picture
