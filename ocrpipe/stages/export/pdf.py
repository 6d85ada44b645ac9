"""`export/pdf`: the page's picture with its text unseen above it, to select and to search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ocrpipe import GrayPage, Page, Plugin, __version__, hookimpl
from ocrpipe.stages.export._pdf_file import Name, PdfFile, Ref, decimal
from ocrpipe.stages.export._pdf_image import picture_of
from ocrpipe.stages.export._pdf_text import Font, content

POINTS = 72
"""Points an inch: what PDF measures in."""

LONGEST = 14_400
"""The longest side that a page may have, points (ISO 32000-1, annex C)."""


class Pdf(Plugin):
    """A PDF of the pages' pictures, whose text can be selected and searched where it stands.

    A JPEG is taken over byte for byte, black and white is packed without loss, all else becomes a JPEG in its own
    colours. A page that came from a PDF, from standard input or from memory is a grey picture. Any text of Unicode can
    be found. Memory is that of a page, however many there are.
    """

    suffix: ClassVar[str] = "pdf"
    per: ClassVar[Literal["page", "document"]] = "document"
    joins: ClassVar[bool] = True

    dpi: Annotated[
        float, Field(ge=10, le=10_000, description="pixels an inch of pages that do not say it; it gives their size")
    ] = 300
    quality: Annotated[
        int, Field(ge=10, le=95, description="quality of pictures that are packed as JPEG; more is larger")
    ] = 80

    @hookimpl
    def export(self, pages: Iterable[Page], image: Callable[[Page], GrayPage]) -> Iterator[bytes]:
        """Write each page as soon as it is there."""
        pdf, font = PdfFile(), Font()
        root, tree, letters = pdf.reserve(), pdf.reserve(), pdf.reserve()
        written = []
        for page in pages:
            written.append(self.page(pdf, page, image(page), font, {"Parent": tree, "Font": letters}))
            yield pdf.take()
        if not written:
            return
        font.write(pdf, letters)
        pdf.put({"Type": Name("Pages"), "Kids": written, "Count": len(written)}, tree)
        pdf.put({"Type": Name("Catalog"), "Pages": tree}, root)
        yield pdf.finish(root, pdf.put({"Producer": f"ocrpipe {__version__}".encode()}))

    def page(self, pdf: PdfFile, page: Page, pixels: GrayPage, font: Font, known: dict[str, Ref]) -> Ref:
        """Write a page and return its number."""
        source = page.source
        scale = min(POINTS / (page.dpi or self.dpi), LONGEST / max(source.width, source.height))
        width, height = source.width * scale, source.height * scale
        picture = picture_of(pixels, self.quality)
        matrix = b" ".join(map(decimal, picture.matrix(width, height)))
        shown = b"q %b cm /I Do Q\n" % matrix + content(page, font, scale)
        resources = {"XObject": {"I": picture.put(pdf)}, "Font": {"F": known["Font"]}}
        return pdf.put(
            {
                "Type": Name("Page"),
                "Parent": known["Parent"],
                "MediaBox": [0, 0, width, height],
                "Resources": resources,
                "Contents": pdf.stream(shown),
            }
        )
