"""Pages of a PDF as pictures, drawn by pdfium, the engine of Chromium."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from numpy.typing import NDArray

from ocrpipe import Document, InputError

POINTS = 72
"""Points an inch: what PDF measures in."""

MEGA = 1_000_000

SINGLE = 1e-6
"""What pdfium's numbers of single precision may be too large by: a page of 40 pixels must not become one of 41."""

BROKEN = "is cut off or damaged; copy or download it again, or mend it with `qpdf`"


@contextmanager
def opened(document: Document, stream: BinaryIO) -> Iterator[pdfium.PdfDocument]:
    """Open a PDF, whose bytes pdfium reads as it needs them; or say in a sentence why it cannot be opened."""
    try:
        pdf = pdfium.PdfDocument(stream, autoclose=False)
    except pdfium.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise InputError(
                f"{document.title}: the PDF is encrypted; decrypt it first, as with "
                "`qpdf --decrypt --password=... in.pdf out.pdf`"
            ) from error
        raise InputError(f"{document.title}: the PDF {BROKEN}") from error
    try:
        if pdf.get_formtype() != raw.FORMTYPE_NONE:
            pdf.init_forms()  # else what was filled in is not drawn
        yield pdf
    finally:
        pdf.close()


def drawn(document: Document, pdf: pdfium.PdfDocument, number: int, dpi: float, most: float) -> NDArray[np.uint8]:
    """Return the grey values of a page as uint8 (height, width).

    Raises
    ------
    InputError
        If the page is broken, or would have more than `most` megapixels.
    """
    title = f"{document.title}, page {number}"
    try:
        page = pdf[number - 1]
    except pdfium.PdfiumError as error:
        raise InputError(f"{title}: the page {BROKEN}") from error
    scale = dpi / POINTS * (1 - SINGLE)
    try:
        width, height = (math.ceil(side * scale) for side in page.get_size())
        if width * height > most * MEGA:
            raise InputError(
                f"{title}: would have {width} x {height} pixels at {dpi} dpi, more than the limit of {most:g} "
                "megapixels; choose a smaller dpi, or raise max_megapixels (options of load/pdf)"
            )
        bitmap = page.render(scale=scale, grayscale=True)
        try:
            gray: NDArray[np.uint8] = bitmap.to_numpy().copy()
            return gray
        finally:
            bitmap.close()
    except (pdfium.PdfiumError, ValueError) as error:
        raise InputError(f"{title}: the page {BROKEN}") from error
    except MemoryError:
        raise InputError(f"{title}: does not fit into memory; choose a smaller dpi (an option of load/pdf)") from None
    finally:
        page.close()
