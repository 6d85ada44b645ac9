"""`load/image`: any image file, and images in memory, as grey pages; `load/pdf`: the pages of a PDF, drawn."""

from __future__ import annotations

import os
import re
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Annotated, BinaryIO

import numpy as np
from PIL import Image, ImageFile, TiffImagePlugin
from pydantic import Field

from ocrpipe import Document, GrayPage, InputError, NoPageError, Plugin, Source, hookimpl
from ocrpipe.stages._gray import WideScale, array_image, gray_image, is_sideways, upright, upright_frame

MEGA = 1_000_000

JPEG = b"\xff\xd8\xff"

MAGIC = {
    JPEG: "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"GIF8": "GIF",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
}
"""How the commonest files begin: if Pillow does not know such a file, it is broken and not another loader's."""

PDF, PDF_WITHIN = re.compile(rb"(?:\A|[^ -~])%PDF-\d"), 1024
"""How a PDF begins, and within how many bytes: some have other lines above (ISO 32000-1, annex H, note 13)."""

ORIENTATION = 0x0112
KIND_OF_FRAME, BITS, PHOTOMETRIC = 254, 258, 262
"""Tags of EXIF and TIFF (TIFF 6.0, 1992, part 1, section 8)."""

REDUCED_OR_MASK = 0b101
"""Bits of a TIFF frame's kind that say: this is a smaller copy of a page, or a mask, but no page."""

PLAUSIBLE_DPI = (100, 4800)
"""Below, it is what a camera or an editor writes by default (72, 96), and says nothing of the page."""


class ImageLoader(Plugin):
    """Loads what Pillow opens: JPEG, PNG, TIFF with all its pages, and some forty other kinds.

    EXIF orientation is applied, alpha is laid on white, and 16 bits are scaled to 8. Of an animation the first picture
    is the page. An image in memory is one page: of a Pillow image the frame that it stands on; arrays may be bool (True
    is white), uint8, uint16 or floats of 0..1, with 1 to 4 channels.

    Examples
    --------
    >>> from ocrpipe import Document
    >>> [page] = ImageLoader().load(Document.of(np.zeros((3, 4), dtype=bool)))
    >>> page.width, page.height, int(page.gray.max())
    (4, 3, 0)
    """

    max_megapixels: Annotated[
        float, Field(gt=0, description="refuse larger images, before they are decoded; megapixels")
    ] = 200
    work_megapixels: Annotated[
        float,
        Field(
            gt=0,
            description="work on images above this many megapixels at half their size (or a quarter, an eighth); "
            "the default leaves an A4 page scanned at 300 dpi as it is",
        ),
    ] = 10

    @hookimpl
    def load(self, document: Document) -> Iterator[GrayPage | InputError] | None:
        """Return the document's pages; None if this is no image."""
        if not document.is_file:
            return self.one_page(document)
        with open_file(document) as stream, pillow(document):
            if identify(document, stream) is None:
                return None
        return self.file_pages(document)

    def one_page(self, document: Document) -> Iterator[GrayPage]:
        """Give the one page of an image in memory."""
        try:
            image = document.image if document.array is None else array_image(document.array)
        except ValueError as error:
            raise InputError(f"{document.title}: the array {error}") from None
        if image is None:
            raise InputError(f"{document.title}: there is nothing to read")
        if document.wants(1):
            with pillow(document) as heard:
                page = self.page(document, image, 1, may_draft=False)
            yield page.warn(*heard)
        else:
            raise no_such_page(document, pages=1)

    def file_pages(self, document: Document) -> Iterator[GrayPage | InputError]:
        """Give the pages of a file, of which one at a time is decoded; a page that is damaged does not end it."""
        given, number = 0, 0
        with open_file(document) as stream:
            with pillow(document):
                image = identify(document, stream)
            assert image is not None, "load has seen it"
            numbers = page_numbers(image)
            while document.wants_after(number):
                with pillow(document, number + 1, "; what follows it is not read"):
                    found = next(numbers, None)
                if found is None:
                    break
                number = found
                if document.wants(number):
                    given += 1
                    yield self.frame_page(document, image, number)
        if not given:
            raise no_such_page(document, number)

    def frame_page(self, document: Document, image: Image.Image, number: int) -> GrayPage | InputError:
        """Return the frame on which `image` stands as a page, or what is wrong with it."""
        try:
            with pillow(document, number) as heard:
                page = self.page(document, image, number, may_draft=True)
        except InputError as error:
            return error
        return page.warn(*heard)

    def page(self, document: Document, image: Image.Image, number: int, *, may_draft: bool) -> GrayPage:
        """Return the frame on which `image` stands as a page."""
        width, height = image.size
        check_size(document, width, height, self.max_megapixels)
        factor = self.factor(width, height)
        dpi, warned = plausible_dpi(image), animation_warnings(image)
        if may_draft and image.format in ("JPEG", "MPO"):
            image.draft("L", (max(width // factor, 1), max(height // factor, 1)))
        with quiet(image):
            image.load()
        orientation = orientation_of(image)  # after decoding: Pillow itself turns TIFF and AVIF, and then says so here
        gray = gray_image(image, **wide_scale(image))
        left = factor // round(max(width, height) / max(image.size))  # what the decoder did not shrink
        if left > 1:
            gray = gray.reduce(left)
        pixels = np.ascontiguousarray(upright(np.asarray(gray), orientation))
        size = (height, width) if is_sideways(orientation) else (width, height)
        return GrayPage(
            source=Source(width=size[0], height=size[1], path=document.name, page=number, sha256=document.sha256),
            gray=pixels,
            frame=upright_frame(factor, pixels.shape, size, orientation),
            dpi=dpi,
            warnings=warned,
        )

    def factor(self, width: int, height: int) -> int:
        """Return by how much to shrink an image of this size: 1, 2, 4 or 8, which JPEG decoders do at no cost."""
        for factor in (1, 2, 4):
            if width * height <= self.work_megapixels * MEGA * factor**2:
                return factor
        return 8


def check_size(document: Document, width: int, height: int, limit: float) -> None:
    """Refuse an image that is too large; `limit` in megapixels."""
    if width * height > limit * MEGA:
        raise InputError(
            f"{document.title}: has {width} x {height} pixels, which is {width * height / MEGA:.0f} megapixels, more "
            f"than the limit of {limit:g}; if it is to be trusted, raise the option max_megapixels of load/image"
        )


@contextmanager
def open_file(document: Document) -> Iterator[BinaryIO]:
    """Open a document's bytes, or say in a sentence why they cannot be opened."""
    try:
        with document.open() as stream:
            yield stream
    except FileNotFoundError:
        raise InputError(f"{document.title}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{document.title}: is a directory; name the files in it") from None
    except OSError as error:
        raise InputError(f"{document.title}: cannot be read: {error.strerror or error}") from None


PILLOW = threading.RLock()
"""Pillow's own pixel limit and Python's warnings belong to the process: who changes them for a while is alone."""


@contextmanager
def pillow(document: Document, page: int = 0, then: str = "") -> Iterator[list[str]]:
    """Use Pillow: lift its pixel limit, catch its warnings and give them, and make an InputError of what it raises.

    Pillow's decoders raise OSError, SyntaxError, ValueError, EOFError, struct.error and more, as the damage falls.
    `then` says what comes of the damage.
    """
    heard: list[str] = []
    place = f", page {page}" if page > 1 else ""
    with PILLOW, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield heard
        except InputError:
            raise
        except MemoryError:
            raise InputError(f"{document.title}: does not fit into memory; shrink the image first") from None
        except Exception as error:
            raise InputError(f"{document.title}{place}: {complaint(error)}{then}; copy or download it again") from error
        finally:
            Image.MAX_IMAGE_PIXELS = limit
        said = (str(entry.message).strip() for entry in caught if not issubclass(entry.category, DeprecationWarning))
        heard += dict.fromkeys(f"the image file may be damaged: {message}" for message in said)


def complaint(error: Exception) -> str:
    """Return what is wrong with an image that Pillow could not decode."""
    said = " ".join(str(error).split()) or type(error).__name__
    if any(sign in said.lower() for sign in ("truncated", "eof", "not enough", "data stream")):
        return f"the image is cut off before its end ({said})"
    return f"the image is cut off or damaged ({said})"


@contextmanager
def quiet(image: Image.Image) -> Iterator[None]:
    """Turn what libtiff writes to the process's standard error into a Python warning."""
    if image.format != "TIFF":
        yield
        return
    with tempfile.TemporaryFile() as heard:
        try:
            stderr = os.dup(2)
            os.dup2(heard.fileno(), 2)
        except OSError:  # the process has no standard error
            yield
            return
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
        heard.seek(0)
        if first := heard.readline().decode(errors="replace").strip():
            warnings.warn(first, stacklevel=2)


def identify(document: Document, stream: BinaryIO) -> Image.Image | None:
    """Return the image in `stream`, its pixels not yet decoded; None if it is no image."""
    start = stream.read(8)
    stream.seek(0)
    if not start:
        raise InputError(f"{document.title}: is empty (0 bytes)")
    try:
        image = Image.open(stream)
    except Exception as error:
        kind = next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), None)
        if kind is None or isinstance(error, MemoryError):
            return None
        raise InputError(
            f"{document.title}: begins as a {kind} file does, but is cut off or damaged; copy or download it again"
        ) from error
    return None if isinstance(image, ImageFile.StubImageFile) else image  # a stub is known by name but not decoded


def seek(image: Image.Image, frame: int) -> bool:
    """Go to a frame; return whether there is such a one. Only TIFF has pages."""
    if frame and image.format != "TIFF":
        return False
    try:
        image.seek(frame)
    except EOFError:
        return False
    return True


def page_numbers(image: Image.Image) -> Iterator[int]:
    """Yield the number of each page of an image, from 1, while the image stands on it."""
    pages = count(1)
    for frame in count():
        if not seek(image, frame):
            return
        if is_page(image):
            yield next(pages)


def is_page(image: Image.Image) -> bool:
    """Return whether the frame of a TIFF is a page, and not a smaller copy of one or a mask."""
    return not tiff_tag(image, KIND_OF_FRAME, 0) & REDUCED_OR_MASK


def tiff_tag(image: Image.Image, tag: int, default: int) -> int:
    """Return the number, or the first of several, that a TIFF's tag holds."""
    value = image.tag_v2.get(tag, default) if isinstance(image, TiffImagePlugin.TiffImageFile) else default
    return int(value[0] if isinstance(value, tuple) else value)


def wide_scale(image: Image.Image) -> WideScale:
    """Return how an image of more than 8 bits a channel is scaled."""
    bits = tiff_tag(image, BITS, 16)
    return WideScale(
        white_level=2**bits - 1 if bits in range(9, 17) else None,
        inverted=tiff_tag(image, PHOTOMETRIC, 1) == 0,
    )


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none or EXIF is broken."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # as with its decoders, broken data makes Pillow raise what it will
        return 1


def plausible_dpi(image: Image.Image) -> float | None:
    """Return the pixels per inch, None where there are none or where they say nothing of the page."""
    try:
        x, y = map(float, image.info["dpi"])
    except (KeyError, TypeError, ValueError):
        return None
    least, most = PLAUSIBLE_DPI
    return round(x, 2) if least <= x <= most and abs(x - y) <= 1 else None


def animation_warnings(image: Image.Image) -> tuple[str, ...]:
    """Return a warning if only the first picture of an animation is read."""
    if image.format in ("GIF", "PNG", "WEBP", "AVIF") and getattr(image, "is_animated", False):
        return ("this is an animation, and only its first picture was read",)
    return ()


def open_picture(path: str, number: int) -> Image.Image | None:
    """Return a page of an image file in the colours and the turn that it is stored in; None if it is no image file."""
    document = Document.of(path)
    try:
        with open_file(document) as stream, pillow(document):
            image = identify(document, stream)
            if image is None or number not in page_numbers(image):  # which leaves it standing on that page
                return None
            with quiet(image):
                image.load()
            return image
    except InputError:
        return None


def no_such_page(document: Document, pages: int) -> NoPageError:
    """Return the error for a document that has none of the wanted pages."""
    return NoPageError(f"{document.title}: has {pages} page{'s' * (pages != 1)}, so there is no page {document.wanted}")


class PdfLoader(Plugin):
    """Loads PDF files: draws each page as a viewer shows it, forms and annotations included, at a chosen resolution.

    Boxes of what is read are pixels of that drawing. A page at a time is drawn. A text that a PDF holds already is not
    used. Encrypted files must be decrypted first.
    """

    dpi: Annotated[int, Field(ge=36, le=2400, description="pixels an inch to draw at; small print may need more")] = 300
    max_megapixels: Annotated[
        float, Field(gt=0, description="refuse pages that would be larger, before they are drawn; megapixels")
    ] = 200

    @hookimpl
    def load(self, document: Document) -> Iterator[GrayPage | InputError] | None:
        """Return the document's pages; None if this is no PDF."""
        if not document.is_file:
            return None
        with open_file(document) as stream:
            start = stream.read(PDF_WITHIN)
        return self.pages(document) if PDF.search(start) else None

    def pages(self, document: Document) -> Iterator[GrayPage | InputError]:
        """Give the pages; one that is broken does not end it."""
        from ocrpipe.stages import _pdf  # pdfium is not for those who read images

        with open_file(document) as stream, _pdf.opened(document, stream) as pdf:
            wanted = [number for number in range(1, len(pdf) + 1) if document.wants(number)]
            if not wanted:
                raise no_such_page(document, len(pdf))
            for number in wanted:
                try:
                    gray = _pdf.drawn(document, pdf, number, self.dpi, self.max_megapixels)
                except InputError as error:
                    yield error
                    continue
                height, width = gray.shape
                source = Source(width=width, height=height, path=document.name, page=number, sha256=document.sha256)
                yield GrayPage(source=source, gray=gray, dpi=self.dpi)
